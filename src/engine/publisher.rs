//! What watchers see: the latest snapshot, and whether anybody looks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::revisions::RevisionCounter;
use crate::model::Snapshot;

/// Whoever asks for the status once is likely to ask again: measured for so long.
const WATCHED_AFTER_STATUS: Duration = Duration::from_secs(10);

/// A change of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionEdge {
    Up,
    Down,
}

/// Publishes snapshots.
pub(super) struct Publisher {
    snapshots: watch::Sender<Arc<Snapshot>>,
    is_connected: bool,
    status_asked: Option<Instant>,
    revisions: RevisionCounter,
}

impl Publisher {
    pub(super) fn new(snapshots: watch::Sender<Arc<Snapshot>>) -> Self {
        Self { snapshots, is_connected: false, status_asked: None, revisions: RevisionCounter::default() }
    }

    /// Whether a request has gone through since the last failure.
    pub(super) fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// The snapshot that was published last.
    pub(super) fn last(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// What counts the changes of settings, nodes and subscriptions.
    pub(super) fn revisions(&mut self) -> &mut RevisionCounter {
        &mut self.revisions
    }

    /// Notes that somebody has asked for the status.
    pub(super) fn note_asked(&mut self, now: Instant) {
        self.status_asked = Some(now);
    }

    /// Whether somebody looks at snapshots.
    pub(super) fn is_watched(&self, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < WATCHED_AFTER_STATUS;
        self.snapshots.receiver_count() > 0 || self.status_asked.is_some_and(is_recent)
    }

    /// Publishes a snapshot where it differs from the last; returns a change of the connection.
    pub(super) fn publish(&mut self, snapshot: Snapshot) -> Option<ConnectionEdge> {
        let was_connected = std::mem::replace(&mut self.is_connected, snapshot.connected);
        let edge = match (was_connected, snapshot.connected) {
            (false, true) => Some(ConnectionEdge::Up),
            (true, false) => Some(ConnectionEdge::Down),
            (true, true) | (false, false) => None,
        };
        self.snapshots.send_if_modified(|last| {
            let is_new = **last != snapshot;
            if is_new {
                *last = Arc::new(snapshot);
            }
            is_new
        });
        edge
    }
}
