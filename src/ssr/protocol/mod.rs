//! The protocols: how plaintext is cut into frames, and how a datagram is signed.
//!
//! Every protocol is one machine a connection, [`Framing`]: it turns plaintext into frames and frames into plaintext,
//! and is told everything else. What is not yet a whole frame stays in the caller's buffer.

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

/// The client's side of one connection.
pub trait Framing: Send {
    /// Appends to `wire` the frames that carry all of `plain`. The first call carries the beginning of the stream,
    /// that is the target's address, and what the protocol says first.
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy);

    /// Takes all whole frames off the front of `wire` and appends what they carry, which may be nothing, to `plain`. A
    /// protocol whose frames carry more than their own size stops at [`MOST_PLAIN`], and goes on when called again.
    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError>;
}

/// With so many bytes of plaintext that nobody has read yet, no more frames are opened.
pub const MOST_PLAIN: usize = 256 * 1024;

/// Why frames cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A length that no frame has.
    #[error("a frame has an impossible length")]
    Length,
    /// A digest or checksum that does not fit.
    #[error("a frame's checksum is wrong")]
    Checksum,
    /// Deflated data that does not inflate.
    #[error("a frame's data does not inflate")]
    Deflate,
    /// Data before the client has said who it is.
    #[error("the server spoke first")]
    Early,
}

/// One user of a server that several share, from `uid:password`.
#[derive(Clone)]
pub struct User {
    /// The user's number.
    pub id: u32,
    /// The user's own password.
    pub password: Vec<u8>,
}

impl User {
    /// Reads a `protocol_param`. What is not `uid:password` names no user, as in the reference client.
    pub fn parse(param: &str) -> Option<Self> {
        let (id, password) = param.split_once(':')?;
        Some(Self { id: id.trim().parse().ok()?, password: password.as_bytes().to_vec() })
    }
}

/// What a protocol must know about its connection.
#[derive(Clone)]
pub struct FramingContext {
    /// The key derived from the server's password.
    pub key: Arc<[u8]>,
    /// The IV of the client's own cipher; empty for `none`.
    pub iv: Vec<u8>,
    /// Who the client is, if the server has several users.
    pub user: Option<User>,
    /// Time and identifiers of this connection.
    pub auth: AuthData,
    /// What protocol and obfs add to a packet, as both ends count it.
    pub overhead: u16,
}

impl FramingContext {
    /// IV | key, with which the first frame is signed.
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

/// Checks a datagram from the server and leaves `address | payload`.
pub fn open(protocol: Protocol, key: &[u8], user: Option<&User>, packet: &mut Vec<u8>) -> Result<(), FrameError> {
    match protocol {
        Protocol::Origin | Protocol::VerifyDeflate | Protocol::AuthSha1V4 => Ok(()),
        Protocol::AuthAes128Md5 => auth_aes128::open(Hash::Md5, key, packet),
        Protocol::AuthAes128Sha1 => auth_aes128::open(Hash::Sha1, key, packet),
        Protocol::AuthChainA | Protocol::AuthChainB => auth_chain::open(key, user, packet),
    }
}
