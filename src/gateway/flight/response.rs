//! Waits for the first bytes of the response, from the first member or another one.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::time::timeout;

use super::FirstExchange;
use super::classify::FlightKind;
use super::{ClientClosed, MIN_PATIENCE};
use crate::gateway::connections::tracker::CarrierChoice;
use crate::gateway::hedge::{self, Hedge, RequestKind};
use crate::gateway::open::{OpenError, Opened};
use crate::gateway::race::{Attempt, AttemptFailure, FirstAttempt, HedgeDelay, RaceResult, race_others};
use crate::gateway::relay::CopyBuffer;
use crate::gateway::site::{MAX_REFUSALS, has_login};
use crate::gateway::site_times::Site;
use crate::model::Upstream;
use crate::model::signal::Signal;
use crate::sites::SiteFailure;

/// How the wait for a response ended.
pub(super) enum Response {
    /// The first bytes of the response.
    Received(CopyBuffer),
    /// The client sent more, or the gateway cancels the connection: the relay does the rest.
    NotAwaited,
    /// The client's connection failed.
    ClientClosed,
    /// The first bytes, which are no response to the request.
    Unexpected(CopyBuffer),
    /// The first bytes of a refusal, which another node may not get.
    Refused(CopyBuffer),
    /// No member responded.
    None(NoResponse),
}

impl Response {
    /// This response of another member, or else the first member's, which the client then gets as it is.
    fn or_first(self, first: CopyBuffer) -> Self {
        match self {
            Self::None(_) | Self::NotAwaited => Self::Unexpected(first),
            Self::Received(_) | Self::Unexpected(_) | Self::Refused(_) | Self::ClientClosed => self,
        }
    }
}

/// Why a member gave no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoResponse {
    /// It closed normally.
    Closed,
    /// Its connection failed.
    Broken,
    /// It failed before the request was sent, or it is gone, which has been reported.
    MemberFailed,
    /// The connection through it failed before the request was sent, for a reason that lies outside of the member.
    NotOpened,
    /// Its response is of another protocol than the request.
    Unexpected,
    /// Its response is a refusal.
    Refused,
}

impl From<OpenError> for NoResponse {
    fn from(error: OpenError) -> Self {
        if error.is_members_fault() { Self::MemberFailed } else { Self::NotOpened }
    }
}

impl AttemptFailure for NoResponse {
    fn is_members_fault(&self) -> bool {
        *self == Self::MemberFailed
    }

    fn is_of_either(&self) -> bool {
        match self {
            Self::Closed | Self::Broken => true,
            Self::MemberFailed | Self::NotOpened | Self::Unexpected | Self::Refused => false,
        }
    }

    fn of_member(self) -> Self {
        Self::MemberFailed
    }
}

impl NoResponse {
    /// The signal for the pool, if another member did respond.
    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Closed | Self::Broken => Some(Signal::ClosedAlone),
            Self::Unexpected => Some(Signal::WrongAnswer),
            Self::MemberFailed | Self::NotOpened | Self::Refused => None,
        }
    }

    /// What it says about the site, if another member did respond.
    fn site_failure(&self) -> Option<SiteFailure> {
        match self {
            Self::Closed | Self::Broken => Some(SiteFailure::Closed),
            Self::Refused => Some(SiteFailure::Refused),
            Self::MemberFailed | Self::NotOpened | Self::Unexpected => None,
        }
    }
}

/// The first bytes, and their connection if it is not the first member's.
type FirstBytes = (Option<Box<Opened>>, CopyBuffer);

impl FirstExchange {
    /// Waits for the first bytes, and tries other members if necessary.
    pub(super) async fn response(&mut self, kind: FlightKind) -> Response {
        let state = self.opener.state();
        state.budget.count_request();
        let attempt = Attempt::start(Arc::clone(self.opened.upstream()));
        let first = match timeout(MIN_PATIENCE, self.first_response(kind)).await {
            Ok(response @ (Response::Unexpected(_) | Response::Refused(_) | Response::None(_))) => Some(response),
            Ok(response @ Response::Received(_)) => {
                hedge::record_time(state, self.request_kind(kind), attempt.waited());
                return response;
            }
            Ok(response @ (Response::NotAwaited | Response::ClientClosed)) => return response,
            Err(_elapsed) => None,
        };
        // Boxed: rare and large, and a waiting connection must stay small.
        Box::pin(self.hedged(kind, first, attempt)).await
    }

    fn request_kind(&self, kind: FlightKind) -> RequestKind {
        match kind {
            FlightKind::ClientHello => RequestKind::Handshake,
            FlightKind::HttpRequest => RequestKind::Page(Site::of(&self.request.target)),
        }
    }

    /// The response of the first member.
    async fn first_response(&self, kind: FlightKind) -> Response {
        tokio::select! {
            biased;
            first = first_bytes(&self.opened) => match first {
                Ok(first) if kind.is_refused_by(first.data()) && self.may_ask_elsewhere(kind) => {
                    Response::Refused(first)
                }
                Ok(first) if kind.may_be_answered_by(first.data()) => Response::Received(first),
                Ok(first) => Response::Unexpected(first),
                Err(reason) => Response::None(reason),
            },
            interrupted = self.interrupted() => match interrupted {
                Ok(()) if self.opened.registered.has_lost_member() => Response::None(NoResponse::MemberFailed),
                Ok(()) => Response::NotAwaited,
                Err(ClientClosed) => Response::ClientClosed,
            },
        }
    }

    /// Whether a refusal is worth asking another node: the site is learned about, and the request has no login.
    fn may_ask_elsewhere(&self, kind: FlightKind) -> bool {
        let is_open = kind == FlightKind::ClientHello || !has_login(&self.flight);
        is_open && self.opener.state().may_ask_elsewhere(self.request.site_key())
    }

    /// Continues after the first member has failed or been silent.
    async fn hedged(&mut self, kind: FlightKind, first: Option<Response>, attempt: Attempt) -> Response {
        let hedge = Hedge::new(Arc::clone(self.opener.shared()), self.request_kind(kind), attempt.clone());
        let first = match first {
            Some(first) => first,
            None => tokio::select! {
                biased;
                first = self.first_response(kind) => first,
                () = hedge.until_next(1) => return self.replay(kind, None, attempt, &hedge).await,
            },
        };
        match first {
            Response::Unexpected(bytes) => {
                let other = self.replay(kind, Some(NoResponse::Unexpected), attempt, &hedge).await;
                other.or_first(bytes)
            }
            Response::Refused(bytes) => {
                let other = self.replay(kind, Some(NoResponse::Refused), attempt, &hedge).await;
                if let Response::None(_) = other {
                    self.opener.state().refused_everywhere(self.request.site_key());
                }
                other.or_first(bytes)
            }
            Response::None(reason) => self.replay(kind, Some(reason), attempt, &hedge).await,
            Response::Received(_) => {
                hedge.answered();
                first
            }
            Response::ClientClosed => {
                hedge.abandoned();
                first
            }
            Response::NotAwaited => first,
        }
    }

    /// Tries other members; `first` is the failure of the first one, if it has failed.
    async fn replay(
        &mut self,
        kind: FlightKind,
        first: Option<NoResponse>,
        attempt: Attempt,
        hedge: &Hedge,
    ) -> Response {
        let first = match first {
            Some(reason) => Some(self.unless_gone(self.opened.upstream(), reason).await),
            None => None,
        };
        self.tried.push(Arc::clone(self.opened.upstream()));
        let mut others = self.opener.state().candidates(&self.request, &self.tried).await;
        others.readmit(self.opened.upstream());
        let start = match first {
            Some(reason) => FirstAttempt::Failed(reason),
            None => FirstAttempt::Silent(async { first_bytes(&self.opened).await.map(|bytes| (None, bytes)) }),
        };
        let refusals = AtomicUsize::new(if first == Some(NoResponse::Refused) { 1 } else { MAX_REFUSALS });
        let ask = |upstream| self.send_through(kind, upstream, &refusals);
        let won = tokio::select! {
            biased;
            won = race_others(attempt, start, others, ask, hedge) => won,
            interrupted = self.race_interrupted() => return interrupted_race(interrupted, first, hedge),
        };
        match won {
            Ok(won) => {
                hedge.conclude(&won);
                self.conclude(kind, won)
            }
            Err(reason) => {
                self.record_failure(reason);
                Response::None(reason)
            }
        }
    }

    /// Waits until the client sends more, or the connection is cancelled for another reason than the removal of its
    /// member, which the race replaces.
    async fn race_interrupted(&self) -> Result<(), ClientClosed> {
        self.interrupted().await?;
        if self.opened.registered.has_lost_member() {
            self.client.peek(&mut [0]).await.map_err(|_broken| ClientClosed)?;
        }
        Ok(())
    }

    /// Reports the members that failed, and switches to the winner.
    fn conclude(&mut self, kind: FlightKind, won: RaceResult<FirstBytes, NoResponse>) -> Response {
        let state = self.opener.state();
        state.report_losers(&won, Signal::Silent, NoResponse::signal);
        let is_refused = kind.is_refused_by(won.value.1.data());
        if is_refused && won.failed.iter().any(|(_, reason)| *reason == NoResponse::Refused) {
            state.refused_everywhere(self.request.site_key());
        } else {
            state.learn_from_race(self.request.site_key(), &won, NoResponse::site_failure);
        }
        let (other, bytes) = won.value;
        if let Some(other) = other {
            state.replayed(self.opened.upstream(), other.upstream());
            other.registered.set_carrier(CarrierChoice::Replayed(Arc::clone(self.opened.upstream())));
            self.opened = *other;
        }
        Response::Received(bytes)
    }

    /// Records a failure that no other member did better at: it says little about the member.
    fn record_failure(&self, reason: NoResponse) {
        match reason {
            NoResponse::Closed | NoResponse::Broken | NoResponse::MemberFailed | NoResponse::NotOpened => {
                self.opened.registered.closed_empty()
            }
            NoResponse::Unexpected | NoResponse::Refused => {}
        }
    }

    /// Why a member gave no response: for this reason, unless it is gone.
    async fn unless_gone(&self, upstream: &Upstream, reason: NoResponse) -> NoResponse {
        match reason {
            NoResponse::Closed | NoResponse::Broken if self.opener.is_gone(upstream).await => NoResponse::MemberFailed,
            NoResponse::Closed
            | NoResponse::Broken
            | NoResponse::MemberFailed
            | NoResponse::NotOpened
            | NoResponse::Unexpected
            | NoResponse::Refused => reason,
        }
    }

    /// Sends the client's bytes through another member.
    async fn send_through(
        &self,
        kind: FlightKind,
        upstream: Arc<Upstream>,
        refusals: &AtomicUsize,
    ) -> Result<FirstBytes, NoResponse> {
        let opened = self.opener.open_through(upstream, &self.request, self.opened.registered.tracked()).await?;
        let first = match exchange(&opened, &self.flight).await {
            Ok(first) => first,
            Err(reason) => return Err(self.unless_gone(opened.upstream(), reason).await),
        };
        if !kind.may_be_answered_by(first.data()) {
            return Err(NoResponse::Unexpected);
        }
        if kind.is_refused_by(first.data()) && refusals.fetch_add(1, Relaxed) < MAX_REFUSALS {
            return Err(NoResponse::Refused);
        }
        Ok((Some(Box::new(opened)), first))
    }
}

/// The response if a race has no end, since the client sends more or has closed.
fn interrupted_race(interrupted: Result<(), ClientClosed>, first: Option<NoResponse>, hedge: &Hedge) -> Response {
    match (interrupted, first) {
        (Err(ClientClosed), _) => {
            hedge.abandoned();
            Response::ClientClosed
        }
        (Ok(()), Some(reason)) => Response::None(reason),
        (Ok(()), None) => Response::NotAwaited,
    }
}

/// Sends the client's bytes, and waits for the first bytes of the response.
async fn exchange(opened: &Opened, flight: &[u8]) -> Result<CopyBuffer, NoResponse> {
    let mut rest = flight;
    while !rest.is_empty() {
        opened.stream.writable().await.map_err(|_closed| NoResponse::Broken)?;
        match opened.stream.try_write(rest) {
            Ok(sent) => rest = &rest[sent..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_closed) => return Err(NoResponse::Broken),
        }
    }
    opened.registered.count_replayed(flight.len() as u64);
    first_bytes(opened).await
}

/// The first bytes of the response.
async fn first_bytes(opened: &Opened) -> Result<CopyBuffer, NoResponse> {
    loop {
        opened.stream.readable().await.map_err(|_closed| NoResponse::Broken)?;
        match CopyBuffer::read_from(&opened.stream) {
            Ok(None) => {}
            Ok(Some(end)) if end.is_done() => return Err(NoResponse::Closed),
            Ok(Some(first)) => return Ok(first),
            Err(_broken) => return Err(NoResponse::Broken),
        }
    }
}
