//! The streams of a connection: snapshots and events, sent without further requests.
//!
//! Both read from the engine's channels, which never block it: only the latest snapshot is kept, and events that the
//! client does not read in time are dropped and counted.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::protocol::{CallResult, ServerMessage};
use crate::engine::Handle;
use crate::model::{Command, Event, Fault, Reply, Snapshot};

/// Minimum time between two snapshots: the eye does not need more.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(250);

/// Snapshots for one client: the first one at once, then the latest, at most one per [`SNAPSHOT_INTERVAL`].
pub(super) struct SnapshotFeed {
    source: watch::Receiver<Arc<Snapshot>>,
    not_before: Instant,
}

impl SnapshotFeed {
    pub(super) fn of(handle: &Handle) -> Self {
        let mut source = handle.watch();
        source.mark_changed();
        Self { source, not_before: Instant::now() }
    }
}

/// The next snapshot to send. Cancel safe.
pub(super) async fn next_snapshot(snapshots: &mut Option<SnapshotFeed>) -> Arc<Snapshot> {
    let Some(snapshots) = snapshots else { return pending().await };
    sleep_until(snapshots.not_before).await;
    if snapshots.source.changed().await.is_err() {
        // The engine has stopped; the server is about to be shut down.
        return pending().await;
    }
    snapshots.not_before = Instant::now() + SNAPSHOT_INTERVAL;
    Arc::clone(&snapshots.source.borrow_and_update())
}

/// Events for one client: the past ones, then new ones, each exactly once.
pub(super) struct EventFeed {
    source: broadcast::Receiver<Event>,
    past: Backlog,
}

/// The state of the response to `events`.
enum Backlog {
    /// Requested; new events wait in `source` meanwhile.
    Requested { id: Value, answer: BoxFuture<'static, Result<Reply, Fault>> },
    /// Sent. `source` may hold its last events again; those are skipped.
    Sent { end: VecDeque<Event> },
}

impl EventFeed {
    pub(super) fn of(handle: &Handle, id: Value) -> Self {
        let source = handle.events();
        let handle = handle.clone();
        let answer = Box::pin(async move { handle.call(Command::Events).await });
        Self { source, past: Backlog::Requested { id, answer } }
    }

    async fn next(&mut self) -> ServerMessage {
        match &mut self.past {
            Backlog::Requested { id, answer } => {
                let answer = answer.await;
                let id = id.take();
                let past = if let Ok(Reply::Events(past)) = &answer { past.as_slice() } else { &[] };
                // `source` holds at most this many events that are also in the response.
                let end = past.iter().rev().take(self.source.len()).rev().cloned().collect();
                self.past = Backlog::Sent { end };
                ServerMessage::Response { id, result: answer.map(CallResult::Reply) }
            }
            Backlog::Sent { end } => loop {
                match self.source.recv().await {
                    Ok(event) if is_in_backlog(end, &event) => {}
                    Ok(event) => return ServerMessage::Event(event),
                    Err(RecvError::Lagged(missed)) => return ServerMessage::Missed(missed),
                    Err(RecvError::Closed) => return pending().await,
                }
            },
        }
    }

    /// The unsent events, without waiting for more.
    pub(super) fn pending(&mut self) -> Vec<ServerMessage> {
        let Backlog::Sent { end } = &mut self.past else { return Vec::new() };
        let gathered = std::iter::from_fn(|| self.source.try_recv().ok());
        gathered.filter(|event| !is_in_backlog(end, event)).map(ServerMessage::Event).collect()
    }
}

/// Whether an event was part of the response; removes it and those before it from `end`.
fn is_in_backlog(end: &mut VecDeque<Event>, event: &Event) -> bool {
    let place = end.iter().position(|past| past == event);
    end.drain(..place.map_or(end.len(), |place| place + 1));
    place.is_some()
}

/// The next message of the event stream. Cancel safe.
pub(super) async fn next_event(events: &mut Option<EventFeed>) -> ServerMessage {
    match events {
        Some(events) => events.next().await,
        None => pending().await,
    }
}
