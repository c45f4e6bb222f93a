//! What a user interface may ask of the engine, and what it gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::Event;
use super::list::Where;
use super::node::NodeId;
use super::outcome::Failure;
use super::page::Page;
use super::secret::Secret;
use super::settings::{Mode, Strategy};
use super::snapshot::{NodeView, Snapshot};
use super::why::{Ruled, Why};

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
    /// Adds the nodes in a text: links, one a line.
    Import {
        /// The text.
        text: String,
    },
    /// All nodes.
    Nodes,
    /// A node as a link: the only answer that holds a password.
    Share {
        /// The node.
        node: String,
    },
    /// Changes a node's name, group, weight, tier or exclusion.
    NodeEdit {
        /// The node.
        node: String,
        /// What to change.
        changes: NodeChanges,
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
    /// Fetches the list of rules now.
    PacUpdate,
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
    /// Ends the engine.
    Shutdown,
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
    /// What an import did.
    Imported(ImportReport),
    /// How tests went, in the order asked for.
    Tested(Vec<TestReport>),
    /// Which member serves a site, and why.
    Why(Why),
    /// What the rules say of an address.
    Ruled(Ruled),
    /// Settings by dotted key, in the order of the file.
    Settings(Vec<(String, Value)>),
    /// What happened, oldest first.
    Events(Vec<Event>),
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Ids of the new nodes.
    pub added: Vec<NodeId>,
    /// Ids of those that were there already.
    pub known: Vec<NodeId>,
    /// What was refused.
    pub refused: Vec<Refused>,
}

/// What is no node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Where in the text it stands.
    #[serde(flatten)]
    pub place: Where,
    /// Why; names no secret.
    pub reason: String,
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
