//! Sends a request that may be repeated through as many members as necessary.
//!
//! As in the first exchange of a tunnel ([`super::super::flight`]): if a member closes without a response, the next one
//! is tried; if it is silent for too long ([`super::super::hedge`]), the next one is tried in parallel, and the first
//! response goes to the client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::origin::{OriginConnection, OriginError};
use crate::gateway::connect_request::ConnectRequest;
use crate::gateway::connections::tracker::{CarrierChoice, Tracked};
use crate::gateway::hedge::{Hedge, RequestKind};
use crate::gateway::http1::ResponseHead;
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::open::{OpenError, Opener};
use crate::gateway::race::{Attempt, AttemptFailure, RaceResult, race};
use crate::gateway::site::{MAX_REFUSALS, has_login, is_refusal};
use crate::gateway::site_times::Site;
use crate::model::Upstream;
use crate::model::connection::ConnectionEnd;
use crate::model::outcome::Signal;
use crate::sites::SiteFailure;

/// The connection through a member, and the head of its first response.
type OriginResponse = (OriginConnection, ResponseHead);

/// Why a member gave no response.
enum AttemptError {
    /// It could not be connected to, which has been reported.
    NotOpened(OpenError),
    /// The connection ended after the request was sent, without a byte.
    Closed(OriginError),
    /// So it did, and the member is gone or has lost its server, which has been reported.
    Gone(OriginError),
    /// The response is a refusal, which another node may not get.
    Refused(Box<OriginResponse>),
}

impl AttemptFailure for AttemptError {
    fn is_members_fault(&self) -> bool {
        match self {
            Self::NotOpened(error) => error.is_members_fault(),
            Self::Gone(_) => true,
            Self::Closed(_) | Self::Refused(_) => false,
        }
    }

    fn is_of_either(&self) -> bool {
        match self {
            Self::Closed(_) => true,
            Self::NotOpened(_) | Self::Gone(_) | Self::Refused(_) => false,
        }
    }

    fn of_member(self) -> Self {
        match self {
            Self::Closed(error) => Self::Gone(error),
            Self::NotOpened(_) | Self::Gone(_) | Self::Refused(_) => self,
        }
    }
}

impl AttemptError {
    /// The signal for the pool, if another member did respond.
    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Closed(_) => Some(Signal::ClosedAlone),
            Self::NotOpened(_) | Self::Gone(_) | Self::Refused(_) => None,
        }
    }

    /// What it says about the site, if another member did respond.
    fn site_failure(&self) -> Option<SiteFailure> {
        match self {
            Self::Closed(_) => Some(SiteFailure::Closed),
            Self::Refused(_) => Some(SiteFailure::Refused),
            Self::NotOpened(_) | Self::Gone(_) => None,
        }
    }
}

/// Sends the head of a request that has no body, over a new connection, and waits for the first response.
///
/// # Errors
/// No member gave one, or it is not HTTP; the response for the client.
pub(super) async fn request(
    opener: &Opener,
    head: &[u8],
    destination: &ConnectRequest,
    tracked: &Tracked,
) -> Result<OriginResponse, LocalResponse> {
    let state = opener.shared();
    state.budget.count_request();
    let may_ask_elsewhere = !has_login(head) && state.may_ask_elsewhere(destination.site_key());
    let refusals = AtomicUsize::new(if may_ask_elsewhere { 0 } else { MAX_REFUSALS });
    let replay = &Replay { opener, head, destination, tracked, may_ask_elsewhere, refusals };
    let mut members = opener.state().candidates(destination, &[]).await;
    let choice = members.choice();
    let first = members.next().ok_or_else(|| not_opened(&destination.no_member(), tracked))?;
    let kind = RequestKind::Page(Site::of(&destination.target));
    let hedge = Hedge::new(Arc::clone(state), kind, Attempt::start(Arc::clone(&first)));
    match race(Arc::clone(&first), members, |upstream| replay.attempt(upstream), &hedge).await {
        Ok(won) => {
            hedge.conclude(&won);
            replay.conclude(won, first, choice)
        }
        Err(error) => replay.give_up(error, &first, choice),
    }
}

/// A request, and what its attempts share.
struct Replay<'a> {
    opener: &'a Opener,
    head: &'a [u8],
    destination: &'a ConnectRequest,
    tracked: &'a Tracked,
    may_ask_elsewhere: bool,
    /// How many members were refused so far.
    refusals: AtomicUsize,
}

impl Replay<'_> {
    /// Sends a request through one member, and waits for the first response. The inner result is the site's; the first
    /// few refusals are not taken for that.
    async fn attempt(&self, upstream: Arc<Upstream>) -> Result<Result<OriginResponse, OriginError>, AttemptError> {
        let opened = self.opener.open_through(Arc::clone(&upstream), self.destination, self.tracked).await;
        let opened = opened.map_err(AttemptError::NotOpened)?;
        let response_watch = opened.registered.response_watch();
        let mut origin = OriginConnection::new(opened, self.destination.clone());
        match origin.request(self.head).await {
            Ok(response) if is_refusal(response.status) && self.refusals.fetch_add(1, Relaxed) < MAX_REFUSALS => {
                Err(AttemptError::Refused(Box::new((origin, response))))
            }
            Ok(response) => Ok(Ok((origin, response))),
            // This is the site's response, although it is not HTTP or incomplete: other members would get the same one,
            // and the request would be processed twice.
            Err(error) if response_watch.is_answered() => Ok(Err(error)),
            Err(error) if self.opener.is_gone(&upstream).await => Err(AttemptError::Gone(error)),
            Err(error) => Err(AttemptError::Closed(error)),
        }
    }

    /// Reports the members that lost the race, and returns the winner's response.
    fn conclude(
        &self,
        won: RaceResult<Result<OriginResponse, OriginError>, AttemptError>,
        first_member: Arc<Upstream>,
        choice: CarrierChoice,
    ) -> Result<OriginResponse, LocalResponse> {
        let (state, site) = (self.opener.shared(), self.destination.site_key());
        state.report_losers(&won, Signal::Silent, AttemptError::signal);
        if self.may_ask_elsewhere && won.value.as_ref().is_ok_and(|(_, response)| is_refusal(response.status)) {
            state.refused_everywhere(site);
        } else {
            state.learn_from_race(site, &won, AttemptError::site_failure);
        }
        let is_first = Arc::ptr_eq(&won.winner, &first_member);
        if !is_first {
            state.replayed(&first_member, &won.winner);
        }
        let (origin, response) = won.value.map_err(|error| not_answered(&error, self.tracked))?;
        origin.opened.registered.set_carrier(if is_first { choice } else { CarrierChoice::Replayed(first_member) });
        Ok((origin, response))
    }

    /// The result if no member did better than the first one.
    fn give_up(
        &self,
        error: AttemptError,
        first_member: &Arc<Upstream>,
        choice: CarrierChoice,
    ) -> Result<OriginResponse, LocalResponse> {
        let state = self.opener.shared();
        match error {
            // All that could be asked have refused.
            AttemptError::Refused(answered) => {
                state.refused_everywhere(self.destination.site_key());
                answered.0.opened.registered.set_carrier(choice);
                Ok(*answered)
            }
            AttemptError::NotOpened(error) => Err(not_opened(&error, self.tracked)),
            AttemptError::Gone(error) => Err(not_answered(&error, self.tracked)),
            AttemptError::Closed(error) => {
                if !self.tracked.is_cancelled() {
                    state.report_failure(first_member, Signal::ClosedEmpty);
                }
                Err(not_answered(&error, self.tracked))
            }
        }
    }
}

/// The response to a client if no member connected.
fn not_opened(error: &OpenError, tracked: &Tracked) -> LocalResponse {
    tracked.set_end(error.end());
    LocalResponse::unreachable(error)
}

/// The response to a client if the request was sent, and the connection is then over.
fn not_answered(error: &OriginError, tracked: &Tracked) -> LocalResponse {
    tracked.set_end(ConnectionEnd::NoResponse);
    broken(error)
}

/// The response to a client if the origin gave none.
pub(super) fn broken(error: &OriginError) -> LocalResponse {
    tracing::debug!(%error, "an origin gave no response");
    LocalResponse::broken(if error.is_not_http() { "http_protocol_error" } else { "connection_terminated" })
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;

    use super::Signal;
    use crate::gateway::tests::stub::{Behavior, StubGateway, StubMember, TcpServer, opener, read_head, read_text};
    use crate::gateway::tests::whole::TestGateway;

    #[tokio::test]
    async fn a_get_is_replayed_and_a_post_is_not() {
        for behavior in [Behavior::CloseAtOnce, Behavior::CloseWhenAsked, Behavior::BreakWhenAsked, Behavior::Silent] {
            let (bad, good) = (StubMember::that(behavior).await, StubMember::start().await);
            let page = TcpServer::start(|mut stream, _number| async move {
                read_head(&mut stream).await;
                let _left = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
            })
            .await;
            let gate = StubGateway::start(opener(&[&bad, &good])).await;
            let mut client = gate.connect().await;
            let url = page.named("site");
            client.write_all(format!("GET http://{url}/ HTTP/1.1\r\nHost: {url}\r\n\r\n").as_bytes()).await.unwrap();
            let head = read_head(&mut client).await;
            assert!(head.starts_with("HTTP/1.1 200"), "{behavior:?}: {head}");
            assert_eq!(read_text(&mut client, 5).await, "hello");
        }
        for behavior in [Behavior::CloseWhenAsked, Behavior::BreakWhenAsked] {
            let (bad, good) = (StubMember::that(behavior).await, StubMember::start().await);
            let gate = StubGateway::start(opener(&[&bad, &good])).await;
            let mut client = gate.connect().await;
            let post = b"POST http://site.test/ HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi";
            client.write_all(post).await.unwrap();
            let head = read_head(&mut client).await;
            assert!(head.starts_with("HTTP/1.1 502"), "{behavior:?}: {head}");
            assert_eq!(good.server.accepted(), 0);
        }
    }

    #[tokio::test]
    async fn a_response_that_is_not_http_is_fetched_once_without_a_failure() {
        for answer in [&b"\x00\x01 this is no HTTP\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\nContent-Le"] {
            let page = TcpServer::start(move |mut stream, _number| async move {
                read_head(&mut stream).await;
                let _left = stream.write_all(answer).await;
            })
            .await;
            let mut gateway = TestGateway::over(&[Behavior::Serve, Behavior::Serve, Behavior::Serve]).await;
            let mut client = TcpStream::connect(gateway.handle.addr()).await.unwrap();
            let url = page.named("site");
            client.write_all(format!("GET http://{url}/ HTTP/1.1\r\nHost: {url}\r\n\r\n").as_bytes()).await.unwrap();
            let head = read_head(&mut client).await;
            assert!(head.starts_with("HTTP/1.1 502"), "{head}");
            assert_eq!((page.accepted(), gateway.totals.replayed()), (1, 0), "{answer:?}");
            assert_eq!(gateway.outcomes(), [(0, Signal::FirstByte)]);
        }
    }
}
