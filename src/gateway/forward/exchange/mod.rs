//! One request and its response, over one connection to the origin.
//!
//! Both bodies are streamed at the same time and never buffered as a whole. A client that sends `Expect: 100-continue`
//! gets the 100 when the origin sends one, or after a second, for origins that do not know the expectation (RFC 9110,
//! section 10.1.1); if the origin sends its final response first, the body is not sent. A client that closes its side
//! still gets the response, if that begins soon.

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
    /// Both sides switch to another protocol.
    pub(super) upgraded: bool,
    /// The client's connection can be used for another request.
    pub(super) client_keeps_alive: bool,
    /// The origin's connection can be used for another request.
    pub(super) origin_keeps_alive: bool,
}

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// The origin sent no final response, and the client has received none.
    #[error("{0}")]
    Unanswered(#[from] OriginError),
    /// The client closed its connection.
    #[error("the client closed its connection")]
    ClientClosed,
    /// The response is incomplete, and its head was already sent to the client.
    #[error("incomplete response: {0}")]
    Truncated(CopyError),
}

/// State that the two directions of an exchange share. Atomic because the task that runs both may move between threads.
#[derive(Default)]
struct Progress {
    /// The request was sent completely.
    is_sent: AtomicBool,
    /// The origin accepts no more of the request.
    is_refused: AtomicBool,
    /// The final response has begun.
    is_answered: AtomicBool,
    /// The client may send its body, if there is one.
    is_continued: AtomicBool,
    continued: Notify,
}

/// Sends a request, unless `first` is its response already, and passes the response on.
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
    let unsent_head = if first.is_none() { request.head.to_bytes() } else { Vec::new() };
    let mut upload = pin!(upload(reader, &mut client.input, origin_writer, request, unsent_head, &progress));

    let mut download = Download { reader: &mut origin_reader, input: &mut origin.input, writer: &mut writer, request };
    let head = tokio::select! {
        head = download.final_head(first, &progress) => head?,
        () = &mut upload => return Err(ExchangeError::ClientClosed),
    };
    progress.is_answered.store(true, Relaxed);
    if head.status == 101 {
        return download.upgrade(head, &progress, upload).await;
    }
    tokio::select! {
        ended = download.pass_on(head, &progress) => ended?.finish_upload(&progress, upload).await,
        () = &mut upload => Err(ExchangeError::ClientClosed),
    }
}

impl Progress {
    /// Whether the client may send its body.
    fn is_continued(&self) -> bool {
        self.is_continued.load(Relaxed)
    }

    /// Starts sending the client's body.
    fn start_body(&self) {
        self.is_continued.store(true, Relaxed);
        self.continued.notify_one();
    }

    /// Waits until the request is sent; false if it cannot be sent.
    async fn uploaded(&self, mut upload: Pin<&mut impl Future<Output = ()>>) -> bool {
        poll_fn(|cx| {
            let has_ended = upload.as_mut().poll(cx).is_ready();
            if self.is_sent.load(Relaxed) {
                Poll::Ready(true)
            } else if has_ended || self.is_refused.load(Relaxed) {
                Poll::Ready(false)
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

impl Exchanged {
    /// Also waits until the request is sent, if the connections are used again.
    async fn finish_upload(
        mut self,
        progress: &Progress,
        upload: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Self, ExchangeError> {
        let may_be_sent = progress.is_continued() && self.origin_keeps_alive;
        let is_sent = progress.is_sent.load(Relaxed) || (may_be_sent && progress.uploaded(upload).await);
        self.client_keeps_alive &= is_sent;
        self.origin_keeps_alive &= is_sent;
        Ok(self)
    }
}
