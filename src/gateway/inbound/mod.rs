//! What a client says first: one port for all protocols, told apart by the first byte.
//!
//! 5 is SOCKS5, 4 is SOCKS4, a letter is HTTP, and anything else is turned away. What comes out is
//! what the client wants ([`Accepted`]) and a way to answer it ([`Replier`]), or why it was turned
//! away ([`Rejected`]). Nothing here knows a member or connects to anything: the caller opens the
//! way and only then has the client told.
//!
//! A handshake costs as few system calls as its protocol allows. Bytes that a client sends ahead
//! of the answer are kept and handed over as `early`.

pub(super) mod answer;
mod authority;
mod http;
mod reader;
mod replier;
mod socks4;
mod socks5;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;

use self::reader::Reader;
use super::open::ConnectRequest;
use crate::model::Login;

pub(super) use authority::split as split_authority;
pub(super) use http::{HEAD_LIMIT, client_user};
pub(super) use reader::linger;
pub(super) use replier::Replier;

/// What every client has to keep to.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// Asked of every client when set.
    pub(super) login: Option<Login>,
    /// What a client may take for its handshake.
    pub(super) handshake_limit: Duration,
}

/// What clients may speak at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// SOCKS of every version, and HTTP.
    Any,
    /// HTTP alone.
    Http,
}

/// What a client wants.
#[derive(Debug)]
pub(super) enum Accepted {
    /// A connection. It is to be opened first and the client then told through `replier`.
    Tunnel {
        /// The client.
        client: TcpStream,
        /// Where to, and for whom.
        request: ConnectRequest,
        /// What the client sent behind its request already.
        early: Bytes,
        /// How to answer.
        replier: Replier,
    },
    /// Datagrams, for as long as its connection stays open (RFC 1928, UDP ASSOCIATE).
    Udp {
        /// The client's connection; it has got no answer yet.
        client: TcpStream,
        /// The user name it gave.
        user: Option<Box<str>>,
        /// The port it said it will send from.
        announced: Option<u16>,
    },
    /// Plain HTTP requests, or a `CONNECT` that wants more than a tunnel: an answer in HTTP.
    Http {
        /// The client.
        client: TcpStream,
        /// The whole first head, and what came behind it.
        early: Bytes,
    },
}

/// Why a client was turned away. It has been told, where its protocol has words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejected {
    /// It closed without having said anything: browsers connect ahead of need.
    #[error("it closed without a word")]
    Silent,
    /// Its first byte is of no protocol known here.
    #[error("its protocol is unknown")]
    Unknown,
    /// It did not finish its handshake in time.
    #[error("its handshake took too long")]
    TimedOut,
    /// It closed in the middle of its handshake.
    #[error("it closed during its handshake")]
    BrokenOff,
    /// What it said is not its protocol.
    #[error("its handshake is malformed")]
    Malformed,
    /// Its request is longer than any honest one.
    #[error("its request is too long")]
    TooLong,
    /// It gave no user name and password, or wrong ones.
    #[error("its login is missing or wrong")]
    Login,
    /// It wants something that is not offered here.
    #[error("it wants what is not offered")]
    Unsupported,
}

/// Understands a client within the limit for handshakes.
///
/// # Errors
/// The client was turned away, and its connection is closed.
pub(super) async fn accept(client: TcpStream, speech: Speech, rules: &Rules) -> Result<Accepted, Rejected> {
    let understood = recognise(Reader::new(client), speech, rules.login.as_ref());
    tokio::time::timeout(rules.handshake_limit, understood).await.unwrap_or(Err(Rejected::TimedOut))
}

async fn recognise(mut reader: Reader, speech: Speech, login: Option<&Login>) -> Result<Accepted, Rejected> {
    match (speech, reader.first().await?) {
        (Speech::Any, 5) => socks5::accept(reader, login).await,
        (Speech::Any, 4) => socks4::accept(reader, login).await,
        (_, letter) if letter.is_ascii_alphabetic() => http::accept(reader, login).await,
        (_, _other) => Err(Rejected::Unknown),
    }
}

/// Everything that reads what a client says first.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let login = Login { user: "me".into(), password: "pw".into() };
    for login in [None, Some(&login)] {
        socks5::fuzz(bytes, login);
        http::fuzz(bytes, login);
    }
    socks4::fuzz(bytes);
}
