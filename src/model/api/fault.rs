//! The one error that crosses the control socket.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::subscription::Misfit;
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;
use crate::model::reasons::cause::Cause;
use crate::model::settings::Invalid;

/// Why a command failed: a code to choose words by, and what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind of failure it is.
    pub code: FaultCode,
    /// What is known of it, in English; names no secret.
    pub detail: String,
    /// The same, for every language to say, where it is known in so many words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
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
    /// What is said is larger than the engine takes at once.
    TooLarge,
    /// The program that asks is of another version than the engine.
    OtherVersion,
    /// The engine is shutting down.
    Stopping,
    /// No engine is running.
    NotRunning,
    /// The engine has ended, or dropped this client.
    Ended,
    /// The connection to the engine broke.
    Broken,
    /// What the engine said is not understood.
    NotUnderstood,
    /// An engine is running already.
    RunsAlready,
    /// The log cannot be written.
    Log,
    /// No engine could be started or joined.
    NoEngine,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(code: FaultCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), cause: None }
    }

    /// A fault of a kind, with what lies behind it.
    pub fn of(code: FaultCode, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        Self { code, detail: cause.to_string(), cause: Some(Box::new(cause)) }
    }
}

impl From<Misfit> for Fault {
    fn from(misfit: Misfit) -> Self {
        Self::of(FaultCode::InvalidSubscription, Cause::Subscription(misfit))
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::of(FaultCode::InvalidSetting, Cause::Setting(invalid))
    }
}

impl From<ListError> for Fault {
    fn from(error: ListError) -> Self {
        Self::of(FaultCode::NothingImported, Cause::List(error))
    }
}

impl From<LinkError> for Fault {
    fn from(error: LinkError) -> Self {
        Self::of(FaultCode::NothingImported, Cause::Link(error))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Fault {}
