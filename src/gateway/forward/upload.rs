//! The body of a request on its way to the origin, and when the client is asked for it.
//!
//! A client that sends `Expect: 100-continue` waits to be asked. It is asked (by hyper, as soon as
//! its body is read for the first time) when the origin has said so, or after a second, for origins
//! that do not know the word (RFC 9110, 10.1.1). An origin that has answered with something final is
//! not sent the body any more, and the client is not asked for it.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::Notify;

/// How long the origin is waited for; curl takes the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// The body of a request.
pub(super) struct Upload {
    body: Option<Incoming>,
    hold: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Upload {
    pub(super) fn empty() -> Self {
        Self { body: None, hold: None }
    }

    pub(super) fn new(body: Incoming) -> Self {
        Self { body: Some(body), hold: None }
    }

    /// A body that is read only when the client may send it.
    pub(super) fn held(body: Incoming, expectation: Expectation) -> Self {
        Self { body: Some(body), hold: Some(Box::pin(expectation.fulfilled())) }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(hold) = &mut self.hold {
            ready!(hold.as_mut().poll(cx));
            self.hold = None;
        }
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// A client's wish to be asked before it sends a body.
#[derive(Clone)]
pub(super) struct Expectation(Arc<Shared>);

struct Shared {
    phase: Mutex<Phase>,
    /// The origin has said `100 Continue`.
    continued: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    /// The client is asked for the body.
    Asked,
    /// The origin has given its last word before that.
    Answered,
}

impl Expectation {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared { phase: Mutex::new(Phase::Waiting), continued: Notify::new() }))
    }

    /// Notes that the origin wants the body.
    pub(super) fn go_on(&self) {
        self.0.continued.notify_one();
    }

    /// Notes that the origin has given its last word. True if nobody has asked for the body: from
    /// now on nobody does, and the connection to the origin can carry nothing else.
    pub(super) fn answered(&self) -> bool {
        self.leave_waiting_for(Phase::Answered) == Phase::Answered
    }

    async fn fulfilled(self) {
        // Both ways lead on: asked by the origin, or by time.
        let _asked = tokio::time::timeout(PATIENCE, self.0.continued.notified()).await;
        if self.leave_waiting_for(Phase::Asked) == Phase::Answered {
            pending::<()>().await;
        }
    }

    fn leave_waiting_for(&self, next: Phase) -> Phase {
        let mut phase = self.0.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if *phase == Phase::Waiting {
            *phase = next;
        }
        *phase
    }
}
