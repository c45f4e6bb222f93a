//! Why a member is in its state.

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::failure::Failure;
use super::signal::Signal;
use crate::locale::messages;

messages! {
    /// Why a member has entered its state.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Reason {
        /// It was being evicted, and was chosen again.
        #[serde(rename = "wanted-again")]
        Restored = "reason-restored",
        /// It is not among the configured nodes any more.
        #[serde(rename = "not-wanted")]
        Removed = "reason-removed",
        /// The pool has enough other members.
        #[serde(rename = "one-too-many")]
        Surplus = "reason-surplus",
        /// It passes its checks again.
        #[serde(rename = "passes-again")]
        Recovered = "reason-recovered",
        /// A check or a start failed.
        Failed(failure: Failure) = transparent,
        /// It is evicted after this failure.
        FailedChecks(failure: Failure) = "health-checks-failed",
        /// A signal from real traffic.
        #[serde(rename = "seen")]
        Signal(signal: Signal) = transparent,
        /// Its program has exited.
        Ended(exit: Exit) = "reason-ended",
    }
}
