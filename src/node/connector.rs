//! Streams and datagrams through a node's server: the only module that knows every protocol.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::buffers::BufferPool;
use super::connection::ServerConnection;
use super::datagrams::{Datagrams, SsDatagrams};
use super::plugin::PluginProcess;
use super::reach::{ReachError, ServerEndpoint};
use super::ss::{self, Shadowsocks, SsStream};
use super::ssr::{self as ssr_node, ShadowsocksR};
use super::transport::ServerTransport;
use crate::aead::AeadStream;
use crate::model::link::LinkError;
use crate::model::node::link::outline::OutlineOptions;
use crate::model::{Failure, Kind, Node, Plugin, Stage, Target};
use crate::ssr::{self, SsrStream};

/// A node's server.
pub(super) struct ServerConnector {
    protocol: ServerProtocol,
    /// The transport of streams: to the server, or to its plugin.
    streams: ServerTransport,
    /// The transport of datagrams, which bypass any plugin (SIP003 carries streams only). None if the server supports
    /// none.
    datagrams: Option<ServerTransport>,
    buffers: BufferPool,
    /// Whether streams go through a plugin on this machine.
    has_plugin: bool,
}

enum ServerProtocol {
    Ss(Shadowsocks),
    Ssr(ShadowsocksR),
}

impl ServerConnector {
    /// Checks the node's configuration and starts its plugin, if it has one.
    ///
    /// # Errors
    /// Stage configuration if it cannot be used, stage plugin if the plugin does not start.
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
        let buffers = BufferPool::of(match &protocol {
            ServerProtocol::Ss(_) => ss::BATCH,
            ServerProtocol::Ssr(_) => ssr::BATCH,
        });
        let server = Arc::new(ServerEndpoint::new(&node.host, node.port));
        if let Some(options) = plugin.map(OutlineOptions::of).transpose().map_err(misconfigured)?.flatten() {
            let (streams, datagrams) = outline_transports(node, server, &options)?;
            return Ok((Self { protocol, streams, datagrams, buffers, has_plugin: false }, None));
        }
        let (streams, plugin) = match plugin {
            Some(plugin) => behind_plugin(node, plugin).await?,
            None => (ServerTransport::to(Arc::clone(&server)), None),
        };
        let (datagrams, has_plugin) = (Some(ServerTransport::to(server)), plugin.is_some());
        Ok((Self { protocol, streams, datagrams, buffers, has_plugin }, plugin))
    }

    /// A stream to `target`, over a new connection to the server. `target` is not sent before the first write.
    pub(super) async fn dial(&self, target: &Target) -> Result<ServerStream, ReachError> {
        let connection = self.streams.connect().await?;
        if let Some(server) = &self.streams.prefixed {
            return Ok(ServerStream::Prefixed(Box::new(server.wrap(connection, &ssr_node::encoded(target)))));
        }
        match &self.protocol {
            ServerProtocol::Ss(ss) => Ok(ServerStream::Ss(Box::new(ss.stream(connection, target)))),
            ServerProtocol::Ssr(ssr) => Ok(ServerStream::Ssr(Box::new(ssr.stream(connection, target)))),
        }
    }

    /// Begins a new stream whose client sends nothing yet.
    pub(super) async fn write_address(&self, stream: ServerStream, target: &Target) -> io::Result<ServerStream> {
        match (stream, &self.protocol) {
            (ServerStream::Ss(stream), ServerProtocol::Ss(ss)) => {
                ss.write_address(stream, target).await.map(ServerStream::Ss)
            }
            (mut stream, ServerProtocol::Ss(_) | ServerProtocol::Ssr(_)) => {
                let _empty = stream.write(&[]).await?;
                Ok(stream)
            }
        }
    }

    /// A socket for datagrams through the server.
    pub(super) async fn datagrams(&self) -> Result<Datagrams, ReachError> {
        let transport = self.datagrams.as_ref().ok_or(ReachError::NoDatagrams)?;
        match &self.protocol {
            ServerProtocol::Ss(ss) => {
                let carrier = transport.carrier().await?;
                let socket = ss.socket(carrier.clone());
                Ok(Datagrams::Ss(Box::new(SsDatagrams::new(socket, carrier, transport.prefixed.clone()))))
            }
            ServerProtocol::Ssr(ssr) => {
                let server = transport.endpoint.datagram_address().await?;
                ssr.socket(server).await.map(Datagrams::Ssr).map_err(ReachError::Connect)
            }
        }
    }

    /// Whether the connections of streams lead to the server itself, and not to a plugin.
    pub(super) fn reaches_server(&self) -> bool {
        !self.has_plugin
    }

    /// The buffers for what is not encrypted.
    pub(super) fn buffers(&self) -> &BufferPool {
        &self.buffers
    }
}

/// The transports of streams and datagrams that an access key describes.
fn outline_transports(
    node: &Node,
    server: Arc<ServerEndpoint>,
    options: &OutlineOptions,
) -> Result<(ServerTransport, Option<ServerTransport>), Failure> {
    let streams = ServerTransport::of(Arc::clone(&server), node, &options.tcp)?;
    if !options.carries_datagrams() {
        return Ok((streams, None));
    }
    let place = options.udp_place.as_ref().map(|(host, port)| Arc::new(ServerEndpoint::new(host, *port)));
    let datagrams = ServerTransport::of(place.unwrap_or(server), node, &options.udp)?;
    Ok((streams, Some(datagrams)))
}

/// Starts a plugin; the transport to it.
async fn behind_plugin(node: &Node, plugin: &Plugin) -> Result<(ServerTransport, Option<PluginProcess>), Failure> {
    let plugin = PluginProcess::start(plugin, &node.host, node.port).await?;
    let endpoint = ServerEndpoint::new(&plugin.addr.ip().to_string(), plugin.addr.port());
    Ok((ServerTransport::to(Arc::new(endpoint)), Some(plugin)))
}

fn misconfigured(error: LinkError) -> Failure {
    Failure::new(Stage::Configuration, error.to_string())
}

/// A stream to a target through a server.
pub(super) enum ServerStream {
    /// Boxed, because a connection's task moves it while it is set up.
    Ss(Box<SsStream>),
    /// Shadowsocks with a prefix.
    Prefixed(Box<AeadStream<ServerConnection>>),
    Ssr(Box<SsrStream<ServerConnection>>),
}

impl ServerStream {
    /// The TCP connection to the server, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Ss(stream) => stream.get_ref().socket(),
            Self::Prefixed(stream) => stream.get_ref().socket(),
            Self::Ssr(stream) => stream.get_ref().socket(),
        }
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
