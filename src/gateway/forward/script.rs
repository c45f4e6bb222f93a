//! The PAC script, at `/proxy.pac` of the gateway's own port.
//!
//! Browsers cache a script by its URL, so the URL has a hash of the content after `?`; any is accepted. Caches must not
//! store it, and web pages must not read it, since it contains the user's rules.

use std::net::{IpAddr, SocketAddr};

use crate::gateway::http1::RequestHead;
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::inbound::split_authority;
use crate::model::Target;
use crate::model::route::{GATEWAY, RoutingConfig};

/// Its path.
const PATH: &[u8] = b"/proxy.pac";

/// The media type from Netscape, which browsers still expect.
const MEDIA_TYPE: &str = "application/x-ns-proxy-autoconfig";

/// Whether a request is for the script, at an IP address or `localhost`: otherwise a web page whose own name resolves
/// to this computer could read the script (DNS rebinding).
pub(super) fn is_requested(head: &RequestHead) -> bool {
    let path = head.target.split(|byte| *byte == b'?').next();
    path == Some(PATH)
        && matches!(&*head.method, "GET" | "HEAD")
        && head.fields.values("host").all(|host| is_address_or_localhost(host))
}

/// Whether a host is an IP address or `localhost`, which cannot be the origin of a web page.
fn is_address_or_localhost(host: &[u8]) -> bool {
    let target = std::str::from_utf8(host).ok().and_then(|host| split_authority(host, Some(80)));
    match target {
        Some(Target::Address(_)) => true,
        Some(Target::Name(name, _)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The script for a client: other devices do not get the user's own rules.
pub(super) fn for_client(routing: &RoutingConfig, peer: IpAddr) -> &str {
    if peer.to_canonical().is_loopback() { &routing.script } else { &routing.shared_script }
}

/// The script for a client that has connected to `at`.
pub(super) fn page(script: &str, at: SocketAddr) -> LocalResponse {
    let at = SocketAddr::new(at.ip().to_canonical(), at.port());
    LocalResponse::page(MEDIA_TYPE, script.replacen(GATEWAY, &at.to_string(), 1))
        .with("X-Content-Type-Options", "nosniff")
        .with("Cross-Origin-Resource-Policy", "same-origin")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn only_requests_for_the_script_match() {
        let is_script = |method: &str, target: &str| {
            let head = Bytes::from(format!("{method} {target} HTTP/1.1\r\n\r\n"));
            is_requested(&RequestHead::parse(&head).unwrap())
        };
        assert!(is_script("GET", "/proxy.pac") && is_script("HEAD", "/proxy.pac?0123abcd"));
        let asked_at = |host: &str| {
            let head = Bytes::from(format!("GET /proxy.pac HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            is_requested(&RequestHead::parse(&head).unwrap())
        };
        for own in ["127.0.0.1:1080", "[::1]:1080", "LocalHost:1080", "192.0.2.7"] {
            assert!(asked_at(own), "{own}");
        }
        for other in ["evil.example", "evil.example:1080", "localhost.evil.example", "127.0.0.1.nip.io", ""] {
            assert!(!asked_at(other), "{other}");
        }
        assert!(
            !is_script("POST", "/proxy.pac")
                && !is_script("GET", "/")
                && !is_script("GET", "http://a.example/proxy.pac")
        );
    }

    #[test]
    fn remote_clients_get_the_shared_script() {
        let routing =
            RoutingConfig { script: "own".into(), shared_script: "shared".into(), ..RoutingConfig::default() };
        let script = |peer: &str| for_client(&routing, peer.parse().unwrap());
        assert_eq!([script("127.0.0.1"), script("::1"), script("::ffff:127.0.0.1")], ["own"; 3]);
        assert_eq!([script("192.0.2.7"), script("fe80::1"), script("::ffff:192.0.2.7")], ["shared"; 3]);
    }
}
