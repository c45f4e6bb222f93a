//! A user interface's session with its engine: calls, snapshots and events.
//!
//! A session has three connections that begin and end together: one for calls, executed in order, one for snapshots,
//! one for events. A slow call ([`Command::is_slow`]) gets its own connection, so that no other call waits for it;
//! closing that connection cancels it. All messages go to one channel; when the engine stops, [`SessionMessage::Ended`]
//! is the last message. A session does not start an engine.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::client::{Client, ClientError, EventStream, SnapshotStream, StreamedEvent};
use super::endpoint::Endpoint;
use crate::model::{Command, Event, Reply, Snapshot};

/// Queue size for calls: more can only be clicks of a user whose engine hangs.
const QUEUED_CALLS: usize = 64;

/// A message from the engine. `P` is the purpose of a call, as its caller defines it.
#[derive(Debug)]
pub enum SessionMessage<P> {
    /// The latest snapshot.
    Snapshot(Arc<Snapshot>),
    /// An event.
    Event(Event),
    /// The reply to a call.
    Reply {
        /// The purpose of the call.
        purpose: P,
        /// The result of the call.
        result: Result<Reply, ClientError>,
    },
    /// The engine has stopped.
    Ended,
}

/// A session with an engine; dropping it ends the session, not the engine.
pub struct EngineSession<P> {
    /// The events from before the session, oldest first.
    pub past: Vec<Event>,
    endpoint: Endpoint,
    calls: mpsc::Sender<(P, Command)>,
    messages: mpsc::Sender<SessionMessage<P>>,
    tasks: JoinSet<()>,
    slow: Vec<(P, AbortHandle)>,
}

impl<P: Clone + Send + Sync + 'static> EngineSession<P> {
    /// Begins a session; all messages are sent to `messages`.
    ///
    /// # Errors
    /// No engine can be reached, or a connection failed.
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

    /// Queues a call; the reply arrives as a message.
    ///
    /// # Errors
    /// Returns the purpose if too many calls are waiting already.
    pub fn call(&mut self, purpose: P, command: Command) -> Result<(), P> {
        if command.is_slow() {
            self.call_apart(purpose, command);
            return Ok(());
        }
        self.calls.try_send((purpose, command)).map_err(|error| {
            tracing::warn!("the engine does not respond; a call was dropped");
            error.into_inner().0
        })
    }

    /// Cancels slow calls; their replies never arrive.
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
    // The receiver was dropped: the user interface is shutting down.
    let _ending = messages.send(message).await;
}
