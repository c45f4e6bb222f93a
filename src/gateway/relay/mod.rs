//! Bytes both ways between a client and a member, until both ends are through.
//!
//! One small future a connection, written by hand so that an idle connection costs two sockets and
//! little else: a buffer is borrowed only while there is data, and given back before waiting. A
//! half-close is passed on (RFC 9293 §3.6); a reset, or any other error, by either side becomes a
//! reset for the other, so that neither takes half an answer for a whole one. Bytes are counted as
//! they move. After [`SPLICE_AFTER`] bytes in one direction Linux moves the rest with splice(2)
//! and this process does not touch them any more.

mod buffer;
mod half;
#[cfg(target_os = "linux")]
mod pipe;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;

pub(super) use self::buffer::Buffer;
use self::half::Half;
use super::connections::Registered;
use super::open::Opened;

/// Bytes in one direction after which copying is left for splice(2): a page or an API call is
/// over before a pipe would pay for itself.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has splice(2)"))]
const SPLICE_AFTER: u64 = 256 * 1024;

/// How large directions are carried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carry {
    /// Copied to the end, as on systems without splice(2).
    Copy,
    /// Copied first, then spliced.
    Splice,
}

/// How a relayed connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// Both sides closed in good order.
    #[error("by both sides")]
    Closed,
    /// The member closed without a byte although the client had sent some.
    #[error("by the member, without an answer")]
    Empty,
    /// One side broke off; the other was reset.
    #[error("by a break: {0}")]
    Broken(io::Error),
    /// The gateway closed it: idle for too long, or its member is gone for good.
    #[error("by the gateway")]
    Cancelled,
}

/// Carries bytes both ways until the connection has ended.
pub(super) struct Relay {
    client: TcpStream,
    upstream: TcpStream,
    up: Half,
    down: Half,
    registered: Registered,
}

impl Relay {
    /// A relay that goes on after the member has been told `told` bytes; first it sends what is still
    /// unsent of the client's words, and of the member's.
    pub(super) fn resume(
        client: TcpStream,
        opened: Opened,
        carry: Carry,
        told: usize,
        words: Option<Buffer>,
        answer: Option<Buffer>,
    ) -> Self {
        let (up, down) = (Half::resume(told, words, carry), Half::resume(0, answer, carry));
        Self { client, upstream: opened.stream, up, down, registered: opened.registered }
    }

    fn step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Ended>> {
        let registered = &self.registered;
        if registered.is_cancelled(cx) {
            return Poll::Ready(Ok(Ended::Cancelled));
        }
        let up = self.up.poll(cx, &self.client, &self.upstream, |bytes| registered.moved_up(bytes))?;
        let down = self.down.poll(cx, &self.upstream, &self.client, |bytes| registered.moved_down(bytes))?;
        ready!(up);
        ready!(down);
        let is_unanswered = self.down.moved() == 0 && self.up.moved() > 0;
        Poll::Ready(Ok(if is_unanswered { Ended::Empty } else { Ended::Closed }))
    }

    /// Has both ends reset instead of closed when they are dropped.
    fn reset(&self) {
        for stream in [&self.client, &self.upstream] {
            // A socket that is gone already needs no reset.
            let _gone = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl Future for Relay {
    /// How it ended, bytes up, bytes down.
    type Output = (Ended, u64, u64);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = match ready!(self.step(cx)) {
            Ok(ended) => ended,
            Err(error) => Ended::Broken(error),
        };
        let (up, down) = (self.up.moved(), self.down.moved());
        match &ended {
            Ended::Closed => {}
            Ended::Empty => self.registered.closed_empty(),
            Ended::Broken(_) | Ended::Cancelled => self.reset(),
        }
        Poll::Ready((ended, up, down))
    }
}
