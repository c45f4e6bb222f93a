//! What rules are asked about: an address as browsers write it, in lower case.

use url::{Position, Url};

use crate::model::Target;

/// An address to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestUrl {
    /// The whole address without login and fragment, in lower case.
    url: String,
    /// The host, without the brackets of an IPv6 address and without a last dot.
    host: String,
    /// Where the port, or else the path, begins in `url`.
    rest: usize,
}

impl RequestUrl {
    /// What `text` names: an address, a host, or a host and a port.
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains("://") {
            return Self::of_url(&text.parse().ok()?);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
            Some(_) | None => (text, 443),
        };
        Self::of_target(&Target::from_host(host, port)?)
    }

    /// A target as far as a tunnel tells it. Of its address the host and the port are known; that it is
    /// `https` unless the port is 80 is what browsers would have written.
    pub fn of_target(target: &Target) -> Option<Self> {
        let scheme = if target.port() == 80 { "http" } else { "https" };
        let host = match target {
            Target::Address(addr) if addr.is_ipv6() => format!("[{}]", addr.ip()),
            Target::Address(addr) => addr.ip().to_string(),
            Target::Name(name, _) => name.to_string(),
        };
        Self::of_url(&format!("{scheme}://{host}:{}/", target.port()).parse().ok()?)
    }

    /// An address.
    pub fn of_url(url: &Url) -> Option<Self> {
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let bare = bare.strip_suffix('.').unwrap_or(bare).to_ascii_lowercase();
        let scheme = url.scheme();
        let rest = scheme.len() + "://".len() + host.len();
        let text = format!("{scheme}://{host}{}", &url[Position::AfterHost..Position::AfterQuery]);
        Some(Self { url: text.to_ascii_lowercase(), host: bare, rest })
    }

    /// As browsers ask their script: of https they tell the site alone, neither path nor query.
    #[must_use]
    pub fn as_browsers_ask(mut self) -> Self {
        if self.url.starts_with("https://") {
            let path = self.url[self.rest..].find(['/', '?']).map_or(self.url.len(), |at| self.rest + at);
            self.url.truncate(path);
            self.url.push('/');
        }
        self
    }

    /// Where a connection for it goes.
    pub fn target(&self) -> Option<Target> {
        let port = self.url.parse::<Url>().ok()?.port_or_known_default()?;
        Target::from_host(&self.host, port)
    }

    /// The host.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// All that stands behind the host.
    pub(super) fn rest(&self) -> &str {
        &self.url[self.rest..]
    }

    /// The host, then each domain it is in: `a.b.c`, `b.c`, `c`.
    pub(super) fn domains(&self) -> impl Iterator<Item = &str> {
        domains(&self.host)
    }
}

/// A name, then each domain it is in.
pub(super) fn domains(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, parent)| parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_into_what_rules_ask_for() {
        let check = |text, url, host, rest| {
            let parsed = RequestUrl::parse(text).unwrap();
            assert_eq!((parsed.as_str(), parsed.host(), parsed.rest()), (url, host, rest), "{text}");
        };
        check("http://me:pw@A.Example:80/P?q#f", "http://a.example/p?q", "a.example", "/p?q");
        check("https://a.example.:8443/", "https://a.example.:8443/", "a.example", ":8443/");
        check("a.example", "https://a.example/", "a.example", "/");
        check("a.example:80", "http://a.example/", "a.example", "/");
        check("[::1]:8080", "https://[::1]:8080/", "::1", ":8080/");
        check("::1", "https://[::1]/", "::1", "/");
        check("B\u{fc}cher.example", "https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/");
    }

    #[test]
    fn what_names_no_host_is_none() {
        for text in ["", "http://", "data:text/plain,x", "a b", "a:b", ":80"] {
            assert_eq!(RequestUrl::parse(text), None, "{text:?}");
        }
    }
}
