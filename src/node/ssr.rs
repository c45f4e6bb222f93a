//! ShadowsocksR, with the room [`crate::ssr`].

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use shadowsocks::relay::udprelay::{DatagramReceive, DatagramSendExt};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use super::carrier::DatagramCarrier;
use super::connection::ServerConnection;
use crate::model::{Node, Ssr, Target};
use crate::socks5::{parse_address, write_address};
use crate::ssr::{Config, DatagramCodec, SsrServer, SsrStream};

/// A ShadowsocksR server.
pub(super) struct ShadowsocksR(SsrServer);

impl ShadowsocksR {
    /// The server of `node` with the settings `ssr`.
    pub(super) fn new(node: &Node, ssr: &Ssr) -> Self {
        Self(SsrServer::new(Config::new(&node.host, node.port, ssr)))
    }

    /// A stream to `target` over a connection to the server. Nothing is sent before the first write.
    pub(super) fn stream(&self, connection: ServerConnection, target: &Target) -> SsrStream<ServerConnection> {
        self.0.wrap(connection, &encoded(target), SystemTime::now())
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
        Ok(SsrSocket { carrier: DatagramCarrier::udp(socket), codec: self.0.udp() })
    }
}

/// Datagrams to any target, through the server.
pub(super) struct SsrSocket {
    carrier: DatagramCarrier,
    codec: DatagramCodec,
}

impl SsrSocket {
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.carrier.poll_recv_ready(cx)
    }

    pub(super) async fn send(&self, target: &Target, payload: &[u8]) -> io::Result<()> {
        let packet = self.codec.encode(&encoded(target), payload).map_err(io::Error::other)?;
        self.carrier.send(&packet).await.map(drop)
    }

    pub(super) async fn flush(&self) -> io::Result<()> {
        self.carrier.flush().await
    }

    /// Receives a datagram into `space`: the length of its payload, and its source.
    pub(super) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<(usize, Target)>> {
        ready!(self.carrier.poll_recv(cx, space))?;
        Poll::Ready(self.open(space))
    }

    fn open(&self, space: &mut ReadBuf<'_>) -> io::Result<(usize, Target)> {
        let packet = self.codec.decode(space.filled()).map_err(io::Error::other)?;
        let parsed = parse_address(&packet).map_err(io::Error::other)?;
        let (from, taken) = parsed.ok_or_else(|| io::Error::other("datagram without an address"))?;
        let payload = &packet[taken..];
        space.clear();
        space.put_slice(payload);
        Ok((payload.len(), from))
    }
}

/// A target in SOCKS5 form.
pub(super) fn encoded(target: &Target) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_address(&mut bytes, target);
    bytes
}
