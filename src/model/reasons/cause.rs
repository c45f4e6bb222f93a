//! What lies behind a fault, as the room says that met it: for every language to say. In English each is a
//! sentence of its own, which logs and `--json` show.

use serde::{Deserialize, Serialize};

use super::broken::{BackupProblem, FileProblem};
use super::line_error::LineError;
use super::obstacle::Obstacle;
use super::unfetched::Unfetched;
use crate::model::api::subscription::Misfit;
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;
use crate::model::settings::Invalid;

/// What lies behind a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A setting makes no sense.
    #[error(transparent)]
    Setting(Invalid),
    /// A text holds no nodes.
    #[error(transparent)]
    List(ListError),
    /// A text is no link.
    #[error(transparent)]
    Link(LinkError),
    /// A file of the web could not be had.
    #[error(transparent)]
    Unfetched(Unfetched),
    /// A subscription cannot be as it is wanted.
    #[error(transparent)]
    Subscription(Misfit),
    /// Something stood in the way.
    #[error(transparent)]
    Met(Obstacle),
    /// Something stood in the way of an address or a path.
    #[error("{place}: {why}")]
    At {
        /// The address or the path.
        place: String,
        /// What.
        why: Obstacle,
    },
    /// A file or a folder cannot be used.
    #[error("cannot {} {file}: {why}", .doing.words())]
    File {
        /// What was to be done with it.
        doing: Doing,
        /// Its path.
        file: String,
        /// Why not.
        why: Obstacle,
    },
    /// A program holds the port.
    #[error("{addr} is held by {program}")]
    HeldBy {
        /// The address with the port.
        addr: String,
        /// The program, with its process id.
        program: String,
    },
    /// A line of a file of rules is none.
    #[error("{file}, line {line}: {why}")]
    Line {
        /// The file.
        file: String,
        /// Which, from 1.
        line: u32,
        /// What is wrong with it.
        why: LineError,
    },
    /// Nobody is there to connect through.
    #[error(transparent)]
    Nobody(Nobody),
    /// The desktop does not do what is asked of it.
    #[error(transparent)]
    Desktop(DesktopProblem),
    /// A backup is none.
    #[error(transparent)]
    Backup(BackupProblem),
    /// A file of ours is broken.
    #[error(transparent)]
    Broken(FileProblem),
    /// The two programs are of different versions.
    #[error("the engine is version {engine}, this program {program}; restart the engine")]
    Versions {
        /// The engine's.
        engine: String,
        /// The other's.
        program: String,
    },
    /// The control socket cannot be opened.
    #[error("the control socket cannot be opened: {0}")]
    Door(Obstacle),
    /// Another process is the one.
    #[error("process {0}")]
    Process(u32),
    /// The system does not say where the user's files are.
    #[error("this user has no home folder; name one with --home")]
    NoHome,
    /// A folder is not this user's alone.
    #[error("{0} is not a folder of this user alone")]
    NotOurs(String),
}

/// What was to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// To know what is in it.
    Read,
    /// To put something in it.
    Write,
    /// To keep it under another name.
    SetAside,
    /// To be rid of it.
    Remove,
    /// To make a folder.
    Make,
    /// Whatever it is for.
    Use,
}

impl Doing {
    /// The verb, in English.
    pub fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::SetAside => "set aside",
            Self::Remove => "remove",
            Self::Make => "make",
            Self::Use => "use",
        }
    }
}

/// Why there is no node to connect through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nobody {
    /// There is none at all.
    #[error("there is no node yet: import one first")]
    NoneYet,
    /// None was chosen.
    #[error("no node was chosen yet: name one")]
    NoneChosen,
    /// All are left out of load balancing.
    #[error("every node is excluded from load balancing")]
    AllExcluded,
    /// The group has none, or all of it are left out.
    #[error("no node of this group may be used")]
    NoneOfGroup,
    /// The gateway's port is closed.
    #[error("the gateway is closed: connect first")]
    Closed,
}

/// Why the desktop's proxy is not as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesktopProblem {
    /// The desktop's own program failed.
    #[error("the desktop's proxy settings cannot be used: {0}")]
    Settings(Obstacle),
    /// What was written is not what is there.
    #[error("the desktop did not take its proxy setting {0}")]
    NotTaken(String),
    /// The file that keeps what was before cannot be used.
    #[error("the file that keeps the earlier proxy settings cannot be used: {0}")]
    Lease(Obstacle),
    /// The program that gives it back cannot be started.
    #[error("the program that gives the proxy settings back cannot be started: {0}")]
    Watcher(Obstacle),
}
