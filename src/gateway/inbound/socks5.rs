//! SOCKS5 clients of the gateway. The protocol itself is in [`crate::socks5`].

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::Reader;
use super::{Accepted, Rejected, TunnelProtocol};
use crate::gateway::open::ConnectRequest;
use crate::model::Login;
use crate::socks5::{HandshakeRefusal, ReplyCode, ServerHandshake, ServerStep, SocksRequest, write_reply};

/// Serves the handshake of a client whose first byte was 5.
pub(super) async fn accept(mut reader: Reader, login: Option<&Login>) -> Result<Accepted, Rejected> {
    let mut handshake = ServerHandshake::new(login);
    let mut output = Vec::new();
    loop {
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
            ServerStep::Close(refusal) => return Err(reader.turn_away(&output, reason(refusal)).await),
        }
    }
}

fn accepted(reader: Reader, request: SocksRequest, user: Option<Box<str>>) -> Accepted {
    let (client, early) = reader.into_parts();
    match request {
        SocksRequest::Connect(target) => Accepted::Tunnel {
            client,
            request: ConnectRequest { target, user },
            early,
            protocol: TunnelProtocol::Socks5,
        },
        // What a client sends behind such a request means nothing.
        SocksRequest::UdpAssociate(announced) => {
            let announced = announced.map(|addr| addr.port()).filter(|port| *port != 0);
            Accepted::Udp { client, user, announced }
        }
    }
}

fn reason(refusal: HandshakeRefusal) -> Rejected {
    match refusal {
        HandshakeRefusal::Malformed => Rejected::Malformed,
        HandshakeRefusal::Login => Rejected::Login,
        HandshakeRefusal::Unsupported => Rejected::Unsupported,
    }
}

/// A reply without a bound address: that is the server's, and not known here.
pub(super) fn reply(code: ReplyCode) -> Vec<u8> {
    let mut reply = Vec::with_capacity(10);
    write_reply(&mut reply, code, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    reply
}
