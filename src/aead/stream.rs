//! Both directions around a byte stream: writes go to the target, reads come from it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::{poll_read_buf, poll_write_buf};

use super::codec::{PacketOpener, PacketSealer};

/// Maximum plaintext accepted per write, and bytes read from the socket at once.
const BATCH: usize = 64 * 1024;

/// Number of unsent bytes above which the caller has to wait.
const MAX_BACKLOG: usize = 32 * 1024;

/// A connection through a Shadowsocks server, over `S`.
pub struct AeadStream<S> {
    inner: S,
    sealer: PacketSealer,
    opener: PacketOpener,
    /// The target's address, until it is sent.
    address: Option<Vec<u8>>,
    /// Bytes for the socket.
    wire: BytesMut,
    /// Bytes from the socket that are not a complete packet yet.
    raw: BytesMut,
    /// Bytes from the target, for the caller.
    plain: BytesMut,
}

impl<S> AeadStream<S> {
    pub(super) fn new(inner: S, sealer: PacketSealer, opener: PacketOpener, target: &[u8]) -> Self {
        let (wire, raw, plain) = (BytesMut::new(), BytesMut::new(), BytesMut::new());
        Self { inner, sealer, opener, address: Some(target.to_vec()), wire, raw, plain }
    }

    /// The underlying stream.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Encrypts `bytes`, preceded by the target's address if that was not sent yet.
    fn seal(&mut self, bytes: &[u8]) {
        match self.address.take() {
            Some(address) => self.sealer.seal(&[&address, bytes].concat(), &mut self.wire),
            None => self.sealer.seal(bytes, &mut self.wire),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AeadStream<S> {
    /// Writes until at most `backlog` bytes are left.
    fn poll_drain(&mut self, cx: &mut Context<'_>, backlog: usize) -> Poll<io::Result<()>> {
        while self.wire.len() > backlog {
            if ready!(poll_write_buf(Pin::new(&mut self.inner), cx, &mut self.wire))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        if self.wire.is_empty() {
            self.wire = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once from the socket; false at its end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.raw.reserve(BATCH);
        if ready!(poll_read_buf(Pin::new(&mut self.inner), cx, &mut self.raw))? == 0 {
            let is_whole = self.raw.is_empty() && self.opener.is_between_packets();
            return Poll::Ready(if is_whole { Ok(false) } else { Err(io::ErrorKind::UnexpectedEof.into()) });
        }
        let opened = self.opener.open(&mut self.raw, &mut self.plain);
        Poll::Ready(opened.map(|()| true).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for AeadStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.plain.has_remaining() {
                let len = this.plain.len().min(buf.remaining());
                buf.put_slice(&this.plain.split_to(len));
                return Poll::Ready(Ok(()));
            }
            match this.poll_fill(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    // An idle connection keeps no buffers.
                    this.plain = BytesMut::new();
                    if this.raw.is_empty() {
                        this.raw = BytesMut::new();
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for AeadStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx, MAX_BACKLOG))?;
        let taken = &buf[..buf.len().min(BATCH)];
        this.seal(taken);
        match this.poll_drain(cx, 0) {
            Poll::Ready(outcome) => outcome?,
            Poll::Pending => {}
        }
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.address.is_some() {
            this.seal(&[]);
        }
        ready!(this.poll_drain(cx, 0))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
