//! What the tray draws from: the copy of the engine's state, and what belongs to the tray alone.

use std::sync::LazyLock;

use crate::control::replica::{EngineStatus, Replica};
use crate::i18n::standing::{Seen, Standing};
use crate::model::settings::Settings;
use crate::model::{Obstacle, Snapshot};

/// What holds until the settings were fetched.
static DEFAULTS: LazyLock<Settings> = LazyLock::new(Settings::default);

/// What the tray draws from.
#[derive(Clone, Debug, PartialEq)]
pub struct TrayState {
    /// The engine's state.
    pub replica: Replica,
    /// Where the engine runs.
    pub host: EngineHost,
    /// Whether the tray starts at login.
    pub start_at_login: StartAtLogin,
    /// Whether an update of the subscriptions runs that was started from the menu.
    pub update: TrayUpdate,
}

/// Where the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineHost {
    /// In this process: it ends with the tray.
    InProcess,
    /// In another process, which goes on without the tray.
    External,
}

/// Whether an update of the subscriptions runs that was started from the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayUpdate {
    /// None does.
    Idle,
    /// One does, and can be stopped.
    Running,
}

/// Whether the tray starts at login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartAtLogin {
    /// It does.
    On,
    /// It does not.
    Off,
    /// The system does not tell.
    Unknown {
        /// Why.
        why: Obstacle,
    },
}

impl TrayState {
    /// Before anything arrived.
    pub fn new(start_at_login: StartAtLogin) -> Self {
        let host = EngineHost::InProcess;
        Self { replica: Replica::default(), host, start_at_login, update: TrayUpdate::Idle }
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

    /// The latest snapshot, while an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.replica.snapshot()
    }

    /// The settings; the defaults until they were fetched.
    pub fn settings(&self) -> &Settings {
        self.replica.settings.as_ref().unwrap_or(&DEFAULTS)
    }

    /// Whether there are subscriptions.
    pub fn has_subscriptions(&self) -> bool {
        self.replica.subscriptions.as_ref().is_some_and(|subscriptions| !subscriptions.is_empty())
    }
}
