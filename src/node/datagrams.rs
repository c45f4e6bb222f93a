//! Datagrams through a server, whatever its kind.

use std::io;
use std::task::{Context, Poll, ready};

use shadowsocks::relay::socks5::Address;
use shadowsocks::relay::udprelay::options::UdpSocketControlData;
use shadowsocks_service::net::packet_window::PacketWindowFilter;
use tokio::io::ReadBuf;

use super::ss::SsSocket;
use super::ssr::SsrSocket;

/// A socket to a server, for one client.
pub(super) enum Datagrams {
    /// Boxed, because the packet window is large.
    Ss(Box<Numbered>),
    Ssr(SsrSocket),
}

impl Datagrams {
    /// Whether there is one to be read.
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Ss(numbered) => numbered.socket.poll_recv_ready(cx).map_err(Into::into),
            Self::Ssr(socket) => socket.poll_ready(cx),
        }
    }

    /// Sends one to `target`.
    pub(super) async fn send(&mut self, target: &Address, payload: &[u8]) -> io::Result<()> {
        match self {
            Self::Ss(numbered) => numbered.send(target, payload).await,
            Self::Ssr(socket) => socket.send(target, payload).await,
        }
    }

    /// Receives one into `room`: where from, and how much of the room is payload.
    ///
    /// # Errors
    /// One that nobody should see came, or none can come any more.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<(usize, Address)>> {
        match self {
            Self::Ss(numbered) => numbered.poll_receive(cx, room),
            Self::Ssr(socket) => socket.poll_receive(cx, room),
        }
    }
}

/// A Shadowsocks socket. The packets of AEAD-2022 are numbered, and none is taken twice (SIP022).
pub(super) struct Numbered {
    socket: SsSocket,
    sent: UdpSocketControlData,
    seen: Option<Session>,
}

/// A session of an AEAD-2022 server.
struct Session {
    id: u64,
    window: PacketWindowFilter,
}

impl Numbered {
    pub(super) fn new(socket: SsSocket) -> Self {
        let mut sent = UdpSocketControlData::default();
        sent.client_session_id = rand::random();
        Self { socket, sent, seen: None }
    }

    async fn send(&mut self, target: &Address, payload: &[u8]) -> io::Result<()> {
        self.sent.packet_id += 1;
        self.socket.send_with_ctrl(target, &self.sent, payload).await?;
        Ok(())
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<(usize, Address)>> {
        let (length, from, _, control) = ready!(self.socket.poll_recv_with_ctrl(cx, room))?;
        if control.is_some_and(|control| !self.is_new(&control)) {
            return Poll::Ready(Err(io::Error::other("a repeated packet")));
        }
        Poll::Ready(Ok((length, from)))
    }

    fn is_new(&mut self, control: &UdpSocketControlData) -> bool {
        let id = control.server_session_id;
        let session = match &mut self.seen {
            Some(session) if session.id == id => session,
            // Another session: the server was restarted.
            seen => seen.insert(Session { id, window: PacketWindowFilter::new() }),
        };
        session.window.validate_packet_id(control.packet_id, u64::MAX)
    }
}
