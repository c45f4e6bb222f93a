//! UDP sockets that move several datagrams per system call, where the system can.
//!
//! Linux takes datagrams of equal size to one destination as one (UDP_SEGMENT, generic segmentation offload) and gives
//! those that belong together back as one (UDP_GRO); see udp(7). They pass the network stack once instead of once each,
//! which is most of what a datagram costs. Elsewhere they are moved one by one.
//!
//! [`OutgoingDatagrams`] collects what may be sent at once, and [`ReceivedDatagrams`] holds what has arrived at once.
//! Buffers are held only while they contain datagrams. This module never decides what is sent where.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use tokio::io::Interest;
use tokio::net::UdpSocket;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::others as system;

/// Maximum size of a datagram, or of several as one, in bytes.
const MAX_DATAGRAM: usize = 65_535;
/// Several are sent as one up to this many bytes: with headers, a packet has at most 65,535.
const MAX_OUTGOING: usize = 60_000;
/// The system takes no more than so many as one (UDP_MAX_SEGMENTS).
const MAX_SEGMENTS: usize = 64;
/// Received at once, in bytes.
const RECEIVE_BUFFER: usize = 2 * MAX_DATAGRAM;

/// Datagrams to be sent, as one block of bytes: each has `segment` bytes, the last one may be shorter.
#[derive(Clone, Copy, Debug)]
struct Block<'a> {
    bytes: &'a [u8],
    segment: usize,
}

impl<'a> Block<'a> {
    fn datagrams(self) -> impl Iterator<Item = &'a [u8]> {
        // An empty datagram is a datagram.
        let empty = self.bytes.is_empty().then_some(self.bytes);
        empty.into_iter().chain(self.bytes.chunks(self.segment.max(1)))
    }
}

/// A UDP socket for many datagrams.
#[derive(Debug)]
pub struct BatchSocket(UdpSocket);

impl BatchSocket {
    /// Takes a socket.
    pub fn new(socket: UdpSocket) -> Self {
        system::merge_received(&socket);
        Self(socket)
    }

    /// The socket's own address.
    ///
    /// # Errors
    /// The socket has failed.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Waits until datagrams can be received.
    ///
    /// # Errors
    /// The socket has failed.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    /// Ready when datagrams can be received.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_recv_ready(cx)
    }

    /// Ready when a datagram can be sent.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_send_ready(cx)
    }

    /// Receives what is there, in place of what `received` contains.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing, or the error of an earlier datagram (ICMP).
    pub fn try_receive(&self, received: &mut ReceivedDatagrams) -> io::Result<()> {
        received.clear();
        loop {
            let space = received.space();
            if space.len() < MAX_DATAGRAM {
                return Ok(());
            }
            match self.0.try_io(Interest::READABLE, || system::receive(&self.0, space)) {
                Ok(message) => received.add(message),
                Err(error) if received.messages.is_empty() => return Err(error),
                Err(_later) => return Ok(()),
            }
        }
    }

    /// Sends what was collected, to an address or where the socket is connected to, and empties it.
    ///
    /// # Errors
    /// They are lost.
    pub async fn send(&self, outgoing: &mut OutgoingDatagrams, to: Option<SocketAddr>) -> io::Result<()> {
        loop {
            match self.try_send(outgoing, to) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.0.writable().await?,
                sent => return sent,
            }
        }
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if they cannot be sent now; on other errors they are lost.
    pub fn try_send(&self, outgoing: &mut OutgoingDatagrams, to: Option<SocketAddr>) -> io::Result<()> {
        if outgoing.count == 0 {
            return Ok(());
        }
        let sent = self.0.try_io(Interest::WRITABLE, || system::send(&self.0, outgoing.block(), to));
        if !matches!(&sent, Err(error) if error.kind() == ErrorKind::WouldBlock) {
            outgoing.clear();
        }
        sent
    }
}

/// Datagrams for one destination that may be sent at once.
#[derive(Debug, Default)]
pub struct OutgoingDatagrams {
    bytes: Vec<u8>,
    segment: usize,
    count: usize,
}

impl OutgoingDatagrams {
    /// Adds a datagram in parts. False if it must be sent apart: then those that are there have to be sent first.
    #[must_use]
    pub fn add(&mut self, parts: &[&[u8]]) -> bool {
        let length = parts.iter().map(|part| part.len()).sum();
        if self.count > 0 && !self.has_place(length) {
            return false;
        }
        if self.count == 0 {
            self.segment = length;
        }
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.count += 1;
        true
    }

    /// All have the same size but the last.
    fn has_place(&self, length: usize) -> bool {
        let all_equal = self.bytes.len() == self.segment * self.count;
        let fits = self.count < MAX_SEGMENTS && self.bytes.len() + length <= MAX_OUTGOING;
        all_equal && fits && (1..=self.segment).contains(&length)
    }

    fn block(&self) -> Block<'_> {
        Block { bytes: &self.bytes, segment: self.segment }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }
}

/// Datagrams that have arrived together; they are taken out in order.
#[derive(Debug)]
pub struct ReceivedDatagrams {
    bytes: Box<[u8]>,
    /// Where the next datagram is, and where the last one ends.
    start: usize,
    end: usize,
    messages: VecDeque<ReceivedMessage>,
}

/// What one system call has received: the size of it, and of each datagram.
#[derive(Clone, Copy, Debug)]
struct ReceivedMessage {
    length: usize,
    segment: usize,
    from: SocketAddr,
}

thread_local! {
    /// A buffer for the next that receives.
    static SPARE: RefCell<Option<Box<[u8]>>> = const { RefCell::new(None) };
}

impl ReceivedDatagrams {
    /// Space for datagrams.
    pub fn new() -> Self {
        let spare = SPARE.with(|spare| spare.borrow_mut().take());
        let bytes = spare.unwrap_or_else(|| vec![0; RECEIVE_BUFFER].into());
        Self { bytes, start: 0, end: 0, messages: VecDeque::new() }
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The next datagram, and its sender.
    pub fn take_next(&mut self) -> Option<(SocketAddr, &[u8])> {
        let message = self.messages.front_mut()?;
        let (from, length) = (message.from, message.segment.min(message.length));
        message.length -= length;
        if message.length == 0 {
            self.messages.pop_front();
        }
        let datagram = self.start..self.start + length;
        self.start = datagram.end;
        Some((from, &self.bytes[datagram]))
    }

    fn space(&mut self) -> &mut [u8] {
        let end = self.bytes.len().min(self.end + MAX_DATAGRAM);
        &mut self.bytes[self.end..end]
    }

    fn add(&mut self, message: ReceivedMessage) {
        self.end += message.length;
        self.messages.push_back(message);
    }

    fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
        self.messages.clear();
    }
}

impl Default for ReceivedDatagrams {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ReceivedDatagrams {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        // A thread that ends has no place for it.
        let _ended = SPARE.try_with(|spare| *spare.borrow_mut() = Some(bytes));
    }
}

#[cfg(test)]
mod tests;
