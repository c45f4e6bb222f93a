//! All protocols against the reference's frames, in any split, and against noise.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, KeyInit};
use bytes::BytesMut;
use proptest::prelude::*;
use serde_json::Value;

use super::chain_pad::{Xorshift, payload_start};
use super::*;
use crate::ssr::digest::{derive_user_key, hmac_md5};
use crate::ssr::entropy::ThreadEntropy;
use crate::ssr::vectors::{self, Script};

const PORT_AND_ADDRESS: usize = 7;

#[test]
fn frames_match_the_reference_byte_for_byte() {
    for (protocol, vector) in all() {
        if protocol == Protocol::VerifyDeflate {
            continue; // zlib and miniz compress differently
        }
        let (mut machine, mut script) = replay(protocol, vector);
        for (plain, frame) in [(request(), "e1"), (vectors::sequence(5, 1, 3000), "e2")] {
            let mut wire = BytesMut::new();
            machine.encode(&plain, &mut wire, &mut script);
            assert_eq!(wire, vectors::hex(&vector[frame]), "{protocol} {} {frame}", vector["protocol_param_client"]);
        }
        assert!(script.is_used_up(), "{protocol}");
    }
}

#[test]
fn the_servers_frames_are_decoded_in_any_split() {
    let cuts: [&[usize]; 5] = [&[1], &[2, 3], &[700], &[usize::MAX], &[4096, 1, 90]];
    for (protocol, vector) in all() {
        for cuts in cuts {
            let plain = receive(protocol, vector, cuts).unwrap();
            assert_eq!(plain, replies(), "{protocol} {cuts:?}");
        }
    }
}

#[test]
fn a_flipped_bit_is_detected_or_harmless() {
    for (protocol, vector) in all() {
        let mut frames = server_frames(vector);
        for at in (0..frames.len()).step_by(37) {
            frames[at] ^= 0x10;
            let (mut plain, mut machine) = (BytesMut::new(), spoken(protocol, vector));
            let outcome = machine.decode(&mut BytesMut::from(&frames[..]), &mut plain);
            let unharmed = replies().starts_with(&plain);
            assert!(unharmed && (outcome.is_err() || plain.len() < replies().len()), "{protocol} {at}");
            frames[at] ^= 0x10;
        }
    }
}

#[test]
fn a_compressed_stream_round_trips() {
    let plain = [request(), vectors::sequence(5, 1, 100_000), vec![0; 50_000]].concat();
    let (mut wire, mut back) = (BytesMut::new(), BytesMut::new());
    VerifyDeflate::new().encode(&plain, &mut wire, &mut Script::default());
    VerifyDeflate::new().decode(&mut wire, &mut back).unwrap();
    assert_eq!((&back[..], wire.len()), (&plain[..], 0));
}

#[test]
fn a_decompression_bomb_is_refused() {
    let mut machine = VerifyDeflate::new();
    let mut deflated = Vec::with_capacity(10_000);
    let mut compress = flate2::Compress::new(flate2::Compression::best(), true);
    compress.compress_vec(&vec![0; 1 << 20], &mut deflated, flate2::FlushCompress::Finish).unwrap();
    let mut frame = BytesMut::from(&(deflated.len() as u16).to_be_bytes()[..]);
    frame.extend_from_slice(&deflated[2..]);
    assert_eq!(machine.decode(&mut frame, &mut BytesMut::new()), Err(FrameError::Deflate));
}

#[test]
fn datagrams_match_the_reference() {
    for (protocol, vector) in all() {
        let udp = &vector["udp"];
        if udp.is_null() {
            continue;
        }
        let key = vectors::hex(&vector["key"]);
        let (plain, expected) = (vectors::hex(&udp["client_plain"]), vectors::hex(&udp["client_packet"]));
        let mut packet = plain.clone();
        seal(protocol, &key, None, &mut packet, &mut datagram_script(protocol, &key, plain.len(), &expected));
        assert_eq!(packet, expected, "{protocol}");

        let mut packet = vectors::hex(&udp["server_packet"]);
        open(protocol, &key, None, &mut packet).unwrap();
        assert_eq!(packet, vectors::hex(&udp["server_plain"]), "{protocol}");
    }
}

#[test]
fn a_parameter_may_contain_a_user() {
    let user = User::parse("1001:pass:1").unwrap();
    assert_eq!((user.id, &user.password[..]), (1001, &b"pass:1"[..]));
    assert!(["", "1001", "name:password", "4294967296:x"].into_iter().all(|param| User::parse(param).is_none()));
}

proptest! {
    #[test]
    fn random_splits_change_nothing(index in 0usize..10, cuts in proptest::collection::vec(1usize..3000, 1..30)) {
        let (protocol, vector) = all().swap_remove(index);
        prop_assert_eq!(receive(protocol, vector, &cuts).unwrap(), replies());
    }

    #[test]
    fn noise_never_panics(
        index in 0usize..10,
        mut noise in proptest::collection::vec(any::<u8>(), 0..9000),
        cuts in proptest::collection::vec(1usize..3000, 1..5),
        intact in 0usize..9000,
    ) {
        let (protocol, vector) = all().swap_remove(index);
        let mut machine = spoken(protocol, vector);
        let frames = server_frames(vector);
        let input = [&frames[..intact.min(frames.len())], &noise].concat();
        let mut plain = BytesMut::new();
        let _outcome = vectors::feed(&input, &cuts, |wire| machine.decode(wire, &mut plain));
        let _outcome = open(protocol, &vectors::hex(&vector["key"]), None, &mut noise);
    }

    #[test]
    fn any_writes_are_framed(index in 0usize..10, writes in proptest::collection::vec(0usize..20_000, 1..8)) {
        let (protocol, vector) = all().swap_remove(index);
        let mut machine = framing(protocol, session(vector, AuthData { time: 0, client_id: [0; 4], connection_id: 0 }));
        let mut wire = BytesMut::new();
        machine.encode(&request(), &mut wire, &mut ThreadEntropy);
        for len in writes {
            machine.encode(&vectors::sequence(1, 0, len), &mut wire, &mut ThreadEntropy);
        }
    }
}

/// Each protocol with each parameter.
fn all() -> Vec<(Protocol, &'static Value)> {
    let vectors = vectors::protocols()["protocols"].as_array().unwrap().iter();
    vectors.map(|it| (vectors::text(&it["protocol"]).parse().unwrap(), it)).collect()
}

fn request() -> Vec<u8> {
    vectors::hex(&vectors::protocols()["c1"])
}

fn replies() -> Vec<u8> {
    [vectors::hex(&vectors::protocols()["s1"]), vectors::sequence(3, 2, 9000)].concat()
}

fn server_frames(vector: &Value) -> Vec<u8> {
    vector["server_frames"].as_array().unwrap().iter().flat_map(|it| vectors::hex(&it["frame"])).collect()
}

fn session(vector: &Value, auth: AuthData) -> FramingContext {
    FramingContext {
        key: vectors::hex(&vector["key"]).into(),
        iv: vectors::hex(&vectors::protocols()["client_iv"]),
        user: User::parse(vector["protocol_param_client"].as_str().unwrap()),
        auth,
        overhead: vector["overhead"].as_u64().unwrap() as u16,
    }
}

/// A machine that has sent the reference's bytes, so that it accepts the server's frames.
fn spoken(protocol: Protocol, vector: &Value) -> Box<dyn Framing> {
    let (mut machine, mut script) = replay(protocol, vector);
    machine.encode(&request(), &mut BytesMut::new(), &mut script);
    machine
}

fn receive(protocol: Protocol, vector: &Value, cuts: &[usize]) -> Result<BytesMut, FrameError> {
    let (mut plain, mut machine) = (BytesMut::new(), spoken(protocol, vector));
    vectors::feed(&server_frames(vector), cuts, |wire| machine.decode(wire, &mut plain))?;
    Ok(plain)
}

/// A machine, and the random numbers with which it sends the reference's `e1` and `e2`.
fn replay(protocol: Protocol, vector: &Value) -> (Box<dyn Framing>, Script) {
    let (first, second) = (vectors::hex(&vector["e1"]), vectors::hex(&vector["e2"]));
    let (auth, script) = match protocol {
        Protocol::Origin | Protocol::VerifyDeflate => (unsigned(), Script::default()),
        Protocol::AuthSha1V4 => replay_sha1_v4(&first, &second),
        Protocol::AuthAes128Md5 | Protocol::AuthAes128Sha1 => replay_aes128(protocol, vector, &first, &second),
        Protocol::AuthChainA | Protocol::AuthChainB => replay_chain(protocol, vector, &first, &second),
    };
    (framing(protocol, session(vector, auth)), script)
}

fn replay_sha1_v4(first: &[u8], second: &[u8]) -> (AuthData, Script) {
    let (frame, rest) = first.split_at(be16(first));
    let pad = random_part(&frame[6..]);
    let signed = pad::strip(&frame[6..frame.len() - 10], pad::ByteOrder::Big).unwrap();
    let (auth, payload) = signed.split_at(12);
    let mut script = Script::default().numbers(&[payload.len() - PORT_AND_ADDRESS, pad.len()]).bytes(pad);
    for mut frames in [rest, second] {
        while !frames.is_empty() {
            let (frame, after) = frames.split_at(be16(frames));
            script = add_pad(script, frame, pad::ByteOrder::Big);
            frames = after;
        }
    }
    (auth_data(auth), script)
}

fn replay_aes128(protocol: Protocol, vector: &Value, first: &[u8], second: &[u8]) -> (AuthData, Script) {
    let sealed = unseal(protocol, vector, &first[11..27]);
    let (total, random) = (le16(&sealed[12..]), le16(&sealed[14..]));
    let mut script = Script::default().numbers(&[total - 35 - random - PORT_AND_ADDRESS, random]).bytes(&first[..1]);
    if vector["protocol_param_client"] == "" {
        script = script.bytes(&first[7..11]);
    }
    script = script.bytes(&first[31..31 + random]);
    for mut frames in [&first[total..], second] {
        while !frames.is_empty() {
            let (frame, after) = frames.split_at(le16(frames));
            script = add_pad(script, frame, pad::ByteOrder::Little);
            frames = after;
        }
    }
    (auth_data(&sealed), script)
}

fn replay_chain(protocol: Protocol, vector: &Value, first: &[u8], second: &[u8]) -> (AuthData, Script) {
    let session = session(vector, unsigned());
    let sealed = unseal(protocol, vector, &first[16..32]);
    let user_key = vectors::hex(&vector["state"]["user_key"]);
    let pad = match protocol {
        Protocol::AuthChainB => ChainPad::b(&session.key, session.overhead),
        Protocol::Origin
        | Protocol::VerifyDeflate
        | Protocol::AuthSha1V4
        | Protocol::AuthAes128Md5
        | Protocol::AuthAes128Sha1
        | Protocol::AuthChainA => ChainPad::a(),
    };
    let mut last = hmac_md5(&session.iv_and_key(), &[&first[..4]]);
    let mut script = Script::default().bytes(&first[..4]);
    if session.user.is_none() {
        script = script.bytes(&first[12..16].iter().zip(&last[8..]).map(|(a, b)| a ^ b).collect::<Vec<u8>>());
    }
    let frames = [&first[36..], second].concat();
    let (mut at, mut counter) = (0, 1u32);
    while at < frames.len() {
        let frame = &frames[at..];
        let payload = le16(frame) ^ le16(&last[14..]);
        let mut generator = Xorshift::for_frame(last, payload);
        let random = pad.len(payload, &mut generator);
        let before = payload_start(payload, random, &mut generator);
        if at == 0 {
            script = script.numbers(&[payload - PORT_AND_ADDRESS]);
        }
        let body = &frame[2..2 + payload + random];
        script = script.bytes(&body[..before]).bytes(&body[before + payload..]);
        last = hmac_md5(&[&user_key[..], &counter.to_le_bytes()].concat(), &[&frame[..2 + payload + random]]);
        at += 2 + payload + random + 2;
        counter += 1;
    }
    (auth_data(&sealed), script)
}

fn datagram_script(protocol: Protocol, key: &[u8], plain: usize, packet: &[u8]) -> Script {
    match protocol {
        Protocol::Origin | Protocol::VerifyDeflate | Protocol::AuthSha1V4 => Script::default(),
        Protocol::AuthAes128Md5 | Protocol::AuthAes128Sha1 => Script::default().bytes(&packet[plain..plain + 4]),
        Protocol::AuthChainA | Protocol::AuthChainB => {
            let (a, masked) = packet[packet.len() - 8..packet.len() - 1].split_at(3);
            let m = hmac_md5(key, &[a]);
            let uid: Vec<u8> = masked.iter().zip(m).map(|(a, b)| a ^ b).collect();
            Script::default().bytes(a).bytes(&packet[plain..packet.len() - 8]).bytes(&uid)
        }
    }
}

/// The random bytes of a frame of `auth_sha1_v4` or `auth_aes128_*`; how many they are is drawn where it is free.
fn add_pad(script: Script, frame: &[u8], order: pad::ByteOrder) -> Script {
    let random = random_part(&frame[4..]);
    let payload = pad::strip(&frame[4..frame.len() - 4], order).unwrap();
    let drawn: &[usize] = if pad::is_drawn(payload.len(), order) { &[random.len()] } else { &[] };
    script.numbers(drawn).bytes(random)
}

fn random_part(area: &[u8]) -> &[u8] {
    match area[0] {
        0xff => &area[3..be16(&area[1..]).min(le16(&area[1..]))],
        size => &area[1..usize::from(size)],
    }
}

fn unseal(protocol: Protocol, vector: &Value, sealed: &[u8]) -> [u8; 16] {
    let key = derive_user_key(&vectors::hex(&vector["state"]["user_key"]), protocol.name());
    let mut block = <[u8; 16]>::try_from(sealed).unwrap().into();
    Aes128::new(&key.into()).decrypt_block(&mut block);
    block.into()
}

fn auth_data(bytes: &[u8]) -> AuthData {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    AuthData { time: number(0), client_id: bytes[4..8].try_into().unwrap(), connection_id: number(8) }
}

fn unsigned() -> AuthData {
    AuthData { time: 0, client_id: [0; 4], connection_id: 0 }
}

fn be16(bytes: &[u8]) -> usize {
    u16::from_be_bytes([bytes[0], bytes[1]]).into()
}

fn le16(bytes: &[u8]) -> usize {
    u16::from_le_bytes([bytes[0], bytes[1]]).into()
}
