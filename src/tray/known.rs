//! What the tray knows: the last of everything it was told, and nothing it made up itself.

use crate::i18n::standing::{Seen, Standing};
use crate::model::settings::{Language, Notices, Settings, Tray};
use crate::model::snapshot::NodeView;
use crate::model::{Fault, NodeId, Obstacle, Snapshot};

/// What the tray knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The engine, as far as it is there.
    pub engine: Engine,
    /// All nodes, in the order of the list.
    pub nodes: Vec<NodeView>,
    /// How many subscriptions there are.
    pub subscriptions: usize,
    /// Of the settings, what the tray goes by.
    pub settings: Wanted,
    /// Whether the tray starts with the session.
    pub start_at_login: StartAtLogin,
    /// Why what the user wants does not hold, until something does.
    pub trouble: Option<Fault>,
}

/// The engine, as far as it is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Engine {
    /// Nothing was heard of it yet.
    Awaited,
    /// It runs.
    Running {
        /// Whose it is.
        home: Home,
        /// All that is true.
        snapshot: Box<Snapshot>,
    },
    /// It ran and has ended, or there never was one.
    Gone,
}

/// Where the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In this process: it ends with the tray.
    Here,
    /// In another one, which goes on without the tray.
    Elsewhere,
}

/// Of the settings, what the tray goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The node chosen last for single mode.
    pub node: Option<NodeId>,
    /// The language.
    pub language: Language,
    /// What is worth a notice.
    pub notices: Notices,
    /// The icon's own.
    pub tray: Tray,
}

/// Whether the tray starts with the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartAtLogin {
    /// It does.
    On,
    /// It does not.
    Off,
    /// That cannot be told or changed.
    Unknown {
        /// Why.
        why: Obstacle,
    },
}

impl Known {
    /// Before anything was heard.
    pub fn nothing(start_at_login: StartAtLogin) -> Self {
        Self {
            engine: Engine::Awaited,
            nodes: Vec::new(),
            subscriptions: 0,
            settings: Wanted::of(&Settings::default()),
            start_at_login,
            trouble: None,
        }
    }

    /// How things stand.
    pub fn standing(&self) -> Standing<'_> {
        let seen = match &self.engine {
            Engine::Awaited => Seen::Awaited,
            Engine::Running { snapshot, .. } => Seen::Running(snapshot),
            Engine::Gone => Seen::Gone,
        };
        Standing::of(seen, self.trouble.as_ref())
    }

    /// What is true now, where an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.engine {
            Engine::Running { snapshot, .. } => Some(snapshot),
            Engine::Awaited | Engine::Gone => None,
        }
    }
}

impl Wanted {
    /// Of all settings.
    pub fn of(settings: &Settings) -> Self {
        Self {
            node: settings.node.clone(),
            language: settings.language,
            notices: settings.notices,
            tray: settings.tray,
        }
    }
}
