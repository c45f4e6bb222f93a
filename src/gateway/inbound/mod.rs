//! A client's handshake: one port for all protocols, detected by the first byte.
//!
//! 5 is SOCKS5, 4 is SOCKS4, a letter is HTTP; anything else is rejected. The result is the client's request
//! ([`Accepted`]) and the protocol of the response ([`TunnelProtocol`]), or why the client was rejected ([`Rejected`]).
//! This module knows no members and opens no connections: the caller does, and only then responds to the client.
//!
//! A handshake costs as few system calls as its protocol allows. Bytes that a client sends before the response are kept
//! and returned as `early`.

mod authority;
mod http;
pub(super) mod local_response;
mod reader;
mod socks4;
mod socks5;
#[cfg(test)]
mod tests;
mod tunnel_protocol;

use bytes::Bytes;
use tokio::net::TcpStream;

use self::reader::Reader;
use super::auth::{AuthPolicy, LoginGuard};
use super::connect_request::ConnectRequest;
#[cfg(fuzzing)]
use crate::model::Login;

pub(super) use authority::split as split_authority;
pub(super) use http::client_user;
pub(super) use reader::linger;
pub(super) use tunnel_protocol::TunnelProtocol;

/// The protocols that a port accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerProtocol {
    /// SOCKS of every version, and HTTP.
    Any,
    /// HTTP only.
    Http,
}

/// A client's request.
#[derive(Debug)]
pub(super) enum Accepted {
    /// A TCP connection, which is opened before the client gets its response in `protocol`.
    Tunnel {
        /// The client.
        client: TcpStream,
        /// The target and the user.
        request: ConnectRequest,
        /// What the client has sent after its request.
        early: Bytes,
        /// The protocol of the response.
        protocol: TunnelProtocol,
    },
    /// A UDP relay, for as long as its connection stays open (RFC 1928, section 7).
    Udp {
        /// The client's connection; it has not received a response yet.
        client: TcpStream,
        /// The user name, if the client gave one.
        user: Option<Box<str>>,
        /// The port that the client has announced to send from.
        announced: Option<u16>,
    },
    /// Plain HTTP requests, or a `CONNECT` that needs an HTTP response first.
    Http {
        /// The client.
        client: TcpStream,
        /// The complete first head, and what follows it.
        early: Bytes,
    },
}

/// Why a client was rejected. It has received an error response, if its protocol has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejected {
    /// It closed without sending anything: browsers open connections in advance.
    #[error("closed without sending anything")]
    Silent,
    /// Its first byte belongs to no protocol of this port.
    #[error("unknown protocol")]
    Unknown,
    /// It did not complete its handshake in time.
    #[error("handshake timed out")]
    TimedOut,
    /// It closed during its handshake.
    #[error("closed during the handshake")]
    Closed,
    /// It violated the protocol.
    #[error("malformed handshake")]
    Malformed,
    /// Its request is longer than the limit.
    #[error("request too long")]
    TooLong,
    /// Its address has too many connections without a login.
    #[error("too many connections without a login")]
    TooMany,
    /// It gave no login, or a wrong one.
    #[error("missing or wrong login")]
    Login,
    /// It requests something that is not supported.
    #[error("unsupported request")]
    Unsupported,
}

/// Reads a client's handshake, within the time limit.
///
/// # Errors
/// The client was rejected, and its connection is closed.
pub(super) async fn accept(
    client: TcpStream,
    protocol: ListenerProtocol,
    policy: &AuthPolicy,
    guard: &LoginGuard,
) -> Result<Accepted, Rejected> {
    let reader = Reader::new(client);
    let _slot = match policy.login.as_ref().and_then(|_| reader.peer()) {
        Some(peer) => Some(guard.begin(peer, policy.max_handshakes).ok_or(Rejected::TooMany)?),
        None => None,
    };
    let handshake = handshake(reader, protocol, policy, guard);
    tokio::time::timeout(policy.handshake_limit, handshake).await.unwrap_or(Err(Rejected::TimedOut))
}

async fn handshake(
    mut reader: Reader,
    protocol: ListenerProtocol,
    policy: &AuthPolicy,
    guard: &LoginGuard,
) -> Result<Accepted, Rejected> {
    match (protocol, reader.first().await?) {
        (ListenerProtocol::Any, 5) => socks5::accept(reader, policy, guard).await,
        (ListenerProtocol::Any, 4) => socks4::accept(reader, policy.login.as_ref()).await,
        (_, letter) if letter.is_ascii_alphabetic() => http::accept(reader, policy, guard).await,
        (_, _other) => Err(Rejected::Unknown),
    }
}

/// Runs every parser of a client's first bytes.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let login = Login { user: "me".into(), password: "pw".into() };
    for login in [None, Some(&login)] {
        http::fuzz(bytes, login);
    }
    socks4::fuzz(bytes);
}
