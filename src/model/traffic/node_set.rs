//! The nodes that a selection names, and those that follow if none of them works.

use crate::model::node::{Country, NodeId};
use crate::model::settings::{NodeFallback, NodeSelector};

/// A node that a selection may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectableNode {
    /// Its id.
    pub id: NodeId,
    /// Its group; empty for none.
    pub group: String,
    /// Its country, if known.
    pub country: Option<Country>,
    /// Whether load balancing excludes it: then only a selection of this very node names it.
    pub excluded: bool,
}

/// The nodes of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSet {
    /// The nodes that it names.
    pub first: Vec<NodeId>,
    /// The nodes that are used if none of those works.
    pub then: Vec<NodeId>,
    /// Whether all other members of the pool are used after that.
    pub then_any: bool,
}

impl NodeSet {
    /// The nodes that a selection names, of all that can be started.
    pub fn resolve(selector: &NodeSelector, fallback: NodeFallback, nodes: &[SelectableNode]) -> Self {
        let of_group = |group: &str| ids(nodes, |node| !node.excluded && !group.is_empty() && node.group == group);
        let of_country = |country: Country| ids(nodes, |node| !node.excluded && node.country == Some(country));
        let first = match selector {
            NodeSelector::Node(id) => ids(nodes, |node| node.id == *id),
            NodeSelector::Group(group) => of_group(group),
            NodeSelector::Country(country) => of_country(*country),
        };
        let node = selector.node().and_then(|id| nodes.iter().find(|node| node.id == *id));
        let mut then = match (fallback, node) {
            (NodeFallback::Any | NodeFallback::Fail, _) | (NodeFallback::Country | NodeFallback::Group, None) => {
                Vec::new()
            }
            (NodeFallback::Country, Some(node)) => node.country.map(of_country).unwrap_or_default(),
            (NodeFallback::Group, Some(node)) => of_group(&node.group),
        };
        then.retain(|id| !first.contains(id));
        Self { first, then, then_any: fallback == NodeFallback::Any }
    }
}

fn ids(nodes: &[SelectableNode], fits: impl Fn(&SelectableNode) -> bool) -> Vec<NodeId> {
    nodes.iter().filter(|node| fits(node)).map(|node| node.id.clone()).collect()
}
