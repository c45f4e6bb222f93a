//! A UDP association (RFC 1928, section 7): datagrams between one client and the server.
//!
//! It lives as long as the TCP connection it was asked on, and no longer than a while without a
//! datagram. Fragments are dropped, as RFC 1928 allows. The first sender is the client from then on:
//! nobody else on this machine gets answers or sends under its name.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Poll;
use std::time::Duration;

use shadowsocks::relay::socks5::{Address, UdpAssociateHeader};
use tokio::io::{AsyncReadExt, ReadBuf};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep_until};

use super::buffers::Buffers;
use super::datagrams::Datagrams;
use super::outbound::Outbound;
use super::reach::ReachError;
use super::socks;

/// RFC 4787, section 4.3: a UDP mapping should be kept for five minutes.
const IDLE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// An open association.
pub(super) struct Association {
    local: UdpSocket,
    server: Datagrams,
    client: Option<SocketAddr>,
    buffers: Buffers,
}

/// Opens an association for datagrams from `from`, or from anybody if its port is 0.
pub(super) async fn open(outbound: &Outbound, from: &Address) -> Result<Association, ReachError> {
    let local = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(ReachError::Connect)?;
    let server = outbound.datagrams().await?;
    let buffers = outbound.buffers().clone();
    Ok(Association { local, server, client: announced(from), buffers })
}

/// The address a client said it would send from, if it said so.
fn announced(from: &Address) -> Option<SocketAddr> {
    match from {
        Address::SocketAddress(addr) if addr.port() != 0 && addr.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) => Some(*addr),
        Address::SocketAddress(_) | Address::DomainNameAddress(..) => None,
    }
}

impl Association {
    /// Where the client is to send its datagrams.
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local.local_addr()
    }

    /// Carries datagrams until the client closes its TCP connection, or none has come for a while.
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
                // A datagram is lost, as datagrams are: too long, undecipherable, a closed port.
                Err(error) => tracing::debug!(%error, "a datagram was dropped"),
            }
        }
    }

    /// One datagram from the client to the server.
    async fn carry_up(&mut self) -> io::Result<()> {
        let mut buffer = self.buffers.take();
        let room = buffer.room();
        let (length, from) = match self.local.try_recv_from(room) {
            Ok(received) => received,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let [_, _, fragment, rest @ ..] = &room[..length] else { return Err(malformed()) };
        if *fragment != 0 {
            return Err(io::Error::other("a fragment"));
        }
        let (target, taken) = socks::address(rest).ok_or_else(malformed)?;
        if *self.client.get_or_insert(from) != from {
            return Err(io::Error::other("not from the client"));
        }
        self.server.send(&target, &rest[taken..]).await
    }

    /// One datagram from the server to the client.
    async fn carry_down(&mut self) -> io::Result<()> {
        let mut buffer = self.buffers.take();
        let mut room = ReadBuf::new(buffer.room());
        // The socket was ready; should it not be any more, nothing is lost by not waiting.
        let received = poll_fn(|cx| Poll::Ready(self.server.poll_receive(cx, &mut room))).await;
        let Poll::Ready(received) = received else { return Ok(()) };
        let (length, from) = received?;
        let Some(client) = self.client else { return Err(io::Error::other("no client yet")) };
        let header = UdpAssociateHeader::new(0, from);
        let mut datagram = Vec::with_capacity(header.serialized_len() + length);
        header.write_to_buf(&mut datagram);
        datagram.extend_from_slice(&room.filled()[..length]);
        self.local.send_to(&datagram, client).await.map(drop)
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no SOCKS5 datagram")
}
