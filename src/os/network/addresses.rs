//! The addresses of this computer's network interfaces.

use std::net::{IpAddr, Ipv6Addr};

/// The addresses at which other computers reach this one: those of interfaces that are up, IPv4 first, without loopback
/// and link-local addresses.
pub fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::debug!(%error, "cannot list the interface addresses");
        Vec::new()
    });
    let mut found: Vec<_> = interfaces.iter().map(if_addrs::Interface::ip).filter(is_reachable).collect();
    found.sort_by_key(IpAddr::is_ipv6);
    found.dedup();
    found
}

fn is_reachable(ip: &IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => Ipv6Addr::is_unicast_link_local(ip),
    };
    !is_link_local && !ip.is_loopback() && !ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_link_local_are_left_out() {
        for (ip, expected) in [
            ("192.168.1.5", true),
            ("127.0.0.1", false),
            ("169.254.3.4", false),
            ("::1", false),
            ("fe80::1", false),
            ("2001:db8::1", true),
            ("fd00::1", true),
        ] {
            assert_eq!(is_reachable(&ip.parse().unwrap()), expected, "{ip}");
        }
        assert!(own_addresses().iter().all(is_reachable));
    }
}
