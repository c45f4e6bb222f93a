//! Everything between a user interface and its engine: calls, snapshots, events.
//!
//! Three connections live and end together: one for calls, answered in their order, one for snapshots,
//! one for events. A slow call ([`Command::is_slow`]) gets a connection of its own, so that nothing
//! waits behind it and closing that connection cancels it. Whatever arrives goes into one channel; when
//! the engine ends, that is said once and the session is of no more use. It starts no engine.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::client::{Client, ClientError, EventStream, SnapshotStream, StreamedEvent};
use super::endpoint::Endpoint;
use crate::model::{Command, Event, Reply, Snapshot};

/// Calls that may wait for the one before them: more are the clicks of a user whose engine hangs.
const QUEUED_CALLS: usize = 64;

/// What arrives from the engine; `P` is the purpose that a call was made for.
#[derive(Debug)]
pub enum SessionMessage<P> {
    /// The current snapshot.
    Snapshot(Arc<Snapshot>),
    /// Something happened.
    Event(Event),
    /// A call was answered.
    Reply {
        /// Its purpose.
        purpose: P,
        /// How it went.
        result: Result<Reply, ClientError>,
    },
    /// The engine has ended.
    Ended,
}

/// A session; dropping it ends it and leaves the engine alone.
pub struct EngineSession<P> {
    /// The events before the session began, oldest first.
    pub past: Vec<Event>,
    endpoint: Endpoint,
    calls: mpsc::Sender<(P, Command)>,
    messages: mpsc::Sender<SessionMessage<P>>,
    tasks: JoinSet<()>,
    slow: Vec<(P, AbortHandle)>,
}

impl<P: Clone + Send + Sync + 'static> EngineSession<P> {
    /// Begins a session. What arrives goes to `messages`.
    ///
    /// # Errors
    /// No engine can be reached, or a connection broke at once.
    pub async fn begin(endpoint: Endpoint, messages: mpsc::Sender<SessionMessage<P>>) -> Result<Self, ClientError> {
        let caller = endpoint.connect().await?;
        let snapshots = endpoint.connect().await?.watch().await?;
        let (past, events) = endpoint.connect().await?.events().await?;
        let (calls, queue) = mpsc::channel(QUEUED_CALLS);
        let mut tasks = JoinSet::new();
        tasks.spawn(call_in_order(caller, queue, messages.clone()));
        tasks.spawn(forward_snapshots(snapshots, messages.clone()));
        tasks.spawn(forward_events(events, messages.clone()));
        Ok(Self { past, endpoint, calls, messages, tasks, slow: Vec::new() })
    }

    /// Makes a call; the reply arrives as a message.
    ///
    /// # Errors
    /// The purpose, where too many calls wait already.
    pub fn call(&mut self, purpose: P, command: Command) -> Result<(), P> {
        if command.is_slow() {
            self.call_apart(purpose, command);
            return Ok(());
        }
        self.calls.try_send((purpose, command)).map_err(|error| {
            tracing::warn!("the engine does not answer; a call is dropped");
            error.into_inner().0
        })
    }

    /// Cancels slow calls; their replies do not arrive.
    pub fn cancel(&mut self, is_cancelled: impl Fn(&P) -> bool) {
        self.slow.retain(|(purpose, call)| {
            let ends = is_cancelled(purpose);
            if ends {
                call.abort();
            }
            !ends
        });
    }

    fn call_apart(&mut self, purpose: P, command: Command) {
        while self.tasks.try_join_next().is_some() {}
        self.slow.retain(|(_, call)| !call.is_finished());
        let (endpoint, messages, told) = (self.endpoint.clone(), self.messages.clone(), purpose.clone());
        let call = self.tasks.spawn(async move {
            let result = async { endpoint.connect().await?.call(command).await }.await;
            send(&messages, SessionMessage::Reply { purpose: told, result }).await;
        });
        self.slow.push((purpose, call));
    }
}

async fn call_in_order<P>(
    mut client: Client,
    mut queue: mpsc::Receiver<(P, Command)>,
    messages: mpsc::Sender<SessionMessage<P>>,
) {
    while let Some((purpose, command)) = queue.recv().await {
        let result = client.call(command).await;
        send(&messages, SessionMessage::Reply { purpose, result }).await;
    }
}

async fn forward_snapshots<P>(mut snapshots: SnapshotStream, messages: mpsc::Sender<SessionMessage<P>>) {
    while let Ok(snapshot) = snapshots.next().await {
        send(&messages, SessionMessage::Snapshot(Arc::new(snapshot))).await;
    }
    send(&messages, SessionMessage::Ended).await;
}

async fn forward_events<P>(mut events: EventStream, messages: mpsc::Sender<SessionMessage<P>>) {
    while let Ok(streamed) = events.next().await {
        match streamed {
            StreamedEvent::Event(event) => send(&messages, SessionMessage::Event(event)).await,
            StreamedEvent::Missed(events) => tracing::warn!(events, "events missed"),
        }
    }
}

async fn send<P>(messages: &mpsc::Sender<SessionMessage<P>>, message: SessionMessage<P>) {
    // Nobody receives any more: the user interface is ending, and this with it.
    let _ending = messages.send(message).await;
}
