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
use crate::socks5::{parse_datagram, write_datagram_header};

/// RFC 4787, section 4.3: a UDP mapping should be kept for five minutes.
const IDLE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// An open UDP relay.
pub(super) struct UdpRelay {
    local: UdpSocket,
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
    Ok(UdpRelay { local, server, client, buffers })
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

    /// Relays one datagram from the client to the server.
    async fn carry_up(&mut self) -> io::Result<()> {
        let mut buffer = self.buffers.take();
        let space = buffer.space();
        let (length, from) = match self.local.try_recv_from(space) {
            Ok(received) => received,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let datagram = &space[..length];
        let (target, header) = parse_datagram(datagram).ok_or_else(malformed)?;
        if *self.client.get_or_insert(from) != from {
            return Err(io::Error::other("sender is not the client"));
        }
        self.server.send(&target, &datagram[header..]).await
    }

    /// Relays one datagram from the server to the client.
    async fn carry_down(&mut self) -> io::Result<()> {
        let mut buffer = self.buffers.take();
        let mut space = ReadBuf::new(buffer.space());
        // A spurious wake-up: the next iteration waits.
        let received = poll_fn(|cx| Poll::Ready(self.server.poll_receive(cx, &mut space))).await;
        let Poll::Ready(received) = received else { return Ok(()) };
        let (length, from) = received?;
        let Some(client) = self.client else { return Err(io::Error::other("no client has sent anything yet")) };
        let mut datagram = Vec::with_capacity(length + 64);
        write_datagram_header(&mut datagram, &from);
        datagram.extend_from_slice(&space.filled()[..length]);
        self.local.send_to(&datagram, client).await.map(drop)
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "fragment, or not a SOCKS5 datagram")
}
