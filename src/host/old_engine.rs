//! The host of an engine that another one takes over from.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::messages::{DescriptorKind, TakeOverError, TakeOverMessage, receive_within, send, unexpected};
use crate::control::server::TakeOverRequest;
use crate::engine::{HandOverSteps, HandOvers, HandedState, LateTraffic};
use crate::os::service_manager::{self, ServiceState};
use crate::os::single_instance::Instance;
use crate::os::take_over::TakeOverStream;

/// Time limit for the other engine to start its members.
const COMMIT_LIMIT: Duration = Duration::from_secs(60);

/// Time limit for it to open its gateway: clients wait meanwhile.
const DONE_LIMIT: Duration = Duration::from_secs(10);

/// The resources that this host shares with the other one.
pub(super) struct OldEngine {
    pub(super) hand_overs: HandOvers,
    pub(super) instance: Arc<Mutex<Instance>>,
    /// Stops the control server.
    pub(super) control: CancellationToken,
    /// The limit of the service manager's watchdog.
    pub(super) watchdog: Option<Duration>,
    /// Cancelled when another engine has taken over.
    pub(super) is_left: CancellationToken,
}

impl OldEngine {
    /// Lets other engines take over, until one has; then reports the traffic of the remaining connections to it.
    pub(super) async fn answer(self, mut requests: mpsc::Receiver<TakeOverRequest>) {
        while let Some(request) = requests.recv().await {
            let (mut stream, mut late) = match self.hand_over(request).await {
                Ok(left) => left,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "another engine has failed to take over");
                    continue;
                }
            };
            while let Some(traffic) = late.recv().await {
                if let Err(error) = send(&mut stream, &TakeOverMessage::Late(traffic), &[]).await {
                    tracing::debug!(%error, "the traffic of the remaining connections is not counted");
                    break;
                }
            }
            return;
        }
    }

    /// Returns the connection to the engine that has taken over, and what is reported to it.
    async fn hand_over(
        &self,
        request: TakeOverRequest,
    ) -> Result<(TakeOverStream, mpsc::Receiver<LateTraffic>), TakeOverError> {
        let TakeOverRequest { mut stream, socket } = request;
        let steps = self.hand_overs.begin().await.ok_or(TakeOverError::Ended)?;
        let HandOverSteps { offer, commit, state, done, late } = steps;
        let mut offer = offer.await.map_err(|_| TakeOverError::Ended)?;
        offer.watchdog = self.watchdog;
        send(&mut stream, &TakeOverMessage::Offer(offer), &[]).await?;
        match receive_within(&mut stream, COMMIT_LIMIT).await? {
            (TakeOverMessage::Commit, _) => _ = commit.send(()),
            (other, _) => return Err(unexpected(&format!("{other:?}"))),
        }
        let HandedState { state, ports, watcher } = state.await.map_err(|_| TakeOverError::Ended)?;
        let lock = self.instance.lock().expect("nothing panics while the lock is held").share()?;
        let kinds = [DescriptorKind::Lock, DescriptorKind::Control].into_iter();
        let kinds = kinds.chain(ports.iter().map(|_| DescriptorKind::Port));
        let kinds = kinds.chain(watcher.iter().map(|_| DescriptorKind::Watcher)).collect();
        let shared = socket.share_again()?;
        let descriptors: Vec<_> = [lock, shared].into_iter().chain(ports).chain(watcher).collect();
        send(&mut stream, &TakeOverMessage::State(Box::new(state), kinds), &descriptors).await?;
        match receive_within(&mut stream, DONE_LIMIT).await? {
            (TakeOverMessage::Done, _) => {}
            (other, _) => return Err(unexpected(&format!("{other:?}"))),
        }
        self.instance.lock().expect("nothing panics while the lock is held").leave();
        socket.leave();
        self.is_left.cancel();
        self.control.cancel();
        if let Some(pid) = stream.peer() {
            service_manager::notify(ServiceState::HandedOver(pid));
        }
        done.send(()).map_err(|()| TakeOverError::Ended)?;
        // An empty report: from now on the service manager listens to the other engine.
        send(&mut stream, &TakeOverMessage::Late(LateTraffic::default()), &[]).await?;
        Ok((stream, late))
    }
}
