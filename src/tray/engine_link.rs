//! The tray's link to its engine: a running engine if there is one, otherwise one that is started in this process.
//!
//! Both are reached through the control protocol only. When the engine ends, [`SessionMessage::Ended`] arrives and the
//! link is closed. Dropping a link to an external engine leaves that engine running.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::state::EngineHost;
use super::upgrade::ReplacedPart;
use crate::control::replica::Resource;
use crate::control::session::{EngineSession, SessionMessage};
use crate::control::{ClientError, Endpoint};
use crate::host::{Host, HostError, HostPorts};
use crate::model::{Command, Event, Fault};
use crate::os::paths::Paths;
use crate::os::single_instance::{Instance, InstanceError};

/// How long an engine that holds the lock may take to open its control socket.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Pause between two attempts to connect to it.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Why no engine can be reached.
#[derive(Debug, thiserror::Error)]
pub enum EngineLinkError {
    /// No engine could be started here.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The instance lock cannot be checked.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// An engine is running but does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl EngineLinkError {
    /// The error as user interfaces show it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Host(error) => error.into(),
            Self::Instance(error) => error.into(),
            Self::Client(error) => error.fault(),
        }
    }
}

/// A message from the engine.
pub type EngineMessage = SessionMessage<TrayRequest>;

/// The purpose of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayRequest {
    /// An action of the user, who is notified if it fails.
    UserAction,
    /// An update of all subscriptions that the user started.
    UpdateSubscriptions,
    /// The hosts that failed last, for the open menu.
    FailedHosts,
    /// The check of a site that the user started.
    Fix,
    /// A fetch that keeps the copy of the engine's state current.
    Sync(Resource),
}

/// The link to an engine.
pub struct EngineLink {
    /// Where the engine runs.
    pub host_kind: EngineHost,
    host: Option<Host>,
    session: EngineSession<TrayRequest>,
}

impl EngineLink {
    /// Connects to the engine that runs on these files, or starts one; its messages are sent to `messages`. With
    /// [`ReplacedPart::Engine`] the engine is started in the place of the running one.
    ///
    /// # Errors
    /// No engine is running and none can be started.
    pub async fn open(
        paths: &Paths,
        replaces: Option<ReplacedPart>,
        messages: mpsc::Sender<EngineMessage>,
    ) -> Result<Self, EngineLinkError> {
        let host = match Instance::acquire(&paths.lock()) {
            Ok(instance) => Some(Host::start(paths, instance, HostPorts::default())?),
            Err(InstanceError::Held { .. }) if replaces == Some(ReplacedPart::Engine) => {
                Some(Host::take_over(paths, HostPorts::default()).await?)
            }
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

    /// The events from before the link was opened, oldest first.
    pub fn past(&self) -> &[Event] {
        &self.session.past
    }

    /// Queues a call; the reply arrives as a message.
    ///
    /// # Errors
    /// Returns the request, which is dropped, if too many calls are waiting.
    pub fn call(&mut self, request: TrayRequest, command: Command) -> Result<(), TrayRequest> {
        self.session.call(request, command)
    }

    /// Cancels slow calls with this purpose.
    pub fn cancel(&mut self, request: TrayRequest) {
        self.session.cancel(|running| *running == request);
    }

    /// Waits until an engine in this process has stopped by itself.
    pub async fn ended(&mut self) {
        match &mut self.host {
            Some(host) => host.ended().await,
            None => std::future::pending().await,
        }
    }

    /// Whether another engine has taken over from the one in this process.
    pub fn is_left(&self) -> bool {
        self.host.as_ref().is_some_and(Host::is_left)
    }

    /// Closes the link, and lets an engine that another one has taken over finish its connections, or stops it once
    /// `hurry` completes.
    pub async fn finish(self, hurry: impl Future<Output = ()>) {
        drop(self.session);
        if let Some(mut host) = self.host {
            tokio::select! {
                () = host.ended() => host.stop(std::future::pending()).await,
                () = hurry => host.stop(std::future::ready(())).await,
            }
        }
    }

    /// Closes the link, and stops the engine if it is in this process. See [`Host::stop`].
    pub async fn close(self, hurry: impl Future<Output = ()>) {
        drop(self.session);
        if let Some(host) = self.host {
            host.stop(hurry).await;
        }
    }
}

/// Waits for an engine that has just been started and may not listen yet.
async fn wait_until_reachable(endpoint: &Endpoint) -> Result<(), ClientError> {
    let until = Instant::now() + CONNECT_LIMIT;
    loop {
        match endpoint.connect().await {
            Err(ClientError::NotRunning) if Instant::now() < until => sleep(RETRY_PAUSE).await,
            result => return result.map(drop),
        }
    }
}
