//! Datagrams, each a binary message of a WebSocket.
//!
//! They may be lost, as everywhere: one that comes while the connection takes no more is dropped, so that
//! whoever sends never waits and at most one is kept.

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
    /// A datagram that has come and is not yet received.
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
        // A datagram is there or not: a panic elsewhere cannot leave it half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PacketQueue {
    /// Ready once a datagram is there.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What the socket did not take when it was sent; a failure shows when reading, too.
        let _pending = self.messages.poll_flush(cx)?;
        if self.received.is_none() {
            let message = ready!(self.messages.poll_message(cx))?;
            self.received = Some(message.ok_or(io::ErrorKind::ConnectionReset)?);
        }
        Poll::Ready(Ok(()))
    }
}
