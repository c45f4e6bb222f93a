//! Reads the first bytes of the client, and passes them on.
//!
//! A member whose server is dead often closes before the client has sent a byte, or in the middle of its first bytes.
//! Then nothing was processed yet, and another member takes over.

use std::io::ErrorKind;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::FirstExchange;
use super::classify::{Flight, FlightKind, classify};
use crate::gateway::connections::tracker::CarrierChoice;
use crate::gateway::relay::CopyBuffer;
use crate::model::connection::ConnectionEnd;

/// A connection that closes within this time was closed by the member; later, the server may have closed an idle
/// connection.
const FRESH_MS: u32 = 2_000;

/// What the client sent before the first byte was received.
pub(super) enum ClientFlight {
    /// Complete and repeatable; the member has received it.
    Repeatable(FlightKind),
    /// Anything else, to be relayed, with the bytes that the member has not received yet.
    Other(Option<CopyBuffer>),
    /// The client or the member has failed: nothing is left to relay.
    Broken,
}

/// The result of passing on some bytes.
enum PassedOn {
    /// All were sent; more are needed to classify them.
    NeedsMore,
    /// They are classified.
    Classified(ClientFlight),
    /// The member has closed, and another one has taken over: they must be sent again.
    Resend(CopyBuffer),
}

impl FirstExchange {
    /// Passes on the client's bytes until they are classified.
    pub(super) async fn receive(&mut self) -> ClientFlight {
        let mut unsent = CopyBuffer::from_bytes(&std::mem::take(&mut self.early));
        loop {
            if let Some(bytes) = unsent.take() {
                match self.pass_on(bytes).await {
                    PassedOn::NeedsMore => {}
                    PassedOn::Classified(flight) => return flight,
                    PassedOn::Resend(bytes) => {
                        unsent = Some(bytes);
                        continue;
                    }
                }
            }
            match self.read_more().await {
                Ok(more) => unsent = more,
                Err(flight) => return flight,
            }
        }
    }

    /// Sends bytes of the client to the member.
    async fn pass_on(&mut self, mut bytes: CopyBuffer) -> PassedOn {
        let sent = match self.opened.stream.try_write(bytes.data()) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_lost) if self.is_fresh() && self.change_member().await => return PassedOn::Resend(bytes),
            Err(_lost) => return PassedOn::Classified(self.member_lost()),
        };
        self.opened.registered.count_up(sent as u64);
        self.flight.extend_from_slice(&bytes.data()[..sent]);
        bytes.written(sent);
        match classify(&self.flight) {
            Flight::Incomplete if bytes.is_done() => PassedOn::NeedsMore,
            Flight::Repeatable(kind) if bytes.is_done() => PassedOn::Classified(ClientFlight::Repeatable(kind)),
            Flight::Incomplete | Flight::Repeatable(_) | Flight::Once => {
                PassedOn::Classified(ClientFlight::Other(Some(bytes).filter(|bytes| !bytes.is_done())))
            }
        }
    }

    /// Waits for more bytes from the client, within the time limit.
    async fn read_more(&mut self) -> Result<Option<CopyBuffer>, ClientFlight> {
        let mut one = [0];
        tokio::select! {
            biased;
            () = self.opened.registered.cancelled() => {
                let may_change = self.opened.registered.has_lost_member();
                if may_change && self.change_member().await { Ok(None) } else { Err(ClientFlight::Other(None)) }
            }
            answer = self.opened.stream.peek(&mut one) => match answer {
                Ok(0) | Err(_) if self.is_fresh() && self.change_member().await => Ok(None),
                Ok(_) => Err(ClientFlight::Other(None)),
                Err(_broken) => Err(self.member_lost()),
            },
            _readable = self.client.readable() => match CopyBuffer::read_from(&self.client) {
                Ok(Some(end)) if end.is_done() => Err(ClientFlight::Other(None)),
                Ok(bytes) => Ok(bytes),
                Err(_broken) => Err(self.broken()),
            },
        }
    }

    /// The member has failed, and no other one takes over.
    fn member_lost(&self) -> ClientFlight {
        self.opened.registered.tracked().set_end(ConnectionEnd::NoResponse);
        self.opened.registered.closed_empty();
        self.broken()
    }

    fn broken(&self) -> ClientFlight {
        self.reset();
        ClientFlight::Broken
    }

    fn is_fresh(&self) -> bool {
        self.opener.state().now_ms().wrapping_sub(self.opened_ms) <= FRESH_MS
    }

    /// Switches to another member, and sends it the bytes so far; returns whether there was one. Boxed: this is rare, and
    /// a waiting connection must stay small.
    fn change_member(&mut self) -> BoxFuture<'_, bool> {
        Box::pin(async {
            let state = self.opener.state();
            let lost = Arc::clone(self.opened.upstream());
            self.tried.push(Arc::clone(&lost));
            let tracked = self.opened.registered.tracked();
            let Ok(other) = self.opener.open(&self.request, tracked, &self.tried).await else { return false };
            // A first flight is never longer than a socket buffer.
            let is_sent = |sent| sent == self.flight.len();
            if !self.flight.is_empty() && !other.stream.try_write(&self.flight).is_ok_and(is_sent) {
                return false;
            }
            other.registered.count_replayed(self.flight.len() as u64);
            other.registered.set_carrier(CarrierChoice::Replayed(Arc::clone(&lost)));
            tracing::debug!(from = %lost.id, to = %other.upstream().id, "a member was lost before the client sent anything");
            // A member that was removed has not failed.
            if state.keeps(&lost) {
                self.lost.push(lost);
            }
            (self.opened, self.opened_ms) = (other, state.now_ms());
            true
        })
    }
}
