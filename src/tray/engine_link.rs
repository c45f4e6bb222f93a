//! The tray's engine: one that runs already is joined, otherwise one is started in this process.
//!
//! Either way it is reached through the control protocol only; when it ends, that is said once and the
//! link is of no more use. Dropping a link that was joined leaves the engine alone.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::state::EngineHost;
use crate::control::replica::Resource;
use crate::control::session::{EngineSession, SessionMessage};
use crate::control::{ClientError, Endpoint};
use crate::host::{Host, HostError};
use crate::model::{Command, Event, Fault};
use crate::os::paths::Paths;
use crate::os::single_instance::{Instance, InstanceError};

/// How long an engine that holds the lock may take to open its socket.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Between two attempts to connect to it.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineLinkError {
    /// None could be started here.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Whether one runs is unknown.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// One runs, and does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl EngineLinkError {
    /// As users are told of it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Host(error) => error.into(),
            Self::Instance(error) => error.into(),
            Self::Client(error) => error.fault(),
        }
    }
}

/// What arrives from the engine.
pub type EngineMessage = SessionMessage<TrayRequest>;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayRequest {
    /// The user asked for it and wants to know if it fails.
    UserAction,
    /// The user asked for an update of all subscriptions.
    UpdateSubscriptions,
    /// To keep the copy of the engine's state current.
    Sync(Resource),
}

/// The connection to an engine.
pub struct EngineLink {
    /// Where it runs.
    pub host_kind: EngineHost,
    host: Option<Host>,
    session: EngineSession<TrayRequest>,
}

impl EngineLink {
    /// Joins the engine that runs on these files, or starts one. What arrives goes to `messages`.
    ///
    /// # Errors
    /// There is none, and none can be started.
    pub async fn open(paths: &Paths, messages: mpsc::Sender<EngineMessage>) -> Result<Self, EngineLinkError> {
        let host = match Instance::acquire(&paths.lock()) {
            Ok(instance) => Some(Host::start(paths, instance, None)?),
            Err(InstanceError::Held { .. }) => None,
            Err(error @ InstanceError::File { .. }) => return Err(error.into()),
        };
        let (host_kind, endpoint) = match &host {
            Some(host) => (EngineHost::InProcess, host.endpoint()),
            None => (EngineHost::External, Endpoint::Socket(paths.clone())),
        };
        wait_until_reachable(&endpoint).await?;
        let session = EngineSession::begin(endpoint, messages).await?;
        Ok(Self { host_kind, host, session })
    }

    /// The events before the link was opened, oldest first.
    pub fn past(&self) -> &[Event] {
        &self.session.past
    }

    /// Makes a call; the reply arrives as a message.
    ///
    /// # Errors
    /// Too many calls wait already; it is dropped.
    pub fn call(&mut self, request: TrayRequest, command: Command) -> Result<(), TrayRequest> {
        self.session.call(request, command)
    }

    /// Cancels slow calls of this kind.
    pub fn cancel(&mut self, request: TrayRequest) {
        self.session.cancel(|running| *running == request);
    }

    /// Waits until an engine of this process has ended by itself.
    pub async fn ended(&mut self) {
        match &mut self.host {
            Some(host) => host.ended().await,
            None => std::future::pending().await,
        }
    }

    /// Leaves the engine, and stops it where it is this process's. See [`Host::stop`].
    pub async fn close(self, hurry: impl Future<Output = ()>) {
        drop(self.session);
        if let Some(host) = self.host {
            host.stop(hurry).await;
        }
    }
}

/// An engine that has just been started by somebody else may not listen yet.
async fn wait_until_reachable(endpoint: &Endpoint) -> Result<(), ClientError> {
    let until = Instant::now() + CONNECT_LIMIT;
    loop {
        match endpoint.connect().await {
            Err(ClientError::NotRunning) if Instant::now() < until => sleep(RETRY_PAUSE).await,
            result => return result.map(drop),
        }
    }
}
