//! What an access key of Outline says beyond a link: how salts begin, and where datagrams go.
//!
//! It is kept as the options of a plugin that is built in: `prefix=POST%20;udp=host:port`. A prefix is text
//! of which each character is a byte (U+0000 to U+00FF), percent-encoded, as in the keys themselves.

use super::link::{self, LinkError};
use super::{Plugin, authority};

/// The name of the built-in plugin.
pub const PLUGIN: &str = "outline";

/// Bytes of a salt that have to be random: with fewer, two connections could have the same key.
const LEAST_RANDOM: usize = 8;

/// Options of an access key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutlineOptions {
    /// The first bytes of each salt; may be empty.
    pub prefix: Vec<u8>,
    /// Where datagrams go, if not where streams go.
    pub udp: Option<(String, u16)>,
}

impl OutlineOptions {
    /// The options of a plugin; none if it is another one.
    ///
    /// # Errors
    /// The option that is wrong or not known.
    pub fn of(plugin: &Plugin) -> Result<Option<Self>, LinkError> {
        (plugin.name == PLUGIN).then(|| Self::parse(&plugin.options)).transpose()
    }

    fn parse(options: &str) -> Result<Self, LinkError> {
        let mut parsed = Self::default();
        for option in options.split(';').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            match key {
                "prefix" => {
                    let text = link::decode(value).ok_or(LinkError::Prefix)?;
                    parsed.prefix = prefix(&text).ok_or(LinkError::Prefix)?;
                }
                "udp" => parsed.udp = Some(link::endpoint(value)?),
                other => return Err(LinkError::PluginOption(link::plugins::word(other))),
            }
        }
        Ok(parsed)
    }

    /// The plugin with these options; none if there are none.
    pub(super) fn plugin(&self) -> Option<Plugin> {
        let prefix = (!self.prefix.is_empty()).then(|| format!("prefix={}", self.prefix_text()));
        let udp = self.udp.as_ref().map(|(host, port)| format!("udp={}", authority(host, *port)));
        let options = [prefix, udp].into_iter().flatten().collect::<Vec<_>>().join(";");
        (!options.is_empty()).then(|| Plugin { name: PLUGIN.into(), options })
    }

    /// The prefix as links have it.
    pub(super) fn prefix_text(&self) -> String {
        link::encode(&self.prefix.iter().map(|byte| char::from(*byte)).collect::<String>())
    }

    /// Whether a method has salts that can begin so.
    ///
    /// # Errors
    /// It has none, or none as long.
    pub(super) fn check(&self, method: &str) -> Result<(), LinkError> {
        let salt = match method {
            "aes-128-gcm" => 16,
            "aes-192-gcm" => 24,
            "aes-256-gcm" | "chacha20-ietf-poly1305" | "xchacha20-ietf-poly1305" => 32,
            _other => 0,
        };
        let fits = self.prefix.is_empty() || self.prefix.len() + LEAST_RANDOM <= salt;
        fits.then_some(()).ok_or(LinkError::Prefix)
    }
}

/// The bytes of a prefix that is written as text.
pub(super) fn prefix(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_they_are_printed() {
        let options = OutlineOptions { prefix: b"\x16\x03\x01\x00\xa8; =".to_vec(), udp: Some(("::1".into(), 53)) };
        let plugin = options.plugin().unwrap();
        assert_eq!(plugin.options, "prefix=%16%03%01%00%C2%A8%3B%20%3D;udp=[::1]:53");
        assert_eq!(OutlineOptions::of(&plugin), Ok(Some(options)));
        let wrong = Plugin { options: "prefix=%E4%B8%AD".into(), ..plugin };
        assert_eq!(OutlineOptions::of(&wrong), Err(LinkError::Prefix));
        assert_eq!(OutlineOptions::default().plugin(), None);
    }

    #[test]
    fn a_salt_keeps_random_bytes() {
        let check = |method, len| OutlineOptions { prefix: vec![1; len], udp: None }.check(method).is_ok();
        assert!(check("aes-128-gcm", 8) && !check("aes-128-gcm", 9));
        assert!(check("chacha20-ietf-poly1305", 24) && !check("chacha20-ietf-poly1305", 25));
        assert!(check("aes-256-cfb", 0) && !check("aes-256-cfb", 1) && !check("2022-blake3-aes-128-gcm", 1));
    }
}
