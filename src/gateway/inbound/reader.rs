//! A client's connection during its handshake: what has been read, and what of it was used.
//!
//! Parsers see everything that has come and say how much they used, so it makes no difference how
//! the bytes were cut on the way, and a client that sends everything at once costs one read.

use std::net::IpAddr;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Rejected;

/// What a parser makes of the bytes so far: a value and how many bytes it used, or none yet.
pub(super) type Parsed<T> = Result<Option<(T, usize)>, Rejected>;

/// Holds every SOCKS message, and the head of most browsers' `CONNECT`: one read, no growth.
const USUAL: usize = 640;

/// How long a client may take to close after the last answer, before the connection is cut.
const LINGER: Duration = Duration::from_secs(1);

/// A client's connection, with the bytes read ahead.
pub(super) struct Reader {
    client: TcpStream,
    seen: BytesMut,
}

impl Reader {
    pub(super) fn new(client: TcpStream) -> Self {
        Self { client, seen: BytesMut::with_capacity(USUAL) }
    }

    /// The first byte, without using it.
    pub(super) async fn first(&mut self) -> Result<u8, Rejected> {
        match self.client.read_buf(&mut self.seen).await {
            Ok(0) | Err(_) => Err(Rejected::Silent),
            Ok(_read) => Ok(self.seen[0]),
        }
    }

    /// The next message, as soon as it is complete; at most `limit` bytes long.
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

    /// What has been read and not used.
    pub(super) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Marks the first `count` bytes of it as used.
    pub(super) fn consume(&mut self, count: usize) {
        self.seen.advance(count);
    }

    /// Waits for more.
    pub(super) async fn read_more(&mut self) -> Result<(), Rejected> {
        self.seen.reserve(USUAL / 2);
        match self.client.read_buf(&mut self.seen).await {
            Ok(0) | Err(_) => Err(Rejected::BrokenOff),
            Ok(_read) => Ok(()),
        }
    }

    /// Sends an answer.
    pub(super) async fn write(&mut self, answer: &[u8]) -> Result<(), Rejected> {
        self.client.write_all(answer).await.map_err(|_gone| Rejected::BrokenOff)
    }

    /// Sends the last answer, if there is one, and closes.
    pub(super) async fn turn_away(mut self, answer: &[u8], reason: Rejected) -> Rejected {
        if !answer.is_empty() && self.write(answer).await.is_ok() {
            linger(&mut self.client).await;
        }
        reason
    }

    /// The connection, and what was read and not used.
    pub(super) fn into_parts(self) -> (TcpStream, Bytes) {
        let early = if self.seen.is_empty() { Bytes::new() } else { self.seen.freeze() };
        (self.client, early)
    }
}

/// Ends the stream to the client and waits a moment for it to close. To close with unread bytes in
/// the socket would send a reset, which could take the last answer away from the client.
pub(in crate::gateway) async fn linger(client: &mut TcpStream) {
    let ended = async {
        client.shutdown().await?;
        let mut unwanted = [0; 512];
        while client.read(&mut unwanted).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Closed by the client, broken or out of time: the connection is over anyway.
    let _over = tokio::time::timeout(LINGER, ended).await;
}
