//! Sends the request to the origin, and notices when the client closes.

use std::future::pending;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::ReadHalf;

use super::super::body::{CopyError, copy_message};
use super::super::io::{CountedWriter, fill};
use super::super::request::OutgoingRequest;
use super::Progress;
use crate::gateway::http1::HEAD_LIMIT;

/// How long to wait for the response to a client that has closed its side: such a client cannot be told from one that
/// has disconnected.
const HALF_CLOSED_WAIT: Duration = Duration::from_secs(8);

/// Sends the request, whose head may have been sent already, then watches the client; returns when the client has closed.
pub(super) async fn upload(
    mut reader: ReadHalf<'_>,
    input: &mut BytesMut,
    mut origin: CountedWriter<'_>,
    request: &OutgoingRequest,
    mut head: Vec<u8>,
    progress: &Progress,
) {
    let sent = async {
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
            tracing::debug!(%error, "the origin stopped reading the request");
            progress.is_refused.store(true, Relaxed);
        }
        Err(CopyError::Source(error)) => {
            tracing::debug!(%error, "incomplete request");
            return;
        }
    }
    closed(&mut reader, input).await;
    if progress.is_answered.load(Relaxed) {
        pending::<()>().await;
    }
}

/// Returns when the connection fails, or some time after the client has closed its side. What the client sends
/// meanwhile is kept.
pub(in crate::gateway::forward) async fn closed(reader: &mut ReadHalf<'_>, input: &mut BytesMut) {
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
