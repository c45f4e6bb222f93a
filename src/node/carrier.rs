//! The transport of encrypted datagrams to a server: UDP, or a WebSocket.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use shadowsocks::relay::udprelay::{DatagramReceive, DatagramSend, DatagramSocket};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use super::websocket::datagrams::WebSocketDatagrams;
use crate::os::datagrams::{BatchSocket, OutgoingDatagrams, ReceivedDatagrams};

/// A connected socket to a server. Clones share the socket.
#[derive(Clone)]
pub(super) struct DatagramCarrier(Arc<CarrierSocket>);

enum CarrierSocket {
    /// Boxed, as the other one.
    Udp(Box<UdpCarrier>),
    /// Boxed: it is rare and large.
    WebSocket(Box<WebSocketDatagrams>),
}

/// A UDP socket. What is sent waits for [`DatagramCarrier::flush`].
struct UdpCarrier {
    socket: BatchSocket,
    received: Mutex<Option<ReceivedDatagrams>>,
    outgoing: Mutex<OutgoingDatagrams>,
}

impl DatagramCarrier {
    pub(super) fn udp(socket: UdpSocket) -> Self {
        let socket = BatchSocket::new(socket);
        Self(Arc::new(CarrierSocket::Udp(Box::new(UdpCarrier {
            socket,
            received: Mutex::default(),
            outgoing: Mutex::default(),
        }))))
    }

    pub(super) fn websocket(socket: WebSocketDatagrams) -> Self {
        Self(Arc::new(CarrierSocket::WebSocket(Box::new(socket))))
    }

    /// Sends what was not sent yet.
    ///
    /// # Errors
    /// It is lost.
    pub(super) async fn flush(&self) -> io::Result<()> {
        match &*self.0 {
            CarrierSocket::Udp(udp) => poll_fn(|cx| udp.poll_flush(cx, &mut lock(&udp.outgoing))).await,
            CarrierSocket::WebSocket(_) => Ok(()),
        }
    }
}

impl UdpCarrier {
    fn poll_send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<io::Result<usize>> {
        let mut outgoing = lock(&self.outgoing);
        while !outgoing.add(&[datagram]) {
            ready!(self.poll_flush(cx, &mut outgoing))?;
        }
        Poll::Ready(Ok(datagram.len()))
    }

    fn poll_flush(&self, cx: &mut Context<'_>, outgoing: &mut OutgoingDatagrams) -> Poll<io::Result<()>> {
        loop {
            match self.socket.try_send(outgoing, None) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.socket.poll_writable(cx))?,
                sent => return Poll::Ready(sent),
            }
        }
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if lock(&self.received).is_some() { Poll::Ready(Ok(())) } else { self.socket.poll_readable(cx) }
    }

    fn poll_receive(&self, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut waiting = lock(&self.received);
        loop {
            if let Some(received) = &mut *waiting {
                let next = received.take_next().map(|(_server, datagram)| put(datagram, space));
                if received.is_empty() {
                    *waiting = None;
                }
                if let Some(put) = next {
                    return Poll::Ready(put);
                }
            }
            let mut received = ReceivedDatagrams::new();
            match self.socket.try_receive(&mut received) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.socket.poll_readable(cx))?,
                Err(error) => return Poll::Ready(Err(error)),
                Ok(()) => *waiting = Some(received),
            }
        }
    }
}

fn put(datagram: &[u8], space: &mut ReadBuf<'_>) -> io::Result<()> {
    if datagram.len() > space.remaining() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a datagram is too long"));
    }
    space.put_slice(datagram);
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Both queues are complete between two calls: a panic elsewhere cannot leave them in between.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DatagramSocket for DatagramCarrier {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        match &*self.0 {
            CarrierSocket::Udp(udp) => udp.socket.local_addr(),
            CarrierSocket::WebSocket(_) => Err(connected()),
        }
    }
}

impl DatagramReceive for DatagramCarrier {
    fn poll_recv(&self, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &*self.0 {
            CarrierSocket::Udp(udp) => udp.poll_receive(cx, space),
            CarrierSocket::WebSocket(socket) => socket.poll_receive(cx, space),
        }
    }

    fn poll_recv_from(&self, _cx: &mut Context<'_>, _space: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>> {
        Poll::Ready(Err(connected()))
    }

    fn poll_recv_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &*self.0 {
            CarrierSocket::Udp(udp) => udp.poll_ready(cx),
            CarrierSocket::WebSocket(socket) => socket.poll_ready(cx),
        }
    }
}

impl DatagramSend for DatagramCarrier {
    fn poll_send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<io::Result<usize>> {
        match &*self.0 {
            CarrierSocket::Udp(udp) => udp.poll_send(cx, datagram),
            CarrierSocket::WebSocket(socket) => Poll::Ready(socket.send(cx, datagram).map(|()| datagram.len())),
        }
    }

    fn poll_send_to(&self, _cx: &mut Context<'_>, _datagram: &[u8], _to: SocketAddr) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(connected()))
    }

    fn poll_send_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &*self.0 {
            CarrierSocket::Udp(udp) => udp.socket.poll_writable(cx),
            CarrierSocket::WebSocket(_) => Poll::Ready(Ok(())),
        }
    }
}

fn connected() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "the socket is connected to one server")
}
