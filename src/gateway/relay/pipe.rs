//! Pipes for splice(2): the kernel moves pages from one socket to the other, without copying them
//! through this process.
//!
//! Pipes are pooled like buffers. The kernel grants an unprivileged user 64 MiB of pipe space
//! (pipe(7), `pipe-user-pages-soft`) and after that makes pipes of only two pages: so the
//! number is capped, the size is read back, and a connection without a good pipe continues to copy.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Preferred capacity: fastest on loopback; smaller ones need more context switches.
const SIZE: usize = 512 * 1024;

/// Smallest useful capacity: below it, copying through a buffer is as fast.
const MIN_SIZE: usize = 128 * 1024;

/// Maximum number of pipes, in use and spare: half of the limit for an unprivileged user.
const MAX_PIPES: usize = 64;

/// Number of spare pipes per thread.
const SPARE: usize = 8;

static COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SPARES: RefCell<Vec<PipeEnds>> = const { RefCell::new(Vec::new()) };
}

/// Both ends of a pipe that counts towards [`MAX_PIPES`].
struct PipeEnds {
    reader: OwnedFd,
    writer: OwnedFd,
    size: usize,
}

impl PipeEnds {
    fn new() -> Option<Self> {
        if COUNT.fetch_add(1, Relaxed) >= MAX_PIPES {
            COUNT.fetch_sub(1, Relaxed);
            return None;
        }
        let made = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).and_then(|(reader, writer)| {
            let size = fcntl_setpipe_size(&writer, SIZE)?;
            Ok(Self { reader, writer, size })
        });
        if made.is_err() {
            COUNT.fetch_sub(1, Relaxed);
        }
        // One that is too small is dropped here, which updates the count.
        made.ok().filter(|ends| ends.size >= MIN_SIZE)
    }
}

impl Drop for PipeEnds {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Relaxed);
    }
}

/// A pipe with the number of bytes in it.
pub(super) struct Pipe {
    ends: Option<PipeEnds>,
    held: usize,
}

/// The result of moving bytes out of a socket.
pub(super) enum SpliceResult {
    /// Some bytes.
    Some,
    /// None for now.
    Nothing,
    /// The end of the stream.
    End,
}

impl Pipe {
    /// A pipe, if one is available.
    pub(super) fn take() -> Option<Self> {
        let ends = SPARES.with_borrow_mut(Vec::pop).or_else(PipeEnds::new)?;
        Some(Self { ends: Some(ends), held: 0 })
    }

    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Moves data from `from` into the pipe, which must be empty: only then does "would block" refer to the socket.
    pub(super) fn fill(&mut self, from: &TcpStream) -> io::Result<SpliceResult> {
        let ends = self.ends();
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
        let take = || Ok(splice(from, None, &ends.writer, None, ends.size, flags)?);
        match from.try_io(Interest::READABLE, take) {
            Ok(0) => Ok(SpliceResult::End),
            Ok(count) => {
                self.held = count;
                Ok(SpliceResult::Some)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(SpliceResult::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Writes data from the pipe to `to` without waiting; returns the number of bytes.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>, to: &TcpStream) -> Poll<io::Result<u64>> {
        while self.held > 0 {
            let ends = self.ends();
            let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
            match to.try_io(Interest::WRITABLE, || Ok(splice(&ends.reader, None, to, None, self.held, flags)?)) {
                Ok(count) => {
                    self.held -= count;
                    return Poll::Ready(Ok(count as u64));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => ready!(to.poll_write_ready(cx))?,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(0))
    }

    fn ends(&self) -> &PipeEnds {
        self.ends.as_ref().expect("a pipe has its ends until it is dropped")
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let Some(ends) = self.ends.take().filter(|_| self.held == 0) else { return };
        SPARES.with_borrow_mut(|spares| {
            if spares.len() < SPARE {
                spares.push(ends);
            }
        });
    }
}
