//! The state that the window draws: the copy of the engine's state, and the window's own.

use std::collections::VecDeque;
use std::time::Instant;

use super::node_tests::RequestedTests;
use super::traffic::TrafficHistory;
use crate::control::replica::{EngineStatus, Replica};
use crate::i18n::Locale;
use crate::i18n::connection_status::{ConnectionStatus, EnginePresence};
use crate::model::connection::ConnectionList;
use crate::model::settings::{Language, Settings};
use crate::model::snapshot::{FetchView, MemberView, NodeView};
use crate::model::{Event, NodeId, Snapshot};
use crate::os::{autostart, clock};

/// Most events that are kept: as many as the engine keeps.
const KEPT_EVENTS: usize = 1_000;

/// The state that the window draws.
pub struct AppState {
    /// The copy of the engine's state.
    pub replica: Replica,
    /// The language of the interface.
    pub locale: Locale,
    /// The events, oldest first.
    pub events: VecDeque<Event>,
    /// Node tests that this window has requested.
    pub node_tests: RequestedTests,
    /// Whether the tray starts at login, or why that cannot be read. `None` until it was read.
    pub start_at_login: Option<Result<autostart::AutostartState, String>>,
    /// The members' traffic over the last minutes.
    pub traffic: TrafficHistory,
    /// The connections of clients, while their page is shown.
    pub connections: ConnectionList,
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
            connections: ConnectionList::default(),
        }
    }
}

impl AppState {
    /// The latest snapshot, while an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.replica.snapshot()
    }

    /// The settings, with secrets masked; `None` until they have been fetched.
    pub fn settings(&self) -> Option<&Settings> {
        self.replica.settings.as_ref()
    }

    /// All nodes, in the user's order.
    pub fn nodes(&self) -> &[NodeView] {
        &self.replica.nodes
    }

    /// The engine's downloads in progress.
    pub fn fetches(&self) -> &[FetchView] {
        self.snapshot().map_or(&[], |snapshot| &snapshot.fetches)
    }

    /// The connection state.
    pub fn connection_status(&self) -> ConnectionStatus<'_> {
        let presence = match &self.replica.status {
            EngineStatus::Connecting => EnginePresence::Unknown,
            EngineStatus::Running(snapshot) => EnginePresence::Running(snapshot),
            EngineStatus::Unavailable(_) => EnginePresence::Unavailable,
        };
        ConnectionStatus::of(presence, self.replica.fault.as_ref())
    }

    /// The number of the current second in [`AppState::traffic`].
    pub fn second(&self) -> u64 {
        self.traffic.second(Instant::now())
    }

    /// The current time in Unix milliseconds.
    pub fn unix_ms(&self) -> i64 {
        clock::unix_ms()
    }

    /// The member that runs this node, if it is in the pool.
    pub fn member(&self, id: &NodeId) -> Option<&MemberView> {
        self.snapshot()?.members.iter().find(|member| member.id == *id)
    }

    /// The node with this id.
    pub fn node(&self, id: &NodeId) -> Option<&NodeView> {
        self.nodes().iter().find(|node| node.id == *id)
    }

    /// The groups of all nodes, in list order; the first is that of ungrouped nodes.
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
