//! What lies behind a fault, as the room says that met it: for every language to say. In English each is a
//! sentence of its own, which logs and `--json` show.

use serde::{Deserialize, Serialize};

use super::broken::{BackupProblem, FileProblem};
use super::line_error::LineError;
use super::misfit::Misfit;
use super::obstacle::Obstacle;
use super::unfetched::Unfetched;
use crate::locale::messages;
use crate::model::node::PluginRequest;
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;
use crate::model::settings::Invalid;

messages! {
    /// What lies behind a fault.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Cause {
        /// A setting makes no sense.
        Setting(invalid: Invalid) = transparent,
        /// A text holds no nodes.
        List(error: ListError) = transparent,
        /// A text is no link.
        Link(error: LinkError) = transparent,
        /// A file of the web could not be had.
        Unfetched(unfetched: Unfetched) = transparent,
        /// A subscription cannot be as it is wanted.
        Subscription(misfit: Misfit) = transparent,
        /// Something stood in the way.
        Met(obstacle: Obstacle) = transparent,
        /// Something stood in the way of an address or a path.
        At {
            /// The address or the path.
            place: String,
            /// What.
            why: Obstacle,
        } = "cause-at",
        /// A file or a folder cannot be used.
        File {
            /// What was to be done with it.
            doing: Doing,
            /// Its path.
            file: String,
            /// Why not.
            why: Obstacle,
        } = "cause-file",
        /// A program holds the port.
        HeldBy {
            /// The address with the port.
            addr: String,
            /// The program, with its process id.
            program: String,
        } = "cause-held-by",
        /// A line of a file of rules is none.
        Line {
            /// The file.
            file: String,
            /// Which, from 1.
            line: u32,
            /// What is wrong with it.
            why: LineError,
        } = "cause-line",
        /// Nobody is there to connect through.
        Nobody(nobody: Nobody) = transparent,
        /// The desktop does not do what is asked of it.
        Desktop(problem: DesktopProblem) = transparent,
        /// A backup is none.
        Backup(problem: BackupProblem) = transparent,
        /// A file of ours is broken.
        Broken(problem: FileProblem) = transparent,
        /// The two programs are of different versions.
        Versions {
            /// The engine's.
            engine: String,
            /// The other's.
            program: String,
        } = "cause-versions",
        /// The node's plugin may not run yet.
        Plugin(request: PluginRequest) = transparent,
        /// The control socket cannot be opened.
        ControlSocket(why: Obstacle) = "cause-control-socket",
        /// Another process is the one.
        Process(pid: u32) = "cause-process",
        /// The system does not say where the user's files are.
        NoHome = "cause-no-home",
        /// A folder is not this user's alone.
        NotOurs(folder: String) = "cause-not-ours",
        /// What was named, or what is said of it in its own words.
        Other(text: String) = verbatim,
    }
}

messages! {
    /// What was to be done with a file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Doing {
        /// To know what is in it.
        Read = "doing-read",
        /// To put something in it.
        Write = "doing-write",
        /// To keep it under another name.
        SetAside = "doing-set-aside",
        /// To be rid of it.
        Remove = "doing-remove",
        /// To make a folder.
        Make = "doing-make",
        /// Whatever it is for.
        Use = "doing-use",
    }
}

messages! {
    /// Why there is no node to connect through.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Nobody {
        /// There is none at all.
        NoneYet = "nobody-none-yet",
        /// None was chosen.
        NoneChosen = "nobody-none-chosen",
        /// All are left out of load balancing.
        AllExcluded = "nobody-all-excluded",
        /// The group has none, or all of it are left out.
        NoneOfGroup = "nobody-none-of-group",
        /// The gateway's port is closed.
        Closed = "nobody-closed",
    }
}

messages! {
    /// Why the desktop's proxy is not as it is wanted.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum DesktopProblem {
        /// The desktop's own program failed.
        Settings(why: Obstacle) = "desktop-settings",
        /// What was written is not what is there.
        NotTaken(setting: String) = "desktop-not-taken",
        /// The file that keeps what was before cannot be used.
        Lease(why: Obstacle) = "desktop-lease",
        /// The program that gives it back cannot be started.
        Watcher(why: Obstacle) = "desktop-watcher",
    }
}
