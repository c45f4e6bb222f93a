//! The two directions of a Shadowsocks AEAD stream (SIP004), and the packet of a datagram, without IO.
//!
//! A direction is `salt | packet*`, and a packet is `sealed length (2 bytes) | tag | sealed payload | tag`, with a key
//! derived from the password's key and the salt. The ciphers are those of the crate `shadowsocks`.

use bytes::{Buf, BytesMut};
use shadowsocks::crypto::CipherKind;
use shadowsocks::crypto::v1::Cipher;

/// Maximum payload of a packet in bytes (SIP004: the two highest bits of the length are zero).
const MAX_PAYLOAD: usize = 0x3fff;

/// Size of a packet's length field in bytes.
const LENGTH: usize = 2;

/// Why decryption failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AeadError {
    /// Another key, another method, or corrupt data.
    #[error("the server's data is not encrypted with this key")]
    Tag,
    /// An impossible length.
    #[error("invalid packet length")]
    Length,
}

/// Encrypts the outgoing direction.
pub struct PacketSealer {
    cipher: Cipher,
    /// The salt, until it is sent.
    salt: Vec<u8>,
}

impl PacketSealer {
    /// A direction that begins with `salt`, which must have the length of the method's salts.
    pub fn new(method: CipherKind, key: &[u8], salt: Vec<u8>) -> Self {
        Self { cipher: Cipher::new(method, key, &salt), salt }
    }

    /// Appends the packets for `plain` to `wire`; the salt first.
    pub fn seal(&mut self, plain: &[u8], wire: &mut BytesMut) {
        wire.extend_from_slice(&std::mem::take(&mut self.salt));
        for payload in plain.chunks(MAX_PAYLOAD) {
            self.append(&(payload.len() as u16).to_be_bytes(), wire);
            self.append(payload, wire);
        }
    }

    fn append(&mut self, plain: &[u8], wire: &mut BytesMut) {
        let start = wire.len();
        wire.extend_from_slice(plain);
        wire.resize(wire.len() + self.cipher.tag_len(), 0);
        self.cipher.encrypt_packet(&mut wire[start..]);
    }
}

/// The packet of a datagram: `salt | sealed payload | tag`.
pub fn seal_datagram(method: CipherKind, key: &[u8], salt: Vec<u8>, plain: &[u8]) -> Vec<u8> {
    let mut cipher = Cipher::new(method, key, &salt);
    let start = salt.len();
    let mut packet = salt;
    packet.extend_from_slice(plain);
    packet.resize(packet.len() + cipher.tag_len(), 0);
    cipher.encrypt_packet(&mut packet[start..]);
    packet
}

/// Decrypts the incoming direction.
pub struct PacketOpener {
    method: CipherKind,
    key: Vec<u8>,
    /// None until the salt has arrived.
    cipher: Option<Cipher>,
    /// The length of the next payload, once it is known.
    payload: Option<usize>,
}

impl PacketOpener {
    /// A direction whose salt has not arrived yet.
    pub fn new(method: CipherKind, key: Vec<u8>) -> Self {
        Self { method, key, cipher: None, payload: None }
    }

    /// Takes complete packets from `wire` and appends their payload to `plain`.
    ///
    /// # Errors
    /// The data is not encrypted with this key. The stream cannot continue.
    pub fn open(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), AeadError> {
        loop {
            let Some(cipher) = &mut self.cipher else {
                if wire.len() < self.method.salt_len() {
                    return Ok(());
                }
                let salt = wire.split_to(self.method.salt_len());
                self.cipher = Some(Cipher::new(self.method, &self.key, &salt));
                continue;
            };
            let sealed = self.payload.unwrap_or(LENGTH) + cipher.tag_len();
            if wire.len() < sealed {
                return Ok(());
            }
            if !cipher.decrypt_packet(&mut wire[..sealed]) {
                return Err(AeadError::Tag);
            }
            match self.payload.take() {
                Some(len) => plain.extend_from_slice(&wire[..len]),
                None => {
                    let len = usize::from(u16::from_be_bytes([wire[0], wire[1]]));
                    self.payload = Some(len).filter(|len| (1..=MAX_PAYLOAD).contains(len));
                    self.payload.ok_or(AeadError::Length)?;
                }
            }
            wire.advance(sealed);
        }
    }

    /// Whether the server has proved that it knows the key.
    pub fn is_between_packets(&self) -> bool {
        self.payload.is_none()
    }
}
