//! One request and its response, over one connection to the origin.
//!
//! Both bodies are streamed at the same time, never gathered. A client that sends `Expect: 100-continue`
//! is asked for its body when the origin says so, or after a second, for origins that do not know the
//! word (RFC 9110, section 10.1.1); an origin that gives its final response first is not sent the body.
//! A client that closes its side still gets the response, if that begins within a while.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::body::{CopyError, copy_message};
use super::io::{ClientConnection, CountedReader, CountedWriter, fill, split};
use super::origin::{OriginConnection, OriginError, read_response};
use super::request::{OutgoingRequest, outgoing_response};
use crate::gateway::http1::{BodyFraming, HEAD_LIMIT, MessageError, ResponseHead, response_framing};

/// How long an origin is waited for before the client is asked for its body; curl takes the same.
const CONTINUE_WAIT: Duration = Duration::from_secs(1);

/// How long a client that has closed its side may wait for a response: it cannot be told apart from one
/// that has gone.
const HALF_CLOSED_WAIT: Duration = Duration::from_secs(8);

/// Most interim responses to one request.
const MAX_INTERIM: usize = 100;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What an exchange leaves behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchanged {
    /// Both sides speak another protocol from now on.
    pub(super) upgraded: bool,
    /// The client may send another request.
    pub(super) client_goes_on: bool,
    /// The origin may be sent another request.
    pub(super) origin_goes_on: bool,
}

/// Why an exchange did not end in order.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// The origin gave no final response; the client has not got one either.
    #[error("{0}")]
    Unanswered(#[from] OriginError),
    /// The client has left.
    #[error("the client has left")]
    ClientGone,
    /// The response broke off behind its head.
    #[error("the response broke off: {0}")]
    Truncated(CopyError),
}

/// What both directions of an exchange know of each other. Atomic only so that the one task that has
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

/// Sends a request (but where `first`, the first response to it, is here already), and passes the
/// response on.
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

/// Sends the request, then watches the client; returns when that has gone.
async fn upload(
    mut reader: ReadHalf<'_>,
    input: &mut BytesMut,
    mut origin: CountedWriter<'_>,
    request: &OutgoingRequest,
    unsent: bool,
    progress: &Progress,
) {
    let sent = async {
        let mut head = if unsent { request.head.to_bytes() } else { Vec::new() };
        if request.expects_continue {
            origin.write_all(&head).await.map_err(CopyError::Sink)?;
            head.clear();
            progress.continued.notified().await;
        }
        let from = (&mut reader, &mut *input, request.framing);
        copy_message(head, from, (&mut origin, request.encoding())).await
    };
    match sent.await {
        Ok(()) => progress.is_sent.store(true, Relaxed),
        Err(CopyError::Sink(error)) => {
            tracing::debug!(%error, "an origin does not take a request");
            progress.is_refused.store(true, Relaxed);
        }
        Err(CopyError::Source(error)) => {
            tracing::debug!(%error, "a request did not come whole");
            return;
        }
    }
    closed(&mut reader, input).await;
    if progress.is_answered.load(Relaxed) {
        pending::<()>().await;
    }
}

/// Returns when the client has left, or has closed its side a while ago. Keeps what it sends ahead.
pub(super) async fn closed(reader: &mut ReadHalf<'_>, input: &mut BytesMut) {
    loop {
        if input.len() >= HEAD_LIMIT {
            pending::<()>().await;
        }
        match fill(reader, input, 1024).await {
            Ok(0) => return tokio::time::sleep(HALF_CLOSED_WAIT).await,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// The way back to the client.
struct Download<'a, 'b> {
    reader: &'a mut CountedReader<'b>,
    input: &'a mut BytesMut,
    writer: &'a mut WriteHalf<'b>,
    request: &'a OutgoingRequest,
}

impl Download<'_, '_> {
    /// Waits for the final response, and passes on the interim ones before it.
    async fn final_head(
        &mut self,
        mut first: Option<ResponseHead>,
        progress: &Progress,
    ) -> Result<ResponseHead, ExchangeError> {
        let patience = Instant::now() + CONTINUE_WAIT;
        for _ in 0..MAX_INTERIM {
            let head = match first.take() {
                Some(head) => head,
                None if progress.is_continued() => read_response(self.reader, self.input).await?,
                None => match timeout_at(patience, read_response(self.reader, self.input)).await {
                    Ok(head) => head?,
                    Err(_elapsed) => {
                        self.send(CONTINUE).await?;
                        progress.go_on();
                        continue;
                    }
                },
            };
            if !head.is_interim() {
                return Ok(head);
            }
            let is_repeated = head.status == 100 && self.request.expects_continue && progress.is_continued();
            if self.request.client.minor == 1 && !is_repeated {
                let (head_bytes, ..) = outgoing_response(head.clone(), BodyFraming::Empty, self.request.client);
                self.send(&head_bytes).await?;
            }
            if head.status == 100 {
                progress.go_on();
            }
        }
        Err(OriginError::NotHttp(MessageError::TooLong).into())
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), ExchangeError> {
        self.writer.write_all(bytes).await.map_err(|_| ExchangeError::ClientGone)
    }

    /// Passes on that the origin switches protocols, behind the last of the request.
    async fn upgrade(
        &mut self,
        head: ResponseHead,
        progress: &Progress,
        upload: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Exchanged, ExchangeError> {
        if !self.request.upgrades || !progress.uploaded(upload).await {
            return Err(OriginError::NotHttp(MessageError::Malformed).into());
        }
        let (head, ..) = outgoing_response(head, BodyFraming::Empty, self.request.client);
        self.send(&head).await?;
        Ok(Exchanged { upgraded: true, client_goes_on: false, origin_goes_on: false })
    }

    /// Passes a final response on.
    async fn pass_on(&mut self, head: ResponseHead, progress: &Progress) -> Result<Exchanged, ExchangeError> {
        let framing = response_framing(&head, self.request.client.asks_for_head).map_err(OriginError::NotHttp)?;
        let origin_goes_on = keeps_alive(&head, framing);
        let mut terms = self.request.client;
        // A body that was not asked for cannot be told from the next request; a login ends with its connection.
        let ends = !progress.is_continued() || (self.request.is_bound && !origin_goes_on);
        terms.keeps_alive &= !ends;
        let (head, encoding, client_goes_on) = outgoing_response(head, framing, terms);
        let copied = copy_message(head, (self.reader, self.input, framing), (self.writer, encoding)).await;
        copied.map_err(|error| match error {
            CopyError::Sink(_) => ExchangeError::ClientGone,
            CopyError::Source(_) => ExchangeError::Truncated(error),
        })?;
        Ok(Exchanged { upgraded: false, client_goes_on, origin_goes_on: origin_goes_on && self.input.is_empty() })
    }
}

/// Whether an origin takes another request behind this response.
fn keeps_alive(head: &ResponseHead, framing: BodyFraming) -> bool {
    let says = |token| head.fields.lists("connection", token);
    let by_version = if head.minor == 0 { says("keep-alive") } else { !says("close") };
    // RFC 9112, section 6.1: one that says both may mean an attack.
    let is_ambiguous = framing == BodyFraming::Chunked && head.fields.get("content-length").is_some();
    by_version && !is_ambiguous && framing != BodyFraming::UntilClose
}

impl Progress {
    /// Whether the client's body is sent, as far as the origin takes it.
    fn is_continued(&self) -> bool {
        self.is_continued.load(Relaxed)
    }

    /// Has the client's body sent.
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
    /// Lets the request come to its end behind its response, where both sides go on after it.
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
