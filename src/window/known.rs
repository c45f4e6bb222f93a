//! What the window knows: the last of everything it was told, and nothing it made up itself.

use std::collections::VecDeque;
use std::time::Instant;

use super::history::History;
use super::trials::Trials;
use crate::i18n::Locale;
use crate::i18n::standing::{Seen, Standing};
use crate::model::settings::{Language, Settings};
use crate::model::snapshot::{FetchView, MemberView, NodeView};
use crate::model::{Event, EventKind, Fault, NodeId, Snapshot};
use crate::os::autostart;

/// Events that are kept: as many as the engine keeps.
const EVENTS: usize = 1_000;

/// What the window knows.
pub struct Known {
    /// The engine, as far as it is there.
    pub engine: Engine,
    /// The language that is spoken.
    pub locale: Locale,
    /// All nodes, in the order of the list.
    pub nodes: Vec<NodeView>,
    /// What the user wants; secrets in it are `***`. None until it was heard.
    pub settings: Option<Settings>,
    /// What happened, oldest first.
    pub events: VecDeque<Event>,
    /// Why what the user wants does not hold, until something does.
    pub trouble: Option<Fault>,
    /// Tests that this window has asked for.
    pub trials: Trials,
    /// Whether the tray starts with the session; why that cannot be told. None until it was looked at.
    pub start_at_login: Option<Result<autostart::AutostartState, String>>,
    /// What went through the members in the last minutes.
    pub history: History,
    /// Grows with each change of the list of nodes: what a page has made of it is made anew.
    pub nodes_version: u64,
}

/// The engine, as far as it is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Engine {
    /// Nothing was heard of it yet.
    Awaited,
    /// It runs, and this is true.
    Running(Box<Snapshot>),
    /// There is none that speaks with us.
    Gone(Fault),
}

impl Known {
    /// Before anything was heard.
    pub fn nothing() -> Self {
        Self {
            engine: Engine::Awaited,
            locale: Locale::of(Language::System),
            nodes: Vec::new(),
            settings: None,
            events: VecDeque::new(),
            trouble: None,
            trials: Trials::default(),
            start_at_login: None,
            history: History::default(),
            nodes_version: 0,
        }
    }

    /// All that is true now, where an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.engine {
            Engine::Running(snapshot) => Some(snapshot),
            Engine::Awaited | Engine::Gone(_) => None,
        }
    }

    /// What the engine is fetching.
    pub fn fetches(&self) -> &[FetchView] {
        self.snapshot().map_or(&[], |snapshot| &snapshot.fetches)
    }

    /// How things stand.
    pub fn standing(&self) -> Standing<'_> {
        let seen = match &self.engine {
            Engine::Awaited => Seen::Awaited,
            Engine::Running(snapshot) => Seen::Running(snapshot),
            Engine::Gone(_) => Seen::Gone,
        };
        Standing::of(seen, self.trouble.as_ref())
    }

    /// The second of [`Known::history`] that this moment is in.
    pub fn second(&self) -> u64 {
        self.history.second(Instant::now())
    }

    /// This moment in Unix milliseconds.
    pub fn unix_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// The member that a node is now.
    pub fn member(&self, id: &NodeId) -> Option<&MemberView> {
        self.snapshot()?.members.iter().find(|member| member.id == *id)
    }

    /// The node with an identity.
    pub fn node(&self, id: &NodeId) -> Option<&NodeView> {
        self.nodes.iter().find(|node| node.id == *id)
    }

    /// The groups that nodes are in, in the order of the list; the first are those without one.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups = vec![""];
        for node in &self.nodes {
            if !groups.contains(&node.group.as_str()) {
                groups.push(&node.group);
            }
        }
        groups
    }

    /// What an event says of why what the user wants does not hold.
    pub(super) fn note_trouble(&mut self, kind: &EventKind) {
        if let EventKind::NotApplied { fault } = kind {
            self.trouble = Some(fault.clone());
        } else if let EventKind::GatewayOpened { .. } = kind {
            self.trouble = None;
        }
    }

    pub(super) fn keep_event(&mut self, event: Event) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
