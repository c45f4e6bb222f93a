//! Speaking with a node's server, whatever its kind: one place that knows all kinds.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use shadowsocks::relay::socks5::Address;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::buffers::Buffers;
use super::datagrams::{Datagrams, Numbered};
use super::plugin::Plugin;
use super::reach::{ReachError, Server};
use super::ss::{self, Shadowsocks, SsStream};
use super::ssr::ShadowsocksR;
use crate::model::{Failure, Kind, Node, Stage};
use crate::ssr::{self, SsrStream};

/// A node's server, ready to be dialled.
pub(super) struct Outbound {
    protocol: Protocol,
    /// Where TCP connections go: the server, or the plugin before it.
    tcp: Server,
    /// Where datagrams go. Plugins carry none (SIP003).
    udp: Server,
    buffers: Buffers,
}

enum Protocol {
    Ss(Shadowsocks),
    Ssr(ShadowsocksR),
}

impl Outbound {
    /// Checks the node's configuration and starts its plugin, if it has one.
    ///
    /// # Errors
    /// Stage configuration for what cannot be used, stage plugin where the plugin does not come up.
    pub(super) async fn start(node: &Node) -> Result<(Self, Option<Plugin>), Failure> {
        let (protocol, plugin) = match &node.kind {
            Kind::Ss { method, password, plugin } => {
                (Protocol::Ss(Shadowsocks::new(method, password)?), plugin.as_ref())
            }
            Kind::Ssr(ssr) => (Protocol::Ssr(ShadowsocksR::new(node, ssr)), None),
            Kind::Socks5 { .. } => {
                return Err(Failure::new(Stage::Configuration, "a SOCKS5 server needs no member process"));
            }
        };
        let plugin = match plugin {
            Some(plugin) => Some(Plugin::start(plugin, &node.host, node.port).await?),
            None => None,
        };
        let udp = Server::new(&node.host, node.port);
        let tcp = match &plugin {
            Some(plugin) => Server::new(&plugin.addr.ip().to_string(), plugin.addr.port()),
            None => Server::new(&node.host, node.port),
        };
        let buffers = Buffers::of(match &protocol {
            Protocol::Ss(_) => ss::BATCH,
            Protocol::Ssr(_) => ssr::BATCH,
        });
        Ok((Self { protocol, tcp, udp, buffers }, plugin))
    }

    /// A tunnel to `target`. TCP to the server stands; the server knows nothing of `target` before
    /// the first write.
    pub(super) async fn dial(&self, target: Address) -> Result<Tunnel, ReachError> {
        let connection = self.tcp.connect().await?;
        match &self.protocol {
            Protocol::Ss(ss) => Ok(Tunnel::Ss(Box::new(ss.stream(connection, target, &self.buffers)))),
            Protocol::Ssr(ssr) => Ok(Tunnel::Ssr(Box::new(ssr.stream(connection, &target)))),
        }
    }

    /// A socket for datagrams through the server.
    pub(super) async fn datagrams(&self) -> Result<Datagrams, ReachError> {
        let addresses = self.udp.addresses().await?;
        let socket = match &self.protocol {
            Protocol::Ss(ss) => {
                ss.socket(addresses[0]).await.map(|socket| Datagrams::Ss(Box::new(Numbered::new(socket))))
            }
            Protocol::Ssr(ssr) => ssr.socket(addresses[0]).await.map(Datagrams::Ssr),
        };
        socket.map_err(ReachError::Connect)
    }

    /// The buffers all connections of this member share.
    pub(super) fn buffers(&self) -> &Buffers {
        &self.buffers
    }
}

/// A stream to a target through a server.
pub(super) enum Tunnel {
    /// Boxed, because a connection's task moves it about while it is set up.
    Ss(Box<SsStream>),
    Ssr(Box<SsrStream<TcpStream>>),
}

impl Tunnel {
    /// The connection to the server, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Ss(stream) => stream.get_ref().socket(),
            Self::Ssr(stream) => stream.get_ref(),
        }
    }

    /// The address of this machine's end.
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_read(cx, to),
            Self::Ssr(stream) => Pin::new(stream).poll_read(cx, to),
        }
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Ssr(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_flush(cx),
            Self::Ssr(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Ssr(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
