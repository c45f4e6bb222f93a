//! The obfs layer of a ShadowsocksR server's stream, in pieces of any size: noise or a correctly signed handshake.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use sluice::ssr::Obfs;
use sluice::ssr::digest::hmac_sha1;
use sluice::ssr::entropy::ThreadEntropy;
use sluice::ssr::obfs::{ObfsParams, obfuscator};

const KEY: [u8; 16] = [3; 16];
const SESSION: [u8; 32] = [5; 32];

fuzz_target!(|input: &[u8]| {
    let &[which, cut, ref rest @ ..] = input else { return };
    let obfs = Obfs::ALL[usize::from(which & 0x7f) % Obfs::ALL.len()];
    let mut machine = obfuscator(obfs, params());
    let (mut sealed, mut wire) = (BytesMut::from(&[9; 40][..]), BytesMut::new());
    machine.encode(&mut sealed, &mut wire, &mut ThreadEntropy);
    let received = if which & 0x80 == 0 { rest.to_vec() } else { flight(rest) };
    let (mut raw, mut sealed) = (BytesMut::new(), BytesMut::new());
    for piece in received.chunks(usize::from(cut) + 1) {
        raw.extend_from_slice(piece);
        if machine.decode(&mut raw, &mut sealed, &mut wire, &mut ThreadEntropy).is_err() {
            return;
        }
        let _held = machine.held();
    }
});

/// A server's signed ServerHello and Finished, with a part of `noise` inside the hello and the rest after them.
fn flight(noise: &[u8]) -> Vec<u8> {
    let (inside, behind) = noise.split_at(noise.len().min(40));
    let hello = [&[2, 0, 0, 0, 3, 3][..], &[0; 22], &sign(&[0; 22]), inside].concat();
    let mut flight = [&[0x16, 3, 3, 0, hello.len() as u8][..], &hello, &[0x14, 3, 3, 0, 1, 1]].concat();
    flight.extend([0x16, 3, 3, 0, 32]);
    flight.extend([0; 22]);
    let proof = sign(&flight);
    [flight, proof, behind.to_vec()].concat()
}

fn sign(what: &[u8]) -> Vec<u8> {
    hmac_sha1(&[&KEY[..], &SESSION].concat(), &[what])[..10].to_vec()
}

fn params() -> ObfsParams {
    ObfsParams {
        key: KEY[..].into(),
        host: "www.example.com".to_owned(),
        port: 8388,
        headers: None,
        head_len: 23,
        time: 1_700_000_000,
        session_id: SESSION,
        ticket: vec![1; 192],
    }
}
