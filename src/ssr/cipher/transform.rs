//! The interface of all ciphers: bytes are changed in place, until the keystream ends.

use thiserror::Error;

/// One direction of a cipher; each call continues where the last one ended.
pub trait Transform: Send {
    /// Encrypts or decrypts `data` in place.
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd>;
}

/// The cipher's counter has reached its end (after 256 GiB with chacha20-ietf): the connection cannot continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the cipher's keystream is used up")]
pub struct KeystreamEnd;
