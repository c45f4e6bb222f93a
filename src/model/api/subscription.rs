//! Subscriptions: lists of nodes that a provider keeps at an address, and what is known of them.
//!
//! The address is as good as a password: whoever knows it gets the nodes. So it is a [`Secret`], and
//! all that is shown of it is where it leads. What may be told to everybody is a [`SubscriptionView`].

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::fault::Fault;
use super::preview::Refused;
use crate::model::node::NodeId;
use crate::model::node::list::Where;
use crate::model::node::secret::Secret;
pub use crate::model::reasons::misfit::{LONGEST_INTERVAL_H, LONGEST_NAME, Misfit};

/// Hours between two updates where nobody says otherwise.
pub const USUAL_INTERVAL_H: u64 = 24;

/// A subscription as it is kept. Times are Unix times in ms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Its name, which is that of its group; never empty, and no other subscription has it.
    pub name: String,
    /// Where the list is.
    pub url: Secret,
    /// Hours between two updates; 0 for never by itself.
    pub update_h: u64,
    /// When a good answer came the last time.
    #[serde(default)]
    pub updated_at: Option<i64>,
    /// When it was asked for the last time.
    #[serde(default)]
    pub tried_at: Option<i64>,
    /// How often in a row it has failed since.
    #[serde(default)]
    pub failures: u32,
    /// Why it failed the last time.
    #[serde(default, deserialize_with = "if_understood")]
    pub fault: Option<Fault>,
    /// What the server wants to hear to say that nothing is new.
    #[serde(default)]
    pub stamp: Stamp,
    /// What the provider says of the plan.
    #[serde(default)]
    pub plan: Plan,
    /// What the provider says in the names of copies of a node: traffic left, expiry.
    #[serde(default)]
    pub notices: Vec<String>,
    /// The nodes of the last good answer that are in the group.
    #[serde(default)]
    pub nodes: Vec<Given>,
}

/// A value, or none where it is of another version of this program: for what is only told.
fn if_understood<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// How a server knows an answer again (RFC 9110 section 8.8); empty where it gave none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stamp {
    /// `ETag`, sent back as `If-None-Match`.
    pub etag: String,
    /// `Last-Modified`, sent back as `If-Modified-Since`.
    pub modified: String,
}

/// What a provider says of the plan that pays for a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Bytes used, both ways.
    pub used: Option<u64>,
    /// Bytes that may be used in all; none where there is no limit, or it is not known.
    pub total: Option<u64>,
    /// Unix time in ms at which it ends.
    pub expires_at: Option<i64>,
}

/// A node as a list gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The node.
    pub id: NodeId,
    /// Its name there; a node that has another one was renamed by the user.
    pub name: String,
}

/// A subscription as lists show it: no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Its name, and that of its group.
    pub name: String,
    /// Where its address leads, without the part that is secret: `https://example.com/…`.
    pub address: String,
    /// Hours between two updates; 0 for never by itself.
    pub update_h: u64,
    /// How many nodes of the last good answer there are.
    pub nodes: usize,
    /// Whether it is being updated now.
    pub is_updating: bool,
    /// When a good answer came the last time.
    pub updated_at: Option<i64>,
    /// When it was asked for the last time.
    pub tried_at: Option<i64>,
    /// When it is asked for again by itself.
    pub next_at: Option<i64>,
    /// How often in a row it has failed since the last good answer.
    pub failures: u32,
    /// Why it failed the last time; none after a good answer.
    pub fault: Option<Fault>,
    /// What the provider says of the plan.
    pub plan: Plan,
    /// What the provider says in the names of copies of a node: traffic left, expiry.
    #[serde(default)]
    pub notices: Vec<String>,
}

#[cfg(test)]
impl SubscriptionView {
    /// A subscription for tests to start from, never updated yet.
    pub(crate) fn example(name: &str) -> Self {
        Self {
            name: name.into(),
            address: "https://provider.example/…".into(),
            update_h: USUAL_INTERVAL_H,
            nodes: 0,
            is_updating: false,
            updated_at: None,
            tried_at: None,
            next_at: None,
            failures: 0,
            fault: None,
            plan: Plan::default(),
            notices: Vec::new(),
        }
    }
}

/// What an address offers before it is added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// A name for it: what the provider calls it, or the host. No other subscription has it.
    pub name: String,
    /// Hours between two updates, as the provider wants it, or as usual.
    pub update_h: u64,
    /// Where the address leads, without the part that is secret.
    pub address: String,
    /// What the provider says of the plan.
    pub plan: Plan,
    /// The nodes, in the order of the list.
    pub nodes: Vec<OfferedNode>,
    /// What of the list is no node.
    pub refused: Vec<Refused>,
}

/// A node of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedNode {
    /// Where in the list.
    #[serde(flatten)]
    pub place: Where,
    /// The node.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Protocol: `ss`, `ssr` or `socks5`.
    pub kind: String,
    /// Server host.
    pub host: String,
    /// Server port.
    pub port: u16,
    /// Whether it is there already.
    pub is_known: bool,
}

/// What to change about a subscription; none leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionChanges {
    /// New name, also of the group.
    pub name: Option<String>,
    /// New address.
    pub url: Option<Secret>,
    /// New hours between two updates; 0 for never by itself.
    pub update_h: Option<u64>,
}

/// How an update went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateReport {
    /// The subscription.
    pub name: String,
    /// What it changed, or why it failed.
    pub result: Result<ListChanges, Fault>,
}

/// What an update changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChanges {
    /// New nodes.
    pub added: usize,
    /// Nodes that the provider does not list any more.
    pub removed: usize,
    /// Nodes that the provider calls otherwise.
    pub renamed: usize,
    /// Nodes that are as they were.
    pub kept: usize,
    /// Listed nodes that are in another group, which are left alone.
    pub elsewhere: usize,
    /// Lines or servers of the list that are no node.
    pub refused: usize,
    /// The first changes one by one, at most [`ListChanges::MOST_DETAILS`].
    pub details: Vec<NodeChange>,
}

/// What happened to a node of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum NodeChange {
    /// It is new.
    Added {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// It is not listed any more.
    Removed {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// It is called otherwise.
    Renamed {
        /// The node.
        id: NodeId,
        /// Its name until now.
        from: String,
        /// Its name.
        name: String,
    },
}

impl Plan {
    /// Whether anything is known.
    pub fn is_known(&self) -> bool {
        *self != Self::default()
    }
}

impl ListChanges {
    /// How many changes are told one by one. An event is kept and sent to everybody, so it stays small.
    pub const MOST_DETAILS: usize = 100;

    /// Whether the nodes are another list than before.
    pub fn is_news(&self) -> bool {
        self.added + self.removed + self.renamed > 0
    }

    /// Counts a change, and tells it as long as there is room.
    pub fn note(&mut self, change: NodeChange) {
        match &change {
            NodeChange::Added { .. } => self.added += 1,
            NodeChange::Removed { .. } => self.removed += 1,
            NodeChange::Renamed { .. } => self.renamed += 1,
        }
        if self.details.len() < Self::MOST_DETAILS {
            self.details.push(change);
        }
    }
}
