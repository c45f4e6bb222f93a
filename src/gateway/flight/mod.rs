//! The first exchange of a tunnel: what the client says first, and the first byte that comes back.
//!
//! A member accepts a connection before anything is known of its server's health, so this is where
//! a dead one shows. Where the client's first words may be said twice ([`classify`]), they are kept
//! until the first byte comes back; if the member closes, or stays silent for longer than members
//! take at present, another one is told the same, and the client notices nothing. No member is
//! told twice, and once a byte has come back, or the client has said more, nothing is said again.
//!
//! The pool is told what this says of a member: that it failed where another one did not. All
//! failing alike is more likely the fault of the site, and counts for less.

mod classify;
mod receive;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::classify::FlightKind;
use self::receive::Heard;
use super::open::{CandidateQueue, ConnectRequest, OpenError, Opened, Opener};
use super::race::{First, Won, overtake};
use super::relay::{CopyBuffer, CopyMode, Relay};
use super::state::Excuse;
use crate::model::outcome::Signal;
use crate::model::{NodeId, Upstream};

/// No member is given less than this for its first byte: a handshake across the world that loses a
/// packet takes as long.
pub(super) const SHORTEST_PATIENCE: Duration = Duration::from_millis(800);

/// A tunnel whose first exchange is going on.
pub(super) struct FirstExchange {
    client: TcpStream,
    /// What the client said before it was heard here.
    early: Bytes,
    /// The connection through the member that is asked now.
    opened: Opened,
    opener: Opener,
    request: ConnectRequest,
    /// What the client has said and the member has been told.
    flight: Vec<u8>,
    /// Members that are not to be asked again.
    tried: Vec<NodeId>,
    /// Those of them that closed without a word.
    lost: Vec<Arc<Upstream>>,
    opened_ms: u32,
}

/// How the wait for an answer ended.
enum Answer {
    /// These are its first bytes.
    Given(CopyBuffer),
    /// The client said more, or the gateway ends it: what follows is for the relay.
    NotAwaited,
    /// The client broke off.
    Left,
    /// These are its first bytes, and they are no answer to what was asked.
    Wrong(CopyBuffer),
    /// Nobody answered.
    None(Silence),
}

/// Why a member gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// It closed in good order.
    Closed,
    /// It broke off.
    Broken,
    /// It gave no connection, which has been noted.
    Unopened,
    /// It did answer, but in another protocol than it was asked in.
    Wrong,
}

impl From<OpenError> for Silence {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoMember | OpenError::Blocked | OpenError::Direct(_) | OpenError::Failed(_) => Self::Unopened,
        }
    }
}

/// The client broke off.
struct Gone;

/// An answer, and the connection it came on if that is another one than the first.
type Reply = (Option<Box<Opened>>, CopyBuffer);

impl FirstExchange {
    /// A tunnel through which nothing has gone. `early` is what the client has said already.
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

    /// Takes it through its first exchange. None where no member answered and nothing is left to
    /// relay.
    pub(super) async fn run(mut self: Box<Self>, mode: CopyMode) -> Option<Relay> {
        let (words, answer) = match self.listen().await {
            Heard::Enough(words) => {
                if words.is_none() && !self.flight.is_empty() {
                    self.look_out().await.ok()?;
                }
                (words, None)
            }
            Heard::Whole(kind) => (None, self.answered(kind).await?),
            Heard::Break => return None,
        };
        self.lost.iter().for_each(|upstream| self.opener.state().failed(upstream, Signal::ClosedEmpty));
        Some(Relay::resume(self.client, self.opened, mode, self.flight.len(), words, answer))
    }

    /// The first bytes of the answer, from whoever gives it, where they are here already. None
    /// where there is no answer; the client's connection then ends as the member's did.
    async fn answered(&mut self, kind: FlightKind) -> Option<Option<CopyBuffer>> {
        match self.answer(kind).await {
            // Nobody had a better one: the place that was asked for is like that.
            Answer::Wrong(first) => Some(Some(first)),
            Answer::Given(first) => {
                let lost = std::mem::take(&mut self.lost);
                lost.iter().for_each(|upstream| self.opener.state().failed(upstream, Signal::ClosedAlone));
                Some(Some(first))
            }
            Answer::NotAwaited => Some(None),
            Answer::None(Silence::Closed) => None,
            Answer::Left | Answer::None(Silence::Broken | Silence::Unopened | Silence::Wrong) => {
                self.reset();
                None
            }
        }
    }

    /// What is said once is not said again; that nothing comes back is worth telling all the same.
    async fn look_out(&self) -> Result<(), Gone> {
        let state = self.opener.state();
        let asked_ms = state.now_ms();
        let anything = async {
            tokio::select! {
                _readable = self.opened.stream.readable() => Ok(()),
                interrupted = self.interrupted() => interrupted,
            }
        };
        match timeout(SHORTEST_PATIENCE, anything).await {
            Ok(Ok(())) => {}
            Ok(Err(Gone)) => {
                self.reset();
                return Err(Gone);
            }
            Err(_elapsed) => state.unanswered(self.opened.upstream(), asked_ms),
        }
        Ok(())
    }

    async fn answer(&mut self, kind: FlightKind) -> Answer {
        let asked_ms = self.opener.state().now_ms();
        // Rare, and large: a connection that waits for its answer is not to carry it along.
        match self.patiently(kind).await {
            Ok(Answer::Wrong(bytes)) => match Box::pin(self.replay(kind, Some(Silence::Wrong), asked_ms)).await {
                Answer::None(_) | Answer::NotAwaited => Answer::Wrong(bytes),
                answer @ (Answer::Given(_) | Answer::Wrong(_) | Answer::Left) => answer,
            },
            Ok(Answer::None(silence)) => Box::pin(self.replay(kind, Some(silence), asked_ms)).await,
            Err(_elapsed) => Box::pin(self.replay(kind, None, asked_ms)).await,
            Ok(answer) => answer,
        }
    }

    /// Has other members asked, after the first has failed or, without a failure, been silent.
    async fn replay(&mut self, kind: FlightKind, first: Option<Silence>, asked_ms: u32) -> Answer {
        self.tried.push(self.opened.upstream().id.clone());
        let queue = self.opener.candidates(&self.request, &self.tried).await;
        if let Some(silence) = first
            && queue.is_empty()
        {
            self.note_alone(silence);
            return Answer::None(silence);
        }
        let start = match first {
            Some(silence) => First::Failed(silence),
            None => First::Late(async { first_bytes(&self.opened).await.map(|bytes| (None, bytes)) }),
        };
        let others = queue.clone().map(|upstream| self.ask(kind, upstream));
        let race = overtake(start, others, self.opener.state().patience());
        let won = tokio::select! {
            biased;
            won = race => won,
            interrupted = self.interrupted() => return match (interrupted, first) {
                (Err(Gone), _) => Answer::Left,
                (Ok(()), Some(silence)) => Answer::None(silence),
                (Ok(()), None) => Answer::NotAwaited,
            },
        };
        self.conclude(kind, won, queue, asked_ms)
    }

    /// Notes a silence that nobody else broke: it says little of the member.
    fn note_alone(&self, silence: Silence) {
        match silence {
            Silence::Closed | Silence::Broken | Silence::Unopened => self.opened.registered.closed_empty(),
            Silence::Wrong => {}
        }
    }

    /// Waits for the first member alone, for as long as members take at present.
    async fn patiently(&self, kind: FlightKind) -> Result<Answer, tokio::time::error::Elapsed> {
        let answer = async {
            tokio::select! {
                biased;
                first = first_bytes(&self.opened) => match first {
                    Ok(first) if kind.may_be_answered_by(first.data()) => Answer::Given(first),
                    Ok(first) => Answer::Wrong(first),
                    Err(silence) => Answer::None(silence),
                },
                interrupted = self.interrupted() => interrupted.map_or(Answer::Left, |()| Answer::NotAwaited),
            }
        };
        let mut answer = pin!(answer);
        // What members take is looked up only where the usual is not enough.
        if let Ok(answer) = timeout(SHORTEST_PATIENCE, &mut answer).await {
            return Ok(answer);
        }
        timeout(self.opener.state().patience().saturating_sub(SHORTEST_PATIENCE), answer).await
    }

    /// Tells another member the same.
    async fn ask(&self, kind: FlightKind, upstream: Arc<Upstream>) -> Result<Reply, Silence> {
        let opened = self.opener.through(upstream, &self.request).await?;
        let mut rest = &self.flight[..];
        while !rest.is_empty() {
            opened.stream.writable().await.map_err(|_gone| Silence::Broken)?;
            match opened.stream.try_write(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_gone) => return Err(Silence::Broken),
            }
        }
        opened.registered.repeated(self.flight.len() as u64);
        let first = first_bytes(&opened).await?;
        if !kind.may_be_answered_by(first.data()) {
            return Err(Silence::Wrong);
        }
        Ok((Some(Box::new(opened)), first))
    }

    /// Waits until the client says more, or the gateway wants the connection ended.
    async fn interrupted(&self) -> Result<(), Gone> {
        let mut one = [0];
        tokio::select! {
            () = self.opened.registered.cancelled() => Ok(()),
            // Looking takes the error away: nobody after this sees it.
            said = self.client.peek(&mut one) => said.map(drop).map_err(|_broken| Gone),
        }
    }

    /// Has both ends reset when they are dropped: an orderly end would be taken for the other's own.
    fn reset(&self) {
        for stream in [&self.client, &self.opened.stream] {
            // A socket that is gone already needs no reset.
            let _gone = stream.set_zero_linger();
        }
    }

    /// Draws the conclusions from who answered and who did not.
    fn conclude(
        &mut self,
        kind: FlightKind,
        won: Result<Won<Reply, Silence>, Silence>,
        queue: CandidateQueue,
        asked_ms: u32,
    ) -> Answer {
        let state = self.opener.state();
        let first = Arc::clone(self.opened.upstream());
        let who = |number: usize| match number.checked_sub(1) {
            None => Arc::clone(&first),
            Some(index) => queue.asked(index),
        };
        let won = match won {
            Ok(won) => won,
            Err(silence) => {
                self.note_alone(silence);
                return Answer::None(silence);
            }
        };
        for (number, silence) in won.failed {
            match silence {
                Silence::Closed | Silence::Broken => state.failed(&who(number), Signal::ClosedAlone),
                Silence::Wrong => state.failed(&who(number), Signal::WrongAnswer),
                Silence::Unopened => {}
            }
        }
        let excuse = match kind {
            FlightKind::ClientHello => Excuse::None,
            FlightKind::HttpRequest => Excuse::SlowPage,
        };
        won.late.into_iter().for_each(|number| state.overtaken(&who(number), excuse, asked_ms));
        let (other, bytes) = won.value;
        if let Some(other) = other {
            state.replayed(&first, other.upstream());
            self.opened = *other;
        }
        Answer::Given(bytes)
    }
}

/// The first bytes that come back.
async fn first_bytes(opened: &Opened) -> Result<CopyBuffer, Silence> {
    loop {
        opened.stream.readable().await.map_err(|_gone| Silence::Broken)?;
        match CopyBuffer::read_from(&opened.stream) {
            Ok(None) => {}
            Ok(Some(end)) if end.is_done() => return Err(Silence::Closed),
            Ok(Some(first)) => return Ok(first),
            Err(_broken) => return Err(Silence::Broken),
        }
    }
}

/// Whether bytes are something that may be said again; for fuzzing.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let _known = classify::classify(bytes);
}
