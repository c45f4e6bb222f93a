//! Reading what the client sends first, and passing it on.
//!
//! A member whose server is dead often closes before the client has sent a byte, or in the middle of
//! it. Then nothing that counts has been sent yet, and another member takes its place.

use std::io::ErrorKind;

use super::FirstExchange;
use super::classify::{Flight, FlightKind, classify};
use crate::gateway::relay::CopyBuffer;

/// How soon after it was opened a connection has to close for that to be the member's doing: a
/// server may well close one that was idle.
const FRESH_MS: u32 = 2_000;

/// What the client has sent before anything came back.
pub(super) enum ClientFlight {
    /// All of what may be sent again; the member has it.
    Repeatable(FlightKind),
    /// Something to be relayed as it comes, with what the member has not taken yet.
    Other(Option<CopyBuffer>),
    /// The client or the member broke off: nothing is left to relay.
    Broken,
}

/// What is left of the client's bytes after some were passed on.
enum Passed {
    /// Nothing: more has to come before it is clear what they are.
    All,
    /// It is clear what they are.
    Known(ClientFlight),
    /// The member has closed, and another one has taken its place: they are to be passed on again.
    Again(CopyBuffer),
}

impl FirstExchange {
    /// Passes on what the client sends until it is clear what that is.
    pub(super) async fn receive(&mut self) -> ClientFlight {
        let mut unsent = CopyBuffer::holding(&std::mem::take(&mut self.early));
        loop {
            if let Some(bytes) = unsent.take() {
                match self.pass_on(bytes).await {
                    Passed::All => {}
                    Passed::Known(flight) => return flight,
                    Passed::Again(bytes) => {
                        unsent = Some(bytes);
                        continue;
                    }
                }
            }
            match self.more().await {
                Ok(more) => unsent = more,
                Err(flight) => return flight,
            }
        }
    }

    /// Sends bytes of the client to the member.
    async fn pass_on(&mut self, mut bytes: CopyBuffer) -> Passed {
        let sent = match self.opened.stream.try_write(bytes.data()) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_lost) if self.change_member().await => return Passed::Again(bytes),
            Err(_lost) => return Passed::Known(self.member_lost()),
        };
        self.opened.registered.moved_up(sent as u64);
        self.flight.extend_from_slice(&bytes.data()[..sent]);
        bytes.written(sent);
        match classify(&self.flight) {
            Flight::Incomplete if bytes.is_done() => Passed::All,
            Flight::Repeatable(kind) if bytes.is_done() => Passed::Known(ClientFlight::Repeatable(kind)),
            Flight::Incomplete | Flight::Repeatable(_) | Flight::Once => {
                Passed::Known(ClientFlight::Other(Some(bytes).filter(|bytes| !bytes.is_done())))
            }
        }
    }

    /// Waits for more of the client, unless the wait is over.
    async fn more(&mut self) -> Result<Option<CopyBuffer>, ClientFlight> {
        let mut one = [0];
        tokio::select! {
            biased;
            () = self.opened.registered.cancelled() => Err(ClientFlight::Other(None)),
            answer = self.opened.stream.peek(&mut one) => match answer {
                Ok(0) | Err(_) if self.change_member().await => Ok(None),
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

    /// The member broke off, and no other one takes its place.
    fn member_lost(&self) -> ClientFlight {
        self.opened.registered.closed_empty();
        self.broken()
    }

    fn broken(&self) -> ClientFlight {
        self.reset();
        ClientFlight::Broken
    }

    /// Goes on with another member, which gets what was sent so far; whether there was one.
    async fn change_member(&mut self) -> bool {
        let state = self.opener.state();
        if state.now_ms().wrapping_sub(self.opened_ms) > FRESH_MS {
            return false;
        }
        let lost = self.opened.upstream().clone();
        self.tried.push(lost.id.clone());
        let Ok(other) = Box::pin(self.opener.open(&self.request, &self.tried)).await else { return false };
        // What fits into no socket buffer is more than a beginning.
        if !self.flight.is_empty() && !other.stream.try_write(&self.flight).is_ok_and(|sent| sent == self.flight.len())
        {
            return false;
        }
        other.registered.repeated(self.flight.len() as u64);
        tracing::debug!(from = %lost.id, to = %other.upstream().id, "a member closed before the client sent anything");
        self.lost.push(lost);
        (self.opened, self.opened_ms) = (other, state.now_ms());
        true
    }
}
