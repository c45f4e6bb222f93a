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

/// A change of members that the user has asked for shows within this time.
const SWITCH_SHOWS: Duration = Duration::from_secs(2);

/// How long it may take until a request goes through the other members; then it is told that none does.
const SWITCH_LIMIT: Duration = Duration::from_secs(15);

/// Publishes snapshots.
pub(super) struct Publisher {
    snapshots: watch::Sender<Arc<Snapshot>>,
    connection: PublishedConnection,
    /// When the user last asked for other members.
    switched_at: Option<Instant>,
    status_asked: Option<Instant>,
    revisions: RevisionCounter,
}

/// Whether requests go through, and what has been told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PublishedConnection {
    Up,
    /// None goes through, and that has been told, or nobody expects it.
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
            status_asked: None,
            revisions: RevisionCounter::default(),
        }
    }

    /// Whether a request has gone through since the last failure.
    pub(super) fn is_connected(&self) -> bool {
        self.connection == PublishedConnection::Up
    }

    /// Notes that the user has asked for other members: that those there are go is then no failure.
    pub(super) fn note_switch(&mut self, now: Instant) {
        self.switched_at = Some(now);
    }

    /// When it is to be told that nothing goes through.
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

    /// Publishes a snapshot where it differs from the last; returns a change of the connection that is to be told.
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
        let is_switch = self.switched_at.is_some_and(|at| now.saturating_duration_since(at) < SWITCH_SHOWS);
        let (connection, edge) = match (self.connection, snapshot.connected) {
            (PublishedConnection::Up, true) => return None,
            (PublishedConnection::Down | PublishedConnection::Switching { .. }, true) => {
                (PublishedConnection::Up, Some(ConnectionEdge::Up))
            }
            // Who has turned it off knows.
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
        Publisher::new(watch::Sender::new(Arc::new(snapshot::nothing_yet())))
    }

    fn shown(active: bool, connected: bool) -> Snapshot {
        Snapshot { active, connected, ..snapshot::nothing_yet() }
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
    fn a_switch_that_does_not_work_is_told_in_time() {
        let (mut publisher, start) = (publisher(), Instant::now());
        publisher.publish(shown(true, true), start);
        publisher.note_switch(start);
        assert_eq!(publisher.publish(shown(true, false), start), None);
        let until = publisher.due().unwrap();
        assert_eq!(publisher.publish(shown(true, false), until), DOWN);
        assert_eq!((publisher.publish(shown(true, false), until), publisher.due()), (None, None));
    }

    #[test]
    fn turning_off_is_no_failure_and_a_failure_is_one() {
        let (mut publisher, start) = (publisher(), Instant::now());
        publisher.publish(shown(true, true), start);
        assert_eq!(publisher.publish(shown(false, false), start), None);
        publisher.publish(shown(true, true), start);
        assert_eq!(publisher.publish(shown(true, false), start), DOWN);
    }
}
