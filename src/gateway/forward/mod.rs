//! Plain HTTP through the gateway: a proxy by RFC 9110 and RFC 9112, with hyper on both sides.
//!
//! One session serves one client connection, request after request. The connection to an origin is
//! kept for the next request to the same place, and bodies are streamed both ways, never gathered.
//! Nothing is added that tells on the client: no `Via`, no `Forwarded`.
//!
//! A `CONNECT` that comes as a later request and a `websocket` upgrade end the session: then the two
//! connections go back to the caller, which relays them like any tunnel.

mod download;
mod hop;
mod metered;
mod origin;
mod replay;
mod request;
mod script;
mod session;
#[cfg(test)]
mod tests;
mod upload;

use std::io::Cursor;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Chain, Join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use self::session::{Session, Switched};
use super::inbound::{AuthPolicy, HEAD_LIMIT, linger};
use super::open::{ConnectRequest, Opened, Opener};

/// How long a client may be silent between two requests; what nginx grants.
const IDLE: Duration = Duration::from_secs(75);

/// Most bytes of a body in memory for each direction.
const BUFFER: usize = 64 * 1024;

/// What a session has become.
pub(super) struct Tunnel {
    /// The client's connection.
    pub(super) client: TcpStream,
    /// What of the client's bytes has been read already.
    pub(super) early: Bytes,
    /// The member's connection.
    pub(super) opened: Opened,
    /// Where it leads, if nothing has been exchanged yet.
    pub(super) fresh: Option<ConnectRequest>,
}

/// Serves a client that speaks plain HTTP until one side closes, or until the connection becomes a
/// tunnel: then it is to be relayed, beginning with the client's bytes read already.
///
/// `early` is what the client has sent so far.
pub(super) async fn serve(client: TcpStream, early: Bytes, opener: &Opener, rules: &AuthPolicy) -> Option<Tunnel> {
    let session = Session::new(opener, rules, client.local_addr().ok());
    let service = service_fn(|request| Box::pin(session.answer(request)));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .preserve_header_case(true)
        .max_header_size(HEAD_LIMIT)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(rewound(client, early)), service);
    let ended = Pin::new(&mut connection).await;
    let parts = connection.into_parts();
    let (mut client, early) = taken_back(parts.io.into_inner(), parts.read_buf);

    match (session.switched(), ended) {
        (Some(switched), Ok(())) => {
            let (opened, fresh) = connected(switched, &mut client).await?;
            Some(Tunnel { client, early, opened, fresh })
        }
        // The origin broke off: an orderly end would say that the answer was complete.
        (_, Err(error)) if error.is_user() => {
            let _reset = client.set_zero_linger();
            None
        }
        (_, Ok(()) | Err(_)) => {
            linger(&mut client).await;
            None
        }
    }
}

type Rewound = Join<Chain<Cursor<Bytes>, OwnedReadHalf>, OwnedWriteHalf>;

/// A connection from which `early` is read once more.
fn rewound(client: TcpStream, early: Bytes) -> Rewound {
    let (reading, writing) = client.into_split();
    tokio::io::join(Cursor::new(early).chain(reading), writing)
}

/// The connection itself, and what was read of it but not used.
fn taken_back(rewound: Rewound, read_ahead: Bytes) -> (TcpStream, Bytes) {
    let (chain, writing) = rewound.into_inner();
    let (early, reading) = chain.into_inner();
    let client = reading.reunite(writing).expect("both halves are of one connection");
    let read = usize::try_from(early.position()).expect("a position in memory");
    let unread = early.into_inner().split_off(read);
    if unread.is_empty() {
        return (client, read_ahead);
    }
    (client, [read_ahead, unread].concat().into())
}

/// The member's connection behind a switched session. What the origin has sent behind its answer
/// goes to the client first.
async fn connected(switched: Switched, client: &mut TcpStream) -> Option<(Opened, Option<ConnectRequest>)> {
    match switched {
        Switched::Tunnel(opened, destination) => Some((opened, destination)),
        Switched::Upgrade { parts, .. } => {
            let parts = parts.await.ok()?;
            client.write_all(&parts.read_buf).await.ok()?;
            Some((parts.io.into_inner().into_inner(), None))
        }
    }
}
