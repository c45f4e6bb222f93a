//! The cause of a fault, as reported by the failing room. Each has its own message, which logs and `--json` show in
//! English.

use serde::{Deserialize, Serialize};

use super::broken::{BackupProblem, FileProblem};
use super::fetch_error::FetchFailure;
use super::line_error::LineError;
use super::subscription_error::SubscriptionError;
use super::system_error::SystemError;
use crate::locale::messages;
use crate::model::node::PluginRequest;
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;
use crate::model::settings::InvalidValue;

messages! {
    /// The cause of a fault.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Cause {
        /// A setting is invalid.
        Setting(invalid: InvalidValue) = transparent,
        /// A text contains no nodes.
        List(error: ListError) = transparent,
        /// A text is not a valid link.
        Link(error: LinkError) = transparent,
        /// A download failed.
        #[serde(rename = "unfetched")]
        Fetch(failure: FetchFailure) = transparent,
        /// A subscription is invalid.
        Subscription(error: SubscriptionError) = transparent,
        /// An error of the operating system, TLS or HTTP.
        #[serde(rename = "met")]
        System(error: SystemError) = transparent,
        /// Such an error with an address or a path.
        At {
            /// The address or the path.
            place: String,
            /// The error.
            why: SystemError,
        } = "cause-at",
        /// A file or a folder cannot be used.
        File {
            /// The operation that failed.
            doing: FileOperation,
            /// Its path.
            file: String,
            /// The error.
            why: SystemError,
        } = "cause-file",
        /// Another program uses the port.
        #[serde(rename = "held-by")]
        PortInUse {
            /// The address with the port.
            addr: String,
            /// The program, with its process id.
            program: String,
        } = "cause-port-in-use",
        /// A line of a rule file is invalid.
        Line {
            /// The file.
            file: String,
            /// Its number, from 1.
            line: u32,
            /// Why it is invalid.
            why: LineError,
        } = "cause-line",
        /// There is no node to connect through.
        #[serde(rename = "nobody")]
        NoNode(reason: NoNodeReason) = transparent,
        /// The desktop's proxy cannot be changed.
        Desktop(problem: DesktopProblem) = transparent,
        /// A backup is invalid.
        Backup(problem: BackupProblem) = transparent,
        /// One of our files is corrupt.
        Broken(problem: FileProblem) = transparent,
        /// Client and engine have different versions.
        Versions {
            /// The engine's.
            engine: String,
            /// The client's.
            program: String,
        } = "cause-versions",
        /// The user has not allowed the node's plugin.
        Plugin(request: PluginRequest) = transparent,
        /// The control socket cannot be opened.
        ControlSocket(why: SystemError) = "cause-control-socket",
        /// Another process is running already.
        Process(pid: u32) = "cause-process",
        /// The user's home folder is unknown.
        NoHome = "cause-no-home",
        /// Other users have access to a folder.
#[serde(rename = "not-ours")]
        NotPrivate(folder: String) = "cause-not-private",
        /// The input that caused the fault, or any other cause, as text.
        Other(text: String) = verbatim,
    }
}

messages! {
    /// An operation on a file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FileOperation {
        /// Reading it.
        Read = "operation-read",
        /// Writing it.
        Write = "operation-write",
        /// Renaming it, to set it aside.
        SetAside = "operation-set-aside",
        /// Removing it.
        Remove = "operation-remove",
        /// Creating a folder.
#[serde(rename = "make")]
        Create = "operation-create",
        /// Any other use.
        Use = "operation-use",
    }
}

messages! {
    /// Why there is no node to connect through.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum NoNodeReason {
        /// There are no nodes.
        NoneYet = "no-node-none-yet",
        /// None was chosen.
        NoneChosen = "no-node-none-chosen",
        /// All are excluded from load balancing.
        AllExcluded = "no-node-all-excluded",
        /// The group has no nodes, or all of them are excluded.
        NoneOfGroup = "no-node-none-of-group",
        /// None of the members serves.
        NoneServes = "no-node-none-serves",
        /// The gateway is not listening.
        Closed = "no-node-closed",
    }
}

messages! {
    /// Why the desktop's proxy cannot be changed.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum DesktopProblem {
        /// The desktop's own program failed.
        Settings(why: SystemError) = "desktop-settings",
        /// The desktop did not accept a value.
#[serde(rename = "not-taken")]
        NotAccepted(setting: String) = "desktop-not-accepted",
        /// The file that records the previous settings cannot be used.
        Lease(why: SystemError) = "desktop-lease",
        /// The program that restores the settings cannot be started.
        Watcher(why: SystemError) = "desktop-watcher",
    }
}
