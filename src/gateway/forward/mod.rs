//! Plain HTTP through the gateway: a proxy according to RFC 9110 and RFC 9112, with the messages of [`super::http1`].
//!
//! One session serves one client connection, request after request. The connection to an origin is
//! kept for the next request to the same place, and bodies are streamed both ways. Targets and fields are
//! passed on unchanged, and nothing is added that identifies the client: no `Via`, no `Forwarded`.
//!
//! ```text
//! session → dispatch (request, script) → pass_on (replay) → exchange (upload, download) → body → io
//! ```
//!
//! A `CONNECT` as a later request and an upgrade to another protocol end the session: the two connections
//! go back to the caller, which relays them like any tunnel.

mod body;
mod dispatch;
mod exchange;
mod io;
mod origin;
mod pass_on;
mod replay;
mod request;
mod response;
mod script;
mod session;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use tokio::net::TcpStream;

use self::session::{HttpSession, Next};
use super::auth::AuthPolicy;
use super::connect_request::ConnectRequest;
use super::inbound::linger;
use super::open::{Opened, Opener};

/// A session that has become a tunnel.
pub(super) struct TunnelHandoff {
    /// The client's connection.
    pub(super) client: TcpStream,
    /// The bytes of the client that have already been read.
    pub(super) early: Bytes,
    /// The member's connection.
    pub(super) opened: Opened,
    /// The request, if nothing was exchanged yet.
    pub(super) unused: Option<ConnectRequest>,
}

/// Serves a client that speaks plain HTTP until one side closes, or until the connection becomes a tunnel, which the
/// caller relays. `early` is what the client has already sent.
pub(super) async fn serve(
    client: TcpStream,
    early: Bytes,
    opener: &Opener,
    policy: &AuthPolicy,
) -> Option<TunnelHandoff> {
    let mut session = HttpSession::new(client, early, opener, policy);
    let next = session.serve().await;
    let (mut client, early) = session.into_client();
    match next {
        Next::Tunnel(opened, unused) => Some(TunnelHandoff { client, early, opened, unused }),
        Next::Reset => {
            // A normal close would mark the response as complete.
            let _reset = client.set_zero_linger();
            None
        }
        Next::Request | Next::Close => {
            linger(&mut client).await;
            None
        }
    }
}
