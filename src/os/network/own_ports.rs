//! The ports on which this program listens, so that it never connects to itself.
//!
//! A node, a rule or a link that points back to the gateway would cause a connection that opens another one, and so on
//! until no descriptor is left. Everything that connects to a node, directly or for a download, checks [`leads_back`]
//! first: for the address, not the name, since a name may resolve to anything.
//!
//! Open ports belong to the process, like descriptors, so the list is global. A member process gets the ports of its
//! parent, and each change of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::LazyLock;

use tokio::sync::watch;

static LISTENING: LazyLock<watch::Sender<Vec<SocketAddr>>> = LazyLock::new(watch::Sender::default);

/// The registration of a listening port; dropping it removes the port from the list.
#[derive(Debug)]
pub struct OwnPort(SocketAddr);

impl OwnPort {
    /// Registers an address on which this program listens.
    pub fn register(addr: SocketAddr) -> Self {
        LISTENING.send_modify(|listening| listening.push(addr));
        Self(addr)
    }
}

impl Drop for OwnPort {
    fn drop(&mut self) {
        LISTENING.send_modify(|listening| {
            if let Some(index) = listening.iter().position(|addr| *addr == self.0) {
                listening.swap_remove(index);
            }
        });
    }
}

/// The addresses on which this program listens, and their changes.
pub fn own_ports() -> watch::Receiver<Vec<SocketAddr>> {
    LISTENING.subscribe()
}

/// Whether this program listens on this port number, on any address.
pub fn is_own_port(port: u16) -> bool {
    LISTENING.borrow().iter().any(|listener| listener.port() == port)
}

/// Whether a connection from this computer to this address would reach a port of this program.
pub fn leads_back(addr: SocketAddr) -> bool {
    let listening = LISTENING.borrow().clone();
    listening.into_iter().any(|listener| reaches(listener, addr, is_own_address))
}

/// The rule of [`leads_back`] for one listener. A connection to the unspecified address goes to loopback, and a
/// listener on it is reached at every local address.
fn reaches(listener: SocketAddr, addr: SocketAddr, is_own: impl Fn(IpAddr) -> bool) -> bool {
    if listener.port() != addr.port() {
        return false;
    }
    let (listener, ip) = (listener.ip().to_canonical(), addr.ip().to_canonical());
    let is_here = ip.is_unspecified() || ip.is_loopback();
    if listener.is_unspecified() {
        return is_here || is_own(ip);
    }
    listener == ip || (ip.is_unspecified() && listener.is_loopback())
}

fn is_own_address(ip: IpAddr) -> bool {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::debug!(%error, "cannot list the addresses of this computer");
        Vec::new()
    });
    interfaces.iter().any(|interface| interface.ip() == ip)
}

/// Whether an address leads into this machine or a private network: loopback, private (RFC 1918, 4193), shared
/// (RFC 6598) and link-local (RFC 3927, 4291) addresses.
pub fn is_local_network(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let is_private = match ip {
        IpAddr::V4(ip) => {
            let is_shared = (ip.to_bits() ^ Ipv4Addr::new(100, 64, 0, 0).to_bits()) >> 22 == 0;
            ip.is_private() || is_shared
        }
        IpAddr::V6(ip) => ip.is_unique_local(),
    };
    is_private || is_this_machine_only(ip)
}

/// Whether an address has a meaning on this computer only.
pub fn is_this_machine_only(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_local_v4(ip),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || Ipv6Addr::is_unicast_link_local(&ip),
    }
}

/// `0.0.0.0/8` is "this network" (RFC 1122), and Linux treats all of `127.0.0.0/8` as loopback.
fn is_local_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_link_local() || ip.octets()[0] == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listener: &str, leading_back: &[&str], elsewhere: &[&str]) {
        let own = |ip: IpAddr| ip == IpAddr::from([192, 168, 1, 5]);
        let ends = |addr: &str| reaches(listener.parse().unwrap(), addr.parse().unwrap(), own);
        leading_back.iter().for_each(|addr| assert!(ends(addr), "{addr} leads to {listener}"));
        elsewhere.iter().for_each(|addr| assert!(!ends(addr), "{addr} does not lead to {listener}"));
    }

    #[test]
    fn every_address_that_leads_back_is_detected() {
        let here = ["127.0.0.1:1080", "0.0.0.0:1080", "[::]:1080", "[::ffff:127.0.0.1]:1080"];
        check("127.0.0.1:1080", &here, &["127.0.0.1:1081", "127.0.0.2:1080", "192.168.1.5:1080", "[::1]:1080"]);
        check("[::1]:1080", &["[::1]:1080", "[::]:1080"], &["127.0.0.1:1080", "[::1]:1081"]);
        let all = [&here[..], &["127.9.9.9:1080", "[::1]:1080", "192.168.1.5:1080"]].concat();
        check("0.0.0.0:1080", &all, &["192.168.1.6:1080", "192.168.1.5:80"]);
        check("[::]:1080", &all, &["192.168.1.6:1080"]);
        check("192.168.1.5:1080", &["192.168.1.5:1080"], &["127.0.0.1:1080", "0.0.0.0:1080"]);
    }

    #[test]
    fn a_port_is_own_while_registered() {
        let addr = "127.0.0.1:9".parse().unwrap();
        assert!(!leads_back(addr));
        let (one, two) = (OwnPort::register(addr), OwnPort::register(addr));
        drop(one);
        assert!(leads_back(addr) && is_own_port(9) && own_ports().borrow().contains(&addr));
        drop(two);
        assert!(!leads_back(addr));
    }

    #[test]
    fn loopback_and_link_local_addresses_are_for_this_machine_only() {
        for (ip, is_only) in [
            ("127.0.0.1", true),
            ("127.3.4.5", true),
            ("0.0.0.0", true),
            ("0.1.2.3", true),
            ("169.254.169.254", true),
            ("::1", true),
            ("::", true),
            ("fe80::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.168.1.5", false),
            ("10.0.0.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_this_machine_only(ip.parse().unwrap()), is_only, "{ip}");
        }
    }
}
