//! SOCKS5 clients of the gateway. The protocol itself is in [`crate::socks5`].

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::Reader;
use super::{Accepted, Rejected, TunnelProtocol};
use crate::gateway::auth::{AuthPolicy, LoginGuard};
use crate::gateway::connect_request::ConnectRequest;
use crate::socks5::{HandshakeRefusal, ReplyCode, ServerHandshake, ServerStep, SocksRequest, write_reply};

/// Serves the handshake of a client whose first byte was 5.
pub(super) async fn accept(mut reader: Reader, policy: &AuthPolicy, guard: &LoginGuard) -> Result<Accepted, Rejected> {
    let mut handshake = ServerHandshake::new(policy.login.as_ref()).with_others(&policy.doors);
    let mut output = Vec::new();
    loop {
        if policy.login.is_some() && reader.peer().is_some_and(|peer| !guard.admits(peer)) {
            return Err(Rejected::Login);
        }
        let (used, step) = handshake.advance(reader.seen(), &mut output);
        reader.consume(used);
        match step {
            ServerStep::ReadMore => {
                reader.write(&output).await?;
                output.clear();
                reader.read_more().await?;
            }
            ServerStep::Serve(request, user) => {
                reader.write(&output).await?;
                return Ok(accepted(reader, request, user));
            }
            ServerStep::Close(refusal) => {
                if let (HandshakeRefusal::WrongLogin, Some(peer)) = (refusal, reader.peer()) {
                    guard.penalize(peer).await;
                }
                return Err(reader.reject(&output, reason(refusal)).await);
            }
        }
    }
}

fn accepted(reader: Reader, request: SocksRequest, user: Option<Box<str>>) -> Accepted {
    let (client, early) = reader.into_parts();
    match request {
        SocksRequest::Connect(target) => Accepted::Tunnel {
            client,
            request: ConnectRequest::new(target, user),
            early,
            protocol: TunnelProtocol::Socks5,
        },
        // Anything that a client sends after such a request is ignored.
        SocksRequest::UdpAssociate(announced) => {
            let peer = client.peer_addr().ok();
            Accepted::Udp { announced: announced_port(announced, peer), client, user }
        }
    }
}

/// The port that a client announces. If the address is not its own, it is the target's, as some clients send: then the
/// client's port is known only from its first datagram.
fn announced_port(announced: Option<SocketAddr>, peer: Option<SocketAddr>) -> Option<u16> {
    let own = peer.map(|peer| peer.ip().to_canonical());
    let is_own = |addr: &SocketAddr| addr.ip().is_unspecified() || Some(addr.ip().to_canonical()) == own;
    announced.filter(is_own).map(|addr| addr.port()).filter(|port| *port != 0)
}

fn reason(refusal: HandshakeRefusal) -> Rejected {
    match refusal {
        HandshakeRefusal::Malformed => Rejected::Malformed,
        HandshakeRefusal::NoLogin | HandshakeRefusal::WrongLogin => Rejected::Login,
        HandshakeRefusal::Unsupported => Rejected::Unsupported,
    }
}

/// A reply without a bound address, which only the server knows.
pub(super) fn reply(code: ReplyCode) -> Vec<u8> {
    let mut reply = Vec::with_capacity(10);
    write_reply(&mut reply, code, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_the_clients_own_announces_its_port() {
        let announced = |addr: &str| announced_port(Some(addr.parse().unwrap()), "[::ffff:192.0.2.7]:5".parse().ok());
        assert_eq!(announced("192.0.2.7:53"), Some(53));
        assert_eq!(announced("0.0.0.0:53"), Some(53));
        assert_eq!((announced("0.0.0.0:0"), announced("8.8.8.8:53"), announced("[::1]:53")), (None, None, None));
    }
}
