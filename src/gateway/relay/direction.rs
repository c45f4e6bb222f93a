//! One direction of a connection: reads when there is data, writes all of it, passes the end on.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::net::TcpStream;

use super::CopyMode;
use super::buffer::CopyBuffer;
#[cfg(target_os = "linux")]
use super::pipe::{Pipe, SpliceResult};

/// One direction.
pub(super) struct CopyDirection {
    state: DirectionState,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has two modes"))]
    mode: CopyMode,
    moved: u64,
    /// Whether it reads nothing more for now.
    is_held: bool,
    /// Whether the end of its stream is kept rather than passed on.
    keeps_end: bool,
}

/// What a direction is doing. Only a direction with unwritten data holds a buffer or a pipe.
enum DirectionState {
    /// Waiting for data.
    Waiting,
    /// Writing what was read.
    Writing(Box<CopyBuffer>),
    /// Writing what is in a pipe.
    #[cfg(target_os = "linux")]
    Splicing(Box<Pipe>),
    /// The end was read, and passed on unless it is kept.
    Ended,
}

impl CopyDirection {
    /// A direction that has moved `moved` bytes before, and first writes `unsent`.
    pub(super) fn resume(moved: usize, unsent: Option<CopyBuffer>, mode: CopyMode) -> Self {
        let state = unsent.map_or(DirectionState::Waiting, |unsent| DirectionState::Writing(Box::new(unsent)));
        Self { state, mode, moved: moved as u64, is_held: false, keeps_end: false }
    }

    /// Bytes moved so far.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether its end has not been read.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, DirectionState::Ended)
    }

    /// Has it read nothing more, and write only what it has.
    pub(super) fn hold(&mut self) {
        self.is_held = true;
    }

    /// Has it read again; the caller polls it.
    pub(super) fn release(&mut self) {
        self.is_held = false;
    }

    /// Whether it has data that its receiver has not accepted yet.
    pub(super) fn is_writing(&self) -> bool {
        !matches!(self.state, DirectionState::Waiting | DirectionState::Ended)
    }

    /// Whether it is held, and everything that it has read is written.
    pub(super) fn is_drained(&self) -> bool {
        self.is_held && matches!(self.state, DirectionState::Waiting)
    }

    /// Keeps the end of its stream for [`Self::pass_end_on`].
    pub(super) fn keep_end(&mut self) {
        self.keeps_end = true;
    }

    /// Passes its end on, once it has been read.
    pub(super) fn pass_end_on(&mut self, to: &TcpStream) -> io::Result<()> {
        self.keeps_end = false;
        if self.is_open() { Ok(()) } else { end_writes(to) }
    }

    /// Moves available data; `observe` gets what is read, unless it is spliced. Ready once the end has been read, and
    /// passed on unless it is kept.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &TcpStream,
        to: &TcpStream,
        count: impl Fn(u64),
        mut observe: impl FnMut(&[u8]),
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.state {
                DirectionState::Ended => return Poll::Ready(Ok(())),
                DirectionState::Waiting if self.is_held => return Poll::Pending,
                DirectionState::Waiting => ready!(self.receive(cx, from, to, &mut observe))?,
                DirectionState::Writing(buffer) => {
                    let written = ready!(write(cx, to, buffer.data()))?;
                    buffer.written(written);
                    if buffer.is_done() {
                        self.state = DirectionState::Waiting;
                    }
                    self.moved += written as u64;
                    count(written as u64);
                }
                #[cfg(target_os = "linux")]
                DirectionState::Splicing(pipe) if pipe.is_empty() && self.is_held => {
                    self.state = DirectionState::Waiting;
                }
                #[cfg(target_os = "linux")]
                DirectionState::Splicing(pipe) if pipe.is_empty() => ready!(self.refill(cx, from, to))?,
                #[cfg(target_os = "linux")]
                DirectionState::Splicing(pipe) => {
                    let written = ready!(pipe.poll_drain(cx, to))?;
                    self.moved += written;
                    count(written);
                }
            }
        }
    }

    /// Waits for data, then reads it into a buffer or a pipe, or passes the end on.
    fn receive(
        &mut self,
        cx: &mut Context<'_>,
        from: &TcpStream,
        to: &TcpStream,
        observe: &mut impl FnMut(&[u8]),
    ) -> Poll<io::Result<()>> {
        ready!(from.poll_read_ready(cx))?;
        #[cfg(target_os = "linux")]
        if self.mode == CopyMode::Splice
            && self.moved >= super::SPLICE_AFTER
            && let Some(pipe) = Pipe::take()
        {
            self.state = DirectionState::Splicing(Box::new(pipe));
            return Poll::Ready(Ok(()));
        }
        match CopyBuffer::read_from(from)? {
            Some(end) if end.is_done() => self.end(to),
            Some(data) => {
                observe(data.data());
                self.state = DirectionState::Writing(Box::new(data));
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Ok(())),
        }
    }

    /// Refills the empty pipe, or releases it if there is no data. Asking for readiness each time also lets other
    /// connections run.
    #[cfg(target_os = "linux")]
    fn refill(&mut self, cx: &mut Context<'_>, from: &TcpStream, to: &TcpStream) -> Poll<io::Result<()>> {
        let DirectionState::Splicing(mut pipe) = std::mem::replace(&mut self.state, DirectionState::Waiting) else {
            return Poll::Ready(Ok(()));
        };
        ready!(from.poll_read_ready(cx))?;
        match pipe.fill(from)? {
            SpliceResult::Some => self.state = DirectionState::Splicing(pipe),
            SpliceResult::Nothing => {}
            SpliceResult::End => return self.end(to),
        }
        Poll::Ready(Ok(()))
    }

    fn end(&mut self, to: &TcpStream) -> Poll<io::Result<()>> {
        self.state = DirectionState::Ended;
        Poll::Ready(if self.keeps_end { Ok(()) } else { end_writes(to) })
    }
}

/// Ends the writes to a socket: its peer reads the end of the stream.
pub(super) fn end_writes(to: &TcpStream) -> io::Result<()> {
    match SockRef::from(to).shutdown(Shutdown::Write) {
        // The other side is closed already; its own direction reports how.
        Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
        result => result,
    }
}

fn write(cx: &mut Context<'_>, to: &TcpStream, data: &[u8]) -> Poll<io::Result<usize>> {
    loop {
        // Writing without asking for readiness first: a socket is nearly always writable.
        match to.try_write(data) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => ready!(to.poll_write_ready(cx))?,
            result => return Poll::Ready(result),
        }
    }
}
