//! The commands of user interfaces to the engine, and its replies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::backup::{ProgramScope, Restoration};
use super::door::{DoorChanges, DoorView};
use super::event::Event;
use super::fault::Fault;
pub use super::import::{ImportReport, ImportScope, Imported};
use super::page::Page;
use super::pin::PinView;
use super::preview::{ShareForm, Shared, TextPreview};
use super::site::SiteView;
use super::site_check::{FailedHost, SiteCheck};
use super::snapshot::{NodeView, Snapshot};
use super::subscription::{Offer, SubscriptionChanges, SubscriptionView, UpdateReport};
use super::why::{RuleTestResult, Why};
use crate::model::node::NodeId;
use crate::model::node::secret::Secret;
use crate::model::reasons::failure::Failure;
use crate::model::settings::{Mode, NodeFallback, Strategy};
use crate::model::traffic::route::{BadLine, ListView, RulesFile};

/// A command to the engine. A node is given by its id, a prefix of the id, or its exact name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", content = "params", rename_all = "kebab-case")]
pub enum Command {
    /// Returns the current state.
    Status,
    /// Connects through one node.
    Connect {
        /// The node; `None` for the last choice.
        node: Option<String>,
    },
    /// Disconnects.
    Disconnect,
    /// Turns load balancing on; fields that are `None` keep their settings.
    ClusterOn {
        /// Use only nodes of this group; empty for all.
        group: Option<String>,
        /// Number of members.
        size: Option<usize>,
        /// How the gateway orders members.
        strategy: Option<Strategy>,
    },
    /// Turns load balancing off: back to the single node, or disconnects if none was chosen.
    ClusterOff,
    /// Sets the mode of the desktop's proxy.
    Mode {
        /// The mode.
        mode: Mode,
    },
    /// Imports texts: links, one per line, lists, files of other clients.
    Import {
        /// The texts.
        texts: Vec<Secret>,
        /// What to import from them.
        scope: ImportScope,
    },
    /// Previews an import. A node that is in two of the texts is new in the first one only.
    Preview {
        /// The texts.
        texts: Vec<Secret>,
    },
    /// Keeps a text from another program, such as a link that was opened in a browser, until a window shows it. Nothing
    /// is imported before the user confirms.
    Propose {
        /// The text.
        text: Secret,
    },
    /// Takes the texts that were proposed; each is returned once.
    Proposals,
    /// Returns all nodes.
    Nodes,
    /// Returns a node as a link, with its password.
    Share {
        /// The node.
        node: String,
    },
    /// Returns several nodes as one text, with their passwords.
    ShareMany {
        /// The nodes; empty for all.
        nodes: Vec<String>,
        /// The format.
        form: ShareForm,
    },
    /// Returns settings, nodes and everything else that the user has configured, as one text with passwords.
    BackupTake,
    /// Returns what restoring a backup would change.
    BackupPreview {
        /// The backup.
        text: Secret,
    },
    /// Restores a backup. The previous state is kept for one undo.
    BackupRestore {
        /// The backup.
        text: Secret,
        /// Which programs its settings may name.
        #[serde(default)]
        programs: ProgramScope,
    },
    /// Undoes the last restore; done again, redoes it.
    BackupUndo,
    /// Changes a node's name, group, weight, tier or exclusion.
    NodeEdit {
        /// The node.
        node: String,
        /// The changes.
        changes: NodeChanges,
    },
    /// Allows the plugin of a node to run, for this node and all others.
    PluginAllow {
        /// The node.
        node: String,
    },
    /// Removes a node.
    NodeRemove {
        /// The node.
        node: String,
    },
    /// Removes nodes: all of them, or none if one does not exist.
    NodesRemove {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Undoes the last removal: the nodes return to their places.
    NodesRestore,
    /// Moves nodes within the list.
    NodesMove {
        /// The nodes, in their new order.
        nodes: Vec<String>,
        /// The node before which they are placed; `None` for the end.
        before: Option<String>,
    },
    /// Replaces a node's server or credentials: the node keeps its place, group, weight, tier, exclusion and traffic.
    NodeReplace {
        /// The node.
        node: String,
        /// The new node as a link; its name replaces the old one unless it is empty.
        link: Secret,
    },
    /// Brings an open window to the front.
    Show {
        /// The page.
        page: Page,
    },
    /// Tests nodes with a real request.
    Test {
        /// The nodes; empty for all.
        nodes: Vec<String>,
    },
    /// Tests which rule matches an address.
    RulesTest {
        /// A URL, a host, or a host and a port.
        url: String,
        /// The program of the client, if pins by program are to be considered.
        #[serde(default)]
        program: Option<String>,
    },
    /// Reloads the rule files.
    RulesReload,
    /// Returns the text of the user's own rules.
    RulesText,
    /// Replaces the user's own rules; applied at once.
    RulesWrite {
        /// The whole text.
        text: String,
    },
    /// Returns the text of the access list.
    AclText,
    /// Replaces the access list; applied at once.
    AclWrite {
        /// The whole text; if it is blank, the access list is removed.
        text: String,
    },
    /// Returns the state of the downloaded rule list.
    PacList,
    /// Downloads the rule list now.
    PacUpdate,
    /// Previews a subscription.
    SubscriptionPreview {
        /// Its URL.
        url: Secret,
    },
    /// Adds a subscription, if its URL returns a list.
    SubscriptionAdd {
        /// Its URL.
        url: Secret,
        /// Its name; `None` for the provider's.
        name: Option<String>,
        /// Hours between two updates, 0 for manual updates only; `None` for the provider's interval.
        update_h: Option<u64>,
    },
    /// Returns all subscriptions.
    Subscriptions,
    /// Changes a subscription's name, address or interval.
    SubscriptionEdit {
        /// Its name.
        name: String,
        /// The changes.
        changes: SubscriptionChanges,
    },
    /// Updates subscriptions now.
    SubscriptionUpdate {
        /// Its name; `None` for all.
        name: Option<String>,
    },
    /// Removes a subscription and its nodes.
    SubscriptionRemove {
        /// Its name.
        name: String,
    },
    /// Returns which member serves a host, and why.
    Why {
        /// A host name or an address.
        host: String,
        /// The program of the client, if pins by program are to be considered.
        #[serde(default)]
        program: Option<String>,
        /// The door that the client uses.
        #[serde(default)]
        door: Option<String>,
    },
    /// Closes connections of clients.
    ConnectionsClose {
        /// Their numbers.
        ids: Vec<u64>,
    },
    /// Changes settings by dotted key; all or none.
    Set {
        /// Keys and new values.
        changes: BTreeMap<String, String>,
    },
    /// Adds a pin, or replaces the one for the same traffic.
    Pin {
        /// `SITE`, `app:PROGRAM` or `app:PROGRAM@SITE`.
        traffic: String,
        /// `direct`, `block`, `country:CODE`, `group:NAME`, or a node as typed.
        to: String,
        /// What happens if none of its nodes works.
        fallback: NodeFallback,
        /// Its number, from 1; `None` for its current one, or the end.
        place: Option<usize>,
    },
    /// Returns the pins, with the state of their nodes.
    Pins,
    /// Removes the pin for this traffic.
    Unpin {
        /// As for [`Command::Pin`].
        traffic: String,
    },
    /// Tries a site through the nodes, and sends it to one that works for a day.
    Fix {
        /// A host, a host and a port, or a URL.
        site: String,
    },
    /// Returns the hosts whose last connection failed, the latest first.
    FailedHosts,
    /// Returns what is learned about sites.
    Sites,
    /// Forgets what is learned about a site, or about all.
    SitesForget {
        /// A host of the site; `None` for all sites.
        site: Option<String>,
    },
    /// Adds a door.
    DoorAdd {
        /// Its name.
        name: String,
        /// What it is.
        changes: DoorChanges,
    },
    /// Changes a door.
    DoorEdit {
        /// Its name.
        name: String,
        /// The changes.
        changes: DoorChanges,
    },
    /// Removes a door.
    DoorRemove {
        /// Its name.
        name: String,
    },
    /// Returns the doors, with their state.
    Doors,
    /// Returns one setting or all.
    Get {
        /// Dotted key; `None` for all.
        key: Option<String>,
    },
    /// Returns the past events, oldest first.
    Events,
    /// Returns a diagnostic report without names, hosts, addresses and secrets.
    Diagnose,
    /// Stops the engine.
    Shutdown,
}

impl Command {
    /// Whether the command only reads state and returns at once.
    pub fn only_reads(&self) -> bool {
        match self {
            Self::Status
            | Self::Get { .. }
            | Self::Nodes
            | Self::Share { .. }
            | Self::ShareMany { .. }
            | Self::Proposals
            | Self::Propose { .. }
            | Self::RulesTest { .. }
            | Self::PacList
            | Self::Why { .. }
            | Self::Pins
            | Self::FailedHosts
            | Self::Sites
            | Self::Doors
            | Self::ConnectionsClose { .. }
            | Self::Show { .. }
            | Self::Subscriptions
            | Self::Diagnose
            | Self::Shutdown => true,
            Self::Connect { .. }
            | Self::Disconnect
            | Self::ClusterOn { .. }
            | Self::ClusterOff
            | Self::Mode { .. }
            | Self::Set { .. }
            | Self::Pin { .. }
            | Self::Unpin { .. }
            | Self::SitesForget { .. }
            | Self::DoorAdd { .. }
            | Self::DoorEdit { .. }
            | Self::DoorRemove { .. }
            | Self::Import { .. }
            | Self::Preview { .. }
            | Self::NodeEdit { .. }
            | Self::NodeRemove { .. }
            | Self::PluginAllow { .. }
            | Self::NodesRemove { .. }
            | Self::NodesRestore
            | Self::NodesMove { .. }
            | Self::NodeReplace { .. }
            | Self::BackupTake
            | Self::BackupPreview { .. }
            | Self::BackupRestore { .. }
            | Self::BackupUndo
            | Self::RulesReload
            | Self::RulesText
            | Self::RulesWrite { .. }
            | Self::AclText
            | Self::AclWrite { .. }
            | Self::SubscriptionEdit { .. }
            | Self::SubscriptionRemove { .. }
            | Self::SubscriptionUpdate { .. }
            | Self::SubscriptionPreview { .. }
            | Self::SubscriptionAdd { .. }
            | Self::PacUpdate
            | Self::Fix { .. }
            | Self::Test { .. } => false,
            // Events that happen meanwhile belong in the reply.
            Self::Events => false,
        }
    }

    /// Whether the command waits for remote servers or does long work before it is answered.
    pub fn is_slow(&self) -> bool {
        match self {
            Self::Test { .. } | Self::Fix { .. } | Self::PacUpdate | Self::Diagnose => true,
            Self::SubscriptionPreview { .. } | Self::SubscriptionAdd { .. } | Self::SubscriptionUpdate { .. } => true,
            Self::Status | Self::Connect { .. } | Self::Disconnect | Self::ClusterOn { .. } | Self::ClusterOff => false,
            Self::Mode { .. } | Self::Import { .. } | Self::Preview { .. } | Self::Propose { .. } => false,
            Self::Proposals | Self::Nodes | Self::Share { .. } | Self::ShareMany { .. } => false,
            Self::BackupTake | Self::BackupPreview { .. } | Self::BackupRestore { .. } | Self::BackupUndo => false,
            Self::PluginAllow { .. } => false,
            Self::NodeEdit { .. } | Self::NodeRemove { .. } | Self::NodesRemove { .. } | Self::NodesRestore => false,
            Self::NodesMove { .. } | Self::NodeReplace { .. } | Self::Show { .. } | Self::RulesTest { .. } => false,
            Self::RulesReload | Self::RulesText | Self::RulesWrite { .. } => false,
            Self::AclText | Self::AclWrite { .. } | Self::PacList => false,
            Self::Subscriptions | Self::SubscriptionEdit { .. } | Self::SubscriptionRemove { .. } => false,
            Self::Why { .. }
            | Self::ConnectionsClose { .. }
            | Self::Set { .. }
            | Self::Pin { .. }
            | Self::Pins
            | Self::Unpin { .. }
            | Self::FailedHosts
            | Self::Sites
            | Self::SitesForget { .. }
            | Self::DoorAdd { .. }
            | Self::DoorEdit { .. }
            | Self::DoorRemove { .. }
            | Self::Doors
            | Self::Get { .. }
            | Self::Events
            | Self::Shutdown => false,
        }
    }
}

/// Changes to a node; `None` keeps a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeChanges {
    /// New name.
    pub name: Option<String>,
    /// New group.
    pub group: Option<String>,
    /// New weight, 1 to 100.
    pub weight: Option<u32>,
    /// New tier.
    pub tier: Option<u32>,
    /// Whether load balancing excludes it.
    pub excluded: Option<bool>,
    /// New country, two letters; empty for the one that the name tells.
    pub country: Option<String>,
}

/// A reply of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", content = "value", rename_all = "kebab-case")]
pub enum Reply {
    /// The command succeeded.
    Done,
    /// The current state.
    Status(Box<Snapshot>),
    /// Nodes.
    Nodes(Vec<NodeView>),
    /// A node as a link, with its password.
    Link(Secret),
    /// Several nodes as one text.
    Shared(Shared),
    /// The preview of each text, or why it cannot be used.
    Preview(Vec<Result<TextPreview, Fault>>),
    /// Texts that were proposed, oldest first.
    Proposals(Vec<Secret>),
    /// The result of each text, or why it cannot be used.
    Imported(Vec<Result<Imported, Fault>>),
    /// A backup as a text.
    Backup(Secret),
    /// What a backup changes or has changed.
    Restoration(Box<Restoration>),
    /// The results of tests, in the order requested.
    Tested(Vec<TestReport>),
    /// The preview of a subscription.
    Offer(Offer),
    /// Subscriptions, in the order in which they were added.
    Subscriptions(Vec<SubscriptionView>),
    /// The results of updates.
    Updated(Vec<UpdateReport>),
    /// Which member serves a site, and why.
    Why(Why),
    /// Pins, in order.
    Pins(Vec<PinView>),
    /// What the nodes got from a site.
    SiteCheck(Box<SiteCheck>),
    /// Hosts whose last connection failed, the latest first.
    FailedHosts(Vec<FailedHost>),
    /// What is learned about sites, most recent first.
    Sites(Vec<SiteView>),
    /// Doors, in order.
    Doors(Vec<DoorView>),
    /// Number of closed client connections.
    ConnectionsClosed(usize),
    /// The rule that matches an address.
    #[serde(rename = "ruled")]
    RulesTested(RuleTestResult),
    /// The text of a rule file.
    Rules(RulesFile),
    /// Rules were written; if there are invalid lines, nothing was changed.
    Written(Vec<BadLine>),
    /// The state of the downloaded rule list.
    List(ListView),
    /// A diagnostic report.
    Diagnosis(String),
    /// Settings by dotted key, in the order of the file.
    Settings(Vec<(String, Value)>),
    /// Past events, oldest first.
    Events(Vec<Event>),
}

/// The result of testing a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// The node.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// The duration in milliseconds, or the stage that failed.
    pub result: Result<u32, Failure>,
}
