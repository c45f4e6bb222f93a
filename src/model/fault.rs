//! The one error that crosses the control socket.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a command failed: a code to choose words by, and what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind of failure it is.
    pub code: FaultCode,
    /// What is known of it; names no secret.
    pub detail: String,
}

/// The kinds of failure a user can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultCode {
    /// Nothing matches what was named.
    UnknownNode,
    /// More than one node matches what was named.
    AmbiguousNode,
    /// What is added is there already.
    KnownNode,
    /// There is no node to connect through.
    NoNode,
    /// The gateway's port is taken by another program.
    PortInUse,
    /// The gateway's address cannot be listened on.
    CannotListen,
    /// A setting is out of bounds.
    InvalidSetting,
    /// Nothing could be imported.
    NothingImported,
    /// A file of rules cannot be understood.
    BadRules,
    /// The list of rules could not be fetched, or is none.
    ListNotFetched,
    /// No subscription has the name.
    UnknownSubscription,
    /// A subscription cannot be as it is wanted: its address, its name, its interval.
    InvalidSubscription,
    /// A subscription's list could not be fetched, or is none.
    SubscriptionNotFetched,
    /// There is no desktop whose proxy can be set.
    NoDesktop,
    /// The desktop's proxy setting cannot be read or written.
    DesktopProxy,
    /// This is no backup that can be restored.
    Backup,
    /// A file could not be read or written.
    File,
    /// The message was not understood.
    BadMessage,
    /// The program that asks is of another version than the engine.
    OtherVersion,
    /// The engine is shutting down.
    Stopping,
    /// No engine is running.
    NotRunning,
    /// No engine could be started or joined.
    NoEngine,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(code: FaultCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Fault {}
