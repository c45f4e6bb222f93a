//! The way to the engine: one that runs already is joined, otherwise one is started in this process.
//!
//! Either way it is spoken to through the door, in three conversations: calls one after another,
//! snapshots, events. What is heard goes into one channel; when a conversation breaks off, that is
//! heard once and the link is of no more use. Dropping a link that was joined leaves the engine alone.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::known::Home;
use crate::control::client::Heard as Happened;
use crate::control::{Client, ClientError};
use crate::host::{Host, HostError};
use crate::model::{Command, Event, Fault, FaultCode, Reply, Snapshot};
use crate::os::paths::Paths;
use crate::os::single_instance::{Instance, InstanceError};

/// Calls that wait for the one before them; more are the clicks of somebody whose engine hangs.
const CALLS: usize = 64;

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
            Self::Client(ClientError::Fault(fault)) => fault.clone(),
            Self::Host(_) | Self::Instance(_) | Self::Client(_) => Fault::new(FaultCode::NoEngine, self.to_string()),
        }
    }
}

/// What is heard of the engine.
#[derive(Debug)]
pub enum Heard {
    /// All that is true now.
    Snapshot(Box<Snapshot>),
    /// Something happened.
    Event(Event),
    /// A call was answered.
    Answer {
        /// What for.
        purpose: Purpose,
        /// How it went.
        result: Result<Reply, ClientError>,
    },
    /// The engine has ended.
    Ended,
}

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
    /// What happened before, oldest first.
    pub past: Vec<Event>,
    host: Option<Host>,
    calls: mpsc::Sender<(Purpose, Command)>,
    /// For calls that wait for servers elsewhere: a connection of their own, so that nothing waits behind them.
    far_calls: mpsc::Sender<(Purpose, Command)>,
    _conversations: JoinSet<()>,
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
        let mut snapshots = door.client().await?.watch().await?;
        let (past, mut events) = door.client().await?.events().await?;
        let (caller, far_caller) = (door.client().await?, door.client().await?);

        let mut conversations = JoinSet::new();
        let (calls, called) = mpsc::channel(CALLS);
        conversations.spawn(call(caller, called, heard.clone()));
        let (far_calls, called) = mpsc::channel(CALLS);
        conversations.spawn(call(far_caller, called, heard.clone()));
        let told = heard.clone();
        conversations.spawn(async move {
            while let Ok(snapshot) = snapshots.next().await {
                tell(&told, Heard::Snapshot(Box::new(snapshot))).await;
            }
            tell(&told, Heard::Ended).await;
        });
        let told = heard.clone();
        conversations.spawn(async move {
            while let Ok(happened) = events.next().await {
                match happened {
                    Happened::Event(event) => tell(&told, Heard::Event(event)).await,
                    Happened::Missed(events) => tracing::warn!(events, "missed"),
                }
            }
        });
        let home = if host.is_some() { Home::Here } else { Home::Elsewhere };
        Ok(Self { home, past, host, calls, far_calls, _conversations: conversations })
    }

    /// Asks the engine for something; the answer is heard.
    pub fn ask(&self, purpose: Purpose, command: Command) {
        let is_far = matches!(command, Command::SubscriptionUpdate { .. });
        let calls = if is_far { &self.far_calls } else { &self.calls };
        if calls.try_send((purpose, command)).is_err() {
            tracing::warn!("the engine does not answer; a call is dropped");
        }
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
        drop((self.calls, self.far_calls));
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

async fn call(mut client: Client, mut called: mpsc::Receiver<(Purpose, Command)>, heard: mpsc::Sender<Heard>) {
    while let Some((purpose, command)) = called.recv().await {
        let result = client.call(command).await;
        tell(&heard, Heard::Answer { purpose, result }).await;
    }
}

async fn tell(heard: &mpsc::Sender<Heard>, what: Heard) {
    // Nobody listens any more: the tray is ending, and this with it.
    let _ending = heard.send(what).await;
}
