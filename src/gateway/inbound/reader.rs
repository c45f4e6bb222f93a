//! A client's connection during its handshake, with the bytes that have been read ahead.
//!
//! Parsers see all bytes so far and return how many they have consumed, so it does not matter how the bytes were split,
//! and a client that sends everything at once costs one read.

use std::net::IpAddr;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Rejected;

/// The result of a parser for the bytes so far: a value and the number of consumed bytes, or `None` if it needs more.
pub(super) type Parsed<T> = Result<Option<(T, usize)>, Rejected>;

/// In bytes; enough for every SOCKS message and the head of most browsers' `CONNECT`: one read, no reallocation.
const INITIAL_CAPACITY: usize = 640;

/// How long a client may take to close after the last response, before the connection is cut.
const LINGER: Duration = Duration::from_secs(1);

/// A client's connection, with the bytes that have been read ahead.
pub(super) struct Reader {
    client: TcpStream,
    seen: BytesMut,
}

impl Reader {
    pub(super) fn new(client: TcpStream) -> Self {
        Self { client, seen: BytesMut::with_capacity(INITIAL_CAPACITY) }
    }

    /// The first byte, without consuming it.
    pub(super) async fn first(&mut self) -> Result<u8, Rejected> {
        match self.client.read_buf(&mut self.seen).await {
            Ok(0) | Err(_) => Err(Rejected::Silent),
            Ok(_read) => Ok(self.seen[0]),
        }
    }

    /// The next message, once it is complete; at most `limit` bytes long.
    pub(super) async fn next<T>(&mut self, limit: usize, parse: impl Fn(&[u8]) -> Parsed<T>) -> Result<T, Rejected> {
        loop {
            if let Some((value, used)) = parse(&self.seen)? {
                self.consume(used);
                return Ok(value);
            }
            if self.seen.len() >= limit {
                return Err(Rejected::TooLong);
            }
            self.read_more().await?;
        }
    }

    /// The client's address.
    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.client.peer_addr().ok().map(|peer| peer.ip())
    }

    /// The bytes that have been read and not consumed.
    pub(super) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Consumes the first `count` bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.seen.advance(count);
    }

    /// Waits for more bytes.
    pub(super) async fn read_more(&mut self) -> Result<(), Rejected> {
        self.seen.reserve(INITIAL_CAPACITY / 2);
        match self.client.read_buf(&mut self.seen).await {
            Ok(0) | Err(_) => Err(Rejected::Closed),
            Ok(_read) => Ok(()),
        }
    }

    /// Sends a response.
    pub(super) async fn write(&mut self, answer: &[u8]) -> Result<(), Rejected> {
        self.client.write_all(answer).await.map_err(|_gone| Rejected::Closed)
    }

    /// Sends the last response, if there is one, and closes.
    pub(super) async fn reject(mut self, answer: &[u8], reason: Rejected) -> Rejected {
        if !answer.is_empty() && self.write(answer).await.is_ok() {
            linger(&mut self.client).await;
        }
        reason
    }

    /// The connection, and the unconsumed bytes.
    pub(super) fn into_parts(self) -> (TcpStream, Bytes) {
        let early = if self.seen.is_empty() { Bytes::new() } else { self.seen.freeze() };
        (self.client, early)
    }
}

/// Shuts down the sending side and waits a moment for the client to close. Closing with unread bytes in the socket
/// would send a reset, which could discard the last response.
pub(in crate::gateway) async fn linger(client: &mut TcpStream) {
    let ended = async {
        client.shutdown().await?;
        let mut unwanted = [0; 512];
        while client.read(&mut unwanted).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Closed by the client, broken or out of time: the connection has ended either way.
    let _over = tokio::time::timeout(LINGER, ended).await;
}
