//! One connection through one member: TCP to its SOCKS5 port, then the handshake.
//!
//! Our own members get greeting, login and request in one write, which saves two round trips and four system calls per
//! connection; other SOCKS5 servers get them one after another.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::model::{Dial, Target};
use crate::os::connect::connect_and_send;
use crate::os::network;
use crate::socks5::{ClientHandshake, ClientStep, HandshakeError, ReplyCode, SocksCommand};

/// In bytes; longer than any message of the handshake.
const RECEIVE_BUFFER: usize = 264;

/// Why a connection through a member failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    /// The member's port refuses connections.
    #[error("the member does not accept connections: {0}")]
    Connect(#[source] io::Error),
    /// The node's address is a port of this program.
    #[error("the node points to one of Sluice's own ports")]
    OwnPort,
    /// The member did not accept or respond in time.
    #[error("the member did not answer in time")]
    TimedOut,
    /// The member closed during the handshake, or does not speak SOCKS5.
    #[error("the member's SOCKS5 handshake failed: {0}")]
    Handshake(String),
    /// The member replied that it cannot reach the target.
    #[error("the server's answer: {0}")]
    Refused(ReplyCode),
}

/// Opens a connection to `target` through the member at `dial` within `limit`.
pub(super) async fn open(dial: &Dial, target: &Target, limit: Duration) -> Result<TcpStream, DialError> {
    let attempt = handshake(dial, SocksCommand::Connect, target);
    let (stream, _bound) = tokio::time::timeout(limit, attempt).await.unwrap_or(Err(DialError::TimedOut))?;
    Ok(stream)
}

/// Connects to the member at `dial` within `limit`, and requests nothing.
pub(super) async fn connect(dial: &Dial, limit: Duration) -> Result<TcpStream, DialError> {
    if network::leads_back(dial.addr) {
        return Err(DialError::OwnPort);
    }
    let connected = tokio::time::timeout(limit, TcpStream::connect(dial.addr)).await;
    connected.map_err(|_elapsed| DialError::TimedOut)?.map_err(DialError::Connect)
}

/// Where datagrams for a SOCKS5 server are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayAddress {
    /// To the port in its reply, at the server's own address: otherwise a server could choose where this machine sends
    /// datagrams, and servers behind NAT reply with an unreachable address.
    #[default]
    OfServer,
    /// To the address in its reply, as the user has allowed.
    FromReply,
}

/// Requests a UDP relay from the member at `dial` within `limit`: the connection that keeps it open, and the address to
/// send datagrams to.
pub(super) async fn associate(
    dial: &Dial,
    relay: RelayAddress,
    limit: Duration,
) -> Result<(TcpStream, SocketAddr), DialError> {
    // The source address of the datagrams is known only with the first one.
    let unspecified: IpAddr =
        if dial.addr.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let from = Target::Address(SocketAddr::new(unspecified, 0));
    let attempt = handshake(dial, SocksCommand::UdpAssociate, &from);
    let (stream, bound) = tokio::time::timeout(limit, attempt).await.unwrap_or(Err(DialError::TimedOut))?;
    Ok((stream, relay_addr(bound, dial.addr, relay)?))
}

/// The address to send datagrams to, according to the server's reply.
fn relay_addr(bound: Option<Target>, server: SocketAddr, relay: RelayAddress) -> Result<SocketAddr, DialError> {
    let Some(Target::Address(named)) = bound else {
        return Err(DialError::Handshake("the reply has no IP address to send datagrams to".into()));
    };
    let addr = match relay {
        RelayAddress::FromReply if !named.ip().is_unspecified() => named,
        RelayAddress::FromReply | RelayAddress::OfServer => SocketAddr::new(server.ip(), named.port()),
    };
    if network::leads_back(addr) { Err(DialError::OwnPort) } else { Ok(addr) }
}

async fn handshake(
    dial: &Dial,
    command: SocksCommand,
    target: &Target,
) -> Result<(TcpStream, Option<Target>), DialError> {
    if network::leads_back(dial.addr) {
        return Err(DialError::OwnPort);
    }
    let broken = |error: io::Error| DialError::Handshake(error.to_string());
    let mut handshake = ClientHandshake::new(dial.handshake, dial.login.as_ref(), command, target);
    let greeting = handshake.begin();
    let (mut stream, sent) = connect_and_send(dial.addr, &greeting).await.map_err(DialError::Connect)?;
    stream.write_all(&greeting[sent..]).await.map_err(broken)?;
    drop(greeting);
    let (mut buffer, mut received) = ([0; RECEIVE_BUFFER], 0);
    loop {
        match handshake.advance(&buffer[..received])? {
            ClientStep::Send(bytes) => {
                stream.write_all(&bytes).await.map_err(broken)?;
                received = 0;
            }
            ClientStep::Receive(count) => {
                stream.read_exact(&mut buffer[..count]).await.map_err(broken)?;
                received = count;
            }
            ClientStep::Done(bound) => return Ok((stream, bound)),
        }
    }
}

impl From<HandshakeError> for DialError {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::Refused(code) => Self::Refused(code),
            HandshakeError::NotSocks5 | HandshakeError::LoginRefused => Self::Handshake(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_go_to_the_server_itself() {
        let server = "192.0.2.1:1080".parse().unwrap();
        for bound in ["0.0.0.0:9", "192.0.2.1:9", "127.0.0.1:9", "10.0.0.1:9", "198.51.100.7:9"] {
            let bound = Target::Address(bound.parse().unwrap());
            let relay = relay_addr(Some(bound), server, RelayAddress::OfServer);
            assert_eq!(relay.unwrap(), "192.0.2.1:9".parse().unwrap());
        }
        assert!(relay_addr(Target::from_host("relay.test", 9), server, RelayAddress::OfServer).is_err());
    }

    #[test]
    fn datagrams_go_to_the_address_in_the_reply_if_allowed() {
        let server = "192.0.2.1:1080".parse().unwrap();
        for (bound, relay) in
            [("0.0.0.0:9", "192.0.2.1:9"), ("[::]:9", "192.0.2.1:9"), ("198.51.100.7:9", "198.51.100.7:9")]
        {
            let bound = Target::Address(bound.parse().unwrap());
            assert_eq!(relay_addr(Some(bound), server, RelayAddress::FromReply).unwrap(), relay.parse().unwrap());
        }
        assert!(relay_addr(Target::from_host("relay.test", 9), server, RelayAddress::FromReply).is_err());
    }

    #[tokio::test]
    async fn a_node_at_an_own_port_is_not_dialled() {
        let bound =
            crate::gateway::bind(&crate::gateway::ServingThread::current(), "127.0.0.1:0".parse().unwrap()).unwrap();
        for ip in ["127.0.0.1", "0.0.0.0", "[::]"] {
            let addr = format!("{ip}:{}", bound.addr().port()).parse().unwrap();
            let dial = Dial { addr, login: None, handshake: crate::model::Handshake::Stepwise };
            let target = Target::from_host("a.test", 80).unwrap();
            let refused = open(&dial, &target, Duration::from_secs(5)).await;
            assert!(matches!(refused, Err(DialError::OwnPort)), "{ip}: {refused:?}");
        }
    }
}
