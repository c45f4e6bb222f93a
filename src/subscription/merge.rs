//! Merging a new list into the existing nodes.
//!
//! Nodes are identified by their id alone: a list in another order changes nothing, and a renamed node is the
//! same node. The user's changes win over the provider's: weight, tier, exclusion, order and a name given by
//! the user stay, and a node in another group (added by hand, or moved there) is left alone. Only nodes that
//! an earlier list added, that are still in the group and no longer listed, are removed.

use std::collections::{HashMap, HashSet};

use super::decode::Listed;
use crate::model::subscription::{ListChanges, NodeChange, SubscriptionNode};
use crate::model::{Node, NodeId};

/// The changes to the nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergePlan {
    /// Nodes with a new name.
    pub renamed: Vec<SubscriptionNode>,
    /// New nodes of the group, in the order of the list.
    pub added: Vec<Listed>,
    /// Nodes to remove.
    pub removed: Vec<NodeId>,
    /// The nodes of the list, to be stored for the next merge.
    pub given: Vec<SubscriptionNode>,
    /// The changes for reports.
    pub changes: ListChanges,
}

/// Compares a list for `group` with the existing nodes. `given` are the nodes of the previous list.
pub fn plan<'a>(
    group: &str,
    given: &[SubscriptionNode],
    there: impl Iterator<Item = (&'a NodeId, &'a Node)>,
    list: Vec<Listed>,
) -> MergePlan {
    let there: HashMap<&NodeId, &Node> = there.collect();
    let before: HashMap<&NodeId, &str> = given.iter().map(|given| (&given.id, given.name.as_str())).collect();
    let listed: HashSet<NodeId> = list.iter().map(|listed| listed.id.clone()).collect();
    let mut plan = MergePlan::default();
    for Listed { place, id, mut node } in list {
        match there.get(&id) {
            Some(known) if known.group != group => plan.changes.elsewhere += 1,
            Some(known) => {
                let is_own_name = before.get(&id).is_none_or(|given| *given != known.name);
                plan.given.push(SubscriptionNode { id: id.clone(), name: node.name.clone() });
                if is_own_name || known.name == node.name {
                    plan.changes.kept += 1;
                } else {
                    let (from, name) = (known.name.clone(), node.name);
                    plan.changes.note(NodeChange::Renamed { id: id.clone(), from, name: name.clone() });
                    plan.renamed.push(SubscriptionNode { id, name });
                }
            }
            None => {
                plan.given.push(SubscriptionNode { id: id.clone(), name: node.name.clone() });
                plan.changes.note(NodeChange::Added { id: id.clone(), name: node.label() });
                node.group = group.into();
                plan.added.push(Listed { place, id, node });
            }
        }
    }
    for (id, node) in brought(group, given, &there).filter(|(id, _)| !listed.contains(*id)) {
        plan.changes.note(NodeChange::Removed { id: id.clone(), name: node.label() });
        plan.removed.push(id.clone());
    }
    plan
}

/// The nodes from lists that are still in the group.
pub fn brought<'a>(
    group: &'a str,
    given: &'a [SubscriptionNode],
    there: &'a HashMap<&NodeId, &'a Node>,
) -> impl Iterator<Item = (&'a NodeId, &'a Node)> {
    let known = given.iter().filter_map(|given| Some((&given.id, *there.get(&given.id)?)));
    known.filter(move |(_, node)| node.group == group)
}

/// The new node with the same name as one that is not listed any more: its server has moved, or it has another password.
pub fn moved<'a>(old: &Node, plan: &'a MergePlan) -> Option<&'a NodeId> {
    let moved = plan.added.iter().find(|listed| !old.name.is_empty() && listed.node.name == old.name);
    moved.map(|listed| &listed.id)
}

/// The node that replaces a chosen one that is not listed any more: a new one with the same name (a server that has
/// moved), or else the first of the group that load balancing may use.
pub fn successor<'a>(
    old: &Node,
    plan: &MergePlan,
    mut left: impl Iterator<Item = (&'a NodeId, &'a Node)>,
) -> Option<NodeId> {
    let fits = |node: &Node| node.group == old.group && !node.excluded;
    moved(old, plan).cloned().or_else(|| left.find(|(_, node)| fits(node)).map(|(id, _)| id.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::model::list::ListPosition;

    const GROUP: &str = "Cloud";

    fn node(name: &str, host: &str, group: &str) -> Node {
        Node { group: group.into(), ..Node::new(name, host, 1, Kind::Socks5 { login: None }) }
    }

    fn list(nodes: &[(&str, &str)]) -> Vec<Listed> {
        let listed = |(index, (name, host)): (usize, &(&str, &str))| {
            let node = node(name, host, "the list's name is used");
            Listed { place: ListPosition::Line(index + 1), id: node.id(), node }
        };
        nodes.iter().enumerate().map(listed).collect()
    }

    fn given(nodes: &[(&str, &str)]) -> Vec<SubscriptionNode> {
        list(nodes).into_iter().map(|listed| SubscriptionNode { id: listed.id, name: listed.node.name }).collect()
    }

    fn planned(before: &[(&str, &str)], there: &[Node], now: &[(&str, &str)]) -> MergePlan {
        let there: Vec<_> = there.iter().map(|node| (node.id(), node)).collect();
        plan(GROUP, &given(before), there.iter().map(|(id, node)| (id, *node)), list(now))
    }

    fn counts(plan: &MergePlan) -> [usize; 5] {
        let ListChanges { added, removed, renamed, kept, elsewhere, .. } = plan.changes;
        [added, removed, renamed, kept, elsewhere]
    }

    #[test]
    fn another_order_changes_nothing() {
        let there = [node("A", "a", GROUP), node("B", "b", GROUP)];
        let plan = planned(&[("A", "a"), ("B", "b")], &there, &[("B", "b"), ("A", "a")]);
        assert_eq!(counts(&plan), [0, 0, 0, 2, 0]);
        assert!(plan.removed.is_empty() && plan.renamed.is_empty() && plan.added.is_empty());
    }

    #[test]
    fn nodes_are_added_removed_and_renamed() {
        let there = [node("A", "a", GROUP), node("B", "b", GROUP)];
        let plan = planned(&[("A", "a"), ("B", "b")], &there, &[("C", "c"), ("A2", "a")]);
        assert_eq!(counts(&plan), [1, 1, 1, 0, 0]);
        assert_eq!(plan.added[0].node.group, GROUP);
        assert_eq!(plan.renamed[0].name, "A2");
        assert_eq!(plan.removed, [there[1].id()]);
        assert_eq!(plan.given, given(&[("C", "c"), ("A2", "a")]));
    }

    #[test]
    fn the_users_names_are_kept() {
        let there = [node("mine", "a", GROUP)];
        let plan = planned(&[("A", "a")], &there, &[("A2", "a")]);
        assert_eq!(counts(&plan), [0, 0, 0, 1, 0]);
        // The provider's new name is stored too: if the user adopts it, the name follows the provider again.
        let there = [node("A2", "a", GROUP)];
        assert_eq!(counts(&planned(&[("A2", "a")], &there, &[("A3", "a")])), [0, 0, 1, 0, 0]);
    }

    #[test]
    fn manually_added_nodes_are_left_alone() {
        let there = [node("by hand", "a", ""), node("put into the group", "b", GROUP)];
        let plan = planned(&[], &there, &[("A", "a"), ("B", "b"), ("C", "c")]);
        assert_eq!(counts(&plan), [1, 0, 0, 1, 1]);
        assert!(plan.renamed.is_empty());
        let plan = planned(&[("A", "a")], &there, &[("C", "c")]);
        assert_eq!(counts(&plan), [1, 0, 0, 0, 0]);
    }

    #[test]
    fn a_removed_chosen_node_is_replaced_by_name_or_order() {
        let there = [node("A", "a", GROUP), node("B", "b", GROUP)];
        let left = [(there[1].id(), &there[1])];
        let next = |plan: &MergePlan| successor(&there[0], plan, left.iter().map(|(id, node)| (id, *node)));
        let moved = planned(&[("A", "a"), ("B", "b")], &there, &[("B", "b"), ("A", "new")]);
        assert_eq!(next(&moved), Some(node("A", "new", "").id()));
        let gone = planned(&[("A", "a"), ("B", "b")], &there, &[("B", "b")]);
        assert_eq!(next(&gone), Some(there[1].id()));
        assert_eq!(successor(&there[0], &gone, std::iter::empty()), None);
    }
}
