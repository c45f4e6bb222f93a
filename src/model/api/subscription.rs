//! Subscriptions: lists of nodes that a provider publishes at a URL.
//!
//! The URL is as good as a password: everyone who knows it gets the nodes. So it is a [`Secret`], and only its host is
//! shown. A [`SubscriptionView`] contains no secrets.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::fault::Fault;
use super::preview::Refused;
use crate::model::node::NodeId;
use crate::model::node::list::ListPosition;
use crate::model::node::secret::Secret;
pub use crate::model::reasons::subscription_error::{MAX_INTERVAL_H, MAX_NAME, SubscriptionError};

/// Hours between two updates, unless the user or the provider chooses another interval.
pub const USUAL_INTERVAL_H: u64 = 24;

/// A subscription as it is stored. Times are Unix times in ms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Its name, which is also the name of its group; never empty, and unique.
    pub name: String,
    /// The URL of the list.
    pub url: Secret,
    /// Hours between two updates; 0 for manual updates only.
    pub update_h: u64,
    /// Time of the last successful update.
    #[serde(default)]
    pub updated_at: Option<i64>,
    /// Time of the last attempt.
    #[serde(default)]
    pub tried_at: Option<i64>,
    /// Number of consecutive failures.
    #[serde(default)]
    pub failures: u32,
    /// Why the last attempt failed.
    #[serde(default, deserialize_with = "if_understood")]
    pub fault: Option<Fault>,
    /// The validators of the last response, for conditional requests.
    #[serde(default)]
    pub stamp: CacheValidators,
    /// The plan, as stated by the provider.
    #[serde(default)]
    pub plan: Plan,
    /// The provider's notices, from the names of duplicate nodes: traffic left, expiry.
    #[serde(default)]
    pub notices: Vec<String>,
    /// The nodes of the last response that are in the group.
    #[serde(default)]
    pub nodes: Vec<SubscriptionNode>,
}

/// A value, or `None` if another version of Sluice wrote it in another form: for values that are only displayed.
fn if_understood<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// The validators of a response (RFC 9110 section 8.8); empty if it had none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheValidators {
    /// `ETag`, sent back as `If-None-Match`.
    pub etag: String,
    /// `Last-Modified`, sent back as `If-Modified-Since`.
    pub modified: String,
}

/// The plan that pays for a subscription, as stated by the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Bytes used in both directions.
    pub used: Option<u64>,
    /// Quota in bytes; `None` if unlimited or unknown.
    pub total: Option<u64>,
    /// Expiry as Unix time in ms.
    pub expires_at: Option<i64>,
}

/// A node as it is in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionNode {
    /// The node.
    pub id: NodeId,
    /// Its name in the list; a node with another name was renamed by the user.
    pub name: String,
}

/// A subscription as lists show it: no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Its name, and that of its group.
    pub name: String,
    /// Its URL without the secret part: `https://example.com/…`.
    pub address: String,
    /// Hours between two updates; 0 for manual updates only.
    pub update_h: u64,
    /// Number of nodes from the last response.
    pub nodes: usize,
    /// Whether it is being updated now.
    pub is_updating: bool,
    /// Time of the last successful update.
    pub updated_at: Option<i64>,
    /// Time of the last attempt.
    pub tried_at: Option<i64>,
    /// Time of the next scheduled update.
    pub next_at: Option<i64>,
    /// Number of failures since the last successful update.
    pub failures: u32,
    /// Why the last attempt failed; `None` after a success.
    pub fault: Option<Fault>,
    /// The plan, as stated by the provider.
    pub plan: Plan,
    /// The provider's notices, from the names of duplicate nodes: traffic left, expiry.
    #[serde(default)]
    pub notices: Vec<String>,
}

#[cfg(test)]
impl SubscriptionView {
    /// A subscription for tests, never updated.
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

/// The preview of a subscription that is not added yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// A unique name for it: the provider's, or the host.
    pub name: String,
    /// Hours between two updates, as the provider or the default sets them.
    pub update_h: u64,
    /// The URL without the secret part.
    pub address: String,
    /// The plan, as stated by the provider.
    pub plan: Plan,
    /// The nodes, in the order of the list.
    pub nodes: Vec<OfferedNode>,
    /// The rejected items of the list.
    pub refused: Vec<Refused>,
}

/// A node in the preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedNode {
    /// Its position in the list.
    #[serde(flatten)]
    pub place: ListPosition,
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
    /// Whether it is in the node list already.
    pub is_known: bool,
}

/// Changes to a subscription; `None` keeps a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionChanges {
    /// New name, also of the group.
    pub name: Option<String>,
    /// New address.
    pub url: Option<Secret>,
    /// New interval in hours; 0 for manual updates only.
    pub update_h: Option<u64>,
}

/// The result of an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateReport {
    /// The subscription.
    pub name: String,
    /// What has changed, or why the update failed.
    pub result: Result<ListChanges, Fault>,
}

/// What an update has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChanges {
    /// Number of new nodes.
    pub added: usize,
    /// Number of nodes that are not listed any more.
    pub removed: usize,
    /// Number of nodes with a new name.
    pub renamed: usize,
    /// Number of unchanged nodes.
    pub kept: usize,
    /// Number of listed nodes that are in another group and were not changed.
    pub elsewhere: usize,
    /// Number of rejected lines or servers.
    pub refused: usize,
    /// The first changes in detail, at most [`ListChanges::MAX_DETAILS`].
    pub details: Vec<NodeChange>,
}

/// A change to a node of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum NodeChange {
    /// The node is new.
    Added {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// The node is not listed any more.
    Removed {
        /// The node.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// The node has a new name.
    Renamed {
        /// The node.
        id: NodeId,
        /// Its old name.
        from: String,
        /// Its new name.
        name: String,
    },
}

impl Plan {
    /// Whether the provider stated anything.
    pub fn is_known(&self) -> bool {
        *self != Self::default()
    }
}

impl ListChanges {
    /// Maximum number of changes that are kept in detail: an event is stored and sent to all clients, so it must be
    /// small.
    pub const MAX_DETAILS: usize = 100;

    /// Whether the list of nodes has changed.
    pub fn is_news(&self) -> bool {
        self.added + self.removed + self.renamed > 0
    }

    /// Counts a change, and keeps its details if there is room.
    pub fn note(&mut self, change: NodeChange) {
        match &change {
            NodeChange::Added { .. } => self.added += 1,
            NodeChange::Removed { .. } => self.removed += 1,
            NodeChange::Renamed { .. } => self.renamed += 1,
        }
        if self.details.len() < Self::MAX_DETAILS {
            self.details.push(change);
        }
    }
}
