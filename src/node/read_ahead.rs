//! A connection to a server with a read-ahead buffer.
//!
//! A Shadowsocks packet is a length and a body, and the crate reads each of them from the socket: two system calls for
//! at most 16 KiB. Here one read takes everything that has arrived, up to 64 KiB, and later reads are served from
//! memory. The buffer comes from the pool (see `buffers`) and is held only while it contains bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::buffers::{BufferPool, PooledBuffer};
use super::connection::ServerConnection;

/// A connection to a server.
pub(super) struct ReadAheadStream {
    stream: ServerConnection,
    ahead: Option<PooledBuffer>,
    buffers: BufferPool,
}

impl ReadAheadStream {
    pub(super) fn new(stream: ServerConnection, buffers: BufferPool) -> Self {
        Self { stream, ahead: None, buffers }
    }

    /// The socket, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        self.stream.socket()
    }
}

impl AsyncRead for ReadAheadStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let ahead = match &mut this.ahead {
            Some(ahead) => ahead,
            None => {
                let mut buffer = this.buffers.take();
                ready!(buffer.poll_fill(cx, &mut this.stream))?;
                this.ahead.insert(buffer)
            }
        };
        let count = ahead.pending().len().min(to.remaining());
        to.put_slice(&ahead.pending()[..count]);
        ahead.consume(count);
        if ahead.is_empty() {
            this.ahead = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ReadAheadStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
