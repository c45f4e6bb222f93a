//! The random area in front of the payload, which `auth_sha1_v4` and `auth_aes128_*` share:
//! `[len + 1] | len random bytes` below 128 bytes, else `FF | 16-bit len + 3 | len random bytes`. The number, in the
//! first byte or behind FF, is the size of the whole area.

use bytes::{BufMut, BytesMut};

use super::FrameError;
use crate::ssr::entropy::{self, Entropy};

/// The byte order of the long form, which tells the two families apart.
#[derive(Clone, Copy, Debug)]
pub enum ByteOrder {
    /// `auth_sha1_v4`.
    Big,
    /// `auth_aes128_*`.
    Little,
}

const LONG_FORM: u8 = 0xff;
const LONG_FORM_FROM: usize = 128;

/// Number of random bytes for a payload: small packets get many, to hide their sizes.
pub fn choose(payload: usize, order: ByteOrder, entropy: &mut dyn Entropy) -> usize {
    match limit(payload, order) {
        0 => 0,
        limit => entropy.below(limit),
    }
}

fn limit(payload: usize, order: ByteOrder) -> usize {
    match (payload, order) {
        (..=400, ByteOrder::Big) => 512,
        (..=400, ByteOrder::Little) => 1024,
        (401..=1200, _) => 256,
        (1201..8100, ByteOrder::Little) => 32,
        (1201.., ByteOrder::Big) | (8100.., ByteOrder::Little) => 0,
    }
}

/// Appends an area with `len` (below 1024) random bytes.
pub fn append(wire: &mut BytesMut, len: usize, order: ByteOrder, entropy: &mut dyn Entropy) {
    if len < LONG_FORM_FROM {
        wire.put_u8(len as u8 + 1);
    } else {
        wire.put_u8(LONG_FORM);
        match order {
            ByteOrder::Big => wire.put_u16(len as u16 + 3),
            ByteOrder::Little => wire.put_u16_le(len as u16 + 3),
        }
    }
    entropy::append(wire, len, entropy);
}

/// What follows the area at the front of `body`.
pub fn strip(body: &[u8], order: ByteOrder) -> Result<&[u8], FrameError> {
    let size = match (body, order) {
        ([LONG_FORM, a, b, ..], ByteOrder::Big) => usize::from(u16::from_be_bytes([*a, *b])),
        ([LONG_FORM, a, b, ..], ByteOrder::Little) => usize::from(u16::from_le_bytes([*a, *b])),
        ([LONG_FORM, ..] | [], _) => return Err(FrameError::Length),
        ([size, ..], _) => usize::from(*size),
    };
    body.get(size..).ok_or(FrameError::Length)
}

#[cfg(test)]
pub fn is_drawn(payload: usize, order: ByteOrder) -> bool {
    limit(payload, order) > 0
}
