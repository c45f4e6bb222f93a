//! What a client may reach: its address, compared with those of this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::TcpStream;

use super::connections::tracker::ClientAddress;

/// What a client may reach by direct connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientReach {
    /// Everything: the client is on this machine.
    Everything,
    /// Everything but this machine's own addresses: the client is on another machine.
    NotThisMachine,
    /// Neither this machine nor private networks: the target was chosen by a remote server.
    PublicOnly,
}

impl ClientReach {
    fn of_client(peer: IpAddr, local: IpAddr) -> Self {
        let (peer, local) = (peer.to_canonical(), local.to_canonical());
        if peer.is_loopback() || peer == local { Self::Everything } else { Self::NotThisMachine }
    }
}

impl ClientAddress {
    /// No particular client, on this machine.
    pub(super) const LOCAL: Self = Self { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0, at: 0, is_local: true };

    /// The client of a connection from `peer` to the listener at `bound`. If the address that it connected to is
    /// unknown, it may be on another machine.
    pub(super) fn of(client: &TcpStream, peer: SocketAddr, bound: Option<SocketAddr>) -> Self {
        // Which of this machine's addresses it is matters only for a client that is not on loopback.
        let suffices = |bound: &SocketAddr| !bound.ip().is_unspecified() || peer.ip().to_canonical().is_loopback();
        match bound.filter(suffices).map_or_else(|| client.local_addr(), Ok) {
            Ok(local) => {
                let is_local = ClientReach::of_client(peer.ip(), local.ip()) == ClientReach::Everything;
                Self { ip: peer.ip().to_canonical(), port: peer.port(), at: local.port(), is_local }
            }
            Err(_) => Self { is_local: false, ..Self::LOCAL },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_local_by_loopback_or_own_address() {
        let origin = |peer: &str, local: &str| ClientReach::of_client(peer.parse().unwrap(), local.parse().unwrap());
        assert_eq!(origin("127.0.0.1", "127.0.0.1"), ClientReach::Everything);
        assert_eq!(origin("::ffff:127.0.0.1", "::ffff:127.0.0.1"), ClientReach::Everything);
        assert_eq!(origin("192.168.1.5", "192.168.1.5"), ClientReach::Everything);
        assert_eq!(origin("192.168.1.6", "192.168.1.5"), ClientReach::NotThisMachine);
    }

    #[tokio::test]
    async fn the_address_of_a_client_is_that_of_its_connection() {
        let everywhere = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        let bound = everywhere.local_addr().unwrap();
        let _peer = TcpStream::connect(("127.0.0.1", bound.port())).await.unwrap();
        let (client, peer) = everywhere.accept().await.unwrap();
        let address = ClientAddress::of(&client, peer, Some(bound));
        assert_eq!((address.ip, address.port, address.at), (peer.ip(), peer.port(), bound.port()));
        assert!(address.is_local && ClientAddress::of(&client, peer, None).is_local);
        // From another machine, or from this one through an address that it does not listen at alone.
        let other = "192.168.1.6:5".parse().unwrap();
        assert!(!ClientAddress::of(&client, other, Some(bound)).is_local);
        let one = "192.168.1.6:1080".parse().unwrap();
        let address = ClientAddress::of(&client, other, Some(one));
        assert!(address.is_local && address.at == 1080);
    }
}
