//! `auth_sha1_v4`: the first frame is signed, the others carry checksums.
//!
//! - first: `BE16 total | LE32 CRC32(BE16 total | name | key) | pad | auth data | payload | HMAC-SHA1(IV | key, all
//!   before)[:10]`
//! - others: `BE16 total | LE16 of CRC32(BE16 total) | pad | payload | LE32 Adler32(all before)`

use bytes::{Buf, BufMut, BytesMut};
use simd_adler32::adler32;

use super::auth::{AuthData, first_cut};
use super::pad::{self, ByteOrder};
use super::{FrameError, Framing, FramingContext};
use crate::ssr::digest::hmac_sha1;
use crate::ssr::entropy::Entropy;

const NAME: &[u8] = b"auth_sha1_v4";
const MAX_PAYLOAD: usize = 8100;
const MAX_FRAME: usize = 8191;
/// `BE16 total | LE16 CRC`.
const HEAD: usize = 4;
const ADLER: usize = 4;
const SIGNATURE: usize = 10;

/// The state of a connection.
pub struct AuthSha1V4 {
    session: FramingContext,
    /// Used by the first frame.
    auth: Option<AuthData>,
}

impl AuthSha1V4 {
    pub fn new(session: FramingContext) -> Self {
        Self { auth: Some(session.auth), session }
    }

    fn encode_auth(&self, auth: AuthData, payload: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let pad = pad::choose(payload.len(), ByteOrder::Big, entropy);
        let start = begin(wire, 4);
        pad::append(wire, pad, ByteOrder::Big, entropy);
        wire.extend_from_slice(&auth.to_bytes());
        wire.extend_from_slice(payload);
        let total = ((wire.len() - start + SIGNATURE) as u16).to_be_bytes();
        let crc = crc32fast::hash(&[&total, NAME, &self.session.key].concat());
        wire[start..][..2].copy_from_slice(&total);
        wire[start + 2..][..4].copy_from_slice(&crc.to_le_bytes());
        let signature = hmac_sha1(&self.session.iv_and_key(), &[&wire[start..]]);
        wire.extend_from_slice(&signature[..SIGNATURE]);
    }
}

impl Framing for AuthSha1V4 {
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let mut rest = plain;
        if let Some(auth) = self.auth.take() {
            let (first, after) = plain.split_at(first_cut(plain, entropy));
            self.encode_auth(auth, first, wire, entropy);
            rest = after;
        }
        rest.chunks(MAX_PAYLOAD).for_each(|payload| encode_data(payload, wire, entropy));
    }

    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        while let Some(head) = wire.first_chunk::<HEAD>() {
            let total = usize::from(u16::from_be_bytes([head[0], head[1]]));
            if header_crc([head[0], head[1]]) != [head[2], head[3]] {
                return Err(FrameError::Checksum);
            }
            if !(HEAD + ADLER..=MAX_FRAME).contains(&total) {
                return Err(FrameError::Length);
            }
            if wire.len() < total {
                break;
            }
            let (frame, adler) = wire[..total].split_at(total - ADLER);
            if adler32(&frame).to_le_bytes() != adler {
                return Err(FrameError::Checksum);
            }
            plain.extend_from_slice(pad::strip(&frame[HEAD..], ByteOrder::Big)?);
            wire.advance(total);
        }
        Ok(())
    }
}

fn encode_data(payload: &[u8], wire: &mut BytesMut, entropy: &mut dyn Entropy) {
    let pad = pad::choose(payload.len(), ByteOrder::Big, entropy);
    let start = begin(wire, 2);
    pad::append(wire, pad, ByteOrder::Big, entropy);
    wire.extend_from_slice(payload);
    let total = ((wire.len() - start + ADLER) as u16).to_be_bytes();
    wire[start..][..2].copy_from_slice(&total);
    wire[start + 2..][..2].copy_from_slice(&header_crc(total));
    let adler = adler32(&&wire[start..]);
    wire.put_u32_le(adler);
}

/// Reserves space for the length and a checksum of `checksum` bytes; returns where the frame begins.
fn begin(wire: &mut BytesMut, checksum: usize) -> usize {
    let start = wire.len();
    wire.put_bytes(0, 2 + checksum);
    start
}

fn header_crc(total: [u8; 2]) -> [u8; 2] {
    let crc = crc32fast::hash(&total).to_le_bytes();
    [crc[0], crc[1]]
}
