//! The transport of encrypted datagrams to a server: UDP, or a WebSocket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use shadowsocks::net::UdpSocket;
use shadowsocks::relay::udprelay::{DatagramReceive, DatagramSend, DatagramSocket};
use tokio::io::ReadBuf;

use super::websocket::datagrams::WebSocketDatagrams;

/// A connected socket to a server. Clones share the socket.
#[derive(Clone)]
pub(super) struct DatagramCarrier(Arc<CarrierSocket>);

enum CarrierSocket {
    Udp(UdpSocket),
    /// Boxed: it is rare and large.
    WebSocket(Box<WebSocketDatagrams>),
}

impl DatagramCarrier {
    pub(super) fn udp(socket: UdpSocket) -> Self {
        Self(Arc::new(CarrierSocket::Udp(socket)))
    }

    pub(super) fn websocket(socket: WebSocketDatagrams) -> Self {
        Self(Arc::new(CarrierSocket::WebSocket(Box::new(socket))))
    }
}

impl DatagramSocket for DatagramCarrier {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => DatagramSocket::local_addr(socket),
            CarrierSocket::WebSocket(_) => Err(connected()),
        }
    }
}

impl DatagramReceive for DatagramCarrier {
    fn poll_recv(&self, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => socket.poll_recv(cx, space),
            CarrierSocket::WebSocket(socket) => socket.poll_receive(cx, space),
        }
    }

    fn poll_recv_from(&self, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => socket.poll_recv_from(cx, space),
            CarrierSocket::WebSocket(_) => Poll::Ready(Err(connected())),
        }
    }

    fn poll_recv_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => DatagramReceive::poll_recv_ready(socket, cx),
            CarrierSocket::WebSocket(socket) => socket.poll_ready(cx),
        }
    }
}

impl DatagramSend for DatagramCarrier {
    fn poll_send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<io::Result<usize>> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => socket.poll_send(cx, datagram),
            CarrierSocket::WebSocket(socket) => Poll::Ready(socket.send(cx, datagram).map(|()| datagram.len())),
        }
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, datagram: &[u8], to: SocketAddr) -> Poll<io::Result<usize>> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => socket.poll_send_to(cx, datagram, to),
            CarrierSocket::WebSocket(_) => Poll::Ready(Err(connected())),
        }
    }

    fn poll_send_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &*self.0 {
            CarrierSocket::Udp(socket) => DatagramSend::poll_send_ready(socket, cx),
            CarrierSocket::WebSocket(_) => Poll::Ready(Ok(())),
        }
    }
}

fn connected() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "a WebSocket leads to one server")
}
