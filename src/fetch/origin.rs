//! Which redirects are followed, and to which addresses.
//!
//! A server elsewhere must not make this program ask a service of this machine or its private network: such
//! services trust whoever reaches them. Only who was local from the beginning may redirect there. Names are
//! judged by what they resolve to, where this program resolves them; through the gateway, which leaves that
//! to the node's server, only addresses and local names are refused.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt};
use url::{Host, Url};

use crate::model::NoFile;

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 10;

/// Domains that are resolved on this machine (RFC 6761), by its neighbours (RFC 6762) or its router (RFC 8375).
const LOCAL_DOMAINS: [&str; 3] = [".localhost", ".local", ".home.arpa"];

/// Where a fetch began.
#[derive(Debug)]
pub(super) struct FetchOrigin {
    host: String,
    is_local: AtomicBool,
}

impl FetchOrigin {
    /// The host of an address; one that is not an address is refused elsewhere.
    pub(super) fn of(url: &str) -> Arc<Self> {
        let url = url.parse::<Url>().ok();
        let host = url.as_ref().and_then(Url::host);
        let is_local = AtomicBool::new(host.as_ref().is_some_and(is_local));
        Arc::new(Self { host: host.map(|host| host.to_string()).unwrap_or_default(), is_local })
    }

    /// Whether to follow a redirect. From https to http it is not followed: what comes there may have
    /// passwords in it, for everybody to read.
    pub(super) fn follow(&self, attempt: Attempt<'_>) -> Action {
        let before = attempt.previous();
        if before.contains(attempt.url()) {
            return attempt.error(NoFile::RedirectLoop);
        }
        if before.len() > MOST_REDIRECTS {
            return attempt.error(NoFile::TooManyRedirects);
        }
        if before.last().is_some_and(|last| last.scheme() == "https") && attempt.url().scheme() == "http" {
            return attempt.error(NoFile::InsecureRedirect);
        }
        if !self.is_local.load(Ordering::Relaxed) && attempt.url().host().as_ref().is_some_and(is_local) {
            return attempt.error(NoFile::LocalRedirect);
        }
        attempt.follow()
    }
}

/// Resolves names for a fetch by the system's resolver.
pub(super) struct OriginResolver(pub(super) Arc<FetchOrigin>);

impl Resolve for OriginResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let origin = Arc::clone(&self.0);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let is_local = |addr: &SocketAddr| is_local_ip(addr.ip());
            if name.as_str().eq_ignore_ascii_case(&origin.host) {
                origin.is_local.fetch_or(found.iter().any(is_local), Ordering::Relaxed);
            }
            if origin.is_local.load(Ordering::Relaxed) {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            let public: Vec<_> = found.into_iter().filter(|addr| !is_local(addr)).collect();
            if public.is_empty() {
                return Err(NoFile::LocalRedirect.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => is_local_ip(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_local_ip(IpAddr::V6(*ip)),
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            !name.contains('.') || LOCAL_DOMAINS.iter().any(|domain| name.ends_with(domain))
        }
    }
}

/// Loopback, private (RFC 1918, 4193), shared (RFC 6598) and link-local (RFC 3927, 4291) addresses.
fn is_local_ip(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let is_shared = (ip.to_bits() ^ Ipv4Addr::new(100, 64, 0, 0).to_bits()) >> 22 == 0;
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.octets()[0] == 0 || is_shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_local_is_known() {
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
    async fn a_name_that_resolves_to_this_machine_is_refused_unless_it_was_asked_for() {
        let resolve =
            |origin: &str, name: &str| OriginResolver(FetchOrigin::of(origin)).resolve(name.parse().expect("a name"));
        let refused = resolve("https://lists.example/", "localhost").await.err().expect("it is refused");
        assert_eq!(refused.downcast_ref(), Some(&NoFile::LocalRedirect));
        assert!(resolve("http://localhost/", "localhost").await.is_ok());
    }
}
