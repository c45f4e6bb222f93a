//! Why a member is as it is, for every language to say.

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::failure::Failure;
use super::signal::Signal;
use crate::locale::messages;

messages! {
    /// Why a member entered the state it is in.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Reason {
        /// It was to leave, and then it was chosen again.
        WantedAgain = "reason-wanted-again",
        /// It is not among the nodes that are wanted.
        NotWanted = "reason-not-wanted",
        /// The pool has as many others as it wants.
        OneTooMany = "reason-one-too-many",
        /// It works again.
        PassesAgain = "reason-passes-again",
        /// A check or a start failed.
        Failed(failure: Failure) = transparent,
        /// It leaves for that.
        FailedChecks(failure: Failure) = "reason-failed-checks",
        /// What real traffic showed.
        Seen(signal: Signal) = transparent,
        /// Its program ended.
        Ended(exit: Exit) = "reason-ended",
    }
}
