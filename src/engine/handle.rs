//! The interface to the engine: calls, a snapshot to watch, and a stream of events. A handle is cheap to clone; the
//! engine outlives it.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::gateway::{ConnectionTracker, ServingPulse};
use crate::model::{Command, Event, Fault, FaultCode, Reply, Snapshot};

/// A command with the channel for its reply.
pub(crate) struct Call {
    pub(crate) command: Command,
    pub(crate) answer: oneshot::Sender<Result<Reply, Fault>>,
}

/// Calls the engine.
#[derive(Clone)]
pub struct Handle {
    pub(crate) calls: mpsc::Sender<Call>,
    pub(crate) snapshots: watch::Sender<Arc<Snapshot>>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) connections: Arc<ConnectionTracker>,
    pub(crate) pulse: Arc<ServingPulse>,
}

impl Handle {
    /// Sends a command and waits for its reply.
    ///
    /// # Errors
    /// The engine's fault, or [`FaultCode::Stopping`] if it has ended.
    pub async fn call(&self, command: Command) -> Result<Reply, Fault> {
        let stopping = || Fault::new(FaultCode::Stopping, "");
        let (answer, answered) = oneshot::channel();
        self.calls.send(Call { command, answer }).await.map_err(|_| stopping())?;
        answered.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// The current snapshot. While there is a watcher, the engine measures rates once a second.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.subscribe()
    }

    /// The connections of clients. There is no cost while no one lists them.
    pub fn connections(&self) -> &ConnectionTracker {
        &self.connections
    }

    /// Whether clients are served, for a watchdog.
    pub fn pulse(&self) -> &ServingPulse {
        &self.pulse
    }

    /// The stream of events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}
