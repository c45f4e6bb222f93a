//! What is known about sites, for lists.

use serde::{Deserialize, Serialize};

use crate::model::node::NodeId;

/// Why a site is on its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SitePlacement {
    /// It was new, and the node did well of late.
    New,
    /// A site that the same program opens together with it is on this node.
    Family,
    /// This node was clearly faster than the one before.
    Faster,
    /// The site failed on the node before, and not on this one.
    Failed,
    /// The node before took no connections for some time.
    Gone,
}

/// A site, the node that serves it, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteView {
    /// The site: a registrable domain, or an address.
    pub site: String,
    /// The node that serves it.
    pub node: NodeId,
    /// The name of that node; `None` if there is no such node any more.
    pub node_name: Option<String>,
    /// Why it is that one.
    #[serde(rename = "because")]
    pub placement: SitePlacement,
    /// The node before, if the site has moved.
    pub from: Option<NodeId>,
    /// The name of that node.
    pub from_name: Option<String>,
    /// The usual time to the first byte there, in ms.
    pub first_byte_ms: Option<u32>,
    /// Since when it is on this node, as Unix time in ms.
    pub since: i64,
    /// The time of its last connection, as Unix time in ms.
    pub used_at: i64,
    /// The number of connections.
    pub connections: u64,
    /// What connections through each node have shown.
    pub nodes: Vec<SiteNodeView>,
}

/// What connections of a site through one node have shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteNodeView {
    /// The node.
    pub node: NodeId,
    /// Its name; `None` if there is no such node any more.
    pub node_name: Option<String>,
    /// The usual time to the first byte in ms.
    pub first_byte_ms: Option<u32>,
    /// The number of measurements of it.
    pub samples: u32,
    /// The usual rate of large transfers, in bytes per second.
    pub rate: Option<u64>,
    /// Whether the site fails there while other nodes serve it.
    pub is_failing: bool,
}
