//! Servers that send a recording and discard what they receive.

use std::io::{Cursor, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waiting, Poll};
use std::{io, thread};

use bytes::BytesMut;
use shadowsocks::config::{ServerConfig, ServerType};
use shadowsocks::context::Context;
use shadowsocks::crypto::CipherKind;
use shadowsocks::relay::socks5::Address;
use shadowsocks::relay::tcprelay::proxy_stream::{ProxyClientStream, ProxyServerStream};
use sluice::model::{Kind, Node, Ssr};
use sluice::ssr::cipher::{CipherDirection, machine};
use sluice::ssr::digest::derive_key;
use sluice::ssr::entropy::ThreadEntropy;
use sluice::ssr::protocol::{AuthData, FramingContext, framing};
use sluice::ssr::{Method, Obfs, Protocol};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

pub const TARGET: [u8; 7] = [1, 127, 0, 0, 1, 0, 80];
pub const PASSWORD: &str = "correct horse";
/// How much a server reads from its target at a time.
pub const PIECE: usize = 16 * 1024;
/// Sent before the data, so that a health check succeeds.
pub const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// Everything that a server sends on a connection, and the node's parameters.
pub struct Wire {
    bytes: Vec<u8>,
    kind: Kind,
}

impl Wire {
    /// `total` bytes by Shadowsocks.
    pub fn of_ss(total: usize) -> Self {
        let bytes = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(record_ss(total));
        Self { bytes, kind: Kind::Ss { method: "aes-256-gcm".into(), password: PASSWORD.into(), plugin: None } }
    }

    /// `total` bytes by ShadowsocksR.
    pub fn of_ssr(total: usize, method: Method, protocol: Protocol, obfs: Obfs) -> Self {
        let (password, protocol_param, obfs_param) = (PASSWORD.into(), "".into(), String::new());
        let bytes = record_ssr(total, method, protocol).to_vec();
        Self { bytes, kind: Kind::Ssr(Ssr { method, password, protocol, protocol_param, obfs, obfs_param }) }
    }
}

/// Starts a server that sends a recording on each connection; its node.
pub fn serve(wire: Wire) -> Node {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let bytes = Arc::new(wire.bytes);
    thread::spawn(move || {
        // One health check and one client; then the recording is dropped.
        let mut clients = Vec::new();
        for mut client in listener.incoming().take(2).flatten() {
            let bytes = bytes.clone();
            clients.push(thread::spawn(move || {
                let mut buffer = vec![0; 256 * 1024];
                let _request = client.read(&mut buffer);
                let _left = client.write_all(&bytes);
                drop(bytes);
                while client.read(&mut buffer).is_ok_and(|read| read > 0) {}
            }));
        }
    });
    Node::new("", "127.0.0.1", port, wire.kind)
}

/// The stream of a ShadowsocksR server: its frames are those of a client without the head.
pub fn record_ssr(total: usize, method: Method, protocol: Protocol) -> BytesMut {
    let key = derive_key(PASSWORD.as_bytes(), method.key_len());
    let iv = vec![7; method.iv_len()];
    let auth = AuthData { time: 0, client_id: [0; 4], connection_id: 0 };
    let session =
        FramingContext { key: key.clone().into(), iv: iv.clone(), user: None, auth, overhead: protocol.overhead() };
    let mut frames = framing(protocol, session);
    frames.encode(&TARGET, &mut BytesMut::new(), &mut ThreadEntropy);
    let (piece, mut wire) = (vec![1; PIECE], BytesMut::from(&iv[..]));
    frames.encode(ANSWER, &mut wire, &mut ThreadEntropy);
    for _ in 0..total / PIECE {
        frames.encode(&piece, &mut wire, &mut ThreadEntropy);
    }
    machine(method, CipherDirection::Encrypt, &key, &iv).apply(&mut wire[iv.len()..]).unwrap();
    wire
}

async fn record_ss(total: usize) -> Vec<u8> {
    let nowhere: std::net::SocketAddr = ([127, 0, 0, 1], 1).into();
    let config = ServerConfig::new(nowhere, PASSWORD, CipherKind::AES_256_GCM).unwrap();
    let target = Address::SocketAddress(([127, 0, 0, 1], 80).into());
    let context = Context::new_shared(ServerType::Local);
    let mut client = ProxyClientStream::from_stream(context, Tape::default(), &config, target);
    client.write_all(b"x").await.unwrap();
    let request = std::mem::take(&mut client.get_mut().written);

    let tape = Tape { input: Cursor::new(request), written: Vec::with_capacity(total + total / 64) };
    let context = Context::new_shared(ServerType::Server);
    let mut server = ProxyServerStream::from_stream(context, tape, config.method(), config.key());
    server.handshake().await.unwrap();
    server.write_all(ANSWER).await.unwrap();
    let piece = vec![1; PIECE];
    for _ in 0..total / PIECE {
        server.write_all(&piece).await.unwrap();
    }
    std::mem::take(&mut server.get_mut().written)
}

/// A peer in memory.
#[derive(Default)]
struct Tape {
    input: Cursor<Vec<u8>>,
    written: Vec<u8>,
}

impl AsyncRead for Tape {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Waiting<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_read(cx, to)
    }
}

impl AsyncWrite for Tape {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Waiting<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Waiting<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Waiting<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
