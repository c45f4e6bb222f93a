//! Datagrams through a server, for all protocols.

use std::io;
use std::task::{Context, Poll, ready};

use shadowsocks::relay::socks5::Address;
use shadowsocks::relay::udprelay::DatagramSendExt;
use shadowsocks::relay::udprelay::options::UdpSocketControlData;
use shadowsocks_service::net::packet_window::PacketWindowFilter;
use tokio::io::ReadBuf;

use super::carrier::DatagramCarrier;
use super::ss::{self, SsSocket};
use super::ssr::{self, SsrSocket};
use crate::aead::PrefixedServer;
use crate::model::Target;

/// A socket to a server, for one client.
pub(super) enum Datagrams {
    /// Boxed, because the packet window is large.
    Ss(Box<SsDatagrams>),
    Ssr(SsrSocket),
}

impl Datagrams {
    /// Ready when a datagram can be received.
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Ss(ss) => ss.socket.poll_recv_ready(cx).map_err(Into::into),
            Self::Ssr(socket) => socket.poll_ready(cx),
        }
    }

    /// Sends a datagram to `target`, at the latest with the next [`flush`](Self::flush).
    pub(super) async fn send(&mut self, target: &Target, payload: &[u8]) -> io::Result<()> {
        match self {
            Self::Ss(socket) => socket.send(target, payload).await,
            Self::Ssr(socket) => socket.send(target, payload).await,
        }
    }

    /// Sends what was not sent yet.
    pub(super) async fn flush(&self) -> io::Result<()> {
        match self {
            Self::Ss(socket) => socket.carrier.flush().await,
            Self::Ssr(socket) => socket.flush().await,
        }
    }

    /// Receives a datagram into `space`: the length of its payload, and its source.
    ///
    /// # Errors
    /// The datagram is to be dropped, or the socket has failed.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<(usize, Target)>> {
        match self {
            Self::Ss(socket) => socket.poll_receive(cx, space),
            Self::Ssr(socket) => socket.poll_receive(cx, space),
        }
    }
}

/// Shadowsocks datagrams. AEAD-2022 packets are numbered, and repeated ones are dropped (SIP022).
pub(super) struct SsDatagrams {
    socket: SsSocket,
    /// The underlying socket.
    carrier: DatagramCarrier,
    prefixed: Option<PrefixedServer>,
    sent: UdpSocketControlData,
    seen: Option<ServerSession>,
}

/// A session of an AEAD-2022 server.
struct ServerSession {
    id: u64,
    window: PacketWindowFilter,
}

impl SsDatagrams {
    /// `prefixed` encrypts packets whose salts begin with a prefix.
    pub(super) fn new(socket: SsSocket, carrier: DatagramCarrier, prefixed: Option<PrefixedServer>) -> Self {
        let mut sent = UdpSocketControlData::default();
        sent.client_session_id = rand::random();
        Self { socket, carrier, prefixed, sent, seen: None }
    }

    async fn send(&mut self, target: &Target, payload: &[u8]) -> io::Result<()> {
        if let Some(server) = &self.prefixed {
            let packet = server.seal_datagram(&ssr::encoded(target), payload);
            return self.carrier.send(&packet).await.map(drop);
        }
        self.sent.packet_id += 1;
        self.socket.send_with_ctrl(&ss::address(target), &self.sent, payload).await?;
        Ok(())
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<(usize, Target)>> {
        let (length, from, _, control) = ready!(self.socket.poll_recv_with_ctrl(cx, space))?;
        if control.is_some_and(|control| !self.is_new(&control)) {
            return Poll::Ready(Err(io::Error::other("repeated packet")));
        }
        let from = match from {
            Address::SocketAddress(addr) => Some(Target::Address(addr)),
            Address::DomainNameAddress(name, port) => Target::from_host(&name, port),
        };
        Poll::Ready(from.map(|from| (length, from)).ok_or_else(|| io::Error::other("datagram without a source")))
    }

    fn is_new(&mut self, control: &UdpSocketControlData) -> bool {
        let id = control.server_session_id;
        let session = match &mut self.seen {
            Some(session) if session.id == id => session,
            // A new session: the server was restarted.
            seen => seen.insert(ServerSession { id, window: PacketWindowFilter::new() }),
        };
        session.window.validate_packet_id(control.packet_id, u64::MAX)
    }
}
