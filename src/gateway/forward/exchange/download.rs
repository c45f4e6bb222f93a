//! Passes the response on to the client.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::WriteHalf;
use tokio::time::{Instant, timeout_at};

use super::super::body::{CopyError, copy_message};
use super::super::io::CountedReader;
use super::super::origin::{OriginError, read_response};
use super::super::request::OutgoingRequest;
use super::super::response::outgoing_response;
use super::{ExchangeError, Exchanged, Progress};
use crate::gateway::http1::{BodyFraming, MessageError, ResponseHead, response_framing};

/// How long to wait for the origin before the client may send its body; curl waits as long.
const CONTINUE_WAIT: Duration = Duration::from_secs(1);

/// Maximum number of interim responses to one request.
const MAX_INTERIM: usize = 100;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The direction to the client.
pub(super) struct Download<'a, 'b> {
    pub(super) reader: &'a mut CountedReader<'b>,
    pub(super) input: &'a mut BytesMut,
    pub(super) writer: &'a mut WriteHalf<'b>,
    pub(super) request: &'a OutgoingRequest,
}

impl Download<'_, '_> {
    /// Waits for the final response, and passes on the interim ones before it.
    pub(super) async fn final_head(
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
                        progress.start_body();
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
                progress.start_body();
            }
        }
        Err(OriginError::NotHttp(MessageError::TooLong).into())
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), ExchangeError> {
        self.writer.write_all(bytes).await.map_err(|_| ExchangeError::ClientClosed)
    }

    /// Passes on the switch of protocols, once the request is sent.
    pub(super) async fn upgrade(
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
        Ok(Exchanged { upgraded: true, client_keeps_alive: false, origin_keeps_alive: false })
    }

    /// Passes on a final response.
    pub(super) async fn pass_on(
        &mut self,
        head: ResponseHead,
        progress: &Progress,
    ) -> Result<Exchanged, ExchangeError> {
        let framing = response_framing(&head, self.request.client.method).map_err(OriginError::NotHttp)?;
        if let BodyFraming::Length(length) = framing {
            self.reader.expect(length.saturating_sub(self.input.len() as u64));
        }
        let origin_keeps_alive = keeps_alive(&head, framing);
        let mut terms = self.request.client;
        // A body that was not sent cannot be told from the next request. A connection-based login ends with its
        // connection.
        let ends = !progress.is_continued() || (self.request.is_bound && !origin_keeps_alive);
        terms.keeps_alive &= !ends;
        let (head, encoding, client_keeps_alive) = outgoing_response(head, framing, terms);
        let copied = copy_message(head, (self.reader, self.input, framing), (self.writer, encoding)).await;
        copied.map_err(|error| match error {
            CopyError::Sink(_) => ExchangeError::ClientClosed,
            CopyError::Source(_) => ExchangeError::Truncated(error),
        })?;
        Ok(Exchanged {
            upgraded: false,
            client_keeps_alive,
            origin_keeps_alive: origin_keeps_alive && self.input.is_empty(),
        })
    }
}

/// Whether the origin's connection can be used again after this response.
fn keeps_alive(head: &ResponseHead, framing: BodyFraming) -> bool {
    let says = |token| head.fields.lists("connection", token);
    let by_version = if head.minor == 0 { says("keep-alive") } else { !says("close") };
    // RFC 9112, section 6.1: a response with both may be an attack.
    let is_ambiguous = framing == BodyFraming::Chunked && head.fields.get("content-length").is_some();
    by_version && !is_ambiguous && framing != BodyFraming::UntilClose
}
