//! WebSocket (RFC 6455): an echo server and a client for it.

use std::io;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::echo::serve_tcp;
use super::{Background, V4};

/// A running server, stopped on drop.
pub struct WebSocketServer {
    pub addr: SocketAddr,
    service: Background,
}

impl WebSocketServer {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let (service, addr) = serve_tcp(V4, serve);
        Self { addr, service }
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let head = read_head(&mut stream).await?;
    let key = header(&head, "sec-websocket-key").ok_or(io::ErrorKind::InvalidData)?;
    let accepted = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        accept(&key)
    );
    stream.write_all(accepted.as_bytes()).await?;
    loop {
        let message = read_frame(&mut stream).await?;
        write_frame(&mut stream, &message, None).await?;
    }
}

/// A client connection.
pub struct WebSocket(TcpStream);

impl WebSocket {
    /// Performs the WebSocket handshake over a connection to the server.
    ///
    /// # Errors
    /// The connection broke, or the server does not accept the upgrade.
    pub async fn open(mut stream: TcpStream, host: &str) -> io::Result<Self> {
        let key = BASE64_STANDARD.encode("sixteen byte key");
        let request = format!(
            "GET /chat HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let head = read_head(&mut stream).await?;
        let is_open = head.starts_with("HTTP/1.1 101") && header(&head, "sec-websocket-accept") == Some(accept(&key));
        if is_open { Ok(Self(stream)) } else { Err(io::Error::other(head)) }
    }

    /// Sends a message and waits for its echo.
    ///
    /// # Errors
    /// The connection broke, or the echo differs.
    pub async fn echo(&mut self, message: &[u8]) -> io::Result<()> {
        write_frame(&mut self.0, message, Some([1, 2, 3, 4])).await?;
        let back = read_frame(&mut self.0).await?;
        if back == message { Ok(()) } else { Err(io::Error::other("the echo differs")) }
    }
}

fn accept(key: &str) -> String {
    BASE64_STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

fn header(head: &str, wanted: &str) -> Option<String> {
    let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned())
}

async fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

async fn write_frame(stream: &mut TcpStream, message: &[u8], mask: Option<[u8; 4]>) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    let mut frame = vec![0x82, 126 | if mask.is_some() { 0x80 } else { 0 }];
    frame.extend(length.to_be_bytes());
    frame.extend(mask.unwrap_or_default().iter().take(if mask.is_some() { 4 } else { 0 }));
    let mask = mask.unwrap_or_default();
    frame.extend(message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    stream.write_all(&frame).await
}

async fn read_frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let _kind = stream.read_u8().await?;
    let second = stream.read_u8().await?;
    assert_eq!(second & 0x7f, 126, "both sides write lengths of 16 bits");
    let length = stream.read_u16().await?;
    let mut mask = [0; 4];
    if second & 0x80 != 0 {
        stream.read_exact(&mut mask).await?;
    }
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect())
}
