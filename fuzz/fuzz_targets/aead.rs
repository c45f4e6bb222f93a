//! The stream of a Shadowsocks server whose client uses a salt prefix, in pieces of any size: noise or encrypted data.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use sluice::aead::CipherKind;
use sluice::aead::codec::{PacketOpener, PacketSealer};

fuzz_target!(|input: &[u8]| {
    let &[which, cut, damage, at, ref rest @ ..] = input else { return };
    let method = [CipherKind::AES_128_GCM, CipherKind::CHACHA20_POLY1305][usize::from(which & 1)];
    let key = vec![3; method.key_len()];
    let mut wire = BytesMut::from(rest);
    if which & 0x80 != 0 {
        wire.clear();
        PacketSealer::new(method, &key, vec![5; method.salt_len()]).seal(rest, &mut wire);
    }
    if let Some(byte) = wire.get_mut(usize::from(at)) {
        *byte ^= damage;
    }
    let (mut opener, mut raw, mut plain) = (PacketOpener::new(method, key), BytesMut::new(), BytesMut::new());
    for piece in wire.chunks(usize::from(cut) + 1) {
        raw.extend_from_slice(piece);
        if opener.open(&mut raw, &mut plain).is_err() {
            return;
        }
    }
    assert!(plain.len() <= wire.len());
});
