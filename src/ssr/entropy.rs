//! The source of random numbers, which tests replace.

use bytes::BytesMut;
use rand::{Rng, RngExt};

/// A source of random numbers.
pub trait Entropy {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);

    /// A number from 0 up to, but not including, `limit`, which is not zero.
    fn below(&mut self, limit: usize) -> usize;
}

/// The thread's cryptographic generator, which the operating system seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadEntropy;

impl Entropy for ThreadEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }

    fn below(&mut self, limit: usize) -> usize {
        rand::rng().random_range(0..limit)
    }
}

/// `N` random bytes.
pub(crate) fn array<const N: usize>(entropy: &mut dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// Appends `len` random bytes to `buffer`.
pub(crate) fn append(buffer: &mut BytesMut, len: usize, entropy: &mut dyn Entropy) {
    let start = buffer.len();
    buffer.resize(start + len, 0);
    entropy.fill(&mut buffer[start..]);
}
