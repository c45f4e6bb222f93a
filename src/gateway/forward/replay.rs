//! A request that may be sent twice, for as many members as it takes.
//!
//! As with the first exchange of a tunnel ([`super::super::flight`]): where a member closes without
//! an answer the next one is asked, where it is silent for too long ([`super::super::hedge`]) the next
//! one is asked beside it, and the first answer goes to the client.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use tokio_util::task::TaskTracker;

use super::origin::Origin;
use super::session::broken;
use super::upload::Upload;
use crate::gateway::hedge::{Hedge, RequestKind};
use crate::gateway::inbound::error_response::ErrorResponse;
use crate::gateway::open::{ConnectRequest, OpenError, Opener};
use crate::gateway::race::{Asked, race};
use crate::gateway::site_times::Site;
use crate::model::Upstream;
use crate::model::outcome::Signal;

/// Why a member gave no answer.
enum NoAnswer {
    /// It gave no connection, which has been noted.
    NotOpened(OpenError),
    /// The connection ended after it had the request, without a byte.
    Closed(hyper::Error),
}

impl NoAnswer {
    /// What it says of a member where another one did answer.
    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Closed(_) => Some(Signal::ClosedAlone),
            Self::NotOpened(_) => None,
        }
    }
}

/// Sends the head of a request that has no body, over a new connection, and waits for the head of the answer.
///
/// # Errors
/// No member gave one; what the client is to be told of the last.
pub(super) async fn ask(
    opener: &Opener,
    tasks: &TaskTracker,
    head: &Parts,
    destination: &ConnectRequest,
) -> Result<(Response<Incoming>, Origin), ErrorResponse> {
    let state = opener.shared();
    state.budget.count_request();
    let ask = |upstream: Arc<Upstream>| async move {
        let opened = opener.through(upstream, destination).await.map_err(NoAnswer::NotOpened)?;
        let mut origin = Origin::over(opened, destination.clone(), None, tasks).await;
        match origin.send(Request::from_parts(head.clone(), Upload::empty())).await {
            Ok(response) => Ok(Ok((response, origin))),
            // What came is the site's answer, though it is no HTTP: nobody else would get a better one.
            Err(failed) if failed.error().is_parse() => Ok(Err(failed.into_error())),
            Err(failed) => Err(NoAnswer::Closed(failed.into_error())),
        }
    };
    let queue = opener.candidates(destination, &[]).await;
    let mut attempts = queue.map(|upstream| (Arc::clone(&upstream), ask(upstream)));
    let first = attempts.next().ok_or_else(|| ErrorResponse::unreachable(&OpenError::NoMember))?;
    let first_member = Arc::clone(&first.0);
    let kind = RequestKind::Page(Site::of(&destination.target));
    let hedge = Hedge::new(Arc::clone(state), kind, Asked::now(Arc::clone(&first_member)));

    let won = race(first, attempts, &hedge).await.map_err(|reason| match reason {
        NoAnswer::NotOpened(error) => ErrorResponse::unreachable(&error),
        NoAnswer::Closed(error) => {
            state.failed(&first_member, Signal::ClosedEmpty);
            broken(&error)
        }
    })?;
    hedge.conclude(&won);
    state.judge(&won, Signal::Silent, NoAnswer::signal);
    if !Arc::ptr_eq(&won.winner, &first_member) {
        state.replayed(&first_member, &won.winner);
    }
    won.value.map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use crate::gateway::tests::stub::{Behavior, StubGateway, StubMember, TcpServer, opener, read_head, read_text};

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
}
