//! How fast the room `ssr` moves bytes, next to Shadowsocks with aes-256-gcm: over loopback, one connection, the peer on
//! another thread. `cargo bench --bench ssr_speed [MiB]`
#![expect(clippy::print_stdout, reason = "figures are for reading")]

use std::time::{Instant, SystemTime};

use bytes::BytesMut;
use shadowsocks::config::{ServerConfig, ServerType};
use shadowsocks::context::Context;
use shadowsocks::crypto::CipherKind;
use shadowsocks::relay::socks5::Address;
use shadowsocks::relay::tcprelay::proxy_stream::{ProxyClientStream, ProxyServerStream};
use sluice::ssr::cipher::{Direction, machine};
use sluice::ssr::digest::derive_key;
use sluice::ssr::entropy::ThreadEntropy;
use sluice::ssr::protocol::{AuthData, Session, framing};
use sluice::ssr::{Config, Method, Obfs, Protocol, Server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const TARGET: [u8; 7] = [1, 127, 0, 0, 1, 0, 80];
const PASSWORD: &str = "correct horse";
/// What a relay writes at once.
const PIECE: usize = 16 * 1024;

fn main() {
    let mebibytes = std::env::args().filter_map(|arg| arg.parse::<usize>().ok()).next().unwrap_or(1024);
    let total = mebibytes << 20;
    for (method, protocol, obfs) in COMBINATIONS {
        in_memory(total / 4, method, protocol, obfs);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        for _ in 0..2 {
            down_ss(total).await;
            for (method, protocol, obfs) in COMBINATIONS {
                down_ssr(total, method, protocol, obfs).await;
            }
        }
        up_ss(total).await;
        for (method, protocol, obfs) in COMBINATIONS {
            up_ssr(total, method, protocol, obfs).await;
        }
    });
}

const COMBINATIONS: [(Method, Protocol, Obfs); 4] = [
    (Method::Aes256Cfb, Protocol::AuthAes128Md5, Obfs::Plain),
    (Method::Aes256Cfb, Protocol::AuthAes128Sha1, Obfs::Plain),
    (Method::Chacha20Ietf, Protocol::AuthChainA, Obfs::Plain),
    (Method::Aes256Cfb, Protocol::Origin, Obfs::Plain),
];

async fn down_ssr(total: usize, method: Method, protocol: Protocol, obfs: Obfs) {
    if matches!(protocol, Protocol::AuthChainA | Protocol::AuthChainB) {
        return; // its server's frames need the client's head
    }
    let (near, far) = pair().await;
    let mut tasks = JoinSet::new();
    let wire = record(total, method, protocol);
    tasks.spawn(async move {
        let mut far = far;
        let _request = far.read(&mut [0; 4096]).await.expect("the client says where to");
        far.write_all(&wire).await.expect("written");
    });
    let mut stream = Server::new(config(method, protocol, obfs)).wrap(near, &TARGET, SystemTime::now());
    let start = Instant::now();
    stream.write_all(b"x").await.expect("written");
    read(&mut stream, total).await;
    report(&format!("down {method} {protocol} {obfs}"), total, start);
}

/// What a server sends: its frames are a client's without the head. Made before the clock starts, so that the figure is
/// the client's own.
fn record(total: usize, method: Method, protocol: Protocol) -> BytesMut {
    let key = derive_key(PASSWORD.as_bytes(), method.key_len());
    let iv = vec![7; method.iv_len()];
    let auth = AuthData { time: 0, client_id: [0; 4], connection_id: 0 };
    let session = Session { key: key.clone().into(), iv: iv.clone(), user: None, auth, overhead: protocol.overhead() };
    let mut frames = framing(protocol, session);
    frames.encode(&TARGET, &mut BytesMut::new(), &mut ThreadEntropy);
    let (piece, mut wire) = (vec![1; PIECE], BytesMut::from(&iv[..]));
    for _ in 0..total / PIECE {
        frames.encode(&piece, &mut wire, &mut ThreadEntropy);
    }
    machine(method, Direction::Encrypt, &key, &iv).apply(&mut wire[iv.len()..]).expect("the keystream goes on");
    wire
}

fn in_memory(total: usize, method: Method, protocol: Protocol, obfs: Obfs) {
    let server = Server::new(config(method, protocol, obfs));
    let mut pipeline = server.pipeline(&TARGET, SystemTime::now(), &mut ThreadEntropy);
    let piece = vec![1; PIECE];
    let start = Instant::now();
    for _ in 0..total / PIECE {
        pipeline.send(&piece, &mut ThreadEntropy).expect("sent");
        pipeline.wire.clear();
    }
    report(&format!("memory up {method} {protocol} {obfs}"), total, start);
    if matches!(protocol, Protocol::AuthChainA | Protocol::AuthChainB) {
        return;
    }
    let wire = record(total, method, protocol);
    let start = Instant::now();
    let mut raw = BytesMut::new();
    for piece in wire.chunks(64 * 1024) {
        raw.extend_from_slice(piece);
        pipeline.receive(&mut raw, &mut ThreadEntropy).expect("received");
        pipeline.plain.clear();
    }
    report(&format!("memory down {method} {protocol} {obfs}"), total, start);
}

async fn up_ssr(total: usize, method: Method, protocol: Protocol, obfs: Obfs) {
    let (near, far) = pair().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(swallow(far));
    let mut stream = Server::new(config(method, protocol, obfs)).wrap(near, &TARGET, SystemTime::now());
    let start = Instant::now();
    write(&mut stream, total).await;
    report(&format!("up {method} {protocol} {obfs}"), total, start);
}

async fn down_ss(total: usize) {
    let (near, far) = pair().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let config = ss_config();
        let context = Context::new_shared(ServerType::Server);
        let mut stream = ProxyServerStream::from_stream(context, far, config.method(), config.key());
        stream.handshake().await.expect("the client says where to");
        write(&mut stream, total).await;
    });
    let mut stream = ss_client(near);
    let start = Instant::now();
    stream.write_all(b"x").await.expect("written");
    read(&mut stream, total).await;
    report("down ss aes-256-gcm", total, start);
}

async fn up_ss(total: usize) {
    let (near, far) = pair().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(swallow(far));
    let mut stream = ss_client(near);
    let start = Instant::now();
    write(&mut stream, total).await;
    report("up ss aes-256-gcm", total, start);
}

fn ss_client(near: TcpStream) -> ProxyClientStream<TcpStream> {
    let target = Address::SocketAddress(([127, 0, 0, 1], 80).into());
    ProxyClientStream::from_stream(Context::new_shared(ServerType::Local), near, &ss_config(), target)
}

fn ss_config() -> ServerConfig {
    let address: std::net::SocketAddr = ([127, 0, 0, 1], 1).into();
    ServerConfig::new(address, PASSWORD, CipherKind::AES_256_GCM).expect("the password suits")
}

fn config(method: Method, protocol: Protocol, obfs: Obfs) -> Config {
    Config {
        host: "127.0.0.1".to_owned(),
        port: 1,
        method,
        password: PASSWORD.into(),
        protocol,
        protocol_param: "".into(),
        obfs,
        obfs_param: String::new(),
    }
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let near = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("loopback connects");
    (near, listener.accept().await.expect("loopback connects").0)
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), total: usize) {
    let piece = vec![1; PIECE];
    for _ in 0..total / PIECE {
        stream.write_all(&piece).await.expect("written");
    }
    stream.flush().await.expect("flushed");
}

async fn read(stream: &mut (impl AsyncRead + Unpin), total: usize) {
    let (mut buffer, mut left) = (vec![0; 64 * 1024], total);
    while left > 0 {
        left -= stream.read(&mut buffer).await.expect("read");
    }
}

async fn swallow(mut far: TcpStream) {
    let mut buffer = vec![0; 256 * 1024];
    while matches!(far.read(&mut buffer).await, Ok(1..)) {}
}

fn report(what: &str, total: usize, start: Instant) {
    println!("{what}: {:.0} MB/s", total as f64 / 1e6 / start.elapsed().as_secs_f64());
}
