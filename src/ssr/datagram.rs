//! Datagrams: `IV | cipher(protocol(address | payload))`, each independent. There is no obfuscation.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::cipher::{CipherDirection, KeystreamEnd, Method, machine};
use super::entropy::{Entropy, ThreadEntropy};
use super::protocol::{FrameError, Protocol, User, open, seal};

/// Encodes and decodes the datagrams of a server.
#[derive(Clone)]
pub struct DatagramCodec {
    method: Method,
    protocol: Protocol,
    key: Arc<[u8]>,
    user: Option<User>,
}

/// Why a datagram cannot be encoded or decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DatagramError {
    /// Shorter than an IV.
    #[error("a datagram is too short")]
    Short,
    /// The protocol layer rejected it.
    #[error("a datagram does not come from a server with this key")]
    Frame(#[from] FrameError),
    /// Too long for the cipher.
    #[error("a datagram is too long for the cipher")]
    Cipher(#[from] KeystreamEnd),
}

impl DatagramCodec {
    pub(crate) fn new(method: Method, protocol: Protocol, key: Arc<[u8]>, user: Option<User>) -> Self {
        Self { method, protocol, key, user }
    }

    /// A datagram that makes the server send `payload` to `address`, which is in SOCKS5 form.
    pub fn encode(&self, address: &[u8], payload: &[u8]) -> Result<Vec<u8>, DatagramError> {
        self.encode_with(address, payload, &mut ThreadEntropy)
    }

    /// The same with numbers from `entropy`.
    pub fn encode_with(
        &self,
        address: &[u8],
        payload: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, DatagramError> {
        let mut packet = [address, payload].concat();
        seal(self.protocol, &self.key, self.user.as_ref(), &mut packet, entropy);
        let mut datagram = vec![0; self.method.iv_len()];
        entropy.fill(&mut datagram);
        let mut cipher = machine(self.method, CipherDirection::Encrypt, &self.key, &datagram);
        cipher.apply(&mut packet)?;
        datagram.append(&mut packet);
        Ok(datagram)
    }

    /// The content of a datagram from the server: its source address, in SOCKS5 form, and the payload.
    pub fn decode(&self, datagram: &[u8]) -> Result<Vec<u8>, DatagramError> {
        let (iv, sealed) = datagram.split_at_checked(self.method.iv_len()).ok_or(DatagramError::Short)?;
        let mut packet = sealed.to_vec();
        machine(self.method, CipherDirection::Decrypt, &self.key, iv).apply(&mut packet)?;
        open(self.protocol, &self.key, self.user.as_ref(), &mut packet)?;
        Ok(packet)
    }
}

impl fmt::Debug for DatagramCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatagramCodec").field("method", &self.method).field("protocol", &self.protocol).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssr::digest::derive_key;

    fn codec(method: Method, protocol: Protocol) -> DatagramCodec {
        DatagramCodec::new(method, protocol, derive_key(b"correct horse", method.key_len()).into(), None)
    }

    #[test]
    fn datagrams_without_a_protocol_layer_round_trip() {
        for method in Method::ALL {
            let codec = codec(method, Protocol::Origin);
            let datagram = codec.encode(&[1, 127, 0, 0, 1, 0, 53], b"question").unwrap();
            assert_eq!(datagram.len(), method.iv_len() + 7 + 8, "{method}");
            assert_eq!(codec.decode(&datagram).unwrap(), b"\x01\x7f\0\0\x01\0\x35question", "{method}");
        }
    }

    #[test]
    fn a_datagram_of_another_key_is_refused() {
        let ours = codec(Method::None, Protocol::AuthAes128Sha1);
        assert_eq!(ours.decode(b"abc"), Err(DatagramError::Frame(FrameError::Length)));
        assert_eq!(ours.decode(b"abcdefgh"), Err(DatagramError::Frame(FrameError::Checksum)));
        assert_eq!(codec(Method::Rc4Md5, Protocol::Origin).decode(b"abc"), Err(DatagramError::Short));
    }

    proptest! {
        #[test]
        fn noise_never_panics(
            method in 0..Method::ALL.len(),
            protocol in 0..Protocol::ALL.len(),
            noise in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let _outcome = codec(Method::ALL[method], Protocol::ALL[protocol]).decode(&noise);
        }
    }
}
