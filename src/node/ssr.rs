//! ShadowsocksR, over the room of that name.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use shadowsocks::relay::socks5::Address;
use tokio::io::ReadBuf;
use tokio::net::{TcpStream, UdpSocket};

use super::socks;
use crate::model::{Node, Ssr};
use crate::ssr::{Config, DatagramCodec, SsrServer, SsrStream};

/// A ShadowsocksR server.
pub(super) struct ShadowsocksR(SsrServer);

impl ShadowsocksR {
    /// The server of `node`, which is described by `ssr`.
    pub(super) fn new(node: &Node, ssr: &Ssr) -> Self {
        Self(SsrServer::new(Config::new(&node.host, node.port, ssr)))
    }

    /// A stream to `target` over a connection to the server. Nothing is sent before the first write.
    pub(super) fn stream(&self, connection: TcpStream, target: &Address) -> SsrStream<TcpStream> {
        self.0.wrap(connection, &in_socks_form(target), SystemTime::now())
    }

    /// A socket for datagrams through the server at `server`.
    pub(super) async fn socket(&self, server: SocketAddr) -> io::Result<SsrSocket> {
        let any = if server.is_ipv4() {
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
        } else {
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(server).await?;
        Ok(SsrSocket { socket, codec: self.0.udp() })
    }
}

/// Datagrams to any target, through the server.
pub(super) struct SsrSocket {
    socket: UdpSocket,
    codec: DatagramCodec,
}

impl SsrSocket {
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_recv_ready(cx)
    }

    pub(super) async fn send(&self, target: &Address, payload: &[u8]) -> io::Result<()> {
        let packet = self.codec.encode(&in_socks_form(target), payload).map_err(io::Error::other)?;
        self.socket.send(&packet).await.map(drop)
    }

    /// Where a datagram comes from, and how many bytes of `room` are its payload.
    pub(super) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<(usize, Address)>> {
        ready!(self.socket.poll_recv(cx, room))?;
        Poll::Ready(self.open(room))
    }

    fn open(&self, room: &mut ReadBuf<'_>) -> io::Result<(usize, Address)> {
        let packet = self.codec.decode(room.filled()).map_err(io::Error::other)?;
        let (from, taken) = socks::address(&packet).ok_or_else(|| io::Error::other("no address in a datagram"))?;
        let payload = &packet[taken..];
        room.clear();
        room.put_slice(payload);
        Ok((payload.len(), from))
    }
}

fn in_socks_form(target: &Address) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(target.serialized_len());
    target.write_to_buf(&mut bytes);
    bytes
}
