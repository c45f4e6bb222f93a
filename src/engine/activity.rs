//! The event log: events are kept in memory, sent to listeners, and written to the log.

use std::collections::VecDeque;

use tokio::sync::broadcast;

use crate::model::{Event, EventKind};

/// Maximum number of events that are kept.
const KEPT: usize = 1_000;

/// The event log.
pub(super) struct ActivityLog {
    kept: VecDeque<Event>,
    listeners: broadcast::Sender<Event>,
}

impl ActivityLog {
    pub(super) fn new(listeners: broadcast::Sender<Event>) -> Self {
        Self { kept: VecDeque::new(), listeners }
    }

    /// Records an event with the current time.
    pub(super) fn note(&mut self, kind: EventKind) {
        let event = Event { at: jiff::Timestamp::now().as_millisecond(), kind };
        tracing::info!(event = %serde_json::to_string(&event.kind).expect("events are plain JSON"), "event");
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event.clone());
        // There may be no listener.
        let _unheard = self.listeners.send(event);
    }

    /// Sends an event to listeners only: it is neither kept nor logged.
    pub(super) fn pass_on(&self, kind: EventKind) {
        let _unheard = self.listeners.send(Event { at: jiff::Timestamp::now().as_millisecond(), kind });
    }

    /// The kept events, oldest first.
    pub(super) fn kept(&self) -> Vec<Event> {
        self.kept.iter().cloned().collect()
    }
}
