//! The stream against the crate's own server.

use std::time::Duration;

use shadowsocks::config::ServerType;
use shadowsocks::context::Context;
use shadowsocks::relay::tcprelay::ProxyServerStream;
use shadowsocks::relay::udprelay::crypto_io::decrypt_client_payload;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::timeout;

use super::*;

const TARGET: [u8; 7] = [1, 127, 0, 0, 1, 0, 80];
const METHODS: [&str; 3] = ["aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"];
const LIMIT: Duration = Duration::from_secs(20);

fn server(method: &str, prefix: &[u8]) -> PrefixedServer {
    PrefixedServer::new(method, "correct horse", prefix).unwrap()
}

#[tokio::test]
async fn the_crates_server_decrypts_every_method() {
    for method in METHODS {
        let (near, far) = duplex(5_000);
        let key = server(method, b"").key;
        let mut stream = server(method, b"POST ").wrap(near, &TARGET);
        let context = Context::new_shared(ServerType::Server);
        let mut peer = ProxyServerStream::from_stream(context, far, method.parse().unwrap(), &key);
        let data: Vec<u8> = (0..200_000_u32).map(|at| (at / 3) as u8).collect();
        let client = async {
            stream.write_all(&data).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut back = Vec::new();
            stream.read_to_end(&mut back).await.unwrap();
            back
        };
        let serving = async {
            let address = peer.handshake().await.unwrap();
            let mut came = Vec::new();
            peer.read_to_end(&mut came).await.unwrap();
            peer.write_all(&came).await.unwrap();
            peer.shutdown().await.unwrap();
            address.to_string()
        };
        let both = async { tokio::join!(client, serving) };
        let (back, address) = timeout(LIMIT, both).await.unwrap();
        assert_eq!(address, "127.0.0.1:80", "{method}");
        assert!(back == data, "{method}");
    }
}

#[tokio::test]
async fn the_first_bytes_are_the_prefix_and_the_rest_of_the_salt_is_random() {
    let mut salts = Vec::new();
    for _connection in 0..2 {
        let (near, mut far) = duplex(1_000);
        let mut stream = server("aes-256-gcm", b"\x16\x03\x01\x00\xa8").wrap(near, &TARGET);
        stream.flush().await.unwrap();
        let mut salt = [0; 32];
        far.read_exact(&mut salt).await.unwrap();
        assert_eq!(salt[..5], *b"\x16\x03\x01\x00\xa8");
        salts.push(salt);
    }
    assert_ne!(salts[0], salts[1]);
}

#[test]
fn methods_with_short_salts_are_refused() {
    assert!(PrefixedServer::new("aes-128-gcm", "x", &[0; 17]).is_none());
    for method in ["aes-256-cfb", "2022-blake3-aes-128-gcm", "none", "rot13"] {
        assert!(PrefixedServer::new(method, "x", b"a").is_none(), "{method}");
    }
}

proptest::proptest! {
    #[test]
    fn splits_change_nothing_and_noise_is_an_error(
        cuts in proptest::collection::vec(1_usize..100, 1..30), damage in 0_usize..400, len in 1_usize..300,
    ) {
        let method: CipherKind = "aes-128-gcm".parse().unwrap();
        let key = vec![7; method.key_len()];
        let (mut sealed, data) = (bytes::BytesMut::new(), vec![9; len]);
        PacketSealer::new(method, &key, vec![1; method.salt_len()]).seal(&data, &mut sealed);
        let run = |bytes: &[u8]| {
            let (mut opener, mut wire, mut plain) =
                (PacketOpener::new(method, key.clone()), bytes::BytesMut::new(), bytes::BytesMut::new());
            let (mut rest, mut at) = (bytes, cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*at.next().unwrap()).min(rest.len()));
                wire.extend_from_slice(piece);
                opener.open(&mut wire, &mut plain)?;
                rest = after;
            }
            Ok::<_, codec::AeadError>(plain)
        };
        proptest::prop_assert_eq!(run(&sealed).unwrap(), &data[..]);
        let at = damage % sealed.len();
        sealed[at] ^= 1;
        proptest::prop_assert!(run(&sealed).is_err());
    }
}

#[test]
fn the_crate_decrypts_datagrams_with_a_salt_prefix() {
    for method in METHODS {
        let prefixed = server(method, b"\x97\xa7");
        let mut packets = [prefixed.seal_datagram(&TARGET, b"hello"), prefixed.seal_datagram(&TARGET, b"hello")];
        assert_ne!(packets[0], packets[1], "{method}: the rest of the salt is random");
        for packet in &mut packets {
            assert!(packet.starts_with(b"\x97\xa7"), "{method}");
            let context = Context::new(ServerType::Server);
            let opened = decrypt_client_payload(&context, prefixed.method, &prefixed.key, packet, None).unwrap();
            let (length, address, _control) = opened;
            assert_eq!((&packet[..length], address.to_string().as_str()), (&b"hello"[..], "127.0.0.1:80"), "{method}");
        }
    }
}
