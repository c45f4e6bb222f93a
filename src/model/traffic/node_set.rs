//! The nodes that a selection names, and those that follow if none of them works.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::model::node::{Country, NodeId};
use crate::model::settings::{NodeFallback, NodeSelector};

/// Number of nodes of a group or country that are kept as members, so that one can fail.
const MEMBERS_OF_MANY: usize = 2;

/// Maximum number of nodes in a quota; more are not needed to replace a few members.
const MAX_IN_QUOTA: usize = 64;

/// Maximum number of members that selections keep: each is a process.
const MAX_KEPT: usize = 48;

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

/// Ids in order, with a fast lookup. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeIds(Arc<(Vec<NodeId>, HashSet<NodeId>)>);

/// The nodes of a selection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSet {
    /// The nodes that it names.
    pub first: NodeIds,
    /// The nodes that are used if none of those works.
    pub then: NodeIds,
    /// Whether all other members of the pool are used after that.
    pub then_any: bool,
}

/// Resolves selections among all nodes that can be started; equal ones share their ids.
pub struct NodeSets<'a> {
    nodes: &'a [SelectableNode],
    known: BTreeMap<NodeSelector, NodeIds>,
}

impl NodeIds {
    /// The ids, in order.
    pub fn ids(&self) -> &[NodeId] {
        &self.0.0
    }

    /// Whether this is one of them.
    pub fn contains(&self, id: &NodeId) -> bool {
        self.0.1.contains(id)
    }
}

impl FromIterator<NodeId> for NodeIds {
    fn from_iter<I: IntoIterator<Item = NodeId>>(ids: I) -> Self {
        let ids: Vec<_> = ids.into_iter().collect();
        let lookup = ids.iter().cloned().collect();
        Self(Arc::new((ids, lookup)))
    }
}

impl<'a> NodeSets<'a> {
    /// A resolver without any selection yet.
    pub fn new(nodes: &'a [SelectableNode]) -> Self {
        Self { nodes, known: BTreeMap::new() }
    }

    /// The nodes of a selection.
    pub fn resolve(&mut self, selector: &NodeSelector, fallback: NodeFallback) -> NodeSet {
        let first = self.named(selector);
        let node = selector.node().and_then(|id| self.nodes.iter().find(|node| node.id == *id));
        let then = match (fallback, node) {
            (NodeFallback::Any | NodeFallback::Fail, _) | (NodeFallback::Country | NodeFallback::Group, None) => None,
            (NodeFallback::Country, Some(node)) => node.country.map(NodeSelector::Country),
            (NodeFallback::Group, Some(node)) => Some(NodeSelector::Group(node.group.clone())),
        };
        let then = then.map(|then| self.named(&then)).unwrap_or_default();
        let then = then.ids().iter().filter(|id| !first.contains(id)).cloned().collect();
        NodeSet { first, then, then_any: fallback == NodeFallback::Any }
    }

    fn named(&mut self, selector: &NodeSelector) -> NodeIds {
        let nodes = self.nodes;
        let fits = |node: &&SelectableNode| match selector {
            NodeSelector::Node(id) => node.id == *id,
            NodeSelector::Group(group) => !node.excluded && !group.is_empty() && node.group == *group,
            NodeSelector::Country(country) => !node.excluded && node.country == Some(*country),
        };
        let ids = || nodes.iter().filter(fits).map(|node| node.id.clone()).collect();
        self.known.entry(selector.clone()).or_insert_with(ids).clone()
    }
}

/// The members that selections keep: nodes and how many of them, each once, up to a total number.
pub fn quotas<'a>(sets: impl Iterator<Item = &'a NodeSet>) -> impl Iterator<Item = (Vec<NodeId>, usize)> {
    let parts = sets.flat_map(|set| [(&set.first, MEMBERS_OF_MANY), (&set.then, 1)]);
    let (mut kept, mut quotas) = (0, Vec::<(Vec<NodeId>, usize)>::new());
    for (ids, count) in parts {
        let ids: Vec<_> = ids.ids().iter().take(MAX_IN_QUOTA).cloned().collect();
        let count = count.min(ids.len());
        let is_known = |(other, most): &(Vec<NodeId>, usize)| *other == ids && *most >= count;
        if count > 0 && kept + count <= MAX_KEPT && !quotas.iter().any(is_known) {
            kept += count;
            quotas.push((ids, count));
        }
    }
    quotas.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_selections_keep_members_once_and_all_together_a_bounded_number() {
        let node = |number: usize| SelectableNode {
            id: NodeId::from_text(&format!("{number:x}")),
            group: format!("g{number}"),
            country: "JP".parse().ok(),
            excluded: false,
        };
        let nodes: Vec<_> = (0..200).map(node).collect();
        let mut sets = NodeSets::new(&nodes);
        let jp = sets.resolve(&"country:JP".parse().unwrap(), NodeFallback::Fail);
        let kept: Vec<_> = quotas([&jp, &jp].into_iter()).collect();
        assert_eq!((kept.len(), kept[0].0.len(), kept[0].1), (1, MAX_IN_QUOTA, MEMBERS_OF_MANY));
        assert_eq!(jp.first.ids().len(), 200);
        let of_group = |number| sets.resolve(&NodeSelector::Group(format!("g{number}")), NodeFallback::Any);
        let all: Vec<_> = (0..200).map(of_group).collect();
        assert_eq!(quotas(all.iter()).map(|(_, count)| count).sum::<usize>(), MAX_KEPT);
    }
}
