//! The first exchange of a tunnel: the client's first bytes, and the first byte of the response.
//!
//! A member accepts a connection before it has reached its server, so a dead server shows only here. If the client's
//! first bytes may be sent twice ([`classify`]), they are kept until the first byte is received; if the member closes,
//! or is silent for too long ([`super::hedge`]), they are replayed through another one, and the client does not notice.
//! A member gets them twice only if its server was lost and works again, and nothing is replayed once a byte was received
//! or the client has sent more.
//!
//! The pool gets a signal about a member only if it failed where another one did not. If all fail alike, the site is
//! the more likely cause, and the failure counts less.

mod classify;
mod receive;
mod response;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::classify::FlightKind;
use self::receive::ClientFlight;
use self::response::{NoResponse, Response};
use super::connect_request::ConnectRequest;
use super::open::{Opened, Opener};
use super::race::Attempt;
use super::race::MIN_PATIENCE;
use super::relay::{CopyBuffer, CopyMode, Relay};
use crate::model::Upstream;
use crate::model::connection::ConnectionEnd;
use crate::model::signal::Signal;
use crate::sites::SiteFailure;

/// A tunnel whose first exchange is in progress.
pub(super) struct FirstExchange {
    client: TcpStream,
    /// Bytes that the client sent before the first exchange began.
    early: Bytes,
    /// The connection through the current member.
    opened: Opened,
    opener: Opener,
    request: ConnectRequest,
    /// The client's bytes that the member has received.
    flight: Vec<u8>,
    /// Members that are not tried again.
    tried: Vec<Arc<Upstream>>,
    /// The members among `tried` that closed without sending anything.
    lost: Vec<Arc<Upstream>>,
    opened_ms: u32,
}

/// The client's connection failed.
struct ClientClosed;

impl FirstExchange {
    /// A tunnel without any traffic yet. `early` is what the client has already sent.
    pub(super) fn new(
        client: TcpStream,
        early: Bytes,
        opened: Opened,
        opener: Opener,
        request: ConnectRequest,
    ) -> Box<Self> {
        let opened_ms = opener.state().now_ms();
        let (flight, tried, lost) = (Vec::new(), Vec::new(), Vec::new());
        Box::new(Self { client, early, opened, opener, request, flight, tried, lost, opened_ms })
    }

    /// Runs the first exchange. Returns `None` if no member answered and nothing is left to relay.
    pub(super) async fn run(mut self: Box<Self>, mode: CopyMode) -> Option<Relay> {
        let (unsent, answer) = match self.receive().await {
            ClientFlight::Other(unsent) => {
                if unsent.is_none() && !self.flight.is_empty() {
                    self.watch_for_silence().await.ok()?;
                }
                (unsent, None)
            }
            ClientFlight::Repeatable(kind) => (None, self.answered(kind).await?),
            ClientFlight::Broken => return None,
        };
        self.lost.iter().for_each(|upstream| self.opener.state().report_failure(upstream, Signal::ClosedEmpty));
        Some(Relay::resume(self.client, self.opened, mode, self.flight.len(), unsent, answer))
    }

    /// The first bytes of the response, if they were read here. `None` if there is no response; the client's connection
    /// then ends in the same way as the member's.
    async fn answered(&mut self, kind: FlightKind) -> Option<Option<CopyBuffer>> {
        match self.response(kind).await {
            // No member had a better response: this is the site's own.
            Response::Unexpected(first) | Response::Refused(first) => Some(Some(first)),
            Response::Received(first) => {
                let lost = std::mem::take(&mut self.lost);
                let state = self.opener.state();
                lost.iter().for_each(|upstream| state.report_failure(upstream, Signal::ClosedAlone));
                let failed = lost.iter().map(|upstream| (&upstream.id, SiteFailure::Closed));
                state.served_elsewhere(self.request.site_key(), failed, &self.opened.upstream().id);
                Some(Some(first))
            }
            Response::NotAwaited => Some(None),
            Response::None(NoResponse::Closed) => {
                self.opened.registered.tracked().set_end(ConnectionEnd::NoResponse);
                None
            }
            Response::ClientClosed
            | Response::None(
                NoResponse::Broken
                | NoResponse::MemberFailed
                | NoResponse::NotOpened
                | NoResponse::Unexpected
                | NoResponse::Refused,
            ) => {
                self.reset();
                None
            }
        }
    }

    /// Non-repeatable bytes are not sent again, but silence is a reason to check the member.
    async fn watch_for_silence(&self) -> Result<(), ClientClosed> {
        let attempt = Attempt::start(Arc::clone(self.opened.upstream()));
        let anything = async {
            tokio::select! {
                _readable = self.opened.stream.readable() => Ok(()),
                interrupted = self.interrupted() => interrupted,
            }
        };
        match timeout(MIN_PATIENCE, anything).await {
            Ok(Ok(())) => {}
            Ok(Err(ClientClosed)) => {
                self.reset();
                return Err(ClientClosed);
            }
            Err(_elapsed) => self.opener.state().report_silence(&attempt),
        }
        Ok(())
    }

    /// Waits until the client sends more, or the gateway ends the connection.
    async fn interrupted(&self) -> Result<(), ClientClosed> {
        let mut one = [0];
        tokio::select! {
            () = self.opened.registered.cancelled() => Ok(()),
            // Peeking consumes the socket error, so it must be handled here.
            sent = self.client.peek(&mut one) => sent.map(drop).map_err(|_broken| ClientClosed),
        }
    }

    /// Makes both ends send a reset when they are dropped: a normal close would look like one by the other side.
    fn reset(&self) {
        self.opened.registered.tracked().set_end(ConnectionEnd::Reset);
        for stream in [&self.client, &self.opened.stream] {
            // A closed socket needs no reset.
            let _closed = stream.set_zero_linger();
        }
    }
}

/// Whether bytes may be sent again; for fuzzing.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let _flight = classify::classify(bytes);
}
