//! Bytes both ways between a client and the tunnel to its server.
//!
//! One side's end of stream is passed on as such while the other direction runs on. Any error
//! ends both; the caller then resets both sockets, so that neither takes a torn stream for a whole
//! one. A buffer is held only while there are bytes in it (see `buffers`).

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use super::buffers::{Buffer, Buffers};

/// Carries bytes until both sides have ended their streams.
///
/// # Errors
/// The first failure of a read or a write on either side.
pub(super) async fn relay<A, B>(client: &mut A, tunnel: &mut B, buffers: &Buffers) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let mut up = Direction::Copying(None);
    let mut down = Direction::Copying(None);
    poll_fn(|cx| {
        let up = up.poll(cx, client, tunnel, buffers)?;
        let down = down.poll(cx, tunnel, client, buffers)?;
        if up.is_ready() && down.is_ready() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

enum Direction {
    Copying(Option<Buffer>),
    /// Passing on what came before a failure.
    Failing(Buffer, io::Error),
    Closing,
    Closed,
}

impl Direction {
    fn poll<R, W>(&mut self, cx: &mut Context<'_>, from: &mut R, to: &mut W, buffers: &Buffers) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        loop {
            match self {
                Self::Copying(Some(buffer)) => {
                    ready!(poll_pass_on(buffer, cx, to))?;
                    *self = Self::Copying(None);
                }
                Self::Copying(None) => match poll_gather(buffers.take(), cx, from)? {
                    Poll::Ready(next) => *self = next,
                    // Nothing more to come for now: what a tunnel has taken and not sent is to go out.
                    Poll::Pending => {
                        ready!(Pin::new(&mut *to).poll_flush(cx))?;
                        return Poll::Pending;
                    }
                },
                Self::Failing(buffer, error) => {
                    ready!(poll_pass_on(buffer, cx, to))?;
                    // An error ends the relay: nobody will see what is left in its place.
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

/// Reads as long as there is something to read and room for it. A tunnel hands out one packet at a
/// time, often a few KiB: several of them make one write.
fn poll_gather<R: AsyncRead + Unpin>(
    mut buffer: Buffer,
    cx: &mut Context<'_>,
    from: &mut R,
) -> Poll<io::Result<Direction>> {
    while !buffer.is_full() {
        match buffer.poll_fill(cx, from) {
            Poll::Ready(Ok(0)) if buffer.is_empty() => return Poll::Ready(Ok(Direction::Closing)),
            Poll::Ready(Err(error)) if buffer.is_empty() => return Poll::Ready(Err(error)),
            Poll::Pending if buffer.is_empty() => return Poll::Pending,
            // The end of a stream can be read again.
            Poll::Ready(Ok(0)) | Poll::Pending => break,
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Ok(Direction::Failing(buffer, error))),
        }
    }
    Poll::Ready(Ok(Direction::Copying(Some(buffer))))
}

fn poll_pass_on<W: AsyncWrite + Unpin>(buffer: &mut Buffer, cx: &mut Context<'_>, to: &mut W) -> Poll<io::Result<()>> {
    while !buffer.is_empty() {
        let count = ready!(Pin::new(&mut *to).poll_write(cx, buffer.pending()))?;
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        buffer.consume(count);
    }
    Poll::Ready(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn one_side_may_end_while_the_other_goes_on() {
        let (mut near, mut client) = duplex(100);
        let (mut tunnel, mut far) = duplex(100);
        let buffers = Buffers::of(64 * 1024);
        let far_side = async {
            let mut asked = String::new();
            far.read_to_string(&mut asked).await.unwrap();
            // More than all buffers on the way hold, after the other direction has ended.
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
        let (relayed, asked, answer) = tokio::join!(relay(&mut client, &mut tunnel, &buffers), far_side, near_side);
        relayed.unwrap();
        assert_eq!(asked, "question");
        assert_eq!(answer.len(), 1 << 20);
    }
}
