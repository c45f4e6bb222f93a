//! What every cipher is to the rest of the room: bytes changed in place, until its keystream ends.

use thiserror::Error;

/// One direction of a cipher, which goes on where the last call ended.
pub trait Transform: Send {
    /// Enciphers or deciphers `data` in place.
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd>;
}

/// The cipher's counter has come to its end (after 256 GiB of chacha20-ietf): the connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the cipher's keystream is used up")]
pub struct KeystreamEnd;
