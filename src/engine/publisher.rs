//! Publishes snapshots, and tracks whether anyone watches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::revisions::RevisionCounter;
use crate::model::Snapshot;

/// How long rates are measured after the status was requested: the request is likely to be repeated.
const WATCHED_AFTER_STATUS: Duration = Duration::from_secs(10);

/// A change of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionEdge {
    Up,
    Down,
}

/// How long a requested change of members may take until snapshots show it.
const SWITCH_DELAY: Duration = Duration::from_secs(2);

/// Time limit for a request to go through the new members; then the failure is reported.
const SWITCH_LIMIT: Duration = Duration::from_secs(15);

/// Publishes snapshots.
pub(super) struct Publisher {
    snapshots: watch::Sender<Arc<Snapshot>>,
    connection: PublishedConnection,
    /// When the user last requested other members.
    switched_at: Option<Instant>,
    status_requested_at: Option<Instant>,
    revisions: RevisionCounter,
}

/// Whether requests succeed, as reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PublishedConnection {
    Up,
    /// No request succeeds, and this was reported or is expected.
    Down,
    /// The user has switched to other members, of which none has proven itself yet.
    Switching {
        until: Instant,
    },
}

impl Publisher {
    pub(super) fn new(snapshots: watch::Sender<Arc<Snapshot>>) -> Self {
        Self {
            snapshots,
            connection: PublishedConnection::Down,
            switched_at: None,
            status_requested_at: None,
            revisions: RevisionCounter::default(),
        }
    }

    /// Whether a request has succeeded since the last failure.
    pub(super) fn is_connected(&self) -> bool {
        self.connection == PublishedConnection::Up
    }

    /// Records that the user has requested other members: the loss of the current ones is not a failure then.
    pub(super) fn note_switch(&mut self, now: Instant) {
        self.switched_at = Some(now);
    }

    /// When the failure of all requests must be reported.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.connection {
            PublishedConnection::Up | PublishedConnection::Down => None,
            PublishedConnection::Switching { until } => Some(until),
        }
    }

    /// The snapshot that was published last.
    pub(super) fn last(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The counter of revision numbers.
    pub(super) fn revisions(&mut self) -> &mut RevisionCounter {
        &mut self.revisions
    }

    /// Records that the status was requested.
    pub(super) fn note_status_request(&mut self, now: Instant) {
        self.status_requested_at = Some(now);
    }

    /// Whether anyone watches snapshots.
    pub(super) fn is_watched(&self, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < WATCHED_AFTER_STATUS;
        self.snapshots.receiver_count() > 0 || self.status_requested_at.is_some_and(is_recent)
    }

    /// Publishes a snapshot if it has changed; returns a change of the connection to report.
    pub(super) fn publish(&mut self, snapshot: Snapshot, now: Instant) -> Option<ConnectionEdge> {
        let edge = self.edge(&snapshot, now);
        self.snapshots.send_if_modified(|last| {
            let is_new = **last != snapshot;
            if is_new {
                *last = Arc::new(snapshot);
            }
            is_new
        });
        edge
    }

    fn edge(&mut self, snapshot: &Snapshot, now: Instant) -> Option<ConnectionEdge> {
        let is_switch = self.switched_at.is_some_and(|at| now.saturating_duration_since(at) < SWITCH_DELAY);
        let (connection, edge) = match (self.connection, snapshot.connected) {
            (PublishedConnection::Up, true) => return None,
            (PublishedConnection::Down | PublishedConnection::Switching { .. }, true) => {
                (PublishedConnection::Up, Some(ConnectionEdge::Up))
            }
            // The user has turned traffic off: no report is needed.
            (_, false) if !snapshot.active => (PublishedConnection::Down, None),
            (PublishedConnection::Up, false) if is_switch => {
                (PublishedConnection::Switching { until: now + SWITCH_LIMIT }, None)
            }
            (PublishedConnection::Up, false) => (PublishedConnection::Down, Some(ConnectionEdge::Down)),
            (PublishedConnection::Switching { until }, false) if until <= now => {
                (PublishedConnection::Down, Some(ConnectionEdge::Down))
            }
            (PublishedConnection::Switching { .. } | PublishedConnection::Down, false) => return None,
        };
        self.connection = connection;
        edge
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::snapshot;

    fn publisher() -> Publisher {
        Publisher::new(watch::Sender::new(Arc::new(snapshot::initial())))
    }

    fn shown(active: bool, connected: bool) -> Snapshot {
        Snapshot { active, connected, ..snapshot::initial() }
    }

    const UP: Option<ConnectionEdge> = Some(ConnectionEdge::Up);
    const DOWN: Option<ConnectionEdge> = Some(ConnectionEdge::Down);

    #[test]
    fn a_switch_that_works_is_no_failure() {
        let (mut publisher, start) = (publisher(), Instant::now());
        assert_eq!(publisher.publish(shown(true, true), start), UP);
        publisher.note_switch(start);
        assert_eq!(publisher.publish(shown(true, false), start), None);
        assert_eq!(publisher.publish(shown(true, true), start + Duration::from_secs(3)), UP);
    }

    #[test]
    fn a_failed_switch_is_reported_in_time() {
        let (mut publisher, start) = (publisher(), Instant::now());
        publisher.publish(shown(true, true), start);
        publisher.note_switch(start);
        assert_eq!(publisher.publish(shown(true, false), start), None);
        let until = publisher.due().unwrap();
        assert_eq!(publisher.publish(shown(true, false), until), DOWN);
        assert_eq!((publisher.publish(shown(true, false), until), publisher.due()), (None, None));
    }

    #[test]
    fn turning_off_is_not_reported_as_a_failure() {
        let (mut publisher, start) = (publisher(), Instant::now());
        publisher.publish(shown(true, true), start);
        assert_eq!(publisher.publish(shown(false, false), start), None);
        publisher.publish(shown(true, true), start);
        assert_eq!(publisher.publish(shown(true, false), start), DOWN);
    }
}
