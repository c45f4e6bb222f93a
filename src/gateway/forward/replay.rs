//! A request that may be sent twice, for as many members as it takes.
//!
//! As with the first exchange of a tunnel ([`super::super::flight`]): where a member closes without
//! an answer the next one is asked, where it is silent for longer than members take at present the
//! next one is asked beside it, and the first answer goes to the client.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use tokio_util::task::TaskTracker;

use super::origin::Origin;
use super::session::broken;
use super::upload::Upload;
use crate::gateway::inbound::error_response::ErrorResponse;
use crate::gateway::open::{ConnectRequest, OpenError, Opener};
use crate::gateway::race::race;
use crate::gateway::state::Excuse;
use crate::model::Upstream;
use crate::model::outcome::Signal;

/// Why a member gave no answer.
enum Silence {
    /// It gave no connection, which has been noted.
    Unopened(OpenError),
    /// It gave none after it had the request.
    Unanswered(hyper::Error),
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
    let state = opener.state();
    let asked_ms = state.now_ms();
    let mut queue = opener.candidates(destination, &[]).await;
    let all = queue.clone();
    let first = queue.next().ok_or_else(|| ErrorResponse::unreachable(&OpenError::NoMember))?;
    let ask = |upstream: Arc<Upstream>| async move {
        let opened = opener.through(upstream, destination).await.map_err(Silence::Unopened)?;
        let mut origin = Origin::over(opened, destination.clone(), None, tasks).await;
        let response = origin
            .send(Request::from_parts(head.clone(), Upload::empty()))
            .await
            .map_err(|failed| Silence::Unanswered(failed.into_error()))?;
        Ok((response, origin))
    };
    let won =
        race(ask(Arc::clone(&first)), queue.map(ask), state.patience()).await.map_err(|silence| match silence {
            Silence::Unopened(error) => ErrorResponse::unreachable(&error),
            Silence::Unanswered(error) => {
                state.failed(&first, Signal::ClosedEmpty);
                broken(&error)
            }
        })?;

    for (number, silence) in won.failed {
        match silence {
            // It did answer, with something that is no HTTP.
            Silence::Unanswered(error) if error.is_parse() => {}
            Silence::Unanswered(_) => state.failed(&all.asked(number), Signal::ClosedAlone),
            Silence::Unopened(_) => {}
        }
    }
    won.late.into_iter().for_each(|number| state.overtaken(&all.asked(number), Excuse::SlowPage, asked_ms));
    if won.winner > 0 {
        state.replayed(&first, &all.asked(won.winner));
    }
    Ok(won.value)
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
