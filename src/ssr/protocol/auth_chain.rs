//! `auth_chain_a` and `auth_chain_b`: signed frames of which each depends on the one before it. All HMACs are MD5.
//!
//! - head, once: `r[4] | h0[:8] | LE32 (uid xor h0[8:12]) | sealed auth data[16] | h1[:4]`, where `h0 = HMAC(IV | key, r)`
//!   and `h1 = HMAC(user key, uid | sealed)`; the sealed data name the overhead of protocol and obfs
//! - frames: `LE16 (payload length xor last[14:16]) | payload among random bytes | new[:2]`, where `new = HMAC(user key |
//!   LE32 counter, all before)` becomes `last` of the next; the first `last` is h0 to the server and h1 from it
//! - the payload is under RC4 with a key of user key and h0, going on from frame to frame
//! - datagram to the server: `RC4(data) | random | a[3] | LE32 (uid xor m[:4]) | tag of 1`, from it: `RC4(data) | random |
//!   a[7] | tag of 1`, where `m = HMAC(key, a)` keys RC4 and decides how many random bytes there are

use bytes::{Buf, BufMut, BytesMut};
use rc4::{Rc4, StreamCipher};

use super::auth::{AuthData, first_cut};
use super::chain_pad::{ChainPad, Xorshift, payload_start};
use super::{FrameError, Framing, FramingContext, User};
use crate::ssr::cipher::rc4;
use crate::ssr::digest::{base64, derive_user_key, hmac_md5};
use crate::ssr::entropy::{self, Entropy};

/// Most payload bytes per frame, as in the reference client, so that a frame with its random bytes stays below
/// [`MAX_BODY`].
const MAX_PAYLOAD: usize = 2800;
const MAX_BODY: usize = 4096;
const LENGTH: usize = 2;
const TAG: usize = 2;
/// The first payload from the server begins with its preferred segment size.
const SEGMENT_SIZE: usize = 2;

/// The state of a connection.
pub struct AuthChain {
    pad: ChainPad,
    session: FramingContext,
    state: ChainState,
}

enum ChainState {
    /// Nothing was sent yet.
    Fresh(AuthData),
    /// The head was sent.
    Open(Box<Chains>),
}

struct Chains {
    outgoing: Chain,
    incoming: Chain,
    /// Number of bytes before the first payload.
    greeting: usize,
}

impl AuthChain {
    pub fn new(pad: ChainPad, session: FramingContext) -> Self {
        Self { pad, state: ChainState::Fresh(session.auth), session }
    }

    /// Appends the head; returns the two chains that begin with it.
    fn encode_head(&self, auth: AuthData, wire: &mut BytesMut, entropy: &mut dyn Entropy) -> (Chain, Chain) {
        let user_key = user_key(&self.session.key, self.session.user.as_ref());
        let r: [u8; 4] = entropy::array(entropy);
        let h0 = hmac_md5(&self.session.iv_and_key(), &[&r]);
        let uid = masked_uid(self.session.user.as_ref(), &h0[8..12], entropy);
        let sealed = auth.seal(self.session.overhead, 0, user_key, self.pad.salt());
        let h1 = hmac_md5(user_key, &[&uid, &sealed]);
        for part in [&r[..], &h0[..8], &uid, &sealed, &h1[..4]] {
            wire.extend_from_slice(part);
        }
        (Chain::new(user_key, &h0, h0), Chain::new(user_key, &h0, h1))
    }
}

impl Framing for AuthChain {
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let mut rest = plain;
        if let ChainState::Fresh(auth) = self.state {
            let (mut outgoing, incoming) = self.encode_head(auth, wire, entropy);
            let (first, after) = plain.split_at(first_cut(plain, entropy));
            outgoing.encode(&self.pad, first, wire, entropy);
            self.state = ChainState::Open(Box::new(Chains { outgoing, incoming, greeting: SEGMENT_SIZE }));
            rest = after;
        }
        if let ChainState::Open(chains) = &mut self.state {
            rest.chunks(MAX_PAYLOAD).for_each(|payload| chains.outgoing.encode(&self.pad, payload, wire, entropy));
        }
    }

    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        match &mut self.state {
            ChainState::Fresh(_) if wire.is_empty() => Ok(()),
            ChainState::Fresh(_) => Err(FrameError::Early),
            ChainState::Open(chains) => {
                while let Some(mut payload) = chains.incoming.decode(&self.pad, wire)? {
                    let skipped = payload.len().min(chains.greeting);
                    chains.greeting -= skipped;
                    payload.advance(skipped);
                    plain.extend_from_slice(&payload);
                }
                Ok(())
            }
        }
    }
}

/// Signs a datagram to the server in place.
pub fn seal(key: &[u8], user: Option<&User>, packet: &mut Vec<u8>, entropy: &mut dyn Entropy) {
    let user_key = user_key(key, user);
    let a: [u8; 3] = entropy::array(entropy);
    let m = hmac_md5(key, &[&a]);
    rc4(&derive_user_key(user_key, &base64(&m))).apply_keystream(packet);
    let start = packet.len();
    packet.resize(start + datagram_pad(&m), 0);
    entropy.fill(&mut packet[start..]);
    packet.extend_from_slice(&a);
    packet.extend_from_slice(&masked_uid(user, &m[..4], entropy));
    packet.push(hmac_md5(user_key, &[packet])[0]);
}

/// Verifies a datagram from the server and leaves its payload.
pub fn open(key: &[u8], user: Option<&User>, packet: &mut Vec<u8>) -> Result<(), FrameError> {
    const A: usize = 7;
    let user_key = user_key(key, user);
    let (tag, signed) = packet.split_last().ok_or(FrameError::Length)?;
    if hmac_md5(user_key, &[signed])[0] != *tag {
        return Err(FrameError::Checksum);
    }
    let (body, a) = signed.split_last_chunk::<A>().ok_or(FrameError::Length)?;
    let m = hmac_md5(key, &[a]);
    let len = body.len().checked_sub(datagram_pad(&m)).ok_or(FrameError::Length)?;
    packet.truncate(len);
    rc4(&derive_user_key(user_key, &base64(&m))).apply_keystream(packet);
    Ok(())
}

/// The frames of one direction.
struct Chain {
    rc4: Rc4,
    user_key: Vec<u8>,
    counter: u32,
    last: [u8; 16],
}

impl Chain {
    fn new(user_key: &[u8], h0: &[u8], last: [u8; 16]) -> Self {
        let rc4 = rc4(&derive_user_key(user_key, &base64(h0)));
        Self { rc4, user_key: user_key.to_vec(), counter: 1, last }
    }

    fn encode(&mut self, pad: &ChainPad, payload: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let mut generator = Xorshift::for_frame(self.last, payload.len());
        let random = pad.len(payload.len(), &mut generator);
        let before = payload_start(payload.len(), random, &mut generator);
        let start = wire.len();
        wire.put_u16_le(payload.len() as u16 ^ self.mask());
        entropy::append(wire, before, entropy);
        let at = wire.len();
        wire.extend_from_slice(payload);
        self.rc4.apply_keystream(&mut wire[at..]);
        entropy::append(wire, random - before, entropy);
        let tag = self.tag(&wire[start..]);
        wire.extend_from_slice(&tag[..TAG]);
        self.advance(tag);
    }

    /// The payload of the next frame, if it is complete.
    fn decode(&mut self, pad: &ChainPad, wire: &mut BytesMut) -> Result<Option<BytesMut>, FrameError> {
        let Some(&length) = wire.first_chunk::<LENGTH>() else { return Ok(None) };
        let payload = usize::from(u16::from_le_bytes(length) ^ self.mask());
        if payload >= MAX_BODY {
            return Err(FrameError::Length);
        }
        let mut generator = Xorshift::for_frame(self.last, payload);
        let random = pad.len(payload, &mut generator);
        let signed = LENGTH + payload + random;
        if wire.len() < signed + TAG {
            return Ok(None);
        }
        let tag = self.tag(&wire[..signed]);
        if tag[..TAG] != wire[signed..signed + TAG] {
            return Err(FrameError::Checksum);
        }
        let before = payload_start(payload, random, &mut generator);
        let mut frame = wire.split_to(signed + TAG);
        frame.advance(LENGTH + before);
        frame.truncate(payload);
        self.rc4.apply_keystream(&mut frame);
        self.advance(tag);
        Ok(Some(frame))
    }

    fn mask(&self) -> u16 {
        u16::from_le_bytes([self.last[14], self.last[15]])
    }

    fn tag(&self, frame: &[u8]) -> [u8; 16] {
        hmac_md5(&[&self.user_key[..], &self.counter.to_le_bytes()].concat(), &[frame])
    }

    fn advance(&mut self, tag: [u8; 16]) {
        self.last = tag;
        self.counter = self.counter.wrapping_add(1);
    }
}

fn user_key<'a>(key: &'a [u8], user: Option<&'a User>) -> &'a [u8] {
    user.map_or(key, |user| &user.password)
}

/// The user's number, or a random one if the server has only one user, masked with four bytes of a digest.
fn masked_uid(user: Option<&User>, mask: &[u8], entropy: &mut dyn Entropy) -> [u8; 4] {
    let mut uid = user.map_or_else(|| entropy::array(entropy), |user| user.id.to_le_bytes());
    uid.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    uid
}

fn datagram_pad(m: &[u8; 16]) -> usize {
    Xorshift::new(m).below(127)
}
