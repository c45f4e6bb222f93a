//! The URL of a WebSocket to a server (RFC 6455, section 3), as in Outline access keys.
//!
//! The schemes `http` and `https` mean the same as `ws` and `wss`. A user name, a password or a fragment is rejected,
//! as by Outline's client. The path may be a secret, so the type does not implement `Display`.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// Maximum length of a URL in bytes.
const MAX_LENGTH: usize = 2_048;

/// A URL that begins with `ws://` or `wss://`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSocketUrl(Url);

impl WebSocketUrl {
    /// Parses a URL; none if it is not a valid WebSocket URL.
    pub fn parse(text: &str) -> Option<Self> {
        let mut url = Url::parse(text).ok().filter(|_| text.len() <= MAX_LENGTH)?;
        let scheme = match url.scheme() {
            "ws" | "http" => "ws",
            "wss" | "https" => "wss",
            _other => return None,
        };
        url.set_scheme(scheme).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        (is_plain && url.host_str().is_some_and(|host| !host.is_empty()) && url.port() != Some(0)).then_some(Self(url))
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it uses TLS.
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "wss"
    }

    /// The host: a name, or an IP address without brackets.
    pub fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip).to_string(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).to_string(),
            Some(Host::Domain(name)) => name.to_owned(),
            None => String::new(),
        }
    }

    /// The port: the default of the scheme if none is given.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }
}

impl fmt::Debug for WebSocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_websocket_url_may_have_either_scheme() {
        let read = |text: &str| {
            let url = WebSocketUrl::parse(text)?;
            Some((url.as_str().to_owned(), url.host(), url.port(), url.is_secure()))
        };
        let found = |text: &str, host: &str, port, secure| Some((text.to_owned(), host.to_owned(), port, secure));
        assert_eq!(read("wss://W.test/a/b?c=%20"), found("wss://w.test/a/b?c=%20", "w.test", 443, true));
        assert_eq!(read("https://w.test:443/x"), found("wss://w.test/x", "w.test", 443, true));
        assert_eq!(read("http://[2001:db8::1]"), found("ws://[2001:db8::1]/", "2001:db8::1", 80, false));
        assert_eq!(read("ws://127.0.0.1:8080/;="), found("ws://127.0.0.1:8080/;=", "127.0.0.1", 8080, false));
        let long = format!("wss://w.test/{}", "x".repeat(MAX_LENGTH));
        for text in ["", "w.test", "ftp://w.test/", "wss://u@w.test/", "wss://w.test/#x", "wss://", "wss://h:0/", &long]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_path_is_not_printed() {
        assert_eq!(format!("{:?}", WebSocketUrl::parse("wss://w.test/sesame").unwrap()), "wss://w.test");
    }
}
