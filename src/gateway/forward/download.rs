//! The body of an origin's answer on its way to the client.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::origin::Origin;

/// The body of an answer.
pub(super) struct Download {
    body: Incoming,
    /// A connection that is good for this answer only; it ends with it.
    _last: Option<Origin>,
}

impl Download {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, _last: None }
    }

    /// The last body of a connection.
    pub(super) fn last(body: Incoming, origin: Origin) -> Self {
        Self { body, _last: Some(origin) }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
