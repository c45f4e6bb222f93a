//! The way to the engine: one that runs already is joined, otherwise one is started in this process.
//!
//! Either way it is spoken to through the door; when it ends, that is heard once and the link is of no
//! more use. Dropping a link that was joined leaves the engine alone.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::known::Home;
use crate::control::conversation::{self, Conversation};
use crate::control::{Client, ClientError};
use crate::host::{Host, HostError};
use crate::model::{Command, Event, Fault};
use crate::os::paths::Paths;
use crate::os::single_instance::{Instance, InstanceError};

/// How long an engine that holds the lock may take to open its door.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks whether it has.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no engine to speak with.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// None could be started here.
    #[error(transparent)]
    Host(#[from] HostError),
    /// It cannot be told whether one runs.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// One runs, and does not speak with us.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl LinkError {
    /// As people are told of it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Host(error) => error.into(),
            Self::Instance(error) => error.into(),
            Self::Client(error) => error.fault(),
        }
    }
}

/// What is heard of the engine.
pub type Heard = conversation::Heard<Purpose>;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person wants it, and wants to hear if it fails.
    Click,
    /// To know the nodes or the settings.
    Knowledge,
}

/// The way to an engine.
pub struct Link {
    /// Where it runs.
    pub home: Home,
    host: Option<Host>,
    conversation: Conversation<Purpose>,
}

impl Link {
    /// Joins the engine that runs on these files, or starts one. What is heard goes to `heard`.
    ///
    /// # Errors
    /// There is none, and none can be started.
    pub async fn open(paths: &Paths, heard: &mpsc::Sender<Heard>) -> Result<Self, LinkError> {
        let mut host = match Instance::acquire(&paths.lock()) {
            Ok(instance) => Some(Host::start(paths, instance, None)?),
            Err(InstanceError::Held { .. }) => None,
            Err(error @ InstanceError::File { .. }) => return Err(error.into()),
        };
        let mut door = Door { paths, host: &mut host, until: Instant::now() + PATIENCE };
        let clients = [door.client().await?, door.client().await?, door.client().await?, door.client().await?];
        let conversation = Conversation::begin(clients, heard).await?;
        let home = if host.is_some() { Home::Here } else { Home::Elsewhere };
        Ok(Self { home, host, conversation })
    }

    /// What happened before, oldest first.
    pub fn past(&self) -> &[Event] {
        &self.conversation.past
    }

    /// Asks the engine for something; the answer is heard.
    pub fn ask(&self, purpose: Purpose, command: Command) {
        // What is dropped is in the log.
        let _dropped = self.conversation.ask(purpose, command);
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
        drop(self.conversation);
        if let Some(host) = self.host {
            host.stop(hurry).await;
        }
    }
}

/// Where conversations begin.
struct Door<'a> {
    paths: &'a Paths,
    host: &'a mut Option<Host>,
    until: Instant,
}

impl Door<'_> {
    async fn client(&mut self) -> Result<Client, ClientError> {
        if let Some(host) = self.host {
            return host.client().await;
        }
        loop {
            match Client::connect(self.paths).await {
                Err(ClientError::NotRunning) if Instant::now() < self.until => sleep(PAUSE).await,
                result => return result,
            }
        }
    }
}
