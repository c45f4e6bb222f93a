//! Waiting for the first bytes that come back, from the first member or another one.

use std::io::ErrorKind;
use std::sync::Arc;

use tokio::time::timeout;

use super::FirstExchange;
use super::classify::FlightKind;
use super::{ClientGone, SHORTEST_PATIENCE};
use crate::gateway::connections::tracker::CarrierChoice;
use crate::gateway::hedge::{self, Hedge, RequestKind};
use crate::gateway::open::{OpenError, Opened};
use crate::gateway::race::{Asked, First, HedgeDelay, RaceResult, overtake};
use crate::gateway::relay::CopyBuffer;
use crate::gateway::site_times::Site;
use crate::model::Upstream;
use crate::model::signal::Signal;

/// How the wait for a response ended.
pub(super) enum Response {
    /// These are its first bytes.
    Given(CopyBuffer),
    /// The client sent more, or the gateway ends it: what follows is for the relay.
    NotAwaited,
    /// The client broke off.
    ClientGone,
    /// These are its first bytes, and they do not answer what was asked.
    Wrong(CopyBuffer),
    /// Nobody answered.
    None(NoResponse),
}

/// Why a member gave no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoResponse {
    /// It closed in good order.
    Closed,
    /// It broke off.
    Broken,
    /// It gave no connection, which has been noted.
    NotOpened,
    /// It did answer, but in another protocol than it was asked in.
    Wrong,
}

impl From<OpenError> for NoResponse {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoMember
            | OpenError::Blocked
            | OpenError::Direct(_)
            | OpenError::OwnPort
            | OpenError::ThisMachineOnly
            | OpenError::NotPublic
            | OpenError::Failed(_) => Self::NotOpened,
        }
    }
}

impl NoResponse {
    /// What it says of a member where another one did respond.
    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Closed | Self::Broken => Some(Signal::ClosedAlone),
            Self::Wrong => Some(Signal::WrongAnswer),
            Self::NotOpened => None,
        }
    }
}

/// First bytes, and the connection they came on if that is another one than the first.
type FirstBytes = (Option<Box<Opened>>, CopyBuffer);

impl FirstExchange {
    /// Waits for the first bytes, and has other members asked where that is needed.
    pub(super) async fn response(&mut self, kind: FlightKind) -> Response {
        let state = self.opener.state();
        state.budget.count_request();
        let asked = Asked::now(Arc::clone(self.opened.upstream()));
        let first = match timeout(SHORTEST_PATIENCE, self.first_response(kind)).await {
            Ok(response @ (Response::Wrong(_) | Response::None(_))) => Some(response),
            Ok(response @ Response::Given(_)) => {
                hedge::learn(state, self.request_kind(kind), asked.waited());
                return response;
            }
            Ok(response @ (Response::NotAwaited | Response::ClientGone)) => return response,
            Err(_elapsed) => None,
        };
        // Rare, and large: a connection that waits for its response is not to mode it along.
        Box::pin(self.hedged(kind, first, asked)).await
    }

    fn request_kind(&self, kind: FlightKind) -> RequestKind {
        match kind {
            FlightKind::ClientHello => RequestKind::Handshake,
            FlightKind::HttpRequest => RequestKind::Page(Site::of(&self.request.target)),
        }
    }

    /// What the first member answers.
    async fn first_response(&self, kind: FlightKind) -> Response {
        tokio::select! {
            biased;
            first = first_bytes(&self.opened) => match first {
                Ok(first) if kind.may_be_answered_by(first.data()) => Response::Given(first),
                Ok(first) => Response::Wrong(first),
                Err(reason) => Response::None(reason),
            },
            interrupted = self.interrupted() => match interrupted {
                Ok(()) => Response::NotAwaited,
                Err(ClientGone) => Response::ClientGone,
            },
        }
    }

    /// Goes on after the first member has failed or, without a failure, been silent.
    async fn hedged(&mut self, kind: FlightKind, first: Option<Response>, asked: Asked) -> Response {
        let hedge = Hedge::new(Arc::clone(self.opener.shared()), self.request_kind(kind), asked.clone());
        let first = match first {
            Some(first) => first,
            None => tokio::select! {
                biased;
                first = self.first_response(kind) => first,
                () = hedge.may_ask(1) => return self.replay(kind, None, asked, &hedge).await,
            },
        };
        match first {
            Response::Wrong(bytes) => match self.replay(kind, Some(NoResponse::Wrong), asked, &hedge).await {
                Response::None(_) | Response::NotAwaited => Response::Wrong(bytes),
                response @ (Response::Given(_) | Response::Wrong(_) | Response::ClientGone) => response,
            },
            Response::None(reason) => self.replay(kind, Some(reason), asked, &hedge).await,
            Response::Given(_) => {
                hedge.answered();
                first
            }
            Response::ClientGone => {
                hedge.given_up();
                first
            }
            Response::NotAwaited => first,
        }
    }

    /// Has other members asked; `first` is how the first one has failed, if it has.
    async fn replay(&mut self, kind: FlightKind, first: Option<NoResponse>, asked: Asked, hedge: &Hedge) -> Response {
        self.tried.push(self.opened.upstream().id.clone());
        let queue = self.opener.candidates(&self.request, &self.tried).await;
        if let Some(reason) = first
            && queue.is_empty()
        {
            self.note_alone(reason);
            return Response::None(reason);
        }
        let start = match first {
            Some(reason) => First::Failed(reason),
            None => First::Silent(async { first_bytes(&self.opened).await.map(|bytes| (None, bytes)) }),
        };
        let others = queue.map(|upstream| (Arc::clone(&upstream), self.ask(kind, upstream)));
        let won = tokio::select! {
            biased;
            won = overtake(asked, start, others, hedge) => won,
            interrupted = self.interrupted() => return match (interrupted, first) {
                (Err(ClientGone), _) => {
                    hedge.given_up();
                    Response::ClientGone
                }
                (Ok(()), Some(reason)) => Response::None(reason),
                (Ok(()), None) => Response::NotAwaited,
            },
        };
        match won {
            Ok(won) => {
                hedge.conclude(&won);
                self.conclude(won)
            }
            Err(reason) => {
                self.note_alone(reason);
                Response::None(reason)
            }
        }
    }

    /// Draws the conclusions from who answered and who did not.
    fn conclude(&mut self, won: RaceResult<FirstBytes, NoResponse>) -> Response {
        let state = self.opener.state();
        state.judge(&won, Signal::Silent, NoResponse::signal);
        let (other, bytes) = won.value;
        if let Some(other) = other {
            state.replayed(self.opened.upstream(), other.upstream());
            other.registered.carries(CarrierChoice::Replayed(Arc::clone(self.opened.upstream())));
            self.opened = *other;
        }
        Response::Given(bytes)
    }

    /// Notes a failure where nobody else did better: it says little of the member.
    fn note_alone(&self, reason: NoResponse) {
        match reason {
            NoResponse::Closed | NoResponse::Broken | NoResponse::NotOpened => self.opened.registered.closed_empty(),
            NoResponse::Wrong => {}
        }
    }

    /// Sends another member the same.
    async fn ask(&self, kind: FlightKind, upstream: Arc<Upstream>) -> Result<FirstBytes, NoResponse> {
        let opened = self.opener.through(upstream, &self.request, self.opened.registered.tracked()).await?;
        let mut rest = &self.flight[..];
        while !rest.is_empty() {
            opened.stream.writable().await.map_err(|_closed| NoResponse::Broken)?;
            match opened.stream.try_write(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_closed) => return Err(NoResponse::Broken),
            }
        }
        opened.registered.repeated(self.flight.len() as u64);
        let first = first_bytes(&opened).await?;
        if !kind.may_be_answered_by(first.data()) {
            return Err(NoResponse::Wrong);
        }
        Ok((Some(Box::new(opened)), first))
    }
}

/// The first bytes that come back.
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
