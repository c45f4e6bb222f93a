//! Copy buffers, lent for as long as there is data in them.
//!
//! Each worker thread keeps a few; a connection that waits for its peer to speak holds none.

use std::cell::RefCell;

/// 64 KiB: half the system calls of 32 KiB, and no slower than 128 (measured on loopback).
pub(super) const SIZE: usize = 64 * 1024;

/// Spare buffers a thread keeps: one for each direction of a few connections that are blocked on a
/// slow reader at the same time.
const SPARE: usize = 8;

thread_local! {
    static SPARES: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// A lent buffer with the part of it that is still to be written.
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// An empty buffer.
    pub(super) fn lend() -> Self {
        let spare = SPARES.with_borrow_mut(Vec::pop);
        Self { bytes: spare.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice()), start: 0, end: 0 }
    }

    /// A buffer that holds a copy of `bytes`, of its own size where they are more than [`SIZE`].
    pub(super) fn holding(bytes: &[u8]) -> Self {
        let mut buffer = Self::lend();
        if bytes.len() > SIZE {
            buffer.bytes = bytes.into();
        } else {
            buffer.bytes[..bytes.len()].copy_from_slice(bytes);
        }
        buffer.end = bytes.len();
        buffer
    }

    /// The whole space, to read into; call [`Buffer::filled`] then.
    pub(super) fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Says that the first `count` bytes are data.
    pub(super) fn filled(&mut self, count: usize) {
        (self.start, self.end) = (0, count);
    }

    /// What is still to be written.
    pub(super) fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Says that `count` bytes of the data are written.
    pub(super) fn written(&mut self, count: usize) {
        self.start += count;
    }

    /// Whether all is written.
    pub(super) fn is_done(&self) -> bool {
        self.start == self.end
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        SPARES.with_borrow_mut(|spares| {
            if spares.len() < SPARE && bytes.len() == SIZE {
                spares.push(bytes);
            }
        });
    }
}
