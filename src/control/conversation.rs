//! What a user interface and its engine have to say to each other, all at once: calls one after
//! another, snapshots, events.
//!
//! Connections that live and end together; calls that wait for servers elsewhere have one of their own, so
//! that nothing waits behind them. Whatever is heard on any of them goes into one
//! channel, in the order in which it came; when the engine ends, that is heard once and the
//! conversation is of no more use. It starts no engine and waits for none.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::{Client, ClientError, Heard as Happened};
use crate::model::{Command, Event, Reply, Snapshot};

/// Calls that wait for the one before them; more are the clicks of somebody whose engine hangs.
const CALLS: usize = 64;

/// What is heard of the engine; `P` says what a call was for.
#[derive(Debug)]
pub enum Heard<P> {
    /// All that is true now.
    Snapshot(Box<Snapshot>),
    /// Something happened.
    Event(Event),
    /// A call was answered.
    Answer {
        /// What for.
        purpose: P,
        /// How it went.
        result: Result<Reply, ClientError>,
    },
    /// The engine has ended.
    Ended,
}

/// A conversation; dropping it ends it and leaves the engine alone.
pub struct Conversation<P> {
    /// What happened before, oldest first.
    pub past: Vec<Event>,
    calls: mpsc::Sender<(P, Command)>,
    far_calls: mpsc::Sender<(P, Command)>,
    _listening: JoinSet<()>,
}

impl<P: Send + 'static> Conversation<P> {
    /// Begins a conversation over connections of its own. What is heard goes to `heard`.
    ///
    /// # Errors
    /// A connection broke at once.
    pub async fn begin(
        [caller, far_caller, watcher, listener]: [Client; 4],
        heard: &mpsc::Sender<Heard<P>>,
    ) -> Result<Self, ClientError> {
        let mut snapshots = watcher.watch().await?;
        let (past, mut events) = listener.events().await?;
        let mut listening = JoinSet::new();
        let (calls, called) = mpsc::channel(CALLS);
        listening.spawn(call(caller, called, heard.clone()));
        let (far_calls, called) = mpsc::channel(CALLS);
        listening.spawn(call(far_caller, called, heard.clone()));
        let told = heard.clone();
        listening.spawn(async move {
            while let Ok(snapshot) = snapshots.next().await {
                tell(&told, Heard::Snapshot(Box::new(snapshot))).await;
            }
            tell(&told, Heard::Ended).await;
        });
        let told = heard.clone();
        listening.spawn(async move {
            while let Ok(happened) = events.next().await {
                match happened {
                    Happened::Event(event) => tell(&told, Heard::Event(event)).await,
                    Happened::Missed(events) => tracing::warn!(events, "missed"),
                }
            }
        });
        Ok(Self { past, calls, far_calls, _listening: listening })
    }

    /// Asks the engine for something; the answer is heard.
    ///
    /// # Errors
    /// What it was for, where too much waits already.
    pub fn ask(&self, purpose: P, command: Command) -> Result<(), P> {
        let calls = if waits_for_others(&command) { &self.far_calls } else { &self.calls };
        calls.try_send((purpose, command)).map_err(|error| {
            tracing::warn!("the engine does not answer; a call is dropped");
            error.into_inner().0
        })
    }
}

/// Whether the engine has to ask servers elsewhere before it answers.
fn waits_for_others(command: &Command) -> bool {
    matches!(
        command,
        Command::PacUpdate
            | Command::SubscriptionPreview { .. }
            | Command::SubscriptionAdd { .. }
            | Command::SubscriptionUpdate { .. }
    )
}

async fn call<P>(mut client: Client, mut called: mpsc::Receiver<(P, Command)>, heard: mpsc::Sender<Heard<P>>) {
    while let Some((purpose, command)) = called.recv().await {
        let result = client.call(command).await;
        tell(&heard, Heard::Answer { purpose, result }).await;
    }
}

async fn tell<P>(heard: &mpsc::Sender<Heard<P>>, what: Heard<P>) {
    // Nobody listens any more: the user interface is ending, and this with it.
    let _ending = heard.send(what).await;
}
