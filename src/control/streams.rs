//! What a client is told without asking again: snapshots and events, for one connection each.
//!
//! Both read from the engine's channels, which never wait: of snapshots only the latest is there, and
//! events that were not read in time are counted. Nothing gathers here.

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

/// Least time between two snapshots: an eye sees no more.
const SNAPSHOT_PAUSE: Duration = Duration::from_millis(250);

/// Snapshots for one client: the first at once, then the latest at most every [`SNAPSHOT_PAUSE`].
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

/// The next snapshot to be sent. Nothing is lost when it is dropped half-way.
pub(super) async fn next_snapshot(snapshots: &mut Option<SnapshotFeed>) -> Arc<Snapshot> {
    let Some(snapshots) = snapshots else { return pending().await };
    sleep_until(snapshots.not_before).await;
    if snapshots.source.changed().await.is_err() {
        // The engine has ended; the server is about to hear of it.
        return pending().await;
    }
    snapshots.not_before = Instant::now() + SNAPSHOT_PAUSE;
    Arc::clone(&snapshots.source.borrow_and_update())
}

/// Events for one client: first the past, then what happens, with none twice and none left out.
pub(super) struct EventFeed {
    source: broadcast::Receiver<Event>,
    past: Backlog,
}

/// The answer to `events`.
enum Backlog {
    /// It is asked for; what happens meanwhile gathers in the source.
    Asked { id: Value, answer: BoxFuture<'static, Result<Reply, Fault>> },
    /// It was sent. Its end may be in the source too and is skipped there.
    Sent { end: VecDeque<Event> },
}

impl EventFeed {
    pub(super) fn of(handle: &Handle, id: Value) -> Self {
        let source = handle.events();
        let handle = handle.clone();
        let answer = Box::pin(async move { handle.call(Command::Events).await });
        Self { source, past: Backlog::Asked { id, answer } }
    }

    async fn next(&mut self) -> ServerMessage {
        match &mut self.past {
            Backlog::Asked { id, answer } => {
                let answer = answer.await;
                let id = id.take();
                let past = if let Ok(Reply::Events(past)) = &answer { past.as_slice() } else { &[] };
                // The source holds at most so many that are part of the past.
                let end = past.iter().rev().take(self.source.len()).rev().cloned().collect();
                self.past = Backlog::Sent { end };
                ServerMessage::Response { id, result: answer.map(CallResult::Reply) }
            }
            Backlog::Sent { end } => loop {
                match self.source.recv().await {
                    Ok(event) if is_told(end, &event) => {}
                    Ok(event) => return ServerMessage::Event(event),
                    Err(RecvError::Lagged(missed)) => return ServerMessage::Missed(missed),
                    Err(RecvError::Closed) => return pending().await,
                }
            },
        }
    }

    /// What has happened and is not said yet, without waiting for more.
    pub(super) fn rest(&mut self) -> Vec<ServerMessage> {
        let Backlog::Sent { end } = &mut self.past else { return Vec::new() };
        let gathered = std::iter::from_fn(|| self.source.try_recv().ok());
        gathered.filter(|event| !is_told(end, event)).map(ServerMessage::Event).collect()
    }
}

/// Whether an event was part of the past that was sent; forgets it and those before it.
fn is_told(end: &mut VecDeque<Event>, event: &Event) -> bool {
    let place = end.iter().position(|told| told == event);
    end.drain(..place.map_or(end.len(), |place| place + 1));
    place.is_some()
}

/// What to say next of events. Nothing is lost when it is dropped half-way.
pub(super) async fn next_event(events: &mut Option<EventFeed>) -> ServerMessage {
    match events {
        Some(events) => events.next().await,
        None => pending().await,
    }
}
