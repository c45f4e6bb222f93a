//! A web server that forwards WebSockets to a Shadowsocks server, like Outline's: streams on one path, datagrams on another.
//! A client's close frame ends only its own direction.

use std::future::poll_fn;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::echo::serve_tcp;
use super::{Background, V4};

const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// A running server, stopped on drop.
pub struct WebSocketBridge {
    pub addr: SocketAddr,
    /// Its certificate, for clients that should trust it.
    certificate: Option<tempfile::NamedTempFile>,
    upgrades: Arc<AtomicUsize>,
    _service: Background,
}

/// A fault of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgeFault {
    None,
    /// It accepts the connection and sends nothing.
    Silent,
    /// After the handshake it sends a frame head with this length.
    Frame(u64),
    /// It sends some bytes and closes without a close frame.
    Cut,
    /// It sends a text frame.
    Text,
}

impl WebSocketBridge {
    /// The path for streams.
    pub const TCP: &'static str = "/sesame/tcp";
    /// The path for datagrams.
    pub const UDP: &'static str = "/sesame/udp";

    /// Forwards to `server`, without TLS.
    pub fn to(server: SocketAddr) -> Self {
        Self::start(server, None, BridgeFault::None)
    }

    /// Forwards to `server`, with TLS and a certificate for this name.
    pub fn secured(server: SocketAddr, name: &str) -> Self {
        Self::start(server, Some(name), BridgeFault::None)
    }

    /// Forwards nowhere and has this fault.
    pub fn faulty(fault: BridgeFault) -> Self {
        Self::start(SocketAddr::new(V4, 1), None, fault)
    }

    fn start(server: SocketAddr, name: Option<&str>, fault: BridgeFault) -> Self {
        let (acceptor, certificate) = name.map(certified).unzip();
        let upgrades = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&upgrades);
        let (service, addr) = serve_tcp(V4, move |stream| {
            let (acceptor, counter) = (acceptor.clone(), Arc::clone(&counter));
            async move {
                match acceptor {
                    Some(acceptor) => serve(acceptor.accept(stream).await?, server, fault, &counter).await,
                    None => serve(stream, server, fault, &counter).await,
                }
            }
        });
        Self { addr, certificate, upgrades, _service: service }
    }

    /// The file with its certificate.
    pub fn certificate(&self) -> &Path {
        self.certificate.as_ref().expect("started with a certificate").path()
    }

    /// How many WebSockets have been opened.
    pub fn upgrades(&self) -> usize {
        self.upgrades.load(Ordering::Relaxed)
    }
}

fn certified(name: &str) -> (TlsAcceptor, tempfile::NamedTempFile) {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let encoded = BASE64_STANDARD.encode(certified.cert.der());
    write!(file, "-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n").unwrap();
    (TlsAcceptor::from(Arc::new(config)), file)
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    server: SocketAddr,
    fault: BridgeFault,
    upgrades: &AtomicUsize,
) -> io::Result<()> {
    if fault == BridgeFault::Silent {
        return std::future::pending().await;
    }
    let head = read_head(&mut stream).await?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let key = header(&head, "sec-websocket-key").ok_or(io::ErrorKind::InvalidData)?;
    if ![WebSocketBridge::TCP, WebSocketBridge::UDP].contains(&path.as_str()) {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    }
    let accepted = BASE64_STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    upgrades.fetch_add(1, Ordering::Relaxed);
    match fault {
        BridgeFault::None if path == WebSocketBridge::TCP => {
            carry_bytes(stream, TcpStream::connect(server).await?).await
        }
        BridgeFault::None => carry_datagrams(stream, server).await,
        BridgeFault::Silent => Ok(()),
        BridgeFault::Frame(length) => {
            stream.write_all(&[0x80 | BINARY, 127]).await?;
            stream.write_u64(length).await?;
            drain(&mut stream).await
        }
        BridgeFault::Cut => {
            let _asked = read_frame(&mut stream).await?;
            write_frame(&mut stream, BINARY, b"half an ans").await?;
            stream.shutdown().await?;
            drain(&mut stream).await
        }
        BridgeFault::Text => {
            write_frame(&mut stream, 1, b"hello").await?;
            drain(&mut stream).await
        }
    }
}

async fn drain(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}

async fn carry_bytes(stream: impl AsyncRead + AsyncWrite, mut server: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_client) = split(stream);
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        loop {
            match read_frame(&mut from_client).await? {
                (BINARY, message) => to_server.write_all(&message).await?,
                (CLOSE, _) => return to_server.shutdown().await,
                _other => {}
            }
        }
    };
    let down = async {
        // Clients must answer pings.
        write_frame(&mut to_client, PING, b"there?").await?;
        let mut buffer = vec![0; 100_000];
        loop {
            match from_server.read(&mut buffer).await? {
                0 => return write_frame(&mut to_client, CLOSE, &1000_u16.to_be_bytes()).await,
                length => write_frame(&mut to_client, BINARY, &buffer[..length]).await?,
            }
        }
    };
    let (_up, down) = tokio::join!(up, down);
    down
}

async fn carry_datagrams(stream: impl AsyncRead + AsyncWrite, server: SocketAddr) -> io::Result<()> {
    let (mut from_client, mut to_client) = split(stream);
    let socket = UdpSocket::bind((V4, 0)).await?;
    socket.connect(server).await?;
    let up = async {
        loop {
            match read_frame(&mut from_client).await? {
                (BINARY, datagram) => drop(socket.send(&datagram).await?),
                (CLOSE, _) => return io::Result::Ok(()),
                _other => {}
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; 65_536];
        loop {
            let length = socket.recv(&mut buffer).await?;
            write_frame(&mut to_client, BINARY, &buffer[..length]).await?;
        }
    };
    tokio::select! {
        ended = up => ended,
        ended = down => ended,
    }
}

fn header(head: &str, wanted: &str) -> Option<String> {
    let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned())
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

async fn write_frame(stream: &mut (impl AsyncWrite + Unpin), kind: u8, message: &[u8]) -> io::Result<()> {
    let mut frame = vec![0x80 | kind];
    match message.len() {
        short @ 0..126 => frame.push(short as u8),
        middle @ 126..65_536 => {
            frame.push(126);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(message);
    stream.write_all(&frame).await?;
    poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await
}

/// Reads a client's frame, which is masked: its opcode and payload.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let first = stream.read_u8().await?;
    assert_eq!(first & 0xf0, 0x80, "messages of one frame, without extensions");
    let second = stream.read_u8().await?;
    assert_eq!(second & 0x80, 0x80, "clients mask");
    let length = match second & 0x7f {
        126 => u64::from(stream.read_u16().await?),
        127 => stream.read_u64().await?,
        short => u64::from(short),
    };
    assert!(length <= 65_536, "messages of {length} bytes");
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await?;
    let mut message = vec![0; length as usize];
    stream.read_exact(&mut message).await?;
    message.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Ok((first & 0x0f, message))
}
