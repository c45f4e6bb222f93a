//! Shadowsocks streams whose salt begins with chosen bytes.
//!
//! Outline's access keys may name a prefix for the salt, so that a connection looks like the beginning of
//! another protocol to a firewall. The crate `shadowsocks` draws its salts itself, so streams with a prefix
//! are made here: [`codec`] is both directions without IO, [`stream`] wraps them once around a byte stream.
//! Datagrams are sealed here where their salts have a prefix. Everything else of Shadowsocks is the crate's.
//!
//! This room never dials, never resolves a name and never starts a task: its caller hands it a connected
//! stream.

pub mod codec;
pub mod stream;
#[cfg(test)]
mod tests;

use rand::Rng;
pub use shadowsocks::crypto::CipherKind;
use shadowsocks::crypto::v1::openssl_bytes_to_key;

use self::codec::{PacketOpener, PacketSealer};
pub use self::stream::AeadStream;

/// A server, and how salts for it begin.
#[derive(Clone)]
pub struct PrefixedServer {
    method: CipherKind,
    key: Vec<u8>,
    prefix: Vec<u8>,
}

impl PrefixedServer {
    /// None for a method that is not SIP004, or whose salts are shorter than the prefix.
    pub fn new(method: &str, password: &str, prefix: &[u8]) -> Option<Self> {
        let method: CipherKind = method.parse().ok()?;
        if !method.is_aead() || prefix.len() > method.salt_len() {
            return None;
        }
        let mut key = vec![0; method.key_len()];
        openssl_bytes_to_key(password.as_bytes(), &mut key);
        Some(Self { method, key, prefix: prefix.to_vec() })
    }

    /// Speaks to the server over `stream`, which is connected to it, and through it to `target`: an address
    /// in SOCKS5 form. Nothing is sent until the first write or flush.
    pub fn wrap<S>(&self, stream: S, target: &[u8]) -> AeadStream<S> {
        let sealer = PacketSealer::new(self.method, &self.key, self.salt());
        AeadStream::new(stream, sealer, PacketOpener::new(self.method, self.key.clone()), target)
    }

    /// A packet (SIP004, UDP) that carries a datagram to `target`, an address in SOCKS5 form.
    pub fn seal_datagram(&self, target: &[u8], payload: &[u8]) -> Vec<u8> {
        codec::seal_datagram(self.method, &self.key, self.salt(), &[target, payload].concat())
    }

    /// A fresh salt.
    fn salt(&self) -> Vec<u8> {
        let mut salt = self.prefix.clone();
        salt.resize(self.method.salt_len(), 0);
        rand::rng().fill_bytes(&mut salt[self.prefix.len()..]);
        salt
    }
}

impl std::fmt::Debug for PrefixedServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrefixedServer").field("method", &self.method).finish_non_exhaustive()
    }
}
