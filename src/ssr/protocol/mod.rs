//! The protocols: how plaintext is split into frames, and how datagrams are signed.
//!
//! Each connection has a state machine, [`Framing`], which converts plaintext to frames and back. Incomplete frames
//! stay in the caller's buffer.

mod auth;
mod auth_aes128;
mod auth_chain;
mod auth_sha1_v4;
mod chain_pad;
mod origin;
mod pad;
#[cfg(test)]
mod tests;
mod verify_deflate;

use std::sync::Arc;

use bytes::BytesMut;
use thiserror::Error;

use super::digest::Hash;
use super::entropy::Entropy;
pub use crate::model::ssr::Protocol;
pub use auth::{AuthData, address_len};
use auth_aes128::AuthAes128;
use auth_chain::AuthChain;
use auth_sha1_v4::AuthSha1V4;
use chain_pad::ChainPad;
use origin::OriginFraming;
use verify_deflate::VerifyDeflate;

/// The client's side of a connection.
pub trait Framing: Send {
    /// Appends frames with all of `plain` to `wire`. The first call has the beginning of the stream, which is the
    /// target's address; the protocol's head is added to it.
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy);

    /// Takes all complete frames off the front of `wire`, and appends their payload, which may be empty, to `plain`. A
    /// protocol whose frames can expand stops at [`MAX_PLAIN`], and continues when called again.
    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError>;
}

/// Number of unread plaintext bytes above which no more frames are decoded.
pub const MAX_PLAIN: usize = 256 * 1024;

/// Why frames cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// An invalid length.
    #[error("invalid frame length")]
    Length,
    /// A digest or checksum is wrong.
    #[error("wrong frame checksum")]
    Checksum,
    /// Invalid compressed data.
    #[error("a frame cannot be decompressed")]
    Deflate,
    /// Data before the authentication.
    #[error("the server sent data before the authentication")]
    Early,
}

/// A user of a shared server, from `uid:password`.
#[derive(Clone)]
pub struct User {
    /// The user's number.
    pub id: u32,
    /// The user's own password.
    pub password: Vec<u8>,
}

impl User {
    /// Parses a `protocol_param`. Anything but `uid:password` is no user, as in the reference client.
    pub fn parse(param: &str) -> Option<Self> {
        let (id, password) = param.split_once(':')?;
        Some(Self { id: id.trim().parse().ok()?, password: password.as_bytes().to_vec() })
    }
}

/// The parameters of a connection's framing.
#[derive(Clone)]
pub struct FramingContext {
    /// The key derived from the server's password.
    pub key: Arc<[u8]>,
    /// The IV of the client's own cipher; empty for `none`.
    pub iv: Vec<u8>,
    /// The user, if the server has several.
    pub user: Option<User>,
    /// Authentication data of this connection.
    pub auth: AuthData,
    /// Bytes that protocol and obfuscation add to a packet, as both ends count them.
    pub overhead: u16,
}

impl FramingContext {
    /// IV | key, which signs the first frame.
    fn iv_and_key(&self) -> Vec<u8> {
        [&self.iv, &*self.key].concat()
    }
}

/// The client's side of `protocol` for one connection.
pub fn framing(protocol: Protocol, session: FramingContext) -> Box<dyn Framing> {
    match protocol {
        Protocol::Origin => Box::new(OriginFraming),
        Protocol::VerifyDeflate => Box::new(VerifyDeflate::new()),
        Protocol::AuthSha1V4 => Box::new(AuthSha1V4::new(session)),
        Protocol::AuthAes128Md5 => Box::new(AuthAes128::new(Hash::Md5, session)),
        Protocol::AuthAes128Sha1 => Box::new(AuthAes128::new(Hash::Sha1, session)),
        Protocol::AuthChainA => Box::new(AuthChain::new(ChainPad::a(), session)),
        Protocol::AuthChainB => Box::new(AuthChain::new(ChainPad::b(&session.key, session.overhead), session)),
    }
}

/// Signs a datagram to the server, `address | payload`, in place.
pub fn seal(protocol: Protocol, key: &[u8], user: Option<&User>, packet: &mut Vec<u8>, entropy: &mut dyn Entropy) {
    match protocol {
        Protocol::Origin | Protocol::VerifyDeflate | Protocol::AuthSha1V4 => {}
        Protocol::AuthAes128Md5 => auth_aes128::seal(Hash::Md5, key, user, packet, entropy),
        Protocol::AuthAes128Sha1 => auth_aes128::seal(Hash::Sha1, key, user, packet, entropy),
        Protocol::AuthChainA | Protocol::AuthChainB => auth_chain::seal(key, user, packet, entropy),
    }
}

/// Verifies a datagram from the server and leaves `address | payload`.
pub fn open(protocol: Protocol, key: &[u8], user: Option<&User>, packet: &mut Vec<u8>) -> Result<(), FrameError> {
    match protocol {
        Protocol::Origin | Protocol::VerifyDeflate | Protocol::AuthSha1V4 => Ok(()),
        Protocol::AuthAes128Md5 => auth_aes128::open(Hash::Md5, key, packet),
        Protocol::AuthAes128Sha1 => auth_aes128::open(Hash::Sha1, key, packet),
        Protocol::AuthChainA | Protocol::AuthChainB => auth_chain::open(key, user, packet),
    }
}
