//! Events: things that happened once.

use serde::{Deserialize, Serialize};

use super::english::{problem_and_why, reason_and_why};
use super::fault::Fault;
use super::page::Page;
use super::site_check::SiteTry;
use super::subscription::ListChanges;
use crate::locale::messages;
use crate::model::node::{NodeId, PluginRequest};
use crate::model::reasons::broken::FileProblem;
use crate::model::reasons::exit::Exit;
use crate::model::reasons::failure::Failure;
use crate::model::reasons::reason::Reason;
use crate::model::settings::Mode;

/// An event, with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unix time in ms.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// The engine started.
    EngineStarted {
        /// Version of the program.
        version: String,
    },
    /// The engine has taken the place of another one.
    TookOver {
        /// Version of that one's program.
        version: String,
    },
    /// The engine is about to stop.
    EngineStopping,
    /// The settings could not be applied.
    NotApplied {
        /// Why.
        fault: Fault,
    },
    /// The user's changes cannot be saved; saving is retried.
    NotSaved {
        /// Why.
        fault: Fault,
    },
    /// Saving has succeeded after it had failed.
    Saved,
    /// The gateway is listening.
    GatewayOpened {
        /// Its address.
        addr: String,
    },
    /// The gateway has stopped listening.
    GatewayClosed,
    /// The limit of file descriptors was reached; new connections wait.
    DescriptorsExhausted {
        /// The limit.
        limit: u64,
    },
    /// The limit of connections was reached; new ones wait.
    ConnectionLimitReached {
        /// The limit.
        limit: usize,
    },
    /// Repeated wrong logins at the shared port.
    LoginsRefused {
        /// The client's address.
        address: String,
        /// Number of wrong logins.
        count: u32,
    },
    /// A request has succeeded through a member, the first since the last failure.
    Connected {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// No member is known to work.
    Disconnected,
    /// A member's program is ready.
    MemberReady {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Milliseconds from start to ready.
        took_ms: u64,
    },
    /// A member's program has exited; it will be restarted.
    MemberExited {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Exit code or signal.
        status: Exit,
        /// Milliseconds until the restart.
        restart_in_ms: u64,
    },
    /// A member's program could not be started; it is retried.
    MemberFailed {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Where it failed.
        failure: Failure,
    },
    /// A member may be failing: it is checked, and gets no traffic while others work.
    MemberSuspected {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// The signal from real traffic.
        #[serde(flatten, with = "reason_and_why")]
        why: Reason,
    },
    /// A member has failed checks that another one passed: it gets no new connections.
    MemberEjected {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Where it failed.
        failure: Failure,
    },
    /// An ejected member has passed its checks for half a minute, or is the first to pass one after all had failed.
    MemberRecovered {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// A member was evicted from the pool.
    MemberEvicted {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Why.
        reason: Eviction,
        /// The name of the node that replaces it, if any.
        replacement: Option<String>,
    },
    /// The pool has fewer members than configured, and no node is left to start.
    PoolShort {
        /// Members in the pool.
        have: usize,
        /// Members configured.
        want: usize,
    },
    /// The local network is down: members are not ejected or replaced until it is back.
    NetworkDown,
    /// The local network requires a login first (captive portal).
    CaptivePortal {
        /// The login page; empty if unknown.
        location: String,
    },
    /// The local network is back.
    NetworkBack,
    /// The network works but all members fail; all stay in use.
    AllNodesFail {
        /// Number of members.
        members: usize,
    },
    /// The mode of the desktop's proxy was changed.
    ModeChanged {
        /// The new mode.
        mode: Mode,
    },
    /// The desktop's proxy was set to the gateway.
    ProxySet {
        /// The mode that was applied.
        mode: Mode,
    },
    /// The desktop's previous proxy was restored.
    ProxyReturned,
    /// The desktop's previous proxy was restored at the start, because the last run had not done so.
    ProxyRepaired,
    /// Another program had changed the desktop's proxy; its settings were kept.
    ProxyLeftAlone,
    /// The desktop's proxy could not be set or restored.
    ProxyFailed {
        /// Why.
        fault: Fault,
    },
    /// A new rule list is in use.
    ListFetched {
        /// Number of rules.
        rules: usize,
    },
    /// The rule list could not be downloaded; the previous one stays in use.
    ListNotFetched {
        /// Why.
        fault: Fault,
    },
    /// A subscription has changed, or its update has succeeded after a failure.
    SubscriptionUpdated {
        /// Its name.
        name: String,
        /// What changed.
        #[serde(flatten)]
        changes: ListChanges,
    },
    /// A subscription update failed; its nodes are kept. Repeated failures with the same reason are reported once.
    SubscriptionFailed {
        /// Its name.
        name: String,
        /// Why.
        fault: Fault,
    },
    /// A subscription was removed.
    SubscriptionRemoved {
        /// Its name.
        name: String,
        /// Number of nodes that were removed with it.
        nodes: usize,
    },
    /// The chosen node was removed from its subscription; another node of it was chosen.
    #[serde(rename = "node-succeeded")]
    ChosenNodeReplaced {
        /// The old node's name.
        old: String,
        /// The new node.
        id: NodeId,
        /// The new node's name.
        name: String,
    },
    /// A node that pins or doors select was removed from its subscription, which has no other of that name.
    SelectedNodeGone {
        /// Its id.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// Settings were changed.
    SettingsChanged {
        /// Their keys.
        keys: Vec<String>,
    },
    /// A pin has reached its end and was removed.
    PinEnded {
        /// Where it led: a node's name, a group or a country.
        to: String,
    },
    /// None of the nodes of a door in use works.
    DoorUnserved {
        /// The door's name.
        name: String,
    },
    /// A node of that door works again.
    DoorServed {
        /// The door's name.
        name: String,
    },
    /// A node was tried for a site. Not kept in the history and not logged.
    SiteTried {
        /// The site.
        site: String,
        /// What the node got.
        #[serde(rename = "try")]
        tried: SiteTry,
    },
    /// A node cannot start before the user allows its plugin. Reported once per plugin.
    PluginNotAllowed {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// The plugin.
        #[serde(flatten)]
        request: PluginRequest,
    },
    /// Nodes were imported.
    Imported {
        /// Number of new nodes.
        added: usize,
        /// Number of nodes that existed already.
        known: usize,
        /// Number of rejected lines.
        refused: usize,
    },
    /// A backup was restored, or a restore was undone.
    Restored {
        /// Number of nodes that were added.
        added: usize,
        /// Number of nodes that were removed.
        removed: usize,
        /// Number of nodes that were changed.
        changed: usize,
    },
    /// A node was removed.
    NodeRemoved {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// Removed nodes were restored.
    NodesRestored {
        /// Number of nodes.
        nodes: usize,
    },
    /// Nodes were changed in a way that no other event reports. Not kept in the history.
    NodesChanged,
    /// A window was requested to come to the front. Not kept in the history.
    #[serde(rename = "page-asked")]
    PageRequested {
        /// The page to show.
        page: Page,
    },
    /// A corrupt file was set aside.
    FileSetAside {
        /// The file.
        file: String,
        /// Its new name.
        kept_as: String,
        /// What is wrong with it.
        #[serde(flatten, with = "problem_and_why")]
        why: FileProblem,
        /// What is used instead.
        used: FileFallback,
    },
}

/// The subject of an event, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The engine, its port and its files.
    Engine,
    /// The members of the pool.
    Members,
    /// The network and the connection.
    Network,
    /// The desktop's proxy and the rules.
    Rules,
    /// Nodes and subscriptions.
    Nodes,
}

impl Subject {
    /// All subjects, in the order of the filter.
    pub const ALL: [Self; 5] = [Self::Members, Self::Network, Self::Nodes, Self::Rules, Self::Engine];
}

impl EventKind {
    /// The subject of the event.
    pub fn subject(&self) -> Subject {
        match self {
            Self::EngineStarted { .. } | Self::TookOver { .. } | Self::EngineStopping | Self::NotApplied { .. } => {
                Subject::Engine
            }
            Self::NotSaved { .. } | Self::Saved => Subject::Engine,
            Self::GatewayOpened { .. } | Self::GatewayClosed | Self::FileSetAside { .. } => Subject::Engine,
            Self::SettingsChanged { .. } | Self::Restored { .. } => Subject::Engine,
            Self::DescriptorsExhausted { .. } | Self::ConnectionLimitReached { .. } => Subject::Engine,
            Self::LoginsRefused { .. } => Subject::Engine,
            Self::MemberReady { .. } | Self::MemberExited { .. } | Self::MemberFailed { .. } => Subject::Members,
            Self::MemberSuspected { .. } | Self::MemberEjected { .. } => Subject::Members,
            Self::MemberRecovered { .. } | Self::MemberEvicted { .. } | Self::PoolShort { .. } => Subject::Members,
            Self::Connected { .. } | Self::Disconnected | Self::AllNodesFail { .. } => Subject::Network,
            Self::NetworkDown | Self::CaptivePortal { .. } | Self::NetworkBack => Subject::Network,
            Self::ModeChanged { .. } | Self::ProxySet { .. } | Self::ProxyReturned => Subject::Rules,
            Self::ProxyRepaired | Self::ProxyLeftAlone | Self::ProxyFailed { .. } => Subject::Rules,
            Self::ListFetched { .. } | Self::ListNotFetched { .. } => Subject::Rules,
            Self::PinEnded { .. } | Self::SiteTried { .. } => Subject::Rules,
            Self::DoorUnserved { .. } | Self::DoorServed { .. } => Subject::Members,
            Self::SubscriptionUpdated { .. } | Self::SubscriptionFailed { .. } => Subject::Nodes,
            Self::SubscriptionRemoved { .. } | Self::ChosenNodeReplaced { .. } => Subject::Nodes,
            Self::SelectedNodeGone { .. } => Subject::Nodes,
            Self::Imported { .. } | Self::NodeRemoved { .. } | Self::PluginNotAllowed { .. } => Subject::Nodes,
            Self::NodesRestored { .. } | Self::NodesChanged => Subject::Nodes,
            Self::PageRequested { .. } => Subject::Engine,
        }
    }
}

messages! {
    /// Why a member was evicted.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(tag = "cause", rename_all = "kebab-case")]
    pub enum Eviction {
        /// Its program has exited repeatedly.
        CrashLoop {
            /// Number of exits within a minute.
            exits: usize,
            /// The last exit.
            status: Exit,
        } = "eviction-crash-loop",
        /// Its checks failed, and another node has passed them in its place.
        CheckFailed {
            /// Where it failed.
            failure: Failure,
        } = "health-checks-failed",
        /// Its program could not be started.
        StartFailed {
            /// Where it failed.
            failure: Failure,
        } = "eviction-start-failed",
    }
}

/// What is used instead of a corrupt file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFallback {
    /// The last valid version.
    LastGood,
    /// Default values.
    Defaults,
    /// Nothing: its content is lost.
    Nothing,
}
