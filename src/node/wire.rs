//! The TCP connection to a server, read ahead.
//!
//! Shadowsocks packets are a length and a body, and the crate asks the socket for each of them: two
//! system calls for at most 16 KiB. Here a single read takes what has come, up to 64 KiB, and the
//! pieces are handed out from memory. The memory is lent (see `buffers`) and only held while read
//! bytes wait.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::buffers::{Buffer, Buffers};

/// A connection to a server.
pub(super) struct Wire {
    stream: TcpStream,
    ahead: Option<Buffer>,
    buffers: Buffers,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, buffers: Buffers) -> Self {
        Self { stream, ahead: None, buffers }
    }

    /// The socket itself, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.stream
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        let ahead = match &mut wire.ahead {
            Some(ahead) => ahead,
            None => {
                let mut buffer = wire.buffers.take();
                ready!(buffer.poll_fill(cx, &mut wire.stream))?;
                wire.ahead.insert(buffer)
            }
        };
        let count = ahead.pending().len().min(to.remaining());
        to.put_slice(&ahead.pending()[..count]);
        ahead.consume(count);
        if ahead.is_empty() {
            wire.ahead = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
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
