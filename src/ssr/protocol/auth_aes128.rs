//! `auth_aes128_md5` and `auth_aes128_sha1`: every frame is signed with a key of the user and a packet counter.
//!
//! - first: `r[1] | HMAC(IV | key, r)[:6] | LE32 uid | sealed auth data[16] | HMAC(IV | key, uid | sealed)[:4] | random |
//!   payload | HMAC(user key, all before)[:4]`, where the auth data name the frame's length and that of the random part
//! - others: `LE16 total | HMAC(user key | LE32 counter, total)[:2] | pad | payload | HMAC(same key, all before)[:4]`
//! - datagram to the server: `data | LE32 uid | HMAC(user key, all before)[:4]`; from it: `data | HMAC(key, data)[:4]`

use bytes::{Buf, BufMut, BytesMut};

use super::auth::{AuthData, first_cut};
use super::pad::{self, Order};
use super::{FrameError, Framing, Session, User};
use crate::ssr::digest::Hash;
use crate::ssr::entropy::{self, Entropy};

const MAX_PAYLOAD: usize = 8100;
const MAX_FRAME: usize = 8191;
/// `LE16 total | tag of 2`.
const HEAD: usize = 4;
const TAG: usize = 4;
/// `r | tag of 6 | uid | sealed auth data | tag of 4`.
const AUTH_HEAD: usize = 1 + 6 + 4 + 16 + 4;

/// One connection.
pub struct AuthAes128 {
    hash: Hash,
    session: Session,
    user_key: Vec<u8>,
    /// Taken by the first frame.
    auth: Option<AuthData>,
    outgoing: PacketKey,
    incoming: PacketKey,
}

impl AuthAes128 {
    pub fn new(hash: Hash, session: Session) -> Self {
        let user_key = user_key(hash, &session.key, session.user.as_ref());
        let (outgoing, incoming) = (PacketKey::new(&user_key), PacketKey::new(&user_key));
        Self { hash, auth: Some(session.auth), session, user_key, outgoing, incoming }
    }

    fn encode_auth(&self, auth: AuthData, payload: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let random = entropy.below(if payload.len() > 400 { 512 } else { 1024 });
        let total = AUTH_HEAD + random + payload.len() + TAG;
        let key = self.session.iv_and_key();
        let start = wire.len();
        entropy::append(wire, 1, entropy);
        let tag = self.hash.mac::<6>(&key, &wire[start..]);
        wire.extend_from_slice(&tag);

        let signed = wire.len();
        wire.extend_from_slice(&uid(self.session.user.as_ref(), entropy));
        wire.extend_from_slice(&auth.seal(total as u16, random as u16, &self.user_key, salt(self.hash)));
        let tag = self.hash.mac::<4>(&key, &wire[signed..]);
        wire.extend_from_slice(&tag);

        entropy::append(wire, random, entropy);
        wire.extend_from_slice(payload);
        let tag = self.hash.mac::<TAG>(&self.user_key, &wire[start..]);
        wire.extend_from_slice(&tag);
    }

    fn encode_data(&mut self, payload: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let pad = pad::choose(payload.len(), Order::Little, entropy);
        let start = wire.len();
        wire.put_bytes(0, HEAD);
        pad::append(wire, pad, Order::Little, entropy);
        wire.extend_from_slice(payload);
        let total = ((wire.len() - start + TAG) as u16).to_le_bytes();
        wire[start..][..2].copy_from_slice(&total);
        wire[start + 2..][..2].copy_from_slice(&self.hash.mac::<2>(self.outgoing.bytes(), &total));
        let tag = self.hash.mac::<TAG>(self.outgoing.bytes(), &wire[start..]);
        wire.extend_from_slice(&tag);
        self.outgoing.advance();
    }
}

impl Framing for AuthAes128 {
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let mut rest = plain;
        if let Some(auth) = self.auth.take() {
            let (first, after) = plain.split_at(first_cut(plain, entropy));
            self.encode_auth(auth, first, wire, entropy);
            rest = after;
        }
        rest.chunks(MAX_PAYLOAD).for_each(|payload| self.encode_data(payload, wire, entropy));
    }

    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        while let Some(head) = wire.first_chunk::<HEAD>() {
            let total = usize::from(u16::from_le_bytes([head[0], head[1]]));
            if self.hash.mac::<2>(self.incoming.bytes(), &head[..2]) != head[2..] {
                return Err(FrameError::Checksum);
            }
            if !(HEAD + TAG..=MAX_FRAME).contains(&total) {
                return Err(FrameError::Length);
            }
            if wire.len() < total {
                break;
            }
            let (frame, tag) = wire[..total].split_at(total - TAG);
            if self.hash.mac::<TAG>(self.incoming.bytes(), frame) != tag {
                return Err(FrameError::Checksum);
            }
            plain.extend_from_slice(pad::strip(&frame[HEAD..], Order::Little)?);
            wire.advance(total);
            self.incoming.advance();
        }
        Ok(())
    }
}

/// Signs a datagram to the server in place.
pub fn seal(hash: Hash, key: &[u8], user: Option<&User>, packet: &mut Vec<u8>, entropy: &mut dyn Entropy) {
    packet.extend_from_slice(&uid(user, entropy));
    let tag = hash.mac::<TAG>(&user_key(hash, key, user), packet);
    packet.extend_from_slice(&tag);
}

/// Checks a datagram from the server and takes the signature off. It is signed with the server's key whoever the user.
pub fn open(hash: Hash, key: &[u8], packet: &mut Vec<u8>) -> Result<(), FrameError> {
    let (data, tag) = packet.split_last_chunk::<TAG>().ok_or(FrameError::Length)?;
    if hash.mac::<TAG>(key, data) != *tag {
        return Err(FrameError::Checksum);
    }
    packet.truncate(packet.len() - TAG);
    Ok(())
}

/// The user key with the packet counter behind it. One direction's.
struct PacketKey {
    bytes: Vec<u8>,
    counter: u32,
}

impl PacketKey {
    fn new(user_key: &[u8]) -> Self {
        let counter = 1u32;
        Self { bytes: [user_key, &counter.to_le_bytes()].concat(), counter }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self) {
        self.counter = self.counter.wrapping_add(1);
        let at = self.bytes.len() - 4;
        self.bytes[at..].copy_from_slice(&self.counter.to_le_bytes());
    }
}

fn user_key(hash: Hash, key: &[u8], user: Option<&User>) -> Vec<u8> {
    user.map_or_else(|| key.to_vec(), |user| hash.digest(&user.password))
}

/// The user's number, or a random one where the server has but one user.
fn uid(user: Option<&User>, entropy: &mut dyn Entropy) -> [u8; 4] {
    user.map_or_else(|| entropy::array(entropy), |user| user.id.to_le_bytes())
}

fn salt(hash: Hash) -> &'static str {
    match hash {
        Hash::Md5 => "auth_aes128_md5",
        Hash::Sha1 => "auth_aes128_sha1",
    }
}
