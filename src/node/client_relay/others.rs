//! Other systems: a client stays a connection from the gateway.

use std::io;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::node::buffers::BufferPool;
use crate::node::connector::ServerStream;
use crate::node::relay::relay;

/// There is none.
pub(in crate::node) struct InheritedSocket;

impl InheritedSocket {
    /// Takes nothing.
    pub(in crate::node) fn take(_number: Option<i32>) -> Self {
        Self
    }
}

/// Relays clients.
#[derive(Clone)]
pub(in crate::node) struct ClientRelay;

impl ClientRelay {
    /// One for connections from the gateway.
    pub(in crate::node) fn new(_socket: InheritedSocket) -> Self {
        Self
    }

    /// Does nothing, without an end.
    pub(in crate::node) async fn run(&self) {
        std::future::pending().await
    }

    /// Does nothing.
    pub(in crate::node) fn report(&self, _server: &TcpStream) {}

    /// Copies until both sides have ended their streams.
    ///
    /// # Errors
    /// The first failure on either side. The client is reset then.
    pub(in crate::node) async fn relay(
        &self,
        mut client: TcpStream,
        _port: u16,
        server: &mut ServerStream,
        buffers: &BufferPool,
    ) -> io::Result<()> {
        relay(&mut client, server, buffers).await?;
        SockRef::from(&client).set_linger(None)
    }
}
