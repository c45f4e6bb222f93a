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

use super::flight::Exchange;
use super::forward::{self, Tunnel};
use super::inbound::{self, Accepted, Rejected, Speech};
use super::open::{Opened, Opener};
use super::relay::{Buffer, Carry, Relay};
use super::route::Leg;
use super::udp;
use crate::model::meter::Counted;

/// How large directions are carried on this system.
const CARRY: Carry = if cfg!(target_os = "linux") { Carry::Splice } else { Carry::Copy };

/// One client connection.
pub(super) struct Connection {
    stage: Stage,
    // Its place among the connections that are allowed, and among those that are counted.
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

enum Stage {
    Arranging(Pin<Box<dyn Future<Output = Option<Arranged>> + Send>>),
    Exchanging(Pin<Box<dyn Future<Output = Option<Relay>> + Send>>),
    Relaying(Relay),
}

impl Connection {
    /// Serves one client to the end, or until `serving` is over.
    pub(super) fn new(
        client: TcpStream,
        speech: Speech,
        permit: OwnedSemaphorePermit,
        opener: Opener,
        serving: CancellationToken,
    ) -> Self {
        let counted = opener.state().totals.meter.open();
        let arranged = async move { serving.run_until_cancelled(arrange(client, speech, opener)).await? };
        Self { stage: Stage::Arranging(Box::pin(arranged)), _permit: permit, _counted: counted }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.stage {
                Stage::Arranging(arranged) => match ready!(arranged.as_mut().poll(cx)) {
                    Some(Arranged::Fresh(exchange)) => {
                        self.stage = Stage::Exchanging(Box::pin(exchange.run(CARRY)));
                    }
                    Some(Arranged::Begun(relay)) => self.stage = Stage::Relaying(*relay),
                    None => return Poll::Ready(()),
                },
                Stage::Exchanging(exchange) => match ready!(exchange.as_mut().poll(cx)) {
                    Some(relay) => self.stage = Stage::Relaying(relay),
                    None => return Poll::Ready(()),
                },
                Stage::Relaying(relay) => {
                    let (ended, up, down) = ready!(Pin::new(relay).poll(cx));
                    tracing::debug!(up, down, %ended, "closed");
                    return Poll::Ready(());
                }
            }
        }
    }
}

/// What a client has been given.
enum Arranged {
    /// A tunnel through which nothing has gone.
    Fresh(Box<Exchange>),
    /// A tunnel whose first exchange is over.
    Begun(Box<Relay>),
}

impl Arranged {
    /// A tunnel with no first exchange to look after.
    fn begun(client: TcpStream, opened: Opened, early: &[u8]) -> Self {
        Self::Begun(Box::new(Relay::resume(client, opened, CARRY, 0, Buffer::holding(early), None)))
    }
}

/// Understands the client and opens its connection. None where nothing is left to relay: it was
/// turned away, or served here (plain HTTP, UDP).
async fn arrange(client: TcpStream, speech: Speech, opener: Opener) -> Option<Arranged> {
    // A socket that is broken already shows at the first read.
    let _broken = client.set_nodelay(true);
    let limits = opener.state().limits();
    match inbound::accept(client, speech, &limits.rules).await {
        Ok(Accepted::Tunnel { mut client, wanted, early, replier }) => match opener.open_by_rules(&wanted).await {
            Ok((opened, leg)) => {
                replier.succeed(&mut client).await.ok()?;
                Some(match leg {
                    Leg::Pool => Arranged::Fresh(Exchange::new(client, early, opened, opener, wanted)),
                    Leg::Direct => Arranged::begun(client, opened, &early),
                })
            }
            Err(error) => {
                // The client may have left meanwhile; there is nobody else to tell.
                let _left = replier.refuse(&mut client, &error).await;
                None
            }
        },
        Ok(Accepted::Udp { client, user, announced }) => {
            udp::serve(client, user, announced, &opener).await;
            None
        }
        Ok(Accepted::Http { client, early }) => {
            let Tunnel { client, early, opened, fresh } = forward::serve(client, early, &opener, &limits.rules).await?;
            match fresh {
                Some(wanted) => Some(Arranged::Fresh(Exchange::new(client, early, opened, opener, wanted))),
                None => Some(Arranged::begun(client, opened, &early)),
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
        let size = size_of::<Exchange>() + size_of_future(|exchange| Exchange::run(exchange, CARRY));
        assert!(size <= 1_152, "{size} bytes");
    }

    fn size_of_future<F: Future>(_run: impl FnOnce(Box<Exchange>) -> F) -> usize {
        size_of::<F>()
    }
}
