//! What the tray knows: the last of everything it was told, and nothing it made up itself.

use serde_json::Value;

use crate::model::settings::{Language, Notices, Settings, Tray};
use crate::model::snapshot::NodeView;
use crate::model::{Fault, NodeId, Snapshot};

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
        reason: String,
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

    /// What is true now, where an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.engine {
            Engine::Running { snapshot, .. } => Some(snapshot),
            Engine::Awaited | Engine::Gone => None,
        }
    }
}

impl Wanted {
    fn of(settings: &Settings) -> Self {
        Self {
            node: settings.node.clone(),
            language: settings.language,
            notices: settings.notices,
            tray: settings.tray,
        }
    }

    /// From the engine's list of settings; what is not in it keeps its default.
    pub fn read(rows: &[(String, Value)]) -> Self {
        let mut wanted = Settings::default();
        for (key, value) in rows {
            // The engine's own values: they fit, each alone.
            if key == "node" || key == "language" || key.starts_with("notices.") || key.starts_with("tray.") {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                wanted = wanted.with(key, &text).unwrap_or(wanted);
            }
        }
        Self::of(&wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_from_their_listing() {
        let settings = Settings::default();
        assert_eq!(Wanted::read(&settings.listing()), Wanted::of(&settings));
        let settings = settings.with("language", "zh-CN").unwrap().with("notices.pool", "false").unwrap();
        let settings = settings.with("node", "123456789012").unwrap();
        assert_eq!(Wanted::read(&settings.listing()), Wanted::of(&settings));
    }
}
