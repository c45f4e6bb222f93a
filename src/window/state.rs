//! What the window draws from: the copy of the engine's state, and what belongs to the window alone.

use std::collections::VecDeque;
use std::time::Instant;

use super::node_tests::RequestedTests;
use super::traffic::TrafficHistory;
use crate::control::replica::{EngineStatus, Replica};
use crate::i18n::Locale;
use crate::i18n::standing::{Seen, Standing};
use crate::model::settings::{Language, Settings};
use crate::model::snapshot::{FetchView, MemberView, NodeView};
use crate::model::{Event, NodeId, Snapshot};
use crate::os::autostart;

/// Events that are kept: as many as the engine keeps.
const KEPT_EVENTS: usize = 1_000;

/// What the window draws from.
pub struct AppState {
    /// The engine's state.
    pub replica: Replica,
    /// The language of the interface.
    pub locale: Locale,
    /// What happened, oldest first.
    pub events: VecDeque<Event>,
    /// Tests of nodes that this window started.
    pub node_tests: RequestedTests,
    /// Whether the tray starts at login, or why that is unknown. None until it was read.
    pub start_at_login: Option<Result<autostart::AutostartState, String>>,
    /// What went through the members in the last minutes.
    pub traffic: TrafficHistory,
}

impl Default for AppState {
    fn default() -> Self {
        Self {
            replica: Replica::default(),
            locale: Locale::of(Language::System),
            events: VecDeque::new(),
            node_tests: RequestedTests::default(),
            start_at_login: None,
            traffic: TrafficHistory::default(),
        }
    }
}

impl AppState {
    /// The latest snapshot, while an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.replica.snapshot()
    }

    /// The settings, once they were fetched; secrets are masked.
    pub fn settings(&self) -> Option<&Settings> {
        self.replica.settings.as_ref()
    }

    /// All nodes, in the user's order.
    pub fn nodes(&self) -> &[NodeView] {
        &self.replica.nodes
    }

    /// What the engine is fetching.
    pub fn fetches(&self) -> &[FetchView] {
        self.snapshot().map_or(&[], |snapshot| &snapshot.fetches)
    }

    /// How things stand.
    pub fn standing(&self) -> Standing<'_> {
        let seen = match &self.replica.status {
            EngineStatus::Connecting => Seen::Awaited,
            EngineStatus::Running(snapshot) => Seen::Running(snapshot),
            EngineStatus::Unavailable(_) => Seen::Gone,
        };
        Standing::of(seen, self.replica.trouble.as_ref())
    }

    /// The second of [`AppState::traffic`] that this moment is in.
    pub fn second(&self) -> u64 {
        self.traffic.second(Instant::now())
    }

    /// This moment in Unix milliseconds.
    pub fn unix_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// The member of a node, where it is in the pool.
    pub fn member(&self, id: &NodeId) -> Option<&MemberView> {
        self.snapshot()?.members.iter().find(|member| member.id == *id)
    }

    /// The node with this id.
    pub fn node(&self, id: &NodeId) -> Option<&NodeView> {
        self.nodes().iter().find(|node| node.id == *id)
    }

    /// The groups of all nodes, in the order of the list; the first is that of ungrouped nodes.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups = vec![""];
        for node in self.nodes() {
            if !groups.contains(&node.group.as_str()) {
                groups.push(&node.group);
            }
        }
        groups
    }

    pub(super) fn keep_event(&mut self, event: Event) {
        if self.events.len() == KEPT_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
