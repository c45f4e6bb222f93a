//! The addresses at which other devices reach a port.

use std::net::{IpAddr, SocketAddr};

/// Whether other devices can reach a listener at this address.
pub(super) fn is_for_others(addr: SocketAddr) -> bool {
    !addr.ip().to_canonical().is_loopback()
}

/// The addresses of this computer at which others reach a listener.
pub(super) fn shared_at(addr: SocketAddr, own: &[IpAddr]) -> Vec<String> {
    let at = |ip: IpAddr| SocketAddr::new(ip, addr.port()).to_string();
    match addr.ip() {
        ip if ip.is_unspecified() => {
            own.iter().filter(|own| ip.is_ipv6() || own.is_ipv4()).map(|own| at(*own)).collect()
        }
        ip if ip.to_canonical().is_loopback() => Vec::new(),
        ip => vec![at(ip)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_listener_is_reachable_at_every_address() {
        let own: Vec<IpAddr> = ["192.168.1.5", "2001:db8::5"].map(|ip| ip.parse().unwrap()).into();
        let shared = |addr: &str| shared_at(addr.parse().unwrap(), &own);
        assert_eq!(shared("0.0.0.0:1080"), ["192.168.1.5:1080"]);
        assert_eq!(shared("[::]:1080"), ["192.168.1.5:1080", "[2001:db8::5]:1080"]);
        assert_eq!(shared("192.168.1.7:1080"), ["192.168.1.7:1080"]);
        for own in ["127.0.0.1:1080", "[::1]:1080", "[::ffff:127.0.0.1]:1080"] {
            assert_eq!(shared(own), [""; 0], "{own}");
        }
    }
}
