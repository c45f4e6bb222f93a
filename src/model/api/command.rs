//! What a user interface may ask of the engine, and what it gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::backup::Restoration;
use super::event::Event;
use super::fault::Fault;
use super::page::Page;
use super::preview::{Refused, ShareForm, Shared, TextPreview};
use super::snapshot::{NodeView, Snapshot};
use super::subscription::{Offer, SubscriptionChanges, SubscriptionView, UpdateReport};
use super::why::{Ruled, Why};
use crate::model::node::NodeId;
use crate::model::node::secret::Secret;
use crate::model::reasons::failure::Failure;
use crate::model::settings::foreign::ForeignSettings;
use crate::model::settings::{Mode, Strategy};
use crate::model::traffic::route::{BadLine, ListView, RulesFile};

/// One request to the engine. A node is named by its id, the beginning of one, or its exact name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", content = "params", rename_all = "kebab-case")]
pub enum Command {
    /// All that is true now.
    Status,
    /// Single mode on a node, or on the last choice.
    Connect {
        /// The node; none for the last choice.
        node: Option<String>,
    },
    /// Off.
    Disconnect,
    /// Load balancing; what is left out stays as it was.
    ClusterOn {
        /// Only nodes of this group; empty for all.
        group: Option<String>,
        /// Wanted number of members.
        size: Option<usize>,
        /// How the gateway orders members.
        strategy: Option<Strategy>,
    },
    /// Back to the single node, or off where none was chosen.
    ClusterOff,
    /// The desktop's proxy.
    Mode {
        /// The mode.
        mode: Mode,
    },
    /// Imports texts: links, one a line, lists, files of other clients.
    Import {
        /// The texts.
        texts: Vec<Secret>,
        /// What of them.
        scope: ImportScope,
    },
    /// Says what is in texts and imports nothing. A node that stands in two of them is new in the first only.
    Preview {
        /// The texts.
        texts: Vec<Secret>,
    },
    /// Keeps a text that came from elsewhere, such as a link that was opened in a browser, until a window
    /// shows what is in it: nothing is added before a person says so.
    Propose {
        /// The text.
        text: Secret,
    },
    /// Takes the texts that were proposed; each is given once.
    Proposals,
    /// All nodes.
    Nodes,
    /// A node as a link, with its password.
    Share {
        /// The node.
        node: String,
    },
    /// Several nodes as one text, with their passwords.
    ShareMany {
        /// The nodes; none for all.
        nodes: Vec<String>,
        /// In which form.
        form: ShareForm,
    },
    /// Settings, nodes and all else that a user has made, as one text with passwords.
    BackupTake,
    /// Says what restoring a backup would change, and changes nothing.
    BackupPreview {
        /// The text that was taken.
        text: Secret,
    },
    /// Makes all be as in a backup. What was before is kept for one undo.
    BackupRestore {
        /// The text that was taken.
        text: Secret,
    },
    /// Makes all be as before the last restoration; done again, as after it.
    BackupUndo,
    /// Changes a node's name, group, weight, tier or exclusion.
    NodeEdit {
        /// The node.
        node: String,
        /// What to change.
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
    /// Removes nodes: all of them, or none where one is not there.
    NodesRemove {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Undoes the last removal: the nodes are where they were, as they were.
    NodesRestore,
    /// Changes the order of the list.
    NodesMove {
        /// The nodes, in the order in which they are to stand.
        nodes: Vec<String>,
        /// In front of which node; none for the end.
        before: Option<String>,
    },
    /// Gives a node another server or other credentials: it keeps its place, group, weight, tier,
    /// exclusion and counters.
    NodeReplace {
        /// The node.
        node: String,
        /// What it is now, as a link; the name is taken from it unless it is empty.
        link: Secret,
    },
    /// Has an open window come to the front on a page.
    Show {
        /// The page.
        page: Page,
    },
    /// Makes a real request through nodes.
    Test {
        /// The nodes; none for all.
        nodes: Vec<String>,
    },
    /// What the rules say of an address.
    RulesTest {
        /// An address, a host, or a host and a port.
        url: String,
    },
    /// Reads the files of rules again.
    RulesReload,
    /// The user's own rules, as they are written.
    RulesText,
    /// Puts other rules in the place of the user's own; they hold at once.
    RulesWrite {
        /// The whole text.
        text: String,
    },
    /// The access list, as it is written.
    AclText,
    /// Puts another access list in the place of the one there is; it holds at once.
    AclWrite {
        /// The whole text; where nothing is in it, there is to be no access list.
        text: String,
    },
    /// What is known of the list of rules that is fetched.
    PacList,
    /// Fetches the list of rules now.
    PacUpdate,
    /// What an address offers; nothing is changed.
    SubscriptionPreview {
        /// The address.
        url: Secret,
    },
    /// Adds a subscription, if its address has a list.
    SubscriptionAdd {
        /// The address.
        url: Secret,
        /// Its name; none for the one that the provider gives.
        name: Option<String>,
        /// Hours between two updates, 0 for never by itself; none for what the provider wants.
        update_h: Option<u64>,
    },
    /// All subscriptions.
    Subscriptions,
    /// Changes a subscription's name, address or interval.
    SubscriptionEdit {
        /// Its name.
        name: String,
        /// What to change.
        changes: SubscriptionChanges,
    },
    /// Updates subscriptions now.
    SubscriptionUpdate {
        /// Its name; none for all.
        name: Option<String>,
    },
    /// Removes a subscription and the nodes that it brought.
    SubscriptionRemove {
        /// Its name.
        name: String,
    },
    /// Which member serves a host, and why.
    Why {
        /// The host, or the address.
        host: String,
    },
    /// Changes settings by dotted key; all or none.
    Set {
        /// Key and text of each.
        changes: BTreeMap<String, String>,
    },
    /// One setting or all.
    Get {
        /// Dotted key; none for all.
        key: Option<String>,
    },
    /// What happened, oldest first.
    Events,
    /// All that helps to find a fault, as one text without names, hosts, addresses and secrets.
    Diagnose,
    /// Ends the engine.
    Shutdown,
}

impl Command {
    /// Whether it changes nothing that another one is about to change, and needs no time.
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
            | Self::Test { .. } => false,
            // What happens meanwhile belongs into the answer.
            Self::Events => false,
        }
    }

    /// Whether it waits for servers elsewhere, or for long work, before it is answered.
    pub fn is_slow(&self) -> bool {
        match self {
            Self::Test { .. } | Self::PacUpdate | Self::Diagnose => true,
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
            Self::Why { .. } | Self::Set { .. } | Self::Get { .. } | Self::Events | Self::Shutdown => false,
        }
    }
}

/// What of a text is to be imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportScope {
    /// Its nodes.
    #[default]
    Nodes,
    /// Its nodes, and the settings of the other client, all but its subscriptions.
    NodesAndSettings,
}

/// What to change about a node; none leaves it.
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
    /// Whether load balancing leaves it out.
    pub excluded: Option<bool>,
}

/// What the engine answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", content = "value", rename_all = "kebab-case")]
pub enum Reply {
    /// Done.
    Done,
    /// All that is true now.
    Status(Box<Snapshot>),
    /// Nodes.
    Nodes(Vec<NodeView>),
    /// A node as a link, with its password.
    Link(Secret),
    /// Several nodes as one text.
    Shared(Shared),
    /// What is in each text, or why a text is of no use.
    Preview(Vec<Result<TextPreview, Fault>>),
    /// Texts that were proposed, oldest first.
    Proposals(Vec<Secret>),
    /// What came of each text, or why a text is of no use.
    Imported(Vec<Result<Imported, Fault>>),
    /// A backup as a text.
    Backup(Secret),
    /// What a backup changes or has changed.
    Restoration(Box<Restoration>),
    /// How tests went, in the order asked for.
    Tested(Vec<TestReport>),
    /// What an address offers.
    Offer(Offer),
    /// Subscriptions, in the order in which they were added.
    Subscriptions(Vec<SubscriptionView>),
    /// How updates went.
    Updated(Vec<UpdateReport>),
    /// Which member serves a site, and why.
    Why(Why),
    /// What the rules say of an address.
    Ruled(Ruled),
    /// A file of rules, as it is written.
    Rules(RulesFile),
    /// Rules were written. Where lines were refused, nothing was changed.
    Written(Vec<BadLine>),
    /// What is known of the fetched list.
    List(ListView),
    /// All that helps to find a fault.
    Diagnosis(String),
    /// Settings by dotted key, in the order of the file.
    Settings(Vec<(String, Value)>),
    /// What happened, oldest first.
    Events(Vec<Event>),
}

/// What came of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// What became of its nodes.
    pub nodes: ImportReport,
    /// What its settings have changed, or would change where they were not wanted; why they could not.
    pub settings: Result<ForeignSettings, Fault>,
}

/// What became of the nodes in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Ids of the new nodes.
    pub added: Vec<NodeId>,
    /// Ids of those that were there already.
    pub known: Vec<NodeId>,
    /// What was refused.
    pub refused: Vec<Refused>,
}

/// How a real request through a node went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// The node.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Milliseconds the request took, or the stage that failed.
    pub result: Result<u32, Failure>,
}
