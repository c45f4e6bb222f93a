//! What is imported from a text, and the result.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::preview::Refused;
use crate::model::node::NodeId;
use crate::model::settings::foreign::ForeignSettings;

/// What is imported from a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportScope {
    /// Its nodes.
    #[default]
    Nodes,
    /// Its nodes, and the settings of the other client, except its subscriptions.
    NodesAndSettings,
}

/// The result of importing a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The result for its nodes.
    pub nodes: ImportReport,
    /// What its settings have changed, or would change if they are not imported yet; or why they could not be imported.
    pub settings: Result<ForeignSettings, Fault>,
}

/// The result of importing nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Ids of the new nodes.
    pub added: Vec<NodeId>,
    /// Ids of the nodes that existed already.
    pub known: Vec<NodeId>,
    /// The rejected items.
    pub refused: Vec<Refused>,
}
