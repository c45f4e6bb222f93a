//! Linux: clients are taken over the socket that this process has inherited, if it has.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::handover::{HandoverReceiver, MemberClient};
use crate::node::buffers::BufferPool;
use crate::node::connector::ServerStream;
use crate::node::relay::relay;
use crate::os::process;
use crate::os::tcp_info::TcpInfo;

/// The socket for clients that are handed over, if there is one.
pub(in crate::node) struct InheritedSocket(Option<OwnedFd>);

impl InheritedSocket {
    /// Takes it; before anything else is opened.
    pub(in crate::node) fn take(number: Option<i32>) -> Self {
        let taken = number.map(process::inherited_socket).transpose();
        Self(taken.unwrap_or_else(|error| {
            tracing::warn!(%error, "no clients are taken over");
            None
        }))
    }
}

/// Relays clients. Clones share the socket.
#[derive(Clone)]
pub(in crate::node) struct ClientRelay(Option<Arc<HandoverReceiver>>);

impl ClientRelay {
    /// One that takes over what is offered on this socket. To be called in a runtime.
    pub(in crate::node) fn new(socket: InheritedSocket) -> Self {
        let receiver = socket.0.map(HandoverReceiver::start).transpose();
        Self(receiver.unwrap_or_else(|error| {
            tracing::warn!(%error, "no clients are taken over");
            None
        }))
    }

    /// Takes what is offered, without an end.
    pub(in crate::node) async fn run(&self) {
        if let Some(receiver) = &self.0 {
            receiver.run().await;
        }
        std::future::pending().await
    }

    /// Tells the gateway what the kernel has measured on a connection to the server that has ended.
    pub(in crate::node) fn report(&self, server: &TcpStream) {
        if let Some(receiver) = &self.0
            && let Some(info) = TcpInfo::read(server)
        {
            receiver.count_server(info);
        }
    }

    /// Copies until both sides have ended their streams. `port` is the gateway's.
    ///
    /// # Errors
    /// The first failure on either side, or the gateway wants it reset. The client is reset then.
    pub(in crate::node) async fn relay(
        &self,
        mut loopback: TcpStream,
        port: u16,
        server: &mut ServerStream,
        buffers: &BufferPool,
    ) -> io::Result<()> {
        let Some(receiver) = &self.0 else {
            relay(&mut loopback, server, buffers).await?;
            return SockRef::from(&loopback).set_linger(None);
        };
        let mut client = MemberClient::new(loopback, port, receiver);
        let offer = client.offer();
        let relayed = tokio::select! {
            biased;
            () = offer.cancelled() => Err(io::ErrorKind::ConnectionAborted.into()),
            relayed = relay(&mut client, server, buffers) => relayed,
        };
        relayed.and_then(|()| client.close())
    }
}
