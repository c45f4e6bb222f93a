//! The stream ciphers, the lengths of their keys and IVs, and their implementations.
//!
//! Lengths and nonces are those of Shadowsocks' stream ciphers: `cfb` is CFB with 128 bits, `ctr` counts over the whole
//! block, `chacha20` has Bernstein's 8-byte nonce and a 64-bit counter, `rc4-md5` keys RC4 with MD5(key | iv).

mod cfb;
mod lengths;
mod machine;
mod transform;

pub use crate::model::ssr::Method;
pub(crate) use machine::rc4;
pub use machine::{CipherDirection, machine};
pub use transform::{KeystreamEnd, Transform};

use bytes::{Buf, BytesMut};

/// Decrypts one direction of a connection: takes the IV off the front, then works in place.
pub struct Decryptor {
    method: Method,
    key: Vec<u8>,
    machine: Option<Box<dyn Transform>>,
}

impl Decryptor {
    /// Decrypts what a peer encrypts with `method` and `key`.
    pub fn new(method: Method, key: &[u8]) -> Self {
        Self { method, key: key.to_vec(), machine: None }
    }

    /// Decrypts `data` from `start` on; the bytes before it are decrypted already. Does nothing until the IV is
    /// complete.
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

    /// Whether the IV has arrived, so that the rest of the buffer is decrypted.
    pub fn is_running(&self) -> bool {
        self.machine.is_some()
    }
}
