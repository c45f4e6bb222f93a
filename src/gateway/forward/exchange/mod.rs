//! One request and its response, over one connection to the origin.
//!
//! Both bodies are streamed at the same time and never buffered whole. A client that sends
//! `Expect: 100-continue` is told to send its body when the origin says so, or after a second, for origins
//! that do not know the expectation (RFC 9110, section 10.1.1); an origin that gives its final response
//! first is not sent the body. A client that closes its side still gets the response, if that begins soon.

mod download;
mod upload;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;

use tokio::sync::Notify;

use self::download::Download;
pub(super) use self::upload::closed;
use self::upload::upload;
use super::body::CopyError;
use super::io::{ClientConnection, split};
use super::origin::{OriginConnection, OriginError};
use super::request::OutgoingRequest;
use crate::gateway::http1::ResponseHead;

/// How an exchange ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchanged {
    /// Both sides speak another protocol from now on.
    pub(super) upgraded: bool,
    /// The client may send another request.
    pub(super) client_goes_on: bool,
    /// The origin may be sent another request.
    pub(super) origin_goes_on: bool,
}

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// The origin gave no final response; the client has not got one either.
    #[error("{0}")]
    Unanswered(#[from] OriginError),
    /// The client closed its connection.
    #[error("the client closed its connection")]
    ClientGone,
    /// The response is incomplete, and the client has its head.
    #[error("incomplete response: {0}")]
    Truncated(CopyError),
}

/// What the two directions of an exchange know of each other. Atomic only so that the one task that runs
/// both may move between threads.
#[derive(Default)]
struct Progress {
    /// The whole request is sent.
    is_sent: AtomicBool,
    /// The origin takes no more of the request.
    is_refused: AtomicBool,
    /// The final response has begun.
    is_answered: AtomicBool,
    /// The client may send its body, if there is one.
    is_continued: AtomicBool,
    continued: Notify,
}

/// Sends a request, unless its first response is here already, and passes the response on.
///
/// # Errors
/// One side failed.
pub(super) async fn exchange(
    client: &mut ClientConnection,
    origin: &mut OriginConnection,
    request: &OutgoingRequest,
    first: Option<ResponseHead>,
) -> Result<Exchanged, ExchangeError> {
    let (reader, mut writer) = client.stream.split();
    let (mut origin_reader, origin_writer) = split(&mut origin.opened);
    let progress = Progress { is_continued: AtomicBool::new(!request.expects_continue), ..Progress::default() };
    let unsent = first.is_none();
    let mut upload = pin!(upload(reader, &mut client.input, origin_writer, request, unsent, &progress));

    let mut download = Download { reader: &mut origin_reader, input: &mut origin.input, writer: &mut writer, request };
    let head = tokio::select! {
        head = download.final_head(first, &progress) => head?,
        () = &mut upload => return Err(ExchangeError::ClientGone),
    };
    progress.is_answered.store(true, Relaxed);
    if head.status == 101 {
        return download.upgrade(head, &progress, upload).await;
    }
    tokio::select! {
        ended = download.pass_on(head, &progress) => ended?.settle(&progress, upload).await,
        () = &mut upload => Err(ExchangeError::ClientGone),
    }
}

impl Progress {
    /// Whether the client may send its body.
    fn is_continued(&self) -> bool {
        self.is_continued.load(Relaxed)
    }

    /// Starts sending the client's body.
    fn go_on(&self) {
        self.is_continued.store(true, Relaxed);
        self.continued.notify_one();
    }

    /// Waits until the request is sent; false where it never will be.
    async fn uploaded(&self, mut upload: Pin<&mut impl Future<Output = ()>>) -> bool {
        poll_fn(|cx| {
            let gone = upload.as_mut().poll(cx).is_ready();
            if self.is_sent.load(Relaxed) {
                Poll::Ready(true)
            } else if gone || self.is_refused.load(Relaxed) {
                Poll::Ready(false)
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

impl Exchanged {
    /// Waits until the request is sent as well, where the connections are used again.
    async fn settle(
        mut self,
        progress: &Progress,
        upload: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Self, ExchangeError> {
        let may_be_sent = progress.is_continued() && self.origin_goes_on;
        let is_sent = progress.is_sent.load(Relaxed) || (may_be_sent && progress.uploaded(upload).await);
        self.client_goes_on &= is_sent;
        self.origin_goes_on &= is_sent;
        Ok(self)
    }
}
