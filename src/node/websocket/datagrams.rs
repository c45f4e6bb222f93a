//! Datagrams, each a binary message of a WebSocket.
//!
//! They may be lost, as on any network: one that is sent while the connection accepts no more data is dropped, so
//! senders never wait and at most one datagram is buffered.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::ReadBuf;

use super::MessageStream;
use super::messages::invalid;

/// A WebSocket that carries datagrams.
pub(in crate::node) struct WebSocketDatagrams(Mutex<PacketQueue>);

struct PacketQueue {
    messages: MessageStream,
    /// A datagram that has arrived and was not received yet.
    received: Option<Bytes>,
}

impl WebSocketDatagrams {
    pub(in crate::node) fn new(messages: MessageStream) -> Self {
        Self(Mutex::new(PacketQueue { messages, received: None }))
    }

    /// Ready when a datagram can be received; an error once the server has closed.
    pub(in crate::node) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.queue().poll_fill(cx)
    }

    /// Receives a datagram.
    pub(in crate::node) fn poll_receive(&self, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut queue = self.queue();
        ready!(queue.poll_fill(cx))?;
        let datagram = queue.received.take().unwrap_or_default();
        if datagram.len() > space.remaining() {
            return Poll::Ready(Err(invalid("a datagram is too long")));
        }
        space.put_slice(&datagram);
        Poll::Ready(Ok(()))
    }

    /// Sends a datagram, or drops it.
    pub(in crate::node) fn send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> io::Result<()> {
        let mut queue = self.queue();
        if queue.messages.poll_flush(cx)?.is_pending() {
            return Err(io::Error::other("the connection takes no more datagrams now"));
        }
        queue.messages.send(datagram)
    }

    fn queue(&self) -> MutexGuard<'_, PacketQueue> {
        // The slot is full or empty: a panic elsewhere cannot leave it in between.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PacketQueue {
    /// Ready once a datagram has arrived.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Flushes what the socket did not accept earlier; a failure also shows when reading.
        let _pending = self.messages.poll_flush(cx)?;
        if self.received.is_none() {
            let message = ready!(self.messages.poll_message(cx))?;
            self.received = Some(message.ok_or(io::ErrorKind::ConnectionReset)?);
        }
        Poll::Ready(Ok(()))
    }
}
