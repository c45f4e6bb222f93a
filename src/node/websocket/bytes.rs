//! A byte stream in the binary messages of a WebSocket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::MessageStream;

/// Maximum length of a sent message in bytes.
const MAX_SENT_MESSAGE: usize = 64 * 1024;

/// A connection to a server through a WebSocket.
pub(in crate::node) struct WebSocketBytes {
    messages: MessageStream,
    /// The unread rest of the last message.
    rest: Bytes,
}

impl WebSocketBytes {
    pub(in crate::node) fn new(messages: MessageStream) -> Self {
        Self { messages, rest: Bytes::new() }
    }

    /// The TCP connection, for its options.
    pub(in crate::node) fn socket(&self) -> &TcpStream {
        self.messages.socket()
    }
}

impl AsyncRead for WebSocketBytes {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // A message may be empty, which is not the end of the stream.
        while !this.rest.has_remaining() {
            match ready!(this.messages.poll_message(cx))? {
                Some(message) => this.rest = message,
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = this.rest.len().min(to.remaining());
        to.put_slice(&this.rest.split_to(count));
        if this.rest.is_empty() {
            // The message may share its memory with others.
            this.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WebSocketBytes {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let messages = &mut self.get_mut().messages;
        ready!(messages.poll_ready(cx))?;
        let sent = &bytes[..bytes.len().min(MAX_SENT_MESSAGE)];
        messages.send(sent)?;
        Poll::Ready(Ok(sent.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().messages.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().messages.poll_close(cx)
    }
}
