//! The state that the tray draws: the copy of the engine's state, and the tray's own.

use std::sync::LazyLock;

use crate::control::replica::{EngineStatus, Replica};
use crate::i18n::connection_status::{ConnectionStatus, EnginePresence};
use crate::model::settings::Settings;
use crate::model::site_check::FailedHost;
use crate::model::{Snapshot, SystemError};

/// Used until the settings have been fetched.
static DEFAULTS: LazyLock<Settings> = LazyLock::new(Settings::default);

/// The state that the tray draws.
#[derive(Clone, Debug, PartialEq)]
pub struct TrayState {
    /// The copy of the engine's state.
    pub replica: Replica,
    /// Where the engine runs.
    pub host: EngineHost,
    /// Whether the tray starts at login.
    pub start_at_login: StartAtLogin,
    /// The update of all subscriptions that was started from the menu.
    pub update: TrayUpdate,
    /// The hosts whose last connection failed, when the menu was opened last.
    pub failed_hosts: Vec<FailedHost>,
    /// The check of a site that was started from the menu.
    pub fix: SiteFix,
}

/// The check of a site that was started from the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteFix {
    /// None is running.
    Idle,
    /// It is running and can be cancelled.
    Running,
}

/// Where the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineHost {
    /// In this process: it ends with the tray.
    InProcess,
    /// In another process, which keeps running without the tray.
    External,
}

/// The update of all subscriptions that was started from the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayUpdate {
    /// None is running.
    Idle,
    /// It is running and can be cancelled.
    Running,
}

/// Whether the tray starts at login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartAtLogin {
    /// Yes.
    On,
    /// No.
    Off,
    /// The system cannot be asked.
    Unknown {
        /// Why.
        why: SystemError,
    },
}

impl TrayState {
    /// The state before anything has arrived.
    pub fn new(start_at_login: StartAtLogin) -> Self {
        let host = EngineHost::InProcess;
        Self {
            replica: Replica::default(),
            host,
            start_at_login,
            update: TrayUpdate::Idle,
            failed_hosts: Vec::new(),
            fix: SiteFix::Idle,
        }
    }

    /// The connection state, for icon, tooltip and status line.
    pub fn connection_status(&self) -> ConnectionStatus<'_> {
        let presence = match &self.replica.status {
            EngineStatus::Connecting => EnginePresence::Unknown,
            EngineStatus::Running(snapshot) => EnginePresence::Running(snapshot),
            EngineStatus::Unavailable(_) => EnginePresence::Unavailable,
        };
        ConnectionStatus::of(presence, self.replica.fault.as_ref())
    }

    /// The latest snapshot, while an engine runs.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.replica.snapshot()
    }

    /// The settings; the defaults until they have been fetched.
    pub fn settings(&self) -> &Settings {
        self.replica.settings.as_ref().unwrap_or(&DEFAULTS)
    }

    /// Whether there are any subscriptions.
    pub fn has_subscriptions(&self) -> bool {
        self.replica.subscriptions.as_ref().is_some_and(|subscriptions| !subscriptions.is_empty())
    }
}
