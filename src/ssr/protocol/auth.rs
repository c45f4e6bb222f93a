//! The authentication data at the beginning of a connection, which the `auth_*` protocols share.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use crate::ssr::digest::derive_user_key;
use crate::ssr::entropy::Entropy;

/// Time, client and connection: the server rejects times that are a day off and connections that it has seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthData {
    /// Seconds since 1970.
    pub time: u32,
    /// Identifies this process to the server.
    pub client_id: [u8; 4],
    /// Number of the connection.
    pub connection_id: u32,
}

impl AuthData {
    /// `LE32 time | client id | LE32 connection id`.
    pub fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.time.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.client_id);
        bytes[8..].copy_from_slice(&self.connection_id.to_le_bytes());
        bytes
    }

    /// The block in the head of `auth_aes128_*` and `auth_chain_*`: `these 12 bytes | LE16 a | LE16 b`, under AES-128
    /// with a key of the user and the protocol's name. (CBC with a zero IV, which for one block is the bare cipher.)
    pub fn seal(self, a: u16, b: u16, user_key: &[u8], protocol: &str) -> [u8; 16] {
        let mut block = [0; 16];
        block[..12].copy_from_slice(&self.to_bytes());
        block[12..14].copy_from_slice(&a.to_le_bytes());
        block[14..].copy_from_slice(&b.to_le_bytes());
        let mut block = block.into();
        Aes128::new(&derive_user_key(user_key, protocol).into()).encrypt_block(&mut block);
        block.into()
    }
}

/// How many of the first bytes go into the auth frame: the address and up to 31 more, at random.
pub fn first_cut(plain: &[u8], entropy: &mut dyn Entropy) -> usize {
    plain.len().min(address_len(plain) + entropy.below(32))
}

/// Length of the SOCKS5 address at the front of `plain`; 30 if there is none.
pub fn address_len(plain: &[u8]) -> usize {
    /// The bit above the type requests UDP over TCP.
    const TYPE_BITS: u8 = 7;
    match plain {
        [kind, ..] if kind & TYPE_BITS == 1 => 7,
        [kind, ..] if kind & TYPE_BITS == 4 => 19,
        [kind, len, ..] if kind & TYPE_BITS == 3 => 4 + usize::from(*len),
        [..] => 30,
    }
}
