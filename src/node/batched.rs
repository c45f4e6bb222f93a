//! A connection to a server that reads and writes in batches.
//!
//! A Shadowsocks packet is a length and a body, and the crate reads each of them from the socket, and writes each packet
//! to it: three system calls for at most 16 KiB each way. Here one read takes everything that has arrived, and packets
//! that are written are sent together, at the latest when the caller flushes. The buffers come from a pool (see
//! `buffers`) and are held only while they contain bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::buffers::{BufferPool, PooledBuffer};
use super::connection::ServerConnection;

/// A connection to a server.
pub(super) struct BatchedConnection {
    stream: ServerConnection,
    /// Read, and not taken by the caller yet.
    ahead: Option<PooledBuffer>,
    /// Written by the caller, and not sent yet.
    unsent: Option<PooledBuffer>,
    buffers: BufferPool,
}

impl BatchedConnection {
    pub(super) fn new(stream: ServerConnection, buffers: BufferPool) -> Self {
        Self { stream, ahead: None, unsent: None, buffers }
    }

    /// The socket, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        self.stream.socket()
    }

    /// Bytes that were written and are not sent yet.
    pub(super) fn unsent(&self) -> usize {
        self.unsent.as_ref().map_or(0, |unsent| unsent.pending().len())
    }

    /// Forgets what was written and is not sent yet.
    pub(super) fn discard_unsent(&mut self) {
        self.unsent = None;
    }

    /// Sends all that is not sent yet.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(unsent) = &mut self.unsent {
            ready!(unsent.poll_drain(cx, &mut self.stream))?;
            self.unsent = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for BatchedConnection {
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

impl AsyncWrite for BatchedConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.unsent.as_ref().is_some_and(PooledBuffer::is_full) {
            ready!(this.poll_send(cx))?;
        }
        Poll::Ready(Ok(this.unsent.get_or_insert_with(|| this.buffers.take()).append(bytes)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const BATCH: usize = 1_000;

    async fn pair() -> (BatchedConnection, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (far, _addr) = listener.accept().await.unwrap();
        (BatchedConnection::new(ServerConnection::Tcp(near), BufferPool::of(BATCH)), far)
    }

    #[tokio::test]
    async fn packets_are_sent_together() {
        let (mut near, mut far) = pair().await;
        near.write_all(b"one").await.unwrap();
        near.write_all(b"two").await.unwrap();
        assert_eq!(far.try_read(&mut [0; 9]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        near.flush().await.unwrap();
        assert!(near.unsent.is_none(), "an idle connection holds no buffer");
        let mut all = [0; 6];
        far.read_exact(&mut all).await.unwrap();
        assert_eq!(&all, b"onetwo");
    }

    #[tokio::test]
    async fn a_full_batch_is_sent_before_more_is_accepted_and_the_rest_at_the_end() {
        let (mut near, mut far) = pair().await;
        let bytes: Vec<_> = (0..10 * BATCH + 7).map(|at| (at % 251) as u8).collect();
        let received = async {
            let mut received = Vec::new();
            far.read_to_end(&mut received).await.unwrap();
            received
        };
        let sent = async {
            near.write_all(&bytes).await.unwrap();
            near.shutdown().await.unwrap();
        };
        let (received, ()) = tokio::join!(received, sent);
        assert!(received == bytes);
    }
}
