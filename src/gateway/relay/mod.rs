//! Copies bytes both ways between a client and a member, until both directions have ended.
//!
//! One small future per connection, written by hand so that an idle connection costs two sockets and little else: a
//! buffer is held only while there is data, and given back before waiting. A half-close is passed on (RFC 9293, section
//! 3.6); a reset or any other error on one side becomes a reset on the other, so that neither takes a truncated stream
//! for a complete one. Bytes are counted as they move. A connection that moves more than a page or two, or is used again
//! and again, is handed over to its member, where that is one of our own on Linux ([`handover`]); from then on only its
//! end is waited for. Where it stays here, Linux moves the rest with splice(2) after [`SPLICE_AFTER`] bytes in one
//! direction, without copying them through this process. While responses are copied, [`response_framer`] tells whether
//! data is outstanding.

mod buffer;
mod direction;
mod handover;
#[cfg(target_os = "linux")]
mod pipe;
mod response_framer;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::net::TcpStream;

pub(super) use self::buffer::CopyBuffer;
use self::direction::CopyDirection;
use self::handover::{ExchangeCount, Handover, HandoverStep, RelaySockets};
use self::response_framer::ResponseFramer;
use super::connections::{AwaitedPeer, Registered};
use super::open::Opened;
use crate::handover::HandedEnd;
use crate::model::connection::ConnectionEnd;

/// Bytes in one direction after which splice(2) replaces copying: most pages and API calls are shorter, and a pipe
/// would not pay off.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has splice(2)"))]
const SPLICE_AFTER: u64 = 256 * 1024;

/// How the bytes of a direction are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CopyMode {
    /// Copied to the end, as on every system but Linux.
    Copy,
    /// Copied first, then spliced.
    Splice,
}

/// How a relayed connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum CloseReason {
    /// Both sides closed normally.
    #[error("closed by both sides")]
    Closed,
    /// The member closed without sending anything, although the client had sent data.
    #[error("closed by the member without an answer")]
    Empty,
    /// One side failed; the other was reset.
    #[error("connection error: {0}")]
    Broken(io::Error),
    /// The gateway cancelled it: it was idle for too long, or its member was removed.
    #[error("closed by the gateway")]
    Cancelled,
}

impl CloseReason {
    /// That of a connection that was handed over, as the member says.
    fn handed(end: HandedEnd) -> Self {
        match end {
            HandedEnd::Closed => Self::Closed,
            HandedEnd::Broken => Self::Broken(io::Error::other("in the member")),
        }
    }

    /// The end in the list of connections.
    fn to_model(&self) -> ConnectionEnd {
        match self {
            Self::Closed => ConnectionEnd::Closed,
            Self::Empty => ConnectionEnd::NoResponse,
            Self::Broken(_) => ConnectionEnd::Reset,
            Self::Cancelled => ConnectionEnd::Dropped,
        }
    }
}

/// Copies bytes in both directions until the connection has ended, or waits for the end of one that was handed over.
pub(super) struct Relay {
    /// None once the member has the connection.
    sockets: Option<RelaySockets>,
    up: CopyDirection,
    down: CopyDirection,
    handover: Handover,
    // Boxed, so that the future of an idle connection stays small.
    response: Box<ResponseFramer>,
    registered: Registered,
}

impl Relay {
    /// A relay after the first exchange: the member has received `sent` bytes; `unsent` bytes of the client and
    /// `response` bytes of the member are written first.
    pub(super) fn resume(
        client: TcpStream,
        opened: Opened,
        mode: CopyMode,
        sent: usize,
        unsent: Option<CopyBuffer>,
        response: Option<CopyBuffer>,
    ) -> Self {
        let mut framer = Box::<ResponseFramer>::default();
        if let Some(response) = &response {
            opened.registered.expect(framer.receive(response.data()));
        }
        let (up, down) = (CopyDirection::resume(sent, unsent, mode), CopyDirection::resume(0, response, mode));
        // However this process ends, the client is not to take a truncated stream for a complete one. If its socket is
        // broken, the first read fails.
        let _broken = client.set_zero_linger();
        let sockets = Some(RelaySockets { client, upstream: opened.stream });
        Self {
            sockets,
            up,
            down,
            handover: Handover::Pending(ExchangeCount::default()),
            response: framer,
            registered: opened.registered,
        }
    }

    fn step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<CloseReason>> {
        let Self { sockets, up, down, handover, response, registered } = self;
        loop {
            if registered.is_cancelled(cx) {
                return Poll::Ready(Ok(CloseReason::Cancelled));
            }
            let Some(RelaySockets { client, upstream }) = sockets else {
                return handover.poll_ended(cx).map(|end| Ok(CloseReason::handed(end)));
            };
            // The second end is passed on by closing the socket.
            if !down.is_open() {
                up.keep_end();
            }
            let is_up_over = up.poll(cx, client, upstream, |bytes| registered.count_up(bytes), |_| {})?.is_ready();
            if !up.is_open() {
                down.keep_end();
            }
            let observe = |bytes: &[u8]| registered.expect(response.receive(bytes));
            let is_down_over =
                down.poll(cx, upstream, client, |bytes| registered.count_down(bytes), observe)?.is_ready();
            if is_up_over && is_down_over {
                let is_unanswered = down.moved() == 0 && up.moved() > 0;
                return Poll::Ready(Ok(if is_unanswered { CloseReason::Empty } else { CloseReason::Closed }));
            }
            let Some(open) = sockets.as_ref() else { continue };
            match handover.step(cx, open, [&mut *up, &mut *down], registered)? {
                HandoverStep::Wait => {
                    registered.wait_for(match (up.is_writing(), down.is_writing()) {
                        (true, _) => AwaitedPeer::MemberAccepts,
                        (false, false) => AwaitedPeer::MemberResponds,
                        (false, true) => AwaitedPeer::Client,
                    });
                    return Poll::Pending;
                }
                HandoverStep::Again => {}
                HandoverStep::LetGo => *sockets = None,
                HandoverStep::Ended(end) => return Poll::Ready(Ok(CloseReason::handed(end))),
            }
        }
    }

    /// Makes the client's socket deliver what it still has when it is dropped.
    fn deliver(&self) {
        if let Some(sockets) = &self.sockets {
            // A closed socket has nothing to deliver.
            let _gone = SockRef::from(&sockets.client).set_linger(None);
        }
    }

    /// Makes the member's socket send a reset when it is dropped, as the client's does.
    fn reset(&self) {
        if let Some(sockets) = &self.sockets {
            // A closed socket needs no reset.
            let _gone = sockets.upstream.set_zero_linger();
        }
    }
}

impl Future for Relay {
    /// How it ended, bytes up, bytes down.
    type Output = (CloseReason, u64, u64);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = match ready!(self.step(cx)) {
            Ok(ended) => ended,
            Err(error) => CloseReason::Broken(error),
        };
        let (up, down) = self.registered.transferred();
        self.registered.tracked().set_end(ended.to_model());
        match &ended {
            CloseReason::Closed => self.deliver(),
            CloseReason::Empty => {
                self.deliver();
                self.registered.closed_empty();
            }
            CloseReason::Broken(_) | CloseReason::Cancelled => self.reset(),
        }
        Poll::Ready((ended, up, down))
    }
}
