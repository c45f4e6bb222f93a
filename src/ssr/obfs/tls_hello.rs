//! The client's messages of the TLS 1.2 handshake that resumes a session by ticket.
//!
//! Cipher suites and extensions are those of the reference client, in its order. `T` proves the key: it is HMAC-SHA1
//! with `key | session id`, of which the first 10 bytes are put where TLS has random or encrypted bytes.

use bytes::{BufMut, BytesMut};

use super::ObfsParams;
use crate::ssr::digest::hmac_sha1;
use crate::ssr::entropy::{self, Entropy};

/// Length of `T` in bytes.
pub const PROOF: usize = 10;
/// TLS 1.2, the version in every record but the first.
pub const VERSION: [u8; 2] = [3, 3];

const CIPHER_SUITES: [u16; 14] =
    [0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xcc14, 0xcc13, 0xc00a, 0xc014, 0xc009, 0xc013, 0x009c, 0x0035, 0x002f, 0x000a];
/// Renegotiation info, empty.
const BEFORE_NAME: [u8; 5] = [0xff, 0x01, 0x00, 0x01, 0x00];
/// Extended master secret.
const AFTER_NAME: [u8; 4] = [0x00, 0x17, 0x00, 0x00];
/// Signature algorithms, OCSP status request, signed certificate timestamps, channel id, point formats, curves.
const AFTER_TICKET: [u8; 59] = [
    0x00, 0x0d, 0x00, 0x16, 0x00, 0x14, 0x06, 0x01, 0x06, 0x03, 0x05, 0x01, 0x05, 0x03, 0x04, 0x01, 0x04, 0x03, 0x03,
    0x01, 0x03, 0x03, 0x02, 0x01, 0x02, 0x03, // signature algorithms
    0x00, 0x05, 0x00, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00, // status request
    0x00, 0x12, 0x00, 0x00, // timestamps
    0x75, 0x50, 0x00, 0x00, // channel id
    0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, // point formats
    0x00, 0x0a, 0x00, 0x06, 0x00, 0x04, 0x00, 0x17, 0x00, 0x18, // curves
];

/// `T` over `parts`.
pub fn proof(params: &ObfsParams, parts: &[&[u8]]) -> [u8; PROOF] {
    let mac = hmac_sha1(&[&*params.key, &params.session_id].concat(), parts);
    *mac.first_chunk().expect("SHA-1 has 20 bytes")
}

/// The 32 random bytes of a hello: `time or random[22] | T(these)`.
pub fn is_signed(params: &ObfsParams, random: &[u8; 32]) -> bool {
    let (said, tag) = random.split_at(random.len() - PROOF);
    proof(params, &[said]) == tag
}

/// Appends the record with the ClientHello.
pub fn client_hello(params: &ObfsParams, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
    let extensions = extensions(params);
    let mut hello = BytesMut::new();
    hello.put_slice(&VERSION);
    hello.put_u32(params.time);
    entropy::append(&mut hello, 18, entropy);
    let tag = proof(params, &[&hello[VERSION.len()..]]);
    hello.put_slice(&tag);
    hello.put_u8(params.session_id.len() as u8);
    hello.put_slice(&params.session_id);
    hello.put_u16(2 * CIPHER_SUITES.len() as u16);
    CIPHER_SUITES.iter().for_each(|suite| hello.put_u16(*suite));
    hello.put_slice(&[1, 0]); // one compression method: none
    hello.put_u16(extensions.len() as u16);
    hello.put_slice(&extensions);

    wire.put_slice(&[0x16, 3, 1]);
    wire.put_u16(hello.len() as u16 + 4);
    wire.put_slice(&[1, 0]); // ClientHello, and the high byte of its length
    wire.put_u16(hello.len() as u16);
    wire.put_slice(&hello);
}

/// Appends the records with which the client ends the handshake.
pub fn client_finish(params: &ObfsParams, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
    let start = wire.len();
    wire.put_slice(&[0x14, 3, 3, 0, 1, 1]);
    wire.put_slice(&[0x16, 3, 3, 0, 32]);
    entropy::append(wire, 22, entropy);
    let tag = proof(params, &[&wire[start..]]);
    wire.put_slice(&tag);
}

fn extensions(params: &ObfsParams) -> BytesMut {
    let mut out = BytesMut::new();
    out.put_slice(&BEFORE_NAME);
    put_server_name(&mut out, &params.host);
    out.put_slice(&AFTER_NAME);
    out.put_u16(0x0023);
    out.put_u16(params.ticket.len() as u16);
    out.put_slice(&params.ticket);
    out.put_slice(&AFTER_TICKET);
    out
}

/// An IP address is not a server name: the extension is then empty.
fn put_server_name(out: &mut BytesMut, host: &str) {
    let name = if host.ends_with(|last: char| last.is_ascii_digit()) { "" } else { host };
    let len = name.len() as u16;
    out.put_u16(0x0000);
    out.put_u16(len + 5);
    out.put_u16(len + 3);
    out.put_u8(0);
    out.put_u16(len);
    out.put_slice(name.as_bytes());
}
