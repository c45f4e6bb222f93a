//! One client connection, from its first byte to its last.
//!
//! Everything up to "a member is connected and the client knows" runs in a boxed future that is
//! freed before the first exchange, and that in one that is freed before the relay begins. The
//! future of a connection is put together by hand for the same reason: what stays for the hours
//! that an idle connection may last is the relay and no more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::connections::tracker::ClientAddress;
use super::flight::FirstExchange;
use super::forward::{self, TunnelHandoff};
use super::inbound::{self, Accepted, ListenerProtocol, Rejected};
use super::open::{Opened, Opener};
use super::relay::{CopyBuffer, CopyMode, Relay};
use super::route::Outbound;
use super::udp;
use crate::model::meter::ActiveConnection;

/// How large directions are carried on this system.
const COPY_MODE: CopyMode = if cfg!(target_os = "linux") { CopyMode::Splice } else { CopyMode::Copy };

/// One client connection.
pub(super) struct Connection {
    state: ConnectionState,
    // Its place among the connections that are allowed, and among those that are counted.
    _permit: OwnedSemaphorePermit,
    _counted: ActiveConnection,
}

enum ConnectionState {
    Establishing(Pin<Box<dyn Future<Output = Option<Established>> + Send>>),
    FirstExchange(Pin<Box<dyn Future<Output = Option<Relay>> + Send>>),
    Relaying(Relay),
}

impl Connection {
    /// Serves one client to the end, or until `serving` is over.
    pub(super) fn new(
        client: TcpStream,
        protocol: ListenerProtocol,
        permit: OwnedSemaphorePermit,
        opener: Opener,
        serving: CancellationToken,
    ) -> Self {
        let counted = opener.state().totals.meter.open();
        let opener = opener.for_client(ClientAddress::of(&client));
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
                    Some(Established::Fresh(exchange)) => {
                        self.state = ConnectionState::FirstExchange(Box::pin(exchange.run(COPY_MODE)));
                    }
                    Some(Established::Begun(relay)) => self.state = ConnectionState::Relaying(*relay),
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

/// What a client has been given.
enum Established {
    /// A tunnel through which nothing has gone.
    Fresh(Box<FirstExchange>),
    /// A tunnel whose first exchange is over.
    Begun(Box<Relay>),
}

impl Established {
    /// A tunnel with no first exchange to look after.
    fn begun(client: TcpStream, opened: Opened, early: &[u8]) -> Self {
        Self::Begun(Box::new(Relay::resume(client, opened, COPY_MODE, 0, CopyBuffer::holding(early), None)))
    }
}

/// Understands the client and opens its connection. None where nothing is left to relay: it was
/// turned away, or served here (plain HTTP, UDP).
async fn establish(client: TcpStream, protocol: ListenerProtocol, opener: Opener) -> Option<Established> {
    // A socket that is broken already shows at the first read.
    let _broken = client.set_nodelay(true);
    let limits = opener.state().limits();
    match inbound::accept(client, protocol, &limits.auth, &opener.state().guard).await {
        Ok(Accepted::Tunnel { mut client, request, early, protocol }) => match opener
            .open_by_rules(&request, protocol.to_model())
            .await
        {
            Ok((opened, outbound)) => {
                protocol.succeed(&mut client).await.ok()?;
                Some(match outbound {
                    Outbound::Pool => Established::Fresh(FirstExchange::new(client, early, opened, opener, request)),
                    Outbound::Direct => Established::begun(client, opened, &early),
                })
            }
            Err(error) => {
                // The client may have left meanwhile; there is nobody else to tell.
                let _left = protocol.refuse(&mut client, &error).await;
                None
            }
        },
        Ok(Accepted::Udp { client, user, announced }) => {
            udp::serve(client, user, announced, &opener).await;
            None
        }
        Ok(Accepted::Http { client, early }) => {
            let TunnelHandoff { client, early, opened, fresh } =
                forward::serve(client, early, &opener, &limits.auth).await?;
            match fresh {
                Some(request) => Some(Established::Fresh(FirstExchange::new(client, early, opened, opener, request))),
                None => Some(Established::begun(client, opened, &early)),
            }
        }
        Err(Rejected::Silent) => None,
        Err(reason) => {
            tracing::debug!(%reason, "turned a client away");
            opener.state().reject();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_is_small() {
        // Sockets, counters and allocator come on top; the whole is to stay under 2.5 KiB.
        let size = size_of::<Connection>();
        assert!(size <= 256, "{size} bytes");
        // One through which nothing has gone yet holds these as well.
        let size = size_of::<FirstExchange>() + size_of_future(|exchange| FirstExchange::run(exchange, COPY_MODE));
        assert!(size <= 1_152, "{size} bytes");
    }

    fn size_of_future<F: Future>(_run: impl FnOnce(Box<FirstExchange>) -> F) -> usize {
        size_of::<F>()
    }
}
