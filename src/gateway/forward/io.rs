//! The connections of an exchange, with the bytes that were read ahead; traffic with the origin is counted.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use crate::gateway::connections::{AwaitedPeer, Registered};
use crate::gateway::http1::{HEAD_LIMIT, MessageError, head_end, leading_line_breaks};
use crate::gateway::open::Opened;

/// Read size in bytes for a head, and for a body.
const HEAD_READ: usize = 4 * 1024;
pub(super) const BODY_READ: usize = 64 * 1024;

/// Reads once and appends about `most` bytes to `input`. Zero bytes mean the end of the stream.
pub(super) async fn fill(from: &mut (impl AsyncRead + Unpin), input: &mut BytesMut, most: usize) -> io::Result<usize> {
    if input.capacity() - input.len() < most / 4 {
        input.reserve(most);
    }
    from.read_buf(input).await
}

/// Takes the next head, including its empty line, from `input`; none at the end of the stream. Cancel safe: what has
/// been read stays in `input`.
///
/// # Errors
/// The connection failed, or the head is too long or, according to `may_begin`, not HTTP.
pub(super) async fn read_head(
    from: &mut (impl AsyncRead + Unpin),
    input: &mut BytesMut,
    may_begin: impl Fn(&[u8]) -> bool,
) -> Result<Option<BytesMut>, HeadError> {
    let mut searched = 0;
    loop {
        if searched == 0 {
            input.advance(leading_line_breaks(input));
        }
        if !may_begin(input) {
            return Err(MessageError::Malformed.into());
        }
        if let Some(end) = head_end(input, searched) {
            return if end > HEAD_LIMIT { Err(MessageError::TooLong.into()) } else { Ok(Some(input.split_to(end))) };
        }
        searched = input.len();
        if searched >= HEAD_LIMIT {
            return Err(MessageError::TooLong.into());
        }
        if fill(from, input, HEAD_READ).await? == 0 {
            return if input.is_empty() { Ok(None) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) };
        }
    }
}

/// Why there is no head.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeadError {
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not HTTP.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// The client's connection.
pub(super) struct ClientConnection {
    pub(super) stream: TcpStream,
    pub(super) input: BytesMut,
}

/// The two halves of a member's connection, which count their bytes.
pub(super) fn split(opened: &mut Opened) -> (CountedReader<'_>, CountedWriter<'_>) {
    let Opened { stream, registered } = opened;
    let (reader, writer) = stream.split();
    (CountedReader { reader, registered }, CountedWriter { writer, registered })
}

/// Reads from a member's connection, until the gateway cancels it.
pub(super) struct CountedReader<'a> {
    reader: ReadHalf<'a>,
    registered: &'a Registered,
}

impl CountedReader<'_> {
    /// Sets how many more bytes there will be at least.
    pub(super) fn expect(&self, more: u64) {
        self.registered.expect(self.registered.transferred().1.saturating_add(more));
    }
}

impl AsyncRead for CountedReader<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.registered.is_cancelled(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.reader).poll_read(cx, buf);
        let awaited = if read.is_pending() { AwaitedPeer::MemberResponds } else { AwaitedPeer::Client };
        self.registered.wait_for(awaited);
        ready!(read)?;
        let bytes = buf.filled().len() - before;
        if bytes > 0 {
            self.registered.count_down(bytes as u64);
        }
        Poll::Ready(Ok(()))
    }
}

/// Writes to a member's connection.
pub(super) struct CountedWriter<'a> {
    writer: WriteHalf<'a>,
    registered: &'a Registered,
}

impl CountedWriter<'_> {
    fn count(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.registered.count_up(*bytes as u64);
        }
        written
    }
}

impl AsyncWrite for CountedWriter<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.writer).poll_write(cx, buf);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.writer).poll_write_vectored(cx, bufs);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.writer.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(cx)
    }
}
