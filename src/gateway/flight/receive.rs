//! Hearing what the client says first, and passing it on.
//!
//! A member whose server is dead often closes before the client has said a word, or in the middle
//! of it. Then nothing that counts has been said yet, and another member takes its place.

use std::io::ErrorKind;

use super::FirstExchange;
use super::classify::{Flight, FlightKind, classify};
use crate::gateway::relay::CopyBuffer;

/// How soon after it was opened a connection has to close for that to be the member's doing: a
/// server may well close one that was idle.
const FRESH_MS: u32 = 2_000;

/// What the client has said before anything came back.
pub(super) enum Heard {
    /// All of what may be said again; the member has been told.
    Whole(FlightKind),
    /// Something to be relayed as it comes, with what the member has not taken yet.
    Enough(Option<CopyBuffer>),
    /// The client or the member broke off: nothing is left to relay.
    Break,
}

impl FirstExchange {
    /// Passes on what the client says until it is clear what that is.
    pub(super) async fn listen(&mut self) -> Heard {
        let mut news = CopyBuffer::holding(&std::mem::take(&mut self.early));
        loop {
            if let Some(said) = &mut news {
                let sent = match self.opened.stream.try_write(said.data()) {
                    Ok(sent) => sent,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                    Err(_lost) if self.change_member().await => continue,
                    Err(_lost) => {
                        self.opened.registered.closed_empty();
                        return self.break_off();
                    }
                };
                self.opened.registered.moved_up(sent as u64);
                self.flight.extend_from_slice(&said.data()[..sent]);
                said.written(sent);
                match classify(&self.flight) {
                    Flight::Incomplete if said.is_done() => news = None,
                    Flight::Repeatable(kind) if said.is_done() => return Heard::Whole(kind),
                    Flight::Incomplete | Flight::Repeatable(_) | Flight::Once => {
                        return Heard::Enough(news.filter(|said| !said.is_done()));
                    }
                }
            }
            let mut one = [0];
            tokio::select! {
                biased;
                () = self.opened.registered.cancelled() => return Heard::Enough(None),
                answer = self.opened.stream.peek(&mut one) => match answer {
                    Ok(0) | Err(_) if self.change_member().await => {}
                    Ok(_) => return Heard::Enough(None),
                    Err(_broken) => {
                        self.opened.registered.closed_empty();
                        return self.break_off();
                    }
                },
                _readable = self.client.readable() => match CopyBuffer::read_from(&self.client) {
                    Ok(Some(end)) if end.is_done() => return Heard::Enough(None),
                    Ok(said) => news = said,
                    Err(_broken) => return self.break_off(),
                },
            }
        }
    }

    fn break_off(&self) -> Heard {
        self.reset();
        Heard::Break
    }

    /// Goes on with another member, which is told what was said so far; whether there was one.
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
        tracing::debug!(from = %lost.id, to = %other.upstream().id, "a member closed before its turn");
        self.lost.push(lost);
        (self.opened, self.opened_ms) = (other, state.now_ms());
        true
    }
}
