//! One connection through one member: TCP to its SOCKS5 port, then the handshake (RFC 1928, 1929).
//!
//! Our own members take greeting, login and request in one write, which saves two round trips and
//! four system calls a connection; other people's servers get them one after another.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use shadowsocks::relay::socks5::{self, Address, HandshakeRequest, PasswdAuthRequest, TcpRequestHeader};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;

use crate::model::socks5 as numbers;
use crate::model::{Dial, Handshake, Login, Target};

/// Why a member gave no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    /// Nothing accepts at the member's port.
    #[error("the member does not accept connections: {0}")]
    Connect(#[source] io::Error),
    /// It accepted, but not in time, or did not answer in time.
    #[error("the member did not answer in time")]
    TimedOut,
    /// It broke off during the handshake, or said something that is no SOCKS5.
    #[error("the member's SOCKS5 handshake failed: {0}")]
    Handshake(String),
    /// It answered that it cannot reach the target, with this SOCKS5 reply code.
    #[error("the server's answer: {}", socks5::Reply::from_u8(*.0))]
    Refused(u8),
}

/// Opens a connection to `target` through the member at `dial` within `limit`.
pub(super) async fn open(dial: &Dial, target: &Target, limit: Duration) -> Result<TcpStream, DialError> {
    let attempt = async {
        let stream = TcpStream::connect(dial.addr).await.map_err(DialError::Connect)?;
        // Relayed bytes are already in the shape their sender wanted; waiting helps nobody.
        stream.set_nodelay(true).map_err(DialError::Connect)?;
        match dial.handshake {
            Handshake::Pipelined => {
                let request = TcpRequestHeader::new(socks5::Command::TcpConnect, address(target));
                pipelined(stream, dial.login.as_ref(), &request).await.map(|(stream, _bound)| stream)
            }
            Handshake::Stepwise => stepwise(stream, dial.login.as_ref(), target).await,
        }
    };
    tokio::time::timeout(limit, attempt).await.unwrap_or(Err(DialError::TimedOut))
}

/// Asks the member at `dial` to carry datagrams (RFC 1928, UDP ASSOCIATE) within `limit`: the
/// connection that keeps the association alive, and where its datagrams go.
pub(super) async fn associate(dial: &Dial, limit: Duration) -> Result<(TcpStream, SocketAddr), DialError> {
    let attempt = async {
        let stream = TcpStream::connect(dial.addr).await.map_err(DialError::Connect)?;
        stream.set_nodelay(true).map_err(DialError::Connect)?;
        // Where the datagrams will come from shows with the first of them.
        let unspecified = if dial.addr.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let unspecified: SocketAddr = unspecified.parse().expect("an address");
        let request = TcpRequestHeader::new(socks5::Command::UdpAssociate, unspecified.into());
        let (stream, bound) = match dial.handshake {
            Handshake::Pipelined => pipelined(stream, dial.login.as_ref(), &request).await?,
            Handshake::Stepwise => in_steps(stream, dial.login.as_ref(), &request).await?,
        };
        Ok((stream, relay_addr(bound, dial.addr)?))
    };
    tokio::time::timeout(limit, attempt).await.unwrap_or(Err(DialError::TimedOut))
}

/// Where to send datagrams: an unspecified address in the reply means the server's own.
fn relay_addr(bound: Address, server: SocketAddr) -> Result<SocketAddr, DialError> {
    match bound {
        Address::SocketAddress(addr) if addr.ip().is_unspecified() => Ok(SocketAddr::new(server.ip(), addr.port())),
        Address::SocketAddress(addr) => Ok(addr),
        Address::DomainNameAddress(name, port) => match name.parse() {
            Ok(ip) => Ok(SocketAddr::new(ip, port)),
            Err(_) => Err(DialError::Handshake("a name instead of an address for datagrams".into())),
        },
    }
}

/// The method to offer: the one that is needed, and no other.
fn method(login: Option<&Login>) -> u8 {
    if login.is_some() { numbers::PASSWORD } else { numbers::NO_LOGIN }
}

async fn pipelined(
    mut stream: TcpStream,
    login: Option<&Login>,
    header: &TcpRequestHeader,
) -> Result<(TcpStream, Address), DialError> {
    let broken = |error: io::Error| DialError::Handshake(error.to_string());
    let method = method(login);
    let mut request = Vec::with_capacity(384);
    HandshakeRequest::new(vec![method]).write_to_buf(&mut request);
    if let Some(login) = login {
        // Writing to a vector cannot fail.
        let auth = PasswdAuthRequest::new(login.user.as_bytes(), login.password.expose().as_bytes());
        auth.write_to(&mut request).await.map_err(broken)?;
    }
    header.write_to_buf(&mut request);
    stream.write_all(&request).await.map_err(broken)?;

    // Choice of method, result of the login, first four bytes of the reply.
    let mut answer = [0u8; 8];
    let expected = if login.is_some() { 8 } else { 6 };
    stream.read_exact(&mut answer[..expected]).await.map_err(broken)?;
    if answer[1] != method || (login.is_some() && answer[3] != 0) {
        return Err(DialError::Handshake("login refused".into()));
    }
    let reply: [u8; 4] = answer[expected - 4..expected].try_into().expect("four bytes");
    let bound = finish_reply(&mut stream, reply).await?;
    Ok((stream, bound))
}

/// Greeting, login and request one after another, each when the one before is answered.
async fn in_steps(
    mut stream: TcpStream,
    login: Option<&Login>,
    header: &TcpRequestHeader,
) -> Result<(TcpStream, Address), DialError> {
    let broken = |error: io::Error| DialError::Handshake(error.to_string());
    let method = method(login);
    HandshakeRequest::new(vec![method]).write_to(&mut stream).await.map_err(broken)?;
    let mut answer = [0u8; 2];
    stream.read_exact(&mut answer).await.map_err(broken)?;
    if answer[1] != method {
        return Err(DialError::Handshake("login refused".into()));
    }
    if let Some(login) = login {
        let auth = PasswdAuthRequest::new(login.user.as_bytes(), login.password.expose().as_bytes());
        auth.write_to(&mut stream).await.map_err(broken)?;
        stream.read_exact(&mut answer).await.map_err(broken)?;
        if answer[1] != 0 {
            return Err(DialError::Handshake("login refused".into()));
        }
    }
    header.write_to(&mut stream).await.map_err(broken)?;
    let mut reply = [0u8; 4];
    stream.read_exact(&mut reply).await.map_err(broken)?;
    let bound = finish_reply(&mut stream, reply).await?;
    Ok((stream, bound))
}

/// Reads the bound address behind a reply's first four bytes, so that the next byte is payload.
async fn finish_reply(stream: &mut TcpStream, reply: [u8; 4]) -> Result<Address, DialError> {
    let broken = |error: io::Error| DialError::Handshake(error.to_string());
    let [_version, code, _reserved, kind] = reply;
    if code != numbers::SUCCEEDED {
        return Err(DialError::Refused(code));
    }
    // What has been read of it already is put in front again, for the parser.
    let mut bound = [0u8; 259];
    bound[0] = kind;
    let mut known = 1;
    if kind == numbers::NAME {
        bound[1] = stream.read_u8().await.map_err(broken)?;
        known = 2;
    }
    let length = numbers::address_length(kind, &bound[1..]);
    let length = length.ok_or_else(|| DialError::Handshake(format!("unknown address type {kind} in the reply")))?;
    let length = 1 + length + 2;
    stream.read_exact(&mut bound[known..length]).await.map_err(broken)?;
    let parsed = Address::read_cursor(&mut io::Cursor::new(&bound[..length]));
    parsed.map_err(|error| DialError::Handshake(error.to_string()))
}

async fn stepwise(stream: TcpStream, login: Option<&Login>, target: &Target) -> Result<TcpStream, DialError> {
    let wanted = match target {
        Target::Address(addr) => tokio_socks::TargetAddr::Ip(*addr),
        Target::Name(name, port) => tokio_socks::TargetAddr::Domain((&**name).into(), *port),
    };
    let opened = match login {
        Some(login) => {
            let password = login.password.expose();
            Socks5Stream::connect_with_password_and_socket(stream, wanted, &login.user, password).await
        }
        None => Socks5Stream::connect_with_socket(stream, wanted).await,
    };
    opened.map(Socks5Stream::into_inner).map_err(classify)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which the reply codes matter")]
fn classify(error: tokio_socks::Error) -> DialError {
    use tokio_socks::Error as E;
    match error {
        E::GeneralSocksServerFailure => DialError::Refused(numbers::GENERAL_FAILURE),
        E::ConnectionNotAllowedByRuleset => DialError::Refused(numbers::NOT_ALLOWED),
        E::NetworkUnreachable => DialError::Refused(numbers::NETWORK_UNREACHABLE),
        E::HostUnreachable => DialError::Refused(numbers::HOST_UNREACHABLE),
        E::ConnectionRefused => DialError::Refused(numbers::CONNECTION_REFUSED),
        E::TtlExpired => DialError::Refused(numbers::TTL_EXPIRED),
        E::CommandNotSupported => DialError::Refused(numbers::COMMAND_NOT_SUPPORTED),
        E::AddressTypeNotSupported => DialError::Refused(numbers::ADDRESS_TYPE_NOT_SUPPORTED),
        other => DialError::Handshake(other.to_string()),
    }
}

/// The target as the crate's SOCKS5 types have it.
pub(super) fn address(target: &Target) -> Address {
    match target {
        Target::Address(addr) => Address::SocketAddress(*addr),
        Target::Name(name, port) => Address::DomainNameAddress(name.to_string(), *port),
    }
}
