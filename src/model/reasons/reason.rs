//! Why a member is as it is, for every language to say.

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::failure::Failure;
use super::signal::Signal;

/// Why a member entered the state it is in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It was to leave, and then it was chosen again.
    #[error("wanted again")]
    WantedAgain,
    /// It is not among the nodes that are wanted.
    #[error("not wanted any more")]
    NotWanted,
    /// The pool has as many others as it wants.
    #[error("one more than wanted")]
    OneTooMany,
    /// It works again.
    #[error("passes its checks again")]
    PassesAgain,
    /// A check or a start failed.
    #[error("{0}")]
    Failed(Failure),
    /// It leaves for that.
    #[error("failed its checks: {0}")]
    FailedChecks(Failure),
    /// What real traffic showed.
    #[error("{}", .0.words())]
    Seen(Signal),
    /// Its program ended.
    #[error("its process ended ({0})")]
    Ended(Exit),
}
