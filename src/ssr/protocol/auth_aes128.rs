//! `auth_aes128_md5` and `auth_aes128_sha1`: every frame is signed with a key of the user and a packet counter.
//!
//! - first: `r[1] | HMAC(IV | key, r)[:6] | LE32 uid | sealed auth data[16] | HMAC(IV | key, uid | sealed)[:4] | random |
//!   payload | HMAC(user key, all before)[:4]`, where the auth data name the frame's length and that of the random part
//! - others: `LE16 total | HMAC(user key | LE32 counter, total)[:2] | pad | payload | HMAC(same key, all before)[:4]`
//! - datagram to the server: `data | LE32 uid | HMAC(user key, all before)[:4]`; from it: `data | HMAC(key, data)[:4]`

use std::ops::Range;

use bytes::{Buf, BufMut, BytesMut};

use super::auth::{AuthData, first_cut};
use super::pad::{self, ByteOrder};
use super::{FrameError, Framing, FramingContext, User};
use crate::ssr::digest::Hash;
use crate::ssr::entropy::{self, Entropy};

const MAX_PAYLOAD: usize = 8100;
const MAX_FRAME: usize = 8191;
/// `LE16 total | tag of 2`.
const HEAD: usize = 4;
const TAG: usize = 4;
/// `r | tag of 6 | uid | sealed auth data | tag of 4`.
const AUTH_HEAD: usize = 1 + 6 + 4 + 16 + 4;

/// The state of a connection.
pub struct AuthAes128 {
    hash: Hash,
    session: FramingContext,
    user_key: Vec<u8>,
    /// Used by the first frame.
    auth: Option<AuthData>,
    outgoing: PacketKey,
    incoming: PacketKey,
}

impl AuthAes128 {
    pub fn new(hash: Hash, session: FramingContext) -> Self {
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

    /// Appends a frame for each piece of `plain`. All are laid out first and signed together.
    fn encode_data(&mut self, plain: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let start = wire.len();
        let mut keys = Vec::with_capacity(plain.len().div_ceil(MAX_PAYLOAD));
        let mut ends = Vec::with_capacity(keys.capacity());
        wire.reserve(plain.len() + keys.capacity() * (MAX_FRAME - MAX_PAYLOAD));
        for payload in plain.chunks(MAX_PAYLOAD) {
            let (at, pad) = (wire.len(), pad::choose(payload.len(), ByteOrder::Little, entropy));
            wire.put_bytes(0, HEAD);
            pad::append(wire, pad, ByteOrder::Little, entropy);
            wire.extend_from_slice(payload);
            wire.put_bytes(0, TAG);
            let total = (wire.len() - at) as u16;
            wire[at..][..2].copy_from_slice(&total.to_le_bytes());
            keys.push(self.outgoing.key());
            self.outgoing.advance();
            ends.push(wire.len());
        }
        let frames = &mut wire[start..];
        let ends: Vec<usize> = ends.into_iter().map(|end| end - start).collect();
        let tags = self.tags::<2>(&keys, frames, &ends, |frame| &frame[..2]);
        each_frame(&ends, |nth, range| frames[range.start + 2..][..2].copy_from_slice(&tags[nth]));
        let tags = self.tags::<TAG>(&keys, frames, &ends, without_tag);
        each_frame(&ends, |nth, range| frames[range.end - TAG..range.end].copy_from_slice(&tags[nth]));
    }

    /// The tags over a part of each frame; `ends` are the ends of consecutive frames.
    fn tags<const N: usize>(
        &self,
        keys: &[FrameKey],
        frames: &[u8],
        ends: &[usize],
        part: impl Fn(&[u8]) -> &[u8],
    ) -> Vec<[u8; N]> {
        let mut signed = Vec::with_capacity(ends.len());
        each_frame(ends, |nth, range| signed.push((keys[nth].bytes(), part(&frames[range]))));
        self.hash.macs(&signed)
    }

    /// Takes complete frames off the front of `wire`.
    fn decode_whole(&mut self, ends: &[usize], wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        let mut counted = self.incoming.clone();
        let mut keys = Vec::with_capacity(ends.len());
        for _ in ends {
            keys.push(counted.key());
            counted.advance();
        }
        let heads = self.tags::<2>(&keys, wire, ends, |frame| &frame[..2]);
        let tags = self.tags::<TAG>(&keys, wire, ends, without_tag);
        let mut start = 0;
        for (nth, &end) in ends.iter().enumerate() {
            let frame = &wire[start..end];
            if heads[nth] != frame[2..HEAD] || tags[nth] != frame[frame.len() - TAG..] {
                return Err(FrameError::Checksum);
            }
            plain.extend_from_slice(pad::strip(&without_tag(frame)[HEAD..], ByteOrder::Little)?);
            start = end;
        }
        wire.advance(start);
        self.incoming = counted;
        Ok(())
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
        if !rest.is_empty() {
            self.encode_data(rest, wire, entropy);
        }
    }

    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        loop {
            let ends = ends_of_whole(wire);
            if ends.is_empty() {
                break;
            }
            self.decode_whole(&ends, wire, plain)?;
        }
        let Some(head) = wire.first_chunk::<HEAD>() else { return Ok(()) };
        // A frame with a wrong length is rejected before its announced bytes have arrived.
        if self.hash.mac::<2>(self.incoming.key().bytes(), &head[..2]) != head[2..] {
            return Err(FrameError::Checksum);
        }
        frame_len(head).map(drop).ok_or(FrameError::Length)
    }
}

fn without_tag(frame: &[u8]) -> &[u8] {
    &frame[..frame.len() - TAG]
}

fn each_frame(ends: &[usize], mut with: impl FnMut(usize, Range<usize>)) {
    let mut start = 0;
    for (nth, &end) in ends.iter().enumerate() {
        with(nth, start..end);
        start = end;
    }
}

/// The ends of the complete frames at the front of `wire`. Only lengths are checked.
fn ends_of_whole(wire: &[u8]) -> Vec<usize> {
    let (mut ends, mut at) = (Vec::new(), 0);
    while let Some(end) = wire[at..].first_chunk().and_then(frame_len).map(|len| at + len) {
        if end > wire.len() {
            break;
        }
        ends.push(end);
        at = end;
    }
    ends
}

/// The length of a frame, if it is valid.
fn frame_len(head: &[u8; HEAD]) -> Option<usize> {
    let total = usize::from(u16::from_le_bytes([head[0], head[1]]));
    (HEAD + TAG..=MAX_FRAME).contains(&total).then_some(total)
}

/// Signs a datagram to the server in place.
pub fn seal(hash: Hash, key: &[u8], user: Option<&User>, packet: &mut Vec<u8>, entropy: &mut dyn Entropy) {
    packet.extend_from_slice(&uid(user, entropy));
    let tag = hash.mac::<TAG>(&user_key(hash, key, user), packet);
    packet.extend_from_slice(&tag);
}

/// Verifies a datagram from the server and removes its signature. It is signed with the server's key for every user.
pub fn open(hash: Hash, key: &[u8], packet: &mut Vec<u8>) -> Result<(), FrameError> {
    let (data, tag) = packet.split_last_chunk::<TAG>().ok_or(FrameError::Length)?;
    if hash.mac::<TAG>(key, data) != *tag {
        return Err(FrameError::Checksum);
    }
    packet.truncate(packet.len() - TAG);
    Ok(())
}

/// The user key and the packet counter of one direction.
#[derive(Clone)]
struct PacketKey {
    user_key: Vec<u8>,
    counter: u32,
}

impl PacketKey {
    fn new(user_key: &[u8]) -> Self {
        Self { user_key: user_key.to_vec(), counter: 1 }
    }

    /// The key of the next frame: the user key, followed by the counter.
    fn key(&self) -> FrameKey {
        let mut key = FrameKey { bytes: [0; MAX_KEY], len: self.user_key.len() + 4 };
        key.bytes[..self.user_key.len()].copy_from_slice(&self.user_key);
        key.bytes[self.user_key.len()..key.len].copy_from_slice(&self.counter.to_le_bytes());
        key
    }

    fn advance(&mut self) {
        self.counter = self.counter.wrapping_add(1);
    }
}

/// A cipher's key of 32 bytes, or a digest, and the counter.
const MAX_KEY: usize = 32 + 4;

struct FrameKey {
    bytes: [u8; MAX_KEY],
    len: usize,
}

impl FrameKey {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

fn user_key(hash: Hash, key: &[u8], user: Option<&User>) -> Vec<u8> {
    user.map_or_else(|| key.to_vec(), |user| hash.digest(&user.password))
}

/// The user's number, or a random one if the server has only one user.
fn uid(user: Option<&User>, entropy: &mut dyn Entropy) -> [u8; 4] {
    user.map_or_else(|| entropy::array(entropy), |user| user.id.to_le_bytes())
}

fn salt(hash: Hash) -> &'static str {
    match hash {
        Hash::Md5 => "auth_aes128_md5",
        Hash::Sha1 => "auth_aes128_sha1",
    }
}
