//! Hosts that are never proxied unless the user's rules say so: loopback, local networks, names without a dot.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Local networks, without loopback: private (RFC 1918, 4193), shared address space (RFC 6598) and link-local (RFC
/// 3927).
pub(super) const LOCAL_NETWORKS_V4: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

/// Domains that are resolved by multicast DNS (RFC 6762) or by the router (RFC 8375).
pub(super) const LOCAL_DOMAINS: [&str; 2] = [".local", ".home.arpa"];

/// Whether a host is loopback, which no rule can override.
pub(super) fn is_loopback_host(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(ip)) => is_loopback_v4(ip),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unspecified() || ip.to_ipv4_mapped().is_some_and(is_loopback_v4)
        }
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether a host is in a local network, as far as its name or address shows.
pub(super) fn is_local_network(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(ip)) => is_local_v4(ip),
        Ok(IpAddr::V6(ip)) => is_local_v6(ip),
        Err(_) => !host.contains('.') || LOCAL_DOMAINS.iter().any(|domain| host.ends_with(domain)),
    }
}

fn is_loopback_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.octets()[0] == 0
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    LOCAL_NETWORKS_V4.iter().any(|(network, bits)| (ip.to_bits() ^ network.to_bits()) >> (32 - bits) == 0)
}

fn is_local_v6(ip: Ipv6Addr) -> bool {
    ip.is_unique_local() || ip.is_unicast_link_local() || ip.to_ipv4_mapped().is_some_and(is_local_v4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_hosts_and_networks_are_recognized() {
        for host in ["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "localhost", "a.localhost"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.0.1", "100.64.0.1", "fe80::1", "fd00::1"] {
            assert!(is_local_network(host) && !is_loopback_host(host), "{host}");
        }
        for host in ["printer", "nas.local", "box.home.arpa"] {
            assert!(is_local_network(host), "{host}");
        }
        for host in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "a.example", "notlocal.example"] {
            assert!(!is_local_network(host) && !is_loopback_host(host), "{host}");
        }
    }
}
