//! Restricts the destinations of fetches and redirects.
//!
//! A remote server must not be able to make this program send requests to services on this machine or its private
//! network, which trust local clients. Only a local origin may redirect there. And no URL may lead to a port of this
//! program.
//!
//! Names are checked by their addresses, at the place where they are resolved. For direct requests that is this
//! program. Through the gateway it is the node's server, whose private network is not ours, or, for direct routes, the
//! gateway itself, which is restricted to public addresses ([`PUBLIC_ONLY`]). A lookup here would reveal the name to
//! the local resolver, and rely on it even if it returns 127.0.0.1 to block a site.
//!
//! [`PUBLIC_ONLY`]: crate::model::route::PUBLIC_ONLY

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt};
use url::{Host, Url};

use crate::model::FetchError;
use crate::os::network;

/// Maximum number of redirects.
const MAX_REDIRECTS: usize = 10;

/// Domains that are resolved on this machine (RFC 6761), by its neighbours (RFC 6762) or its router (RFC 8375).
const LOCAL_DOMAINS: [&str; 3] = [".localhost", ".local", ".home.arpa"];

/// The origin of a fetch.
#[derive(Debug)]
pub(super) struct FetchOrigin {
    host: String,
    is_local: AtomicBool,
    /// The port of the current URL: names are resolved without it.
    port: AtomicU16,
}

impl FetchOrigin {
    /// The origin of a URL; an invalid one is rejected elsewhere.
    pub(super) fn of(url: &str) -> Arc<Self> {
        let url = url.parse::<Url>().ok();
        let host = url.as_ref().and_then(Url::host);
        let is_local = AtomicBool::new(host.as_ref().is_some_and(is_local));
        let port = AtomicU16::new(url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default());
        Arc::new(Self { host: host.map(|host| host.to_string()).unwrap_or_default(), is_local, port })
    }

    /// Whether it is local by its address or its name.
    pub(super) fn is_local(&self) -> bool {
        self.is_local.load(Ordering::Relaxed)
    }

    /// Refuses a URL that leads to a port of this program, whatever resolves it. Most have another port than ours, and
    /// are not looked up.
    pub(super) async fn refuse_own_port(&self) -> Result<(), FetchError> {
        let port = self.port.load(Ordering::Relaxed);
        if !network::is_own_port(port) {
            return Ok(());
        }
        let host = self.host.trim_matches(['[', ']']);
        // A name without an address causes no loop; the connection attempt will report it.
        let found = tokio::net::lookup_host((host, port)).await;
        let leads_back = found.into_iter().flatten().any(network::leads_back);
        if leads_back { Err(FetchError::OwnPort) } else { Ok(()) }
    }

    /// Whether to follow a redirect. Redirects from https to http are refused: the response may contain passwords,
    /// readable by everyone.
    pub(super) fn follow(&self, attempt: Attempt<'_>) -> Action {
        let before = attempt.previous();
        if before.contains(attempt.url()) {
            return attempt.error(FetchError::RedirectLoop);
        }
        if before.len() > MAX_REDIRECTS {
            return attempt.error(FetchError::TooManyRedirects);
        }
        if before.last().is_some_and(|last| last.scheme() == "https") && attempt.url().scheme() == "http" {
            return attempt.error(FetchError::InsecureRedirect);
        }
        if !self.is_local() && attempt.url().host().as_ref().is_some_and(is_local) {
            return attempt.error(FetchError::LocalRedirect);
        }
        let port = attempt.url().port_or_known_default().unwrap_or_default();
        let ip = attempt.url().host().as_ref().and_then(ip_of);
        if ip.is_some_and(|ip| network::leads_back(SocketAddr::new(ip, port))) {
            return attempt.error(FetchError::OwnPort);
        }
        self.port.store(port, Ordering::Relaxed);
        attempt.follow()
    }
}

/// Resolves names for a fetch with the system's resolver.
pub(super) struct OriginResolver(pub(super) Arc<FetchOrigin>);

impl Resolve for OriginResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let origin = Arc::clone(&self.0);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let is_local = |addr: &SocketAddr| network::is_local_network(addr.ip());
            if name.as_str().eq_ignore_ascii_case(&origin.host) {
                origin.is_local.fetch_or(found.iter().any(is_local), Ordering::Relaxed);
            }
            let allowed: Vec<_> = found.into_iter().filter(|addr| origin.is_local() || !is_local(addr)).collect();
            if allowed.is_empty() {
                return Err(FetchError::LocalRedirect.into());
            }
            let port = origin.port.load(Ordering::Relaxed);
            let leads_back = |addr: &SocketAddr| network::leads_back(SocketAddr::new(addr.ip(), port));
            let others: Vec<_> = allowed.into_iter().filter(|addr| !leads_back(addr)).collect();
            if others.is_empty() {
                return Err(FetchError::OwnPort.into());
            }
            Ok(Box::new(others.into_iter()) as Addrs)
        })
    }
}

fn ip_of(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(ip) => Some(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(*ip)),
        Host::Domain(_) => None,
    }
}

fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => network::is_local_network(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => network::is_local_network(IpAddr::V6(*ip)),
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            !name.contains('.') || LOCAL_DOMAINS.iter().any(|domain| name.ends_with(domain))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_hosts_are_recognized() {
        let local = |text: &str| is_local(&text.parse::<Url>().unwrap().host().unwrap());
        for text in [
            "http://127.0.0.1:9090/",
            "http://2130706433/",
            "http://0/",
            "http://10.1.2.3/",
            "http://192.168.1.1/",
            "http://169.254.169.254/",
            "http://100.64.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://localhost/",
            "http://a.localhost./",
            "http://router/",
            "http://nas.local/",
        ] {
            assert!(local(text), "{text}");
        }
        for text in ["http://example.com/", "http://8.8.8.8/", "http://[2001:db8::1]/", "http://100.128.0.1/"] {
            assert!(!local(text), "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused_unless_the_origin_is_local() {
        let resolve =
            |origin: &str, name: &str| OriginResolver(FetchOrigin::of(origin)).resolve(name.parse().expect("a name"));
        let refused = resolve("https://lists.example/", "localhost").await.err().expect("the redirect is refused");
        assert_eq!(refused.downcast_ref(), Some(&FetchError::LocalRedirect));
        assert!(resolve("http://localhost/", "localhost").await.is_ok());
    }
}
