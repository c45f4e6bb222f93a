//! A [`Pipeline`] around a byte stream: writes go to the target, reads come from it.
//!
//! Nothing is sent before the first write, so that the target's address travels with the first data; `flush` and an
//! empty write send the address alone, for targets that speak first. Where an obfs waits for the server's response,
//! reading, flushing and shutting down all drive that handshake, and writing does once too many bytes are queued.
//!
//! Reader and writer may be two tasks. Each may do part of the other's work (a handshake's response is read by
//! whichever task comes first), and the socket wakes only the task that polled last; so the waiting one is remembered
//! and woken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::{poll_read_buf, poll_write_buf};

use super::entropy::ThreadEntropy;
use super::obfs::HeldData;
use super::pipeline::{Answered, Pipeline, PipelineError};

/// Most plaintext accepted, and bytes read, at once: sixteen of the longest frames, so that they are signed together.
pub const BATCH: usize = 16 * 8100;
/// Number of unsent bytes above which the caller has to wait.
const MAX_BACKLOG: usize = 32 * 1024;

/// A connection through a ShadowsocksR server, over `S`.
pub struct SsrStream<S> {
    inner: S,
    pipeline: Pipeline,
    raw: BytesMut,
    incoming: Incoming,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// The state of the server's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incoming {
    Open,
    Ended,
    Broken(PipelineError),
}

impl<S: AsyncRead + AsyncWrite + Unpin> SsrStream<S> {
    pub(crate) fn new(inner: S, pipeline: Pipeline) -> Self {
        Self { inner, pipeline, raw: BytesMut::new(), incoming: Incoming::Open, reader: None, writer: None }
    }

    /// Whether the server has sent anything valid. A server that rejects password, cipher, protocol or obfuscation
    /// closes without doing so.
    pub fn answered(&self) -> Answered {
        self.pipeline.answered()
    }

    /// The underlying stream.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    fn send(&mut self, plain: &[u8]) -> io::Result<()> {
        self.pipeline.send(plain, &mut ThreadEntropy).map_err(failure)
    }

    /// Writes pending wire bytes until none are left.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.pipeline.wire.has_remaining() {
            let written = ready!(poll_write_buf(Pin::new(&mut self.inner), cx, &mut self.pipeline.wire))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once from the socket and decodes the bytes. An error is kept until the reader has got the plaintext before
    /// it.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let held = self.pipeline.held();
        self.raw.reserve(BATCH);
        if ready!(poll_read_buf(Pin::new(&mut self.inner), cx, &mut self.raw))? == 0 {
            self.incoming = self.pipeline.end(&self.raw).map_or_else(Incoming::Broken, |()| Incoming::Ended);
        } else if let Err(why) = self.pipeline.receive(&mut self.raw, &mut ThreadEntropy) {
            self.incoming = Incoming::Broken(why);
        }
        let writer_may_go_on = held != self.pipeline.held() || self.incoming != Incoming::Open;
        if let Some(writer) = self.writer.take_if(|_| writer_may_go_on) {
            writer.wake();
        }
        Poll::Ready(Ok(()))
    }

    /// Reads the response that the obfuscation waits for, unless a reader in another task does so.
    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.incoming {
            Incoming::Open => {}
            Incoming::Ended => return Poll::Ready(Err(failure(PipelineError::Truncated))),
            Incoming::Broken(why) => return Poll::Ready(Err(failure(why))),
        }
        if is_another_task(&self.reader, cx) {
            return Poll::Pending;
        }
        ready!(self.poll_fill(cx))?;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(()))
    }

    /// Sends until at most `backlog` bytes are pending.
    fn poll_out(&mut self, cx: &mut Context<'_>, backlog: usize) -> Poll<io::Result<()>> {
        loop {
            let held = match self.pipeline.held() {
                HeldData::Nothing => None,
                HeldData::UntilResponse(len) => Some(len),
            };
            if self.pipeline.wire.len() + held.unwrap_or(0) <= backlog && (backlog > 0 || held.is_none()) {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_drain(cx))?;
            if held.is_some() {
                ready!(self.poll_response(cx))?;
            }
        }
    }

    fn poll_write_some(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_out(cx, MAX_BACKLOG))?;
        let taken = &buf[..buf.len().min(BATCH)];
        self.send(taken)?;
        match self.poll_drain(cx) {
            Poll::Ready(outcome) => outcome?,
            Poll::Pending => {}
        }
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.pipeline.is_fresh() {
            self.send(&[])?;
        }
        ready!(self.poll_out(cx, 0))?;
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.pipeline.release();
        Poll::Ready(Ok(()))
    }

    /// Sends pending bytes, unless a writer in another task does so. Errors are reported to the writer, not the reader.
    fn help_writer(&mut self, cx: &mut Context<'_>) {
        if self.pipeline.wire.has_remaining() && !is_another_task(&self.writer, cx) {
            let _unheard = self.poll_drain(cx);
        }
    }

    fn poll_read_some(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            self.help_writer(cx);
            let plain = &mut self.pipeline.plain;
            if plain.has_remaining() {
                let len = plain.len().min(buf.remaining());
                buf.put_slice(&plain[..len]);
                plain.advance(len);
                return Poll::Ready(Ok(()));
            }
            if self.pipeline.has_more() {
                self.open_frames();
                continue;
            }
            match self.incoming {
                Incoming::Open => ready!(self.poll_fill(cx))?,
                Incoming::Ended => return Poll::Ready(Ok(())),
                Incoming::Broken(why) => return Poll::Ready(Err(failure(why))),
            }
        }
    }

    /// Decodes frames that were left pending while plaintext was unread.
    fn open_frames(&mut self) {
        if let Err(why) = self.pipeline.open_frames() {
            self.incoming = Incoming::Broken(why);
        }
    }

    /// Releases empty buffers, so that an idle connection holds none.
    fn release(&mut self) {
        if self.raw.is_empty() {
            self.raw = BytesMut::new();
        }
        self.pipeline.release();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for SsrStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.reader = None;
        let outcome = this.poll_read_some(cx, buf);
        if outcome.is_pending() {
            this.reader = Some(cx.waker().clone());
            this.release();
        }
        outcome
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for SsrStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let has_nothing_to_say = buf.is_empty() && !this.pipeline.is_fresh();
        let outcome = if has_nothing_to_say { Poll::Ready(Ok(0)) } else { this.poll_write_some(cx, buf) };
        this.remember_writer(cx, outcome)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = this.poll_flush_all(cx);
        this.remember_writer(cx, outcome)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = match this.poll_flush_all(cx) {
            Poll::Ready(Ok(())) => Pin::new(&mut this.inner).poll_shutdown(cx),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        };
        this.remember_writer(cx, outcome)
    }
}

impl<S> SsrStream<S> {
    fn remember_writer<T>(&mut self, cx: &Context<'_>, outcome: Poll<T>) -> Poll<T> {
        self.writer = outcome.is_pending().then(|| cx.waker().clone());
        outcome
    }
}

fn is_another_task(waiting: &Option<Waker>, cx: &Context<'_>) -> bool {
    waiting.as_ref().is_some_and(|waker| !waker.will_wake(cx.waker()))
}

fn failure(why: PipelineError) -> io::Error {
    let kind = match why {
        PipelineError::Truncated => io::ErrorKind::UnexpectedEof,
        PipelineError::Refused => io::ErrorKind::PermissionDenied,
        PipelineError::Obfs(_) | PipelineError::Frame(_) | PipelineError::Cipher(_) => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, why)
}

#[cfg(test)]
mod tests;
