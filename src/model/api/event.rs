//! One thing that happened once.

use serde::{Deserialize, Serialize};

use super::english::{problem_and_why, reason_and_why};
use super::fault::Fault;
use super::page::Page;
use super::subscription::ListChanges;
use crate::locale::messages;
use crate::model::node::{NodeId, PluginRequest};
use crate::model::reasons::broken::FileProblem;
use crate::model::reasons::exit::Exit;
use crate::model::reasons::failure::Failure;
use crate::model::reasons::reason::Reason;
use crate::model::settings::Mode;

/// One thing that happened, and when.
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
    /// The engine is about to end.
    EngineStopping,
    /// What the settings ask for could not be made true at the start.
    NotApplied {
        /// Why.
        fault: Fault,
    },
    /// What the user has made cannot be saved; it is tried again.
    NotSaved {
        /// Why.
        fault: Fault,
    },
    /// It is saved now, after all.
    Saved,
    /// The gateway's port is open.
    GatewayOpened {
        /// Where it listens.
        addr: String,
    },
    /// The gateway's port is closed.
    GatewayClosed,
    /// The system's limit of descriptors was reached; connections wait until some are free.
    DescriptorsExhausted {
        /// The limit.
        limit: u64,
    },
    /// The limit of connections was reached; further ones wait.
    ConnectionLimitReached {
        /// The limit.
        limit: usize,
    },
    /// Somebody guesses at the login of the shared port.
    LoginsRefused {
        /// From which address.
        address: String,
        /// How many wrong logins it has given.
        count: u32,
    },
    /// A request really went through a member, the first since the last failure.
    Connected {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// No member is known to work any more.
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
    /// A member's program ended by itself; it is started again.
    MemberExited {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Exit code or signal.
        status: Exit,
        /// Milliseconds until it is started again.
        restart_in_ms: u64,
    },
    /// A member's program could not be started; it is tried again.
    MemberFailed {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Where it failed.
        failure: Failure,
    },
    /// A first sign of trouble: the member is checked and gets no traffic while others work.
    MemberSuspected {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// What was seen.
        #[serde(flatten, with = "reason_and_why")]
        why: Reason,
    },
    /// A member failed its checks while another passed: it takes no connections.
    MemberEjected {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Where it failed.
        failure: Failure,
    },
    /// A member has been passing its checks again for half a minute, or is the first to do so after
    /// all had failed.
    MemberRecovered {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// A member left the pool.
    MemberEvicted {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// Why.
        reason: Eviction,
        /// The name of the node that takes its place, where there is one.
        replacement: Option<String>,
    },
    /// Fewer members than wanted, and no node left to start.
    PoolShort {
        /// Members there are.
        have: usize,
        /// Members wanted.
        want: usize,
    },
    /// This machine's own network is down: nobody is ejected or replaced until it is back.
    NetworkDown,
    /// A page in between answers instead of the one asked for: somebody wants a login first.
    CaptivePortal {
        /// Where it leads to; empty where it does not say.
        location: String,
    },
    /// This machine's own network is back.
    NetworkBack,
    /// The network works and no member does; all stay in use.
    AllNodesFail {
        /// How many members there are.
        members: usize,
    },
    /// The mode was changed.
    ModeChanged {
        /// The mode now.
        mode: Mode,
    },
    /// The desktop's own proxy setting leads to the gateway.
    ProxySet {
        /// The mode that it follows.
        mode: Mode,
    },
    /// The desktop's own proxy setting is what it was before.
    ProxyReturned,
    /// It was given back at the start: the last run had not come to it.
    ProxyRepaired,
    /// Somebody else had changed the desktop's proxy setting meanwhile, and that was left alone.
    ProxyLeftAlone,
    /// The desktop's own proxy setting could not be set or given back.
    ProxyFailed {
        /// Why.
        fault: Fault,
    },
    /// A new list of rules is used.
    ListFetched {
        /// How many rules it has.
        rules: usize,
    },
    /// No list of rules could be fetched; the one there was goes on.
    ListNotFetched {
        /// Why.
        fault: Fault,
    },
    /// A subscription's list has changed, or could be had again after a failure.
    SubscriptionUpdated {
        /// Its name.
        name: String,
        /// What changed.
        #[serde(flatten)]
        changes: ListChanges,
    },
    /// A subscription could not be updated; its nodes stay as they are. The same reason is told once.
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
        /// How many nodes went with it.
        nodes: usize,
    },
    /// The chosen node is not listed any more; another one of its list is chosen in its place.
    NodeSucceeded {
        /// The name of the one that is gone.
        old: String,
        /// The node that is chosen now.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// Settings were changed.
    SettingsChanged {
        /// Their keys.
        keys: Vec<String>,
    },
    /// A node waits until the user allows its plugin to run. Reported once for each program.
    PluginNotAllowed {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
        /// The program.
        #[serde(flatten)]
        request: PluginRequest,
    },
    /// Nodes were imported.
    Imported {
        /// New ones.
        added: usize,
        /// Those that were there already.
        known: usize,
        /// Lines that were refused.
        refused: usize,
    },
    /// A backup was restored, or a restoration undone.
    Restored {
        /// How many nodes came back.
        added: usize,
        /// How many went.
        removed: usize,
        /// How many have other settings of their own.
        changed: usize,
    },
    /// A node was removed.
    NodeRemoved {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// Nodes that had been removed are back.
    NodesRestored {
        /// How many.
        nodes: usize,
    },
    /// Something about nodes was changed that no other event says. Not kept.
    NodesChanged,
    /// An open window is to come to the front. Not kept.
    PageAsked {
        /// On which page.
        page: Page,
    },
    /// A broken file was set aside.
    FileSetAside {
        /// The file.
        file: String,
        /// Where it is kept.
        kept_as: String,
        /// What is wrong with it.
        #[serde(flatten, with = "problem_and_why")]
        why: FileProblem,
        /// What is used instead.
        used: Substitute,
    },
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The engine, its port and its files.
    Engine,
    /// The members of the pool.
    Members,
    /// The network, and what goes through.
    Network,
    /// The desktop's proxy and the rules.
    Rules,
    /// The nodes and where they come from.
    Nodes,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Members, Self::Network, Self::Nodes, Self::Rules, Self::Engine];
}

impl EventKind {
    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::EngineStarted { .. } | Self::EngineStopping | Self::NotApplied { .. } => Subject::Engine,
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
            Self::SubscriptionUpdated { .. } | Self::SubscriptionFailed { .. } => Subject::Nodes,
            Self::SubscriptionRemoved { .. } | Self::NodeSucceeded { .. } => Subject::Nodes,
            Self::Imported { .. } | Self::NodeRemoved { .. } | Self::PluginNotAllowed { .. } => Subject::Nodes,
            Self::NodesRestored { .. } | Self::NodesChanged => Subject::Nodes,
            Self::PageAsked { .. } => Subject::Engine,
        }
    }
}

messages! {
    /// Why a member left the pool.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(tag = "cause", rename_all = "kebab-case")]
    pub enum Eviction {
        /// Its program ended again and again.
        CrashLoop {
            /// How often within a minute.
            exits: usize,
            /// How it ended the last time.
            status: Exit,
        } = "eviction-crash-loop",
        /// Its checks failed, and another node has proven itself in its place.
        CheckFailed {
            /// Where it failed.
            failure: Failure,
        } = "eviction-check-failed",
        /// Its program could not be started.
        StartFailed {
            /// Where it failed.
            failure: Failure,
        } = "eviction-start-failed",
    }
}

/// What is used instead of a broken file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Substitute {
    /// The last version that could be read.
    LastGood,
    /// Default values.
    Defaults,
    /// Nothing: what was in it is not known any more.
    Nothing,
}
