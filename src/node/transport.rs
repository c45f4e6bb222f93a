//! How streams, or datagrams, get to a node's server: the endpoint, an optional WebSocket, and an optional salt prefix.

use std::sync::Arc;

use shadowsocks::net::{ConnectOpts, UdpSocket};

use super::carrier::DatagramCarrier;
use super::connection::ServerConnection;
use super::reach::{ReachError, ServerEndpoint};
use super::websocket::WebSocketDialer;
use super::websocket::bytes::WebSocketBytes;
use super::websocket::datagrams::WebSocketDatagrams;
use crate::aead::PrefixedServer;
use crate::model::link::LinkError;
use crate::model::node::link::outline::OutlineTransport;
use crate::model::{Failure, Kind, Node, Stage};

/// The transport of streams or of datagrams.
pub(super) struct ServerTransport {
    pub(super) endpoint: Arc<ServerEndpoint>,
    websocket: Option<WebSocketDialer>,
    /// The Shadowsocks server with a salt prefix, if there is one.
    pub(super) prefixed: Option<PrefixedServer>,
}

impl ServerTransport {
    /// Directly to the endpoint.
    pub(super) fn to(endpoint: Arc<ServerEndpoint>) -> Self {
        Self { endpoint, websocket: None, prefixed: None }
    }

    /// As described by the access key of `node`.
    ///
    /// # Errors
    /// Stage configuration: a prefix that the method does not support, or an invalid WebSocket.
    pub(super) fn of(endpoint: Arc<ServerEndpoint>, node: &Node, options: &OutlineTransport) -> Result<Self, Failure> {
        let websocket = options.websocket.as_ref().map(WebSocketDialer::new).transpose()?;
        let prefixed = prefixed(node, &options.prefix)?;
        Ok(Self { endpoint, websocket, prefixed })
    }

    /// Opens a connection for one stream.
    pub(super) async fn connect(&self) -> Result<ServerConnection, ReachError> {
        let stream = self.endpoint.connect().await?;
        match &self.websocket {
            None => Ok(ServerConnection::Tcp(stream)),
            Some(dialer) => {
                // Boxed: rare and large.
                let messages = Box::pin(dialer.handshake(stream)).await?;
                Ok(ServerConnection::WebSocket(Box::new(WebSocketBytes::new(messages))))
            }
        }
    }

    /// Opens a socket for encrypted datagrams.
    pub(super) async fn carrier(&self) -> Result<DatagramCarrier, ReachError> {
        match &self.websocket {
            None => {
                let server = self.endpoint.datagram_address().await?;
                let socket = UdpSocket::connect_with_opts(&server, &ConnectOpts::default()).await;
                socket.map(|socket| DatagramCarrier::udp(socket.into())).map_err(ReachError::Connect)
            }
            Some(dialer) => {
                let messages = dialer.handshake(self.endpoint.connect().await?).await?;
                Ok(DatagramCarrier::websocket(WebSocketDatagrams::new(messages)))
            }
        }
    }
}

/// The Shadowsocks server of a node with a salt prefix; none without a prefix.
fn prefixed(node: &Node, prefix: &[u8]) -> Result<Option<PrefixedServer>, Failure> {
    let Kind::Ss { method, password, .. } = &node.kind else { return Ok(None) };
    if prefix.is_empty() {
        return Ok(None);
    }
    let server = PrefixedServer::new(method, password.expose(), prefix);
    server.map(Some).ok_or_else(|| Failure::new(Stage::Configuration, LinkError::Prefix.to_string()))
}
