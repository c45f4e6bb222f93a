//! Streams and datagrams through a node's server: the one place that knows every kind of server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::buffers::BufferPool;
use super::datagrams::{Datagrams, SsDatagrams};
use super::plugin::PluginProcess;
use super::reach::{ReachError, ServerEndpoint};
use super::ss::{self, Shadowsocks, SsStream};
use super::ssr::{self as ssr_node, ShadowsocksR};
use crate::aead::{AeadStream, PrefixedServer};
use crate::model::link::LinkError;
use crate::model::node::outline::OutlineOptions;
use crate::model::{Failure, Kind, Node, Stage, Target};
use crate::ssr::{self, SsrStream};

/// A node's server, ready to be connected to.
pub(super) struct ServerConnector {
    protocol: ServerProtocol,
    /// The server once more, where salts have to begin with a prefix.
    prefixed: Option<PrefixedServer>,
    server: ServerEndpoint,
    /// Where TCP connections go instead, where the server has a plugin in front of it. Plugins do not
    /// carry datagrams (SIP003).
    plugin: Option<ServerEndpoint>,
    /// Where datagrams go instead, where an access key says so.
    datagrams: Option<ServerEndpoint>,
    buffers: BufferPool,
}

enum ServerProtocol {
    Ss(Shadowsocks),
    Ssr(ShadowsocksR),
}

impl ServerConnector {
    /// Checks the node's configuration and starts its plugin, if it has one.
    ///
    /// # Errors
    /// Stage configuration for what cannot be used, stage plugin where the plugin does not start.
    pub(super) async fn start(node: &Node) -> Result<(Self, Option<PluginProcess>), Failure> {
        let (protocol, plugin) = match &node.kind {
            Kind::Ss { method, password, plugin } => {
                (ServerProtocol::Ss(Shadowsocks::new(method, password)?), plugin.as_ref())
            }
            Kind::Ssr(ssr) => (ServerProtocol::Ssr(ShadowsocksR::new(node, ssr)), None),
            Kind::Socks5 { .. } => {
                return Err(Failure::new(Stage::Configuration, "a SOCKS5 server needs no member process"));
            }
        };
        let outline = plugin.map(OutlineOptions::of).transpose().map_err(misconfigured)?.flatten();
        let plugin = match plugin.filter(|_| outline.is_none()) {
            Some(plugin) => Some(PluginProcess::start(plugin, &node.host, node.port).await?),
            None => None,
        };
        let prefixed = outline.as_ref().map(|options| prefixed(node, options)).transpose()?.flatten();
        let datagrams = outline.and_then(|options| options.udp).map(|(host, port)| ServerEndpoint::new(&host, port));
        let server = ServerEndpoint::new(&node.host, node.port);
        let in_front =
            plugin.as_ref().map(|plugin| ServerEndpoint::new(&plugin.addr.ip().to_string(), plugin.addr.port()));
        let buffers = BufferPool::of(match &protocol {
            ServerProtocol::Ss(_) => ss::BATCH,
            ServerProtocol::Ssr(_) => ssr::BATCH,
        });
        Ok((Self { protocol, prefixed, server, plugin: in_front, datagrams, buffers }, plugin))
    }

    /// A stream to `target`. The server is connected; it does not learn of `target` before the first
    /// write.
    pub(super) async fn dial(&self, target: &Target) -> Result<ServerStream, ReachError> {
        let connection = self.plugin.as_ref().unwrap_or(&self.server).connect().await?;
        if let Some(server) = &self.prefixed {
            return Ok(ServerStream::Prefixed(Box::new(server.wrap(connection, &ssr_node::encoded(target)))));
        }
        match &self.protocol {
            ServerProtocol::Ss(ss) => Ok(ServerStream::Ss(Box::new(ss.stream(connection, target, &self.buffers)))),
            ServerProtocol::Ssr(ssr) => Ok(ServerStream::Ssr(Box::new(ssr.stream(connection, target)))),
        }
    }

    /// A socket for datagrams through the server.
    pub(super) async fn datagrams(&self) -> Result<Datagrams, ReachError> {
        let server = self.datagrams.as_ref().unwrap_or(&self.server).datagram_address().await?;
        let socket = match &self.protocol {
            ServerProtocol::Ss(ss) => {
                ss.socket(server).await.map(|socket| Datagrams::Ss(Box::new(SsDatagrams::new(socket))))
            }
            ServerProtocol::Ssr(ssr) => ssr.socket(server).await.map(Datagrams::Ssr),
        };
        socket.map_err(ReachError::Connect)
    }

    /// The buffer pool of this member.
    pub(super) fn buffers(&self) -> &BufferPool {
        &self.buffers
    }
}

/// The server of a node whose salts begin with a prefix; none where there is no prefix.
fn prefixed(node: &Node, options: &OutlineOptions) -> Result<Option<PrefixedServer>, Failure> {
    let Kind::Ss { method, password, .. } = &node.kind else { return Ok(None) };
    if options.prefix.is_empty() {
        return Ok(None);
    }
    let server = PrefixedServer::new(method, password.expose(), &options.prefix);
    server.map(Some).ok_or_else(|| misconfigured(LinkError::Prefix))
}

fn misconfigured(error: LinkError) -> Failure {
    Failure::new(Stage::Configuration, error.to_string())
}

/// A stream to a target through a server.
pub(super) enum ServerStream {
    /// Boxed, because a connection's task moves it while it is set up.
    Ss(Box<SsStream>),
    /// Shadowsocks with a prefix.
    Prefixed(Box<AeadStream<TcpStream>>),
    Ssr(Box<SsrStream<TcpStream>>),
}

impl ServerStream {
    /// The connection to the server, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Ss(stream) => stream.get_ref().socket(),
            Self::Prefixed(stream) => stream.get_ref(),
            Self::Ssr(stream) => stream.get_ref(),
        }
    }

    /// The local address.
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
    }
}

impl AsyncRead for ServerStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_read(cx, to),
            Self::Prefixed(stream) => Pin::new(stream).poll_read(cx, to),
            Self::Ssr(stream) => Pin::new(stream).poll_read(cx, to),
        }
    }
}

impl AsyncWrite for ServerStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Prefixed(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Ssr(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_flush(cx),
            Self::Prefixed(stream) => Pin::new(stream).poll_flush(cx),
            Self::Ssr(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Ss(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Prefixed(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Ssr(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
