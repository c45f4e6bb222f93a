//! One direction of a connection: read when there is data, write it all, pass the end on.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::net::TcpStream;

use super::Carry;
use super::buffer::Buffer;
#[cfg(target_os = "linux")]
use super::pipe::{Moved, Pipe};

/// One direction.
pub(super) struct Half {
    state: State,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere there is one way only"))]
    carry: Carry,
    moved: u64,
}

/// What a direction is doing. Only a direction with data on its way holds a buffer or a pipe.
enum State {
    /// Waiting for data.
    Waiting,
    /// Writing what was read.
    Writing(Box<Buffer>),
    /// Writing what is in a pipe.
    #[cfg(target_os = "linux")]
    Splicing(Box<Pipe>),
    /// The end was passed on.
    Ended,
}

impl Half {
    /// A direction that has carried `moved` bytes before, and has these to send before any are read.
    pub(super) fn resume(moved: usize, unsent: Option<Buffer>, carry: Carry) -> Self {
        let state = unsent.map_or(State::Waiting, |unsent| State::Writing(Box::new(unsent)));
        Self { state, carry, moved: moved as u64 }
    }

    /// Bytes carried so far.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    /// Carries what there is. Ready once the end has been passed on.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &TcpStream,
        to: &TcpStream,
        count: impl Fn(u64),
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(Ok(())),
                State::Waiting => ready!(self.take_in(cx, from, to))?,
                State::Writing(buffer) => {
                    let written = ready!(write(cx, to, buffer.data()))?;
                    buffer.written(written);
                    if buffer.is_done() {
                        self.state = State::Waiting;
                    }
                    self.moved += written as u64;
                    count(written as u64);
                }
                #[cfg(target_os = "linux")]
                State::Splicing(pipe) if pipe.is_empty() => ready!(self.refill(cx, from, to))?,
                #[cfg(target_os = "linux")]
                State::Splicing(pipe) => {
                    let written = ready!(pipe.poll_empty(cx, to))?;
                    self.moved += written;
                    count(written);
                }
            }
        }
    }

    /// Waits for data, then takes it into a buffer or a pipe, or passes the end on.
    fn take_in(&mut self, cx: &mut Context<'_>, from: &TcpStream, to: &TcpStream) -> Poll<io::Result<()>> {
        ready!(from.poll_read_ready(cx))?;
        #[cfg(target_os = "linux")]
        if self.carry == Carry::Splice
            && self.moved >= super::SPLICE_AFTER
            && let Some(pipe) = Pipe::lend()
        {
            self.state = State::Splicing(Box::new(pipe));
            return Poll::Ready(Ok(()));
        }
        match Buffer::read_from(from)? {
            Some(end) if end.is_done() => self.end(to),
            Some(data) => {
                self.state = State::Writing(Box::new(data));
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Ok(())),
        }
    }

    /// Takes more into the empty pipe; gives the pipe back where there is nothing to take.
    /// Asking for readiness each time also lets other connections have their turn.
    #[cfg(target_os = "linux")]
    fn refill(&mut self, cx: &mut Context<'_>, from: &TcpStream, to: &TcpStream) -> Poll<io::Result<()>> {
        let State::Splicing(mut pipe) = std::mem::replace(&mut self.state, State::Waiting) else {
            return Poll::Ready(Ok(()));
        };
        ready!(from.poll_read_ready(cx))?;
        match pipe.fill(from)? {
            Moved::Some => self.state = State::Splicing(pipe),
            Moved::Nothing => {}
            Moved::End => return self.end(to),
        }
        Poll::Ready(Ok(()))
    }

    fn end(&mut self, to: &TcpStream) -> Poll<io::Result<()>> {
        self.state = State::Ended;
        Poll::Ready(match SockRef::from(to).shutdown(Shutdown::Write) {
            // The other side is gone already: its own direction will say how.
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
            result => result,
        })
    }
}

fn write(cx: &mut Context<'_>, to: &TcpStream, data: &[u8]) -> Poll<io::Result<usize>> {
    loop {
        // Trying before asking: a socket is nearly always writable.
        match to.try_write(data) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => ready!(to.poll_write_ready(cx))?,
            result => return Poll::Ready(result),
        }
    }
}
