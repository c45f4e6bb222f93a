//! The options of an Outline access key that a plain link does not have: salt prefixes, WebSockets, and a separate
//! server for datagrams.
//!
//! They are stored as the options of a built-in plugin, for streams and, with `udp` in front, for datagrams:
//! `prefix=POST%20;ws=wss%3A%2F%2Fhost%2Fpath;udp=host:port;udp-prefix=…;udp-ws=…`. A prefix is text in which each
//! character is a byte (U+0000 to U+00FF), percent-encoded, as in the keys themselves.

use super::{LinkError, decode, encode, endpoint, plugins};
use crate::model::node::websocket::WebSocketUrl;
use crate::model::node::{Plugin, authority};

/// The name of the built-in plugin.
pub const PLUGIN: &str = "outline";

/// Minimum number of random bytes in a salt: with fewer, two connections could have the same key.
const MIN_RANDOM: usize = 8;

/// The options of an access key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutlineOptions {
    /// The transport of streams.
    pub tcp: OutlineTransport,
    /// The transport of datagrams.
    pub udp: OutlineTransport,
    /// The server for datagrams, if it is not that of the streams.
    pub udp_place: Option<(String, u16)>,
}

/// A transport of streams or datagrams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutlineTransport {
    /// The first bytes of each salt; may be empty.
    pub prefix: Vec<u8>,
    /// The WebSocket to use; none for plain TCP or UDP.
    pub websocket: Option<WebSocketUrl>,
}

impl OutlineOptions {
    /// Parses the options of a plugin; none if it is another plugin.
    ///
    /// # Errors
    /// The option that is invalid or unknown.
    pub fn of(plugin: &Plugin) -> Result<Option<Self>, LinkError> {
        (plugin.name == PLUGIN).then(|| Self::parse(&plugin.options)).transpose()
    }

    fn parse(options: &str) -> Result<Self, LinkError> {
        let mut parsed = Self::default();
        for option in options.split(';').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            match key {
                "prefix" => parsed.tcp.prefix = decoded_prefix(value)?,
                "ws" => parsed.tcp.websocket = Some(decoded_url(value)?),
                "udp" => parsed.udp_place = Some(endpoint(value)?),
                "udp-prefix" => parsed.udp.prefix = decoded_prefix(value)?,
                "udp-ws" => parsed.udp.websocket = Some(decoded_url(value)?),
                other => return Err(LinkError::PluginOption(plugins::word(other))),
            }
        }
        Ok(parsed)
    }

    /// The options of a key that has only a prefix for streams.
    pub(in crate::model::node) fn of_prefix(prefix: Vec<u8>) -> Self {
        Self { tcp: OutlineTransport { prefix, websocket: None }, ..Self::default() }
    }

    /// The plugin with these options; none without options.
    pub(in crate::model::node) fn plugin(&self) -> Option<Plugin> {
        let prefix = |key: &str, transport: &OutlineTransport| {
            (!transport.prefix.is_empty()).then(|| format!("{key}={}", prefix_text(&transport.prefix)))
        };
        let websocket = |key: &str, transport: &OutlineTransport| {
            transport.websocket.as_ref().map(|url| format!("{key}={}", encode(url.as_str())))
        };
        let place = self.udp_place.as_ref().map(|(host, port)| format!("udp={}", authority(host, *port)));
        let options = [
            prefix("prefix", &self.tcp),
            websocket("ws", &self.tcp),
            place,
            prefix("udp-prefix", &self.udp),
            websocket("udp-ws", &self.udp),
        ];
        let options = options.into_iter().flatten().collect::<Vec<_>>().join(";");
        (!options.is_empty()).then(|| Plugin { name: PLUGIN.into(), options })
    }

    /// The prefix of streams in the form for links, if there are no other options.
    pub(in crate::model::node) fn prefix_alone(&self) -> Option<String> {
        (*self == Self::of_prefix(self.tcp.prefix.clone())).then(|| prefix_text(&self.tcp.prefix))
    }

    /// Whether datagrams are supported: a WebSocket for streams accepts none.
    pub fn carries_datagrams(&self) -> bool {
        self.tcp.websocket.is_none() || self.udp_place.is_some() || self.udp.websocket.is_some()
    }

    /// Checks that a method has salts that can begin with the prefixes.
    ///
    /// # Errors
    /// It has no salts, or they are too short.
    pub(in crate::model::node) fn check(&self, method: &str) -> Result<(), LinkError> {
        let salt = match method {
            "aes-128-gcm" => 16,
            "aes-192-gcm" => 24,
            "aes-256-gcm" | "chacha20-ietf-poly1305" | "xchacha20-ietf-poly1305" => 32,
            _other => 0,
        };
        let fits = |prefix: &[u8]| prefix.is_empty() || prefix.len() + MIN_RANDOM <= salt;
        (fits(&self.tcp.prefix) && fits(&self.udp.prefix)).then_some(()).ok_or(LinkError::Prefix)
    }
}

/// The bytes of a prefix in text form.
pub(in crate::model::node) fn prefix(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

fn prefix_text(prefix: &[u8]) -> String {
    encode(&prefix.iter().map(|byte| char::from(*byte)).collect::<String>())
}

fn decoded_prefix(value: &str) -> Result<Vec<u8>, LinkError> {
    decode(value).and_then(|text| prefix(&text)).ok_or(LinkError::Prefix)
}

fn decoded_url(value: &str) -> Result<WebSocketUrl, LinkError> {
    decode(value).and_then(|text| WebSocketUrl::parse(&text)).ok_or(LinkError::WebSocket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_round_trip() {
        let prefix = b"\x16\x03\x01\x00\xa8; =".to_vec();
        let options = OutlineOptions { udp_place: Some(("::1".into(), 53)), ..OutlineOptions::of_prefix(prefix) };
        let plugin = options.plugin().unwrap();
        assert_eq!(plugin.options, "prefix=%16%03%01%00%C2%A8%3B%20%3D;udp=[::1]:53");
        assert_eq!(OutlineOptions::of(&plugin), Ok(Some(options)));
        let wrong = Plugin { options: "prefix=%E4%B8%AD".into(), ..plugin };
        assert_eq!(OutlineOptions::of(&wrong), Err(LinkError::Prefix));
        assert_eq!(OutlineOptions::default().plugin(), None);
    }

    #[test]
    fn websockets_and_the_prefix_of_datagrams_are_kept() {
        let websocket = |path: &str| WebSocketUrl::parse(&format!("wss://w.test/{path}"));
        let options = OutlineOptions {
            tcp: OutlineTransport { prefix: Vec::new(), websocket: websocket("a;b=c") },
            udp: OutlineTransport { prefix: b"\x01".to_vec(), websocket: websocket("udp") },
            udp_place: None,
        };
        let plugin = options.plugin().unwrap();
        let expected = "ws=wss%3A%2F%2Fw.test%2Fa%3Bb%3Dc;udp-prefix=%01;udp-ws=wss%3A%2F%2Fw.test%2Fudp";
        assert_eq!(plugin.options, expected);
        assert_eq!(plugin.shown_options(), "ws=***;udp-prefix=%01;udp-ws=***");
        assert_eq!(OutlineOptions::of(&plugin), Ok(Some(options)));
        let wrong = Plugin { options: "ws=ftp%3A%2F%2Fw.test".into(), ..plugin };
        assert_eq!(OutlineOptions::of(&wrong), Err(LinkError::WebSocket));
    }

    #[test]
    fn datagrams_need_a_udp_endpoint() {
        let carries = |options: &str| OutlineOptions::parse(options).unwrap().carries_datagrams();
        assert!(
            carries("prefix=x") && carries("ws=ws%3A%2F%2Fh;udp=h:1") && carries("ws=ws%3A%2F%2Fh;udp-ws=ws%3A%2F%2Fh")
        );
        assert!(!carries("ws=ws%3A%2F%2Fh"));
    }

    #[test]
    fn a_salt_has_enough_random_bytes() {
        let options = |len| {
            let transport = OutlineTransport { prefix: vec![1; len], websocket: None };
            let of_tcp = OutlineOptions { tcp: transport.clone(), ..OutlineOptions::default() };
            [of_tcp, OutlineOptions { udp: transport, ..OutlineOptions::default() }]
        };
        for way in 0..2 {
            let check = |method, len| options(len)[way].check(method).is_ok();
            assert!(check("aes-128-gcm", 8) && !check("aes-128-gcm", 9));
            assert!(check("chacha20-ietf-poly1305", 24) && !check("chacha20-ietf-poly1305", 25));
            assert!(check("aes-256-cfb", 0) && !check("aes-256-cfb", 1) && !check("2022-blake3-aes-128-gcm", 1));
        }
    }
}
