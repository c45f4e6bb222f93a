//! What other machines of the network are told: the addresses under which they reach the ports that
//! are open to them.

use std::net::{IpAddr, SocketAddr};

use super::owner::Engine;
use crate::gateway;
use crate::model::snapshot::HttpView;
use crate::os::network;

impl Engine {
    /// Looks where this machine is to be found, while a port is open to others.
    pub(super) fn look_at_addresses(&mut self) {
        let http = self.gateway.as_ref().and_then(gateway::Handle::http_addr);
        let is_open = self.gateway.as_ref().map(gateway::Handle::addr).into_iter().chain(http).any(is_for_others);
        self.own_addresses = if is_open { network::own_addresses() } else { Vec::new() };
    }

    /// Under which addresses others reach the port; none while it is closed or for this machine alone.
    pub(super) fn shared(&self) -> Vec<String> {
        let addr = self.gateway.as_ref().map(gateway::Handle::addr);
        addr.map(|addr| shared_at(addr, &self.own_addresses)).unwrap_or_default()
    }

    /// The port for HTTP alone, where one is wanted.
    pub(super) fn http_view(&self) -> Option<HttpView> {
        let wanted = self.settings.gateway.http_listen?;
        let listening = self.gateway.as_ref().and_then(gateway::Handle::http_addr);
        let shared = listening.map(|addr| shared_at(addr, &self.own_addresses)).unwrap_or_default();
        Some(HttpView { addr: listening.unwrap_or(wanted).to_string(), listening: listening.is_some(), shared })
    }
}

fn is_for_others(addr: SocketAddr) -> bool {
    !addr.ip().to_canonical().is_loopback()
}

/// Under which of a machine's own addresses others reach what listens here.
fn shared_at(addr: SocketAddr, own: &[IpAddr]) -> Vec<String> {
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
    fn what_listens_everywhere_is_reached_at_each_address() {
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
