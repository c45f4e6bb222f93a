//! One client connection, from its first byte to its last.
//!
//! The setup runs in a boxed future that is freed before the first exchange, and the first exchange in another one that
//! is freed before the relay begins. [`Connection`] is a hand-written future for the same reason: a connection can stay
//! idle for hours, and then only the relay is in memory.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::connect_request::ConnectRequest;
use super::flight::FirstExchange;
use super::forward::{self, TunnelHandoff};
use super::inbound::{self, Accepted, ListenerProtocol, Rejected, TunnelProtocol};
use super::open::{Opened, Opener};
use super::relay::{CopyBuffer, CopyMode, Relay};
use super::route::Outbound;
use super::udp;
use crate::model::meter::ActiveConnection;

/// How the bytes of long transfers are moved on this system.
const COPY_MODE: CopyMode = if cfg!(target_os = "linux") { CopyMode::Splice } else { CopyMode::Copy };

/// One client connection.
pub(super) struct Connection {
    state: ConnectionState,
    // The permit is the slot under the connection limit; the counter is for the statistics.
    _permit: OwnedSemaphorePermit,
    _counted: ActiveConnection,
}

// On macOS a relay is smaller than the lint's limit.
#[cfg_attr(
    not(target_os = "macos"),
    expect(clippy::large_enum_variant, reason = "nearly all connections relay nearly all of the time")
)]
enum ConnectionState {
    Establishing(Pin<Box<dyn Future<Output = Option<Established>> + Send>>),
    FirstExchange(Pin<Box<dyn Future<Output = Option<Relay>> + Send>>),
    Relaying(Relay),
}

impl Connection {
    /// Serves one client until its connection ends or `serving` is cancelled.
    pub(super) fn new(
        client: TcpStream,
        protocol: ListenerProtocol,
        permit: OwnedSemaphorePermit,
        opener: Opener,
        serving: CancellationToken,
    ) -> Self {
        let counted = opener.state().totals.meter.open();
        let established = async move { serving.run_until_cancelled(establish(client, protocol, opener)).await? };
        Self { state: ConnectionState::Establishing(Box::pin(established)), _permit: permit, _counted: counted }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.state {
                ConnectionState::Establishing(established) => match ready!(established.as_mut().poll(cx)) {
                    Some(Established::FirstExchange(exchange)) => {
                        self.state = ConnectionState::FirstExchange(Box::pin(exchange.run(COPY_MODE)));
                    }
                    Some(Established::Relay(relay)) => self.state = ConnectionState::Relaying(*relay),
                    None => return Poll::Ready(()),
                },
                ConnectionState::FirstExchange(exchange) => match ready!(exchange.as_mut().poll(cx)) {
                    Some(relay) => self.state = ConnectionState::Relaying(relay),
                    None => return Poll::Ready(()),
                },
                ConnectionState::Relaying(relay) => {
                    let (ended, up, down) = ready!(Pin::new(relay).poll(cx));
                    tracing::debug!(up, down, %ended, "closed");
                    return Poll::Ready(());
                }
            }
        }
    }
}

/// A connection to the target, ready for its next phase.
enum Established {
    /// A tunnel without any traffic yet.
    FirstExchange(Box<FirstExchange>),
    /// A tunnel without a first exchange, or after it.
    Relay(Box<Relay>),
}

impl Established {
    /// A tunnel that is relayed without a first exchange.
    fn relay(client: TcpStream, opened: Opened, early: &[u8]) -> Self {
        Self::Relay(Box::new(Relay::resume(client, opened, COPY_MODE, 0, CopyBuffer::from_bytes(early), None)))
    }
}

/// Runs the client's handshake and opens its connection. `None` if nothing is left to relay: the client was rejected,
/// or its requests were handled here (plain HTTP, UDP).
async fn establish(client: TcpStream, protocol: ListenerProtocol, opener: Opener) -> Option<Established> {
    let limits = opener.state().limits();
    match inbound::accept(client, protocol, &limits.auth, &opener.state().guard).await {
        Ok(Accepted::Tunnel { client, request, early, protocol }) => {
            open_tunnel(client, protocol, request, early, opener).await
        }
        // Boxed: rare or long, and otherwise every tunnel would reserve space for them.
        Ok(Accepted::Udp { client, user, announced }) => {
            Box::pin(udp::serve(client, user, announced, &opener)).await;
            None
        }
        Ok(Accepted::Http { client, early }) => {
            let TunnelHandoff { client, early, opened, unused } =
                Box::pin(forward::serve(client, early, &opener, &limits.auth)).await?;
            match unused {
                Some(request) => {
                    Some(Established::FirstExchange(FirstExchange::new(client, early, opened, opener, request)))
                }
                None => Some(Established::relay(client, opened, &early)),
            }
        }
        Err(Rejected::Silent) => None,
        Err(reason) => {
            tracing::debug!(%reason, "rejected a client");
            opener.state().reject();
            None
        }
    }
}

/// Opens a tunnel, and gives the client its response.
async fn open_tunnel(
    mut client: TcpStream,
    protocol: TunnelProtocol,
    mut request: ConnectRequest,
    early: Bytes,
    opener: Opener,
) -> Option<Established> {
    match opener.open_by_rules(&mut request, protocol.to_model()).await {
        Ok((opened, outbound)) => {
            protocol.succeed(&mut client).await.ok()?;
            Some(match outbound {
                Outbound::Pool => {
                    Established::FirstExchange(FirstExchange::new(client, early, opened, opener, request))
                }
                Outbound::Direct => Established::relay(client, opened, &early),
            })
        }
        Err(error) => {
            // If the client has disconnected, there is no one to send the error to.
            let _left = protocol.refuse(&mut client, &error).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_is_small() {
        // Sockets, counters and allocator overhead come on top; the total should stay below 2.5 KiB.
        let size = size_of::<Connection>();
        assert!(size <= 256, "{size} bytes");
        // A connection without traffic yet holds these as well.
        let size = size_of::<FirstExchange>() + size_of_future(|exchange| FirstExchange::run(exchange, COPY_MODE));
        // Sockets are larger on Windows.
        assert!(size <= if cfg!(windows) { 1_184 } else { 1_152 }, "{size} bytes");
        // Every tunnel is set up in this.
        let size = size_of_setup(establish);
        assert!(size <= 7_168, "{size} bytes");
    }

    fn size_of_setup<F: Future>(_establish: impl FnOnce(TcpStream, ListenerProtocol, Opener) -> F) -> usize {
        size_of::<F>()
    }

    fn size_of_future<F: Future>(_run: impl FnOnce(Box<FirstExchange>) -> F) -> usize {
        size_of::<F>()
    }
}
