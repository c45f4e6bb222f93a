//! Shadowsocks streams with a salt prefix.
//!
//! An Outline access key may specify a prefix for the salt, so that a connection looks like the beginning of another
//! protocol to a firewall. The crate `shadowsocks` generates its own salts, so streams with a prefix are implemented
//! here: [`codec`] is both directions without IO, [`stream`] wraps them around a byte stream. Datagrams with a prefix
//! are encrypted here too. Everything else is left to the crate.
//!
//! This room never dials, resolves names or starts tasks: the caller provides a connected stream.

pub mod codec;
pub mod stream;
#[cfg(test)]
mod tests;

use rand::Rng;
pub use shadowsocks::crypto::CipherKind;
use shadowsocks::crypto::v1::openssl_bytes_to_key;

use self::codec::{PacketOpener, PacketSealer};
pub use self::stream::AeadStream;

/// A server with a salt prefix.
#[derive(Clone)]
pub struct PrefixedServer {
    method: CipherKind,
    key: Vec<u8>,
    prefix: Vec<u8>,
}

impl PrefixedServer {
    /// None for a method other than SIP004, or if its salts are shorter than the prefix.
    pub fn new(method: &str, password: &str, prefix: &[u8]) -> Option<Self> {
        let method: CipherKind = method.parse().ok()?;
        if !method.is_aead() || prefix.len() > method.salt_len() {
            return None;
        }
        let mut key = vec![0; method.key_len()];
        openssl_bytes_to_key(password.as_bytes(), &mut key);
        Some(Self { method, key, prefix: prefix.to_vec() })
    }

    /// Wraps a stream that is connected to the server in one to `target`, an address in SOCKS5 form. Nothing is sent
    /// until the first write or flush.
    pub fn wrap<S>(&self, stream: S, target: &[u8]) -> AeadStream<S> {
        let sealer = PacketSealer::new(self.method, &self.key, self.salt());
        AeadStream::new(stream, sealer, PacketOpener::new(self.method, self.key.clone()), target)
    }

    /// The packet (SIP004, UDP) for a datagram to `target`, an address in SOCKS5 form.
    pub fn seal_datagram(&self, target: &[u8], payload: &[u8]) -> Vec<u8> {
        codec::seal_datagram(self.method, &self.key, self.salt(), &[target, payload].concat())
    }

    /// A new salt.
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
