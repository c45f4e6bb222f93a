//! A UDP relay (RFC 1928, section 7): datagrams between one client and the server.
//!
//! It ends with the TCP connection on which it was requested, or after five minutes without a datagram. Fragments are
//! dropped, as RFC 1928 allows. Only the first sender is served from then on, so that no other program on this machine
//! can receive its responses or send in its place.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, ReadBuf};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep_until};

use super::buffers::BufferPool;
use super::connector::ServerConnector;
use super::datagrams::Datagrams;
use super::reach::ReachError;
use crate::os::datagrams::{BatchSocket, OutgoingDatagrams, ReceivedDatagrams};
use crate::socks5::{parse_datagram, write_datagram_header};

/// RFC 4787, section 4.3: a UDP mapping should be kept for five minutes.
const IDLE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Datagrams from the server that are passed on before others get their turn.
const MAX_AT_ONCE: usize = 128;

/// An open UDP relay.
pub(super) struct UdpRelay {
    local: BatchSocket,
    server: Datagrams,
    client: Option<SocketAddr>,
    buffers: BufferPool,
}

/// Opens a relay for datagrams from `announced`, or from the first sender if that is not a loopback address or has port
/// 0.
pub(super) async fn open(connector: &ServerConnector, announced: Option<SocketAddr>) -> Result<UdpRelay, ReachError> {
    let local = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(ReachError::Connect)?;
    let server = connector.datagrams().await?;
    let buffers = connector.buffers().clone();
    let client = announced.filter(|addr| addr.port() != 0 && addr.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST));
    Ok(UdpRelay { local: BatchSocket::new(local), server, client, buffers })
}

impl UdpRelay {
    /// The address to which the client sends its datagrams.
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local.local_addr()
    }

    /// Relays datagrams until the client closes its TCP connection, or none has arrived for [`IDLE_LIMIT`].
    pub(super) async fn run(mut self, control: &mut TcpStream) -> io::Result<()> {
        let idle = sleep_until(Instant::now() + IDLE_LIMIT);
        tokio::pin!(idle);
        let mut ignored = [0; 64];
        loop {
            let carried = tokio::select! {
                read = control.read(&mut ignored) => match read? {
                    0 => return Ok(()),
                    _ => continue,
                },
                ready = self.local.readable() => { ready?; self.carry_up().await }
                ready = poll_fn(|cx| self.server.poll_ready(cx)) => { ready?; self.carry_down().await }
                () = &mut idle => return Ok(()),
            };
            match carried {
                Ok(()) => idle.as_mut().reset(Instant::now() + IDLE_LIMIT),
                // Too long, undecipherable, an ICMP error: datagrams may be lost.
                Err(error) => tracing::debug!(%error, "datagram dropped"),
            }
        }
    }

    /// Relays what has arrived from the client to the server.
    async fn carry_up(&mut self) -> io::Result<()> {
        let mut received = ReceivedDatagrams::new();
        match self.local.try_receive(&mut received) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            outcome => outcome?,
        }
        let mut outcome = Ok(());
        while let Some((from, datagram)) = received.take_next() {
            // One that is dropped does not concern the next.
            outcome = self.carry_datagram(from, datagram).await.and(outcome);
        }
        self.server.flush().await.and(outcome)
    }

    async fn carry_datagram(&mut self, from: SocketAddr, datagram: &[u8]) -> io::Result<()> {
        let (target, header) = parse_datagram(datagram).ok_or_else(malformed)?;
        if *self.client.get_or_insert(from) != from {
            return Err(io::Error::other("sender is not the client"));
        }
        self.server.send(&target, &datagram[header..]).await
    }

    /// Relays what has arrived from the server to the client.
    async fn carry_down(&mut self) -> io::Result<()> {
        let (mut buffer, mut outgoing, mut outcome) = (self.buffers.take(), OutgoingDatagrams::default(), Ok(()));
        for _ in 0..MAX_AT_ONCE {
            let mut space = ReadBuf::new(buffer.space());
            let received = poll_fn(|cx| Poll::Ready(self.server.poll_receive(cx, &mut space))).await;
            let (length, from) = match received {
                Poll::Ready(Ok(received)) => received,
                Poll::Ready(Err(error)) => {
                    outcome = Err(error);
                    continue;
                }
                // A spurious wake-up, or the last one was received: the next iteration of the relay waits.
                Poll::Pending => break,
            };
            let Some(client) = self.client else { return Err(io::Error::other("no client has sent anything yet")) };
            let mut header = Vec::with_capacity(64);
            write_datagram_header(&mut header, &from);
            while !outgoing.add(&[&header, &space.filled()[..length]]) {
                self.local.send(&mut outgoing, Some(client)).await?;
            }
        }
        self.local.send(&mut outgoing, self.client).await.and(outcome)
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "fragment, or not a SOCKS5 datagram")
}
