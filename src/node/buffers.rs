//! Buffers that are lent while bytes are in hand and shared by all connections of the member.
//!
//! A relay takes one when its socket has something to say and gives it back when everything is
//! passed on, so an idle connection holds none, and a busy process works in the same few (warm)
//! blocks. Never more than a few spare ones are kept.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Spare bytes that are kept: in one thread, few buffers are in hand at a time.
const SPARE: usize = 512 * 1024;

/// The spare buffers; clones share them.
#[derive(Clone)]
pub(super) struct Buffers {
    size: usize,
    spare: Arc<Mutex<Vec<Box<[u8]>>>>,
}

impl Buffers {
    /// Buffers that hold `size` bytes each.
    pub(super) fn of(size: usize) -> Self {
        Self { size, spare: Arc::default() }
    }

    /// An empty buffer, to be filled.
    pub(super) fn take(&self) -> Buffer {
        // A panic elsewhere cannot leave a list of boxes half-changed.
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = spare.unwrap_or_else(|| vec![0; self.size].into_boxed_slice());
        Buffer { bytes, start: 0, end: 0, home: self.clone() }
    }

    fn give_back(&self, bytes: Box<[u8]>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE / self.size {
            spare.push(bytes);
        }
    }
}

/// A lent buffer: bytes that were read and not yet passed on. Goes back when dropped.
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    home: Buffers,
}

impl Buffer {
    /// What is to be passed on.
    pub(super) fn pending(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether everything was passed on.
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.end == self.bytes.len()
    }

    /// Marks the first `count` pending bytes as passed on.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// The whole room, for callers that keep the count themselves.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Reads once behind what is pending. Zero bytes: end of stream, or no room.
    pub(super) fn poll_fill<R>(&mut self, cx: &mut Context<'_>, from: &mut R) -> Poll<io::Result<usize>>
    where
        R: AsyncRead + Unpin + ?Sized,
    {
        let mut room = ReadBuf::new(&mut self.bytes[self.end..]);
        ready!(Pin::new(from).poll_read(cx, &mut room))?;
        let count = room.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.home.give_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_and_few_are_kept() {
        let buffers = Buffers::of(SPARE / 8);
        let mut many: Vec<_> = (0..16).map(|_| buffers.take()).collect();
        many[0].end = 10;
        drop(many);
        assert_eq!(buffers.spare.lock().unwrap().len(), 8);
        assert!(buffers.take().is_empty());
    }
}
