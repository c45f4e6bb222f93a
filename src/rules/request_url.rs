//! A URL that rules are matched against, in lower case.

use url::{Position, Url};

use crate::model::Target;

/// A URL to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestUrl {
    /// The whole URL without login and fragment, in lower case.
    url: String,
    /// The host, without the brackets of an IPv6 address and without a trailing dot.
    host: String,
    /// The offset in `url` of the port, or else of the path.
    rest: usize,
}

impl RequestUrl {
    /// Parses a URL, a host, or a host and a port.
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

    /// The URL of a tunnel's target: only host and port are known; the scheme is `https` unless the port is 80, as a
    /// browser would write it.
    pub fn of_target(target: &Target) -> Option<Self> {
        let scheme = if target.port() == 80 { "http" } else { "https" };
        let host = match target {
            Target::Address(addr) if addr.is_ipv6() => format!("[{}]", addr.ip()),
            Target::Address(addr) => addr.ip().to_string(),
            Target::Name(name, _) => name.to_string(),
        };
        Self::of_url(&format!("{scheme}://{host}:{}/", target.port()).parse().ok()?)
    }

    /// Normalizes a URL.
    pub fn of_url(url: &Url) -> Option<Self> {
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let bare = bare.strip_suffix('.').unwrap_or(bare).to_ascii_lowercase();
        let scheme = url.scheme();
        let rest = scheme.len() + "://".len() + host.len();
        let text = format!("{scheme}://{host}{}", &url[Position::AfterHost..Position::AfterQuery]);
        Some(Self { url: text.to_ascii_lowercase(), host: bare, rest })
    }

    /// The part of the URL that browsers pass to a PAC script: for https without path and query.
    #[must_use]
    pub fn as_browsers_ask(mut self) -> Self {
        if self.url.starts_with("https://") {
            let path = self.url[self.rest..].find(['/', '?']).map_or(self.url.len(), |at| self.rest + at);
            self.url.truncate(path);
            self.url.push('/');
        }
        self
    }

    /// The target of a connection for this URL.
    pub fn target(&self) -> Option<Target> {
        let port = self.url.parse::<Url>().ok()?.port_or_known_default()?;
        Target::from_host(&self.host, port)
    }

    /// The host.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Everything after the host.
    pub(super) fn rest(&self) -> &str {
        &self.url[self.rest..]
    }

    /// The host and its parent domains: `a.b.c`, `b.c`, `c`.
    pub(super) fn domains(&self) -> impl Iterator<Item = &str> {
        domains(&self.host)
    }
}

/// A name and its parent domains.
pub(super) fn domains(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, parent)| parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_into_the_parts_for_rules() {
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
    fn urls_without_a_host_are_invalid() {
        for text in ["", "http://", "data:text/plain,x", "a b", "a:b", ":80"] {
            assert_eq!(RequestUrl::parse(text), None, "{text:?}");
        }
    }
}
