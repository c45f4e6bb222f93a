//! Copies bytes both ways between a client and the stream through its server.
//!
//! The end of one stream is passed on while the other direction continues. An error ends both; the caller then resets
//! both sockets, so that neither side considers a truncated stream complete. A buffer is held only while it contains
//! bytes (see `buffers`).

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use super::buffers::{BufferPool, PooledBuffer};

/// Copies until both sides have ended their streams.
///
/// # Errors
/// The first failed read or write on either side.
pub(super) async fn relay<A, B>(client: &mut A, server: &mut B, buffers: &BufferPool) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let (mut up, mut down) = (RelayDirection::Reading, RelayDirection::Reading);
    poll_fn(|cx| {
        let up = up.poll(cx, client, server, buffers)?;
        let down = down.poll(cx, server, client, buffers)?;
        if up.is_ready() && down.is_ready() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

enum RelayDirection {
    Reading,
    Writing(PooledBuffer),
    /// Sending what the stream has accepted: until it is sent, nothing more is read.
    Flushing,
    /// Writing what was read before a failure.
    Failing(PooledBuffer, io::Error),
    Closing,
    Closed,
}

impl RelayDirection {
    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut R,
        to: &mut W,
        buffers: &BufferPool,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        loop {
            match self {
                Self::Reading => match poll_fill(buffers.take(), cx, from)? {
                    Poll::Ready(next) => *self = next,
                    // What was written before the relay began may be unsent.
                    Poll::Pending => {
                        ready!(Pin::new(&mut *to).poll_flush(cx))?;
                        return Poll::Pending;
                    }
                },
                Self::Writing(buffer) => {
                    ready!(buffer.poll_drain(cx, to))?;
                    *self = Self::Flushing;
                }
                Self::Flushing => {
                    ready!(Pin::new(&mut *to).poll_flush(cx))?;
                    *self = Self::Reading;
                }
                Self::Failing(buffer, error) => {
                    ready!(buffer.poll_drain(cx, to))?;
                    ready!(Pin::new(&mut *to).poll_flush(cx))?;
                    // An error ends the relay: the remaining state is never used.
                    return Poll::Ready(Err(std::mem::replace(error, io::ErrorKind::BrokenPipe.into())));
                }
                Self::Closing => {
                    ready!(Pin::new(&mut *to).poll_shutdown(cx))?;
                    *self = Self::Closed;
                }
                Self::Closed => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// Reads while there is data and space for it. A stream through a server returns one packet at a time, often a few KiB:
/// several of them become one write.
fn poll_fill<R: AsyncRead + Unpin>(
    mut buffer: PooledBuffer,
    cx: &mut Context<'_>,
    from: &mut R,
) -> Poll<io::Result<RelayDirection>> {
    while !buffer.is_full() {
        match buffer.poll_fill(cx, from) {
            Poll::Ready(Ok(0)) if buffer.is_empty() => return Poll::Ready(Ok(RelayDirection::Closing)),
            Poll::Ready(Err(error)) if buffer.is_empty() => return Poll::Ready(Err(error)),
            Poll::Pending if buffer.is_empty() => return Poll::Pending,
            // The end of a stream can be read again.
            Poll::Ready(Ok(0)) | Poll::Pending => break,
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Ok(RelayDirection::Failing(buffer, error))),
        }
    }
    Poll::Ready(Ok(RelayDirection::Writing(buffer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn one_direction_may_end_before_the_other() {
        let (mut near, mut client) = duplex(100);
        let (mut server, mut far) = duplex(100);
        let buffers = BufferPool::of(64 * 1024);
        let far_side = async {
            let mut asked = String::new();
            far.read_to_string(&mut asked).await.unwrap();
            // More than all buffers hold, after the other direction has ended.
            far.write_all(&vec![7; 1 << 20]).await.unwrap();
            far.shutdown().await.unwrap();
            asked
        };
        let near_side = async {
            near.write_all(b"question").await.unwrap();
            near.shutdown().await.unwrap();
            let mut answer = Vec::new();
            near.read_to_end(&mut answer).await.unwrap();
            answer
        };
        let (relayed, asked, answer) = tokio::join!(relay(&mut client, &mut server, &buffers), far_side, near_side);
        relayed.unwrap();
        assert_eq!(asked, "question");
        assert_eq!(answer.len(), 1 << 20);
    }
}
