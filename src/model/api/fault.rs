//! The one error that crosses the control socket.

use serde::{Deserialize, Serialize};

use crate::locale::{Locale, Localize, display, messages, tr};
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;
use crate::model::reasons::cause::Cause;
use crate::model::reasons::misfit::Misfit;
use crate::model::settings::Invalid;

/// Why a command failed: a code, and what lies behind it. Names no secret.
///
/// On the wire it has the English sentence of its cause beside it, as `detail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FaultWire", into = "FaultWire")]
pub struct Fault {
    /// What kind of failure it is.
    pub code: FaultCode,
    /// What lies behind it, as far as it is known.
    pub cause: Option<Box<Cause>>,
}

messages! {
    /// The kinds of failure a user can meet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FaultCode {
        /// Nothing matches what was named.
        UnknownNode = "fault-unknown-node",
        /// More than one node matches what was named.
        AmbiguousNode = "fault-ambiguous-node",
        /// What is added is there already.
        KnownNode = "fault-known-node",
        /// There is no node to connect through.
        NoNode = "fault-no-node",
        /// The gateway's port is taken by another program.
        PortInUse = "fault-port-in-use",
        /// The gateway's address cannot be listened on.
        CannotListen = "fault-cannot-listen",
        /// A setting is out of bounds.
        InvalidSetting = "fault-invalid-setting",
        /// Nothing could be imported.
        NothingImported = "fault-nothing-imported",
        /// A file of rules cannot be understood.
        BadRules = "fault-bad-rules",
        /// The list of rules could not be fetched, or is none.
        ListNotFetched = "fault-list-not-fetched",
        /// No subscription has the name.
        UnknownSubscription = "fault-unknown-subscription",
        /// A subscription cannot be as it is wanted: its address, its name, its interval.
        InvalidSubscription = "fault-invalid-subscription",
        /// A subscription's list could not be fetched, or is none.
        SubscriptionNotFetched = "fault-subscription-not-fetched",
        /// There is no desktop whose proxy can be set.
        NoDesktop = "fault-no-desktop",
        /// The desktop's proxy setting cannot be read or written.
        DesktopProxy = "fault-desktop-proxy",
        /// This is no backup that can be restored.
        Backup = "fault-backup",
        /// A file could not be read or written.
        File = "fault-file",
        /// The message was not understood.
        BadMessage = "fault-bad-message",
        /// What is said is larger than the engine takes at once.
        TooLarge = "fault-too-large",
        /// The program that asks is of another version than the engine.
        OtherVersion = "fault-other-version",
        /// The engine is shutting down.
        Stopping = "fault-stopping",
        /// No engine is running.
        NotRunning = "fault-not-running",
        /// The engine has ended, or dropped this client.
        Ended = "fault-ended",
        /// The connection to the engine broke.
        Broken = "fault-broken",
        /// What the engine said is not understood.
        NotUnderstood = "fault-not-understood",
        /// An engine is running already.
        RunsAlready = "fault-runs-already",
        /// The log cannot be written.
        Log = "fault-log",
        /// No engine could be started or joined.
        NoEngine = "fault-no-engine",
    }
}

impl Fault {
    /// A fault of a kind, with what was named; empty for nothing.
    pub fn new(code: FaultCode, named: impl Into<String>) -> Self {
        let named = named.into();
        Self { code, cause: (!named.is_empty()).then(|| Box::new(Cause::Other(named))) }
    }

    /// A fault of a kind, with what lies behind it.
    pub fn of(code: FaultCode, cause: impl Into<Cause>) -> Self {
        Self { code, cause: Some(Box::new(cause.into())) }
    }

    /// What lies behind it, in a language; may be empty.
    pub fn detail(&self, locale: Locale) -> String {
        self.cause.as_ref().map(|cause| cause.localize(locale)).unwrap_or_default()
    }
}

impl Localize for Fault {
    fn localize(&self, locale: Locale) -> String {
        let (what, detail) = (self.code.localize(locale), self.detail(locale));
        if detail.is_empty() || detail == what {
            what
        } else {
            tr!(locale, "fault-detail", what = what, detail = detail)
        }
    }
}

display!(Fault);

/// An error that speaks as the fault that is made of it.
macro_rules! display_as_fault {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::model::Fault::from(self).fmt(f)
            }
        }

        impl std::error::Error for $name {}
    };
}
pub(crate) use display_as_fault;

/// A fault on the wire.
#[derive(Serialize, Deserialize)]
struct FaultWire {
    code: FaultCode,
    #[serde(default)]
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Box<Cause>>,
}

impl From<Fault> for FaultWire {
    fn from(fault: Fault) -> Self {
        let detail = fault.detail(Locale::English);
        let cause = fault.cause.filter(|cause| !matches!(**cause, Cause::Other(_)));
        Self { code: fault.code, detail, cause }
    }
}

impl From<FaultWire> for Fault {
    fn from(FaultWire { code, detail, cause }: FaultWire) -> Self {
        match cause {
            Some(_) => Self { code, cause },
            None => Self::new(code, detail),
        }
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
