//! A pool of buffers, shared by all connections of the member.
//!
//! A relay takes a buffer when its socket is readable and returns it when everything is written, so an idle connection
//! holds none, and a busy process reuses the same few blocks, which stay in the CPU cache. The pool keeps only a few
//! spare ones.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Maximum total size of spare buffers in bytes: one thread uses few buffers at a time.
const SPARE: usize = 512 * 1024;

/// The pool; clones share the spare buffers.
#[derive(Clone)]
pub(super) struct BufferPool {
    size: usize,
    spare: Arc<Mutex<Vec<Box<[u8]>>>>,
}

impl BufferPool {
    /// Buffers that hold `size` bytes each.
    pub(super) fn of(size: usize) -> Self {
        Self { size, spare: Arc::default() }
    }

    /// An empty buffer.
    pub(super) fn take(&self) -> PooledBuffer {
        // A panic elsewhere cannot leave the list in an inconsistent state.
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = spare.unwrap_or_else(|| vec![0; self.size].into_boxed_slice());
        PooledBuffer { bytes, start: 0, end: 0, pool: self.clone() }
    }

    fn give_back(&self, bytes: Box<[u8]>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE / self.size {
            spare.push(bytes);
        }
    }
}

/// A buffer with bytes that were read but not written yet. Returns to its pool when dropped.
pub(super) struct PooledBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    pool: BufferPool,
}

impl PooledBuffer {
    /// The bytes to be written.
    pub(super) fn pending(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether everything is written.
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether there is no space left.
    pub(super) fn is_full(&self) -> bool {
        self.end == self.bytes.len()
    }

    /// Marks the first `count` pending bytes as written.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// The whole buffer, for callers that keep track of the positions.
    pub(super) fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Reads once, after the pending bytes. Zero bytes: end of stream, or no space.
    pub(super) fn poll_fill<R>(&mut self, cx: &mut Context<'_>, from: &mut R) -> Poll<io::Result<usize>>
    where
        R: AsyncRead + Unpin + ?Sized,
    {
        let mut space = ReadBuf::new(&mut self.bytes[self.end..]);
        ready!(Pin::new(from).poll_read(cx, &mut space))?;
        let count = space.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }

    /// Takes over as many bytes as there is space for, after the pending ones; returns how many.
    pub(super) fn append(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.bytes.len() - self.end);
        self.bytes[self.end..][..count].copy_from_slice(&bytes[..count]);
        self.end += count;
        count
    }

    /// Writes everything.
    pub(super) fn poll_drain<W>(&mut self, cx: &mut Context<'_>, to: &mut W) -> Poll<io::Result<()>>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        while !self.is_empty() {
            let count = ready!(Pin::new(&mut *to).poll_write(cx, self.pending()))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.consume(count);
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_returns_empty_and_few_are_kept() {
        let buffers = BufferPool::of(SPARE / 8);
        let mut many: Vec<_> = (0..16).map(|_| buffers.take()).collect();
        many[0].end = 10;
        drop(many);
        assert_eq!(buffers.spare.lock().unwrap().len(), 8);
        assert!(buffers.take().is_empty());
    }
}
