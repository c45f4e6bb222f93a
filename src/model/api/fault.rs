//! The error of the control protocol.

use serde::{Deserialize, Serialize};

use crate::locale::{Locale, Localize, display, messages, tr};
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;
use crate::model::reasons::cause::Cause;
use crate::model::reasons::subscription_error::SubscriptionError;
use crate::model::settings::InvalidValue;

/// Why a command failed: a code, and the cause. Contains no secrets.
///
/// On the wire, `detail` is the cause in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FaultWire", into = "FaultWire")]
pub struct Fault {
    /// The kind of failure.
    pub code: FaultCode,
    /// The cause, if known.
    pub cause: Option<Box<Cause>>,
}

messages! {
    /// The kinds of failure.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FaultCode {
        /// No node matches what was given.
        UnknownNode = "fault-unknown-node",
        /// More than one node matches what was given.
        AmbiguousNode = "fault-ambiguous-node",
        /// The node exists already.
        KnownNode = "fault-known-node",
        /// There is no node to connect through.
        NoNode = "fault-no-node",
        /// The gateway's port is taken by another program.
        PortInUse = "fault-port-in-use",
        /// The gateway's address cannot be listened on.
        CannotListen = "fault-cannot-listen",
        /// The value of a setting is invalid.
        InvalidSetting = "fault-invalid-setting",
        /// Nothing could be imported.
        NothingImported = "fault-nothing-imported",
        /// A rule file is invalid.
        BadRules = "fault-bad-rules",
        /// The rule list could not be downloaded, or is invalid.
        ListNotFetched = "fault-list-not-fetched",
        /// There is no subscription with this name.
        UnknownSubscription = "fault-unknown-subscription",
        /// The URL, name or interval of a subscription is invalid.
        InvalidSubscription = "fault-invalid-subscription",
        /// A subscription's list could not be downloaded, or is invalid.
        SubscriptionNotFetched = "fault-subscription-not-fetched",
        /// There is no supported desktop.
        NoDesktop = "fault-no-desktop",
        /// The desktop's proxy cannot be read or written.
        DesktopProxy = "fault-desktop-proxy",
        /// A backup is invalid.
        Backup = "fault-backup",
        /// A file could not be read or written.
        File = "fault-file",
        /// The message is invalid.
        BadMessage = "fault-bad-message",
        /// The request is larger than the engine accepts.
        TooLarge = "fault-too-large",
        /// The client has another version than the engine.
        OtherVersion = "fault-other-version",
        /// The engine is shutting down.
        Stopping = "engine-stopping",
        /// No engine is running.
        NotRunning = "engine-not-running",
        /// The engine is running and does not respond in time.
        NoAnswer = "fault-no-answer",
        /// The engine has ended, or has dropped this client.
        Ended = "fault-ended",
        /// The connection to the engine failed.
        Broken = "fault-broken",
        /// The engine's response is invalid.
        NotUnderstood = "fault-not-understood",
        /// An engine is already running.
        RunsAlready = "fault-runs-already",
        /// The running engine cannot be taken over.
        NoTakeOver = "fault-no-take-over",
        /// The log cannot be written.
        Log = "fault-log",
        /// No engine could be started or reached.
        NoEngine = "fault-no-engine",
    }
}

impl Fault {
    /// A fault with the input that caused it, such as a name; may be empty.
    pub fn new(code: FaultCode, named: impl Into<String>) -> Self {
        let named = named.into();
        Self { code, cause: (!named.is_empty()).then(|| Box::new(Cause::Other(named))) }
    }

    /// A fault with its cause.
    pub fn of(code: FaultCode, cause: impl Into<Cause>) -> Self {
        Self { code, cause: Some(Box::new(cause.into())) }
    }

    /// The cause in a language; may be empty.
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

/// Implements `Display` for an error as the fault that it is converted to.
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

/// The wire format of a fault.
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

impl From<SubscriptionError> for Fault {
    fn from(error: SubscriptionError) -> Self {
        Self::of(FaultCode::InvalidSubscription, Cause::Subscription(error))
    }
}

impl From<InvalidValue> for Fault {
    fn from(invalid: InvalidValue) -> Self {
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
