//! Accepts connections: a permit, a connection, a task. No error of a connection ends the loop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::state::{GatewayState, is_out_of_descriptors};
use crate::os;

/// First and longest pause after an error of accept(2). When descriptors run out, the connection stays in the queue, so
/// retrying at once would only use the CPU.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Accepts connections until dropped, and passes each with the address of its peer and its permit to `serve`.
pub(super) async fn accept(
    listener: Arc<TcpListener>,
    permits: Arc<Semaphore>,
    state: Arc<GatewayState>,
    serve: impl Fn(TcpStream, SocketAddr, OwnedSemaphorePermit),
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let permit = match Arc::clone(&permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                state.report_connection_limit();
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
                permit
            }
        };
        match os::accept::accept_nodelay(&listener).await {
            Ok((client, peer)) => {
                pause = FIRST_PAUSE;
                serve(client, peer, permit);
            }
            Err(error) => {
                if is_out_of_descriptors(&error) {
                    state.report_descriptors_exhausted();
                }
                tracing::warn!(%error, ?pause, "cannot accept a connection");
                drop(permit);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
        }
    }
}
