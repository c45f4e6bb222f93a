//! The stream ciphers: which there are, how long their keys and IVs are, and the machines that apply them.
//!
//! Lengths and nonces are those of shadowsocks' stream ciphers: `cfb` is CFB with 128 bits, `ctr` counts over the
//! whole block, `chacha20` has Bernstein's 8-byte nonce and a 64-bit counter, `rc4-md5` keys RC4 with MD5(key | iv).

mod cfb;
mod lengths;
mod machine;
mod transform;

pub use crate::model::ssr::Method;
pub(crate) use machine::rc4;
pub use machine::{CipherDirection, machine};
pub use transform::{KeystreamEnd, Transform};

use bytes::{Buf, BytesMut};

/// Deciphers one direction of a connection: takes the IV off the front, then works in place.
pub struct Decryptor {
    method: Method,
    key: Vec<u8>,
    machine: Option<Box<dyn Transform>>,
}

impl Decryptor {
    /// Deciphers what a peer enciphers by `method` with `key`.
    pub fn new(method: Method, key: &[u8]) -> Self {
        Self { method, key: key.to_vec(), machine: None }
    }

    /// Deciphers `data` from `start` on; what is before has been deciphered already. Until the IV is whole, nothing
    /// happens, and `data` only grows.
    pub fn decrypt(&mut self, data: &mut BytesMut, start: usize) -> Result<(), KeystreamEnd> {
        if let Some(machine) = &mut self.machine {
            return machine.apply(&mut data[start..]);
        }
        let iv_len = self.method.iv_len();
        if data.len() < iv_len {
            return Ok(());
        }
        let machine = self.machine.insert(machine(self.method, CipherDirection::Decrypt, &self.key, &data[..iv_len]));
        data.advance(iv_len);
        machine.apply(data)
    }

    /// Whether the IV has come, so that what is left in the buffer is deciphered.
    pub fn is_running(&self) -> bool {
        self.machine.is_some()
    }
}
