//! What happened: kept for who asks later, sent to who listens now, written to the log.

use std::collections::VecDeque;

use tokio::sync::broadcast;

use crate::model::{Event, EventKind};

/// Events that are kept.
const KEPT: usize = 1_000;

/// What happened.
pub(super) struct ActivityLog {
    kept: VecDeque<Event>,
    listeners: broadcast::Sender<Event>,
}

impl ActivityLog {
    pub(super) fn new(listeners: broadcast::Sender<Event>) -> Self {
        Self { kept: VecDeque::new(), listeners }
    }

    /// Notes an event that happens now.
    pub(super) fn note(&mut self, kind: EventKind) {
        let event = Event { at: jiff::Timestamp::now().as_millisecond(), kind };
        tracing::info!(event = %serde_json::to_string(&event.kind).expect("events are plain JSON"), "event");
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event.clone());
        // Nobody may be listening.
        let _unheard = self.listeners.send(event);
    }

    /// Says what matters only to who listens now: it is neither kept nor logged.
    pub(super) fn pass_on(&self, kind: EventKind) {
        let _unheard = self.listeners.send(Event { at: jiff::Timestamp::now().as_millisecond(), kind });
    }

    /// What is kept, oldest first.
    pub(super) fn kept(&self) -> Vec<Event> {
        self.kept.iter().cloned().collect()
    }
}
