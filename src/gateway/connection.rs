//! One client connection, from its first byte to its last.
//!
//! Everything up to "a member is connected and the client knows" runs in a boxed future that is
//! freed before the relay begins: what stays for the hours an idle connection may last is small.

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::inbound::{self, Accepted, Rejected};
use super::open::{Opened, Opener};
use super::relay::{Carry, Relay};
use super::{forward, udp};

/// How large directions are carried on this system.
const CARRY: Carry = if cfg!(target_os = "linux") { Carry::Splice } else { Carry::Copy };

/// Serves one client to the end. `permit` is its place among the connections allowed.
pub(super) async fn serve(client: TcpStream, permit: OwnedSemaphorePermit, opener: Opener, serving: CancellationToken) {
    let counted = opener.state().totals.meter.open();
    let arranged = Box::pin(serving.run_until_cancelled_owned(arrange(client, opener))).await;
    let Some((client, early, opened)) = arranged.flatten() else { return };
    let relay = Relay::new(client, opened, &early, CARRY);
    drop(early);
    let (ended, up, down) = relay.await;
    tracing::debug!(up, down, %ended, "closed");
    drop((counted, permit));
}

/// Understands the client and opens its connection. None where there is nothing to relay: it was
/// turned away, or served here (plain HTTP, UDP).
async fn arrange(client: TcpStream, opener: Opener) -> Option<(TcpStream, Bytes, Opened)> {
    // A socket that is broken already shows at the first read.
    let _broken = client.set_nodelay(true);
    let limits = opener.state().limits();
    match inbound::accept(client, &limits.rules).await {
        Ok(Accepted::Tunnel { mut client, wanted, early, replier }) => match opener.open(&wanted).await {
            Ok(opened) => {
                replier.succeed(&mut client).await.ok()?;
                Some((client, early, opened))
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
        Ok(Accepted::Http { client, early }) => forward::serve(client, early, &opener, &limits.rules).await,
        Err(Rejected::Silent) => None,
        Err(reason) => {
            tracing::debug!(%reason, "turned a client away");
            opener.state().reject();
            None
        }
    }
}
