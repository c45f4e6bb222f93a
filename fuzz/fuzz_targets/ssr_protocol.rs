//! The protocol layer of a ShadowsocksR server's stream, in pieces of any size: valid or damaged frames, or noise; and a
//! datagram.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use sluice::ssr::Protocol;
use sluice::ssr::digest::derive_key;
use sluice::ssr::entropy::ThreadEntropy;
use sluice::ssr::protocol::{AuthData, Framing, FramingContext, framing, open};

const ADDRESS: [u8; 7] = [1, 127, 0, 0, 1, 0, 80];

fuzz_target!(|input: &[u8]| {
    let &[which, cut, damage, at, ref rest @ ..] = input else { return };
    let protocol = Protocol::ALL[usize::from(which) % Protocol::ALL.len()];
    let mut packet = rest.to_vec();
    let _opened = open(protocol, &key(), None, &mut packet);

    // A server's frames are those of a client after its first one, except for auth_chain, where they count as damaged.
    let mut wire = rest.to_vec();
    if which & 0x80 != 0 {
        let mut frames = BytesMut::new();
        for piece in rest.chunks(usize::from(cut) * 16 + 1) {
            after_first_frame(protocol).encode(piece, &mut frames, &mut ThreadEntropy);
        }
        wire = frames.to_vec();
    }
    if let Some(byte) = wire.get_mut(usize::from(at) * 3) {
        *byte ^= damage;
    }
    let (mut reader, mut frames, mut plain) = (after_first_frame(protocol), BytesMut::new(), BytesMut::new());
    for piece in wire.chunks(usize::from(cut) + 1) {
        frames.extend_from_slice(piece);
        if reader.decode(&mut frames, &mut plain).is_err() {
            return;
        }
    }
});

fn key() -> Vec<u8> {
    derive_key(b"correct horse", 16)
}

/// A connection that has sent its first frame.
fn after_first_frame(protocol: Protocol) -> Box<dyn Framing> {
    let auth = AuthData { time: 0, client_id: [0; 4], connection_id: 0 };
    let session =
        FramingContext { key: key().into(), iv: vec![7; 16], user: None, auth, overhead: protocol.overhead() };
    let mut machine = framing(protocol, session);
    machine.encode(&ADDRESS, &mut BytesMut::new(), &mut ThreadEntropy);
    machine
}
