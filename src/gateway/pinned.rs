//! The members that a pin names, in the order of the strategy.

use std::sync::Arc;

use super::strategy::{self, SelectionKey};
use super::table::Table;
use crate::model::node_set::{NodeIds, NodeSet};
use crate::model::{NodeId, Upstream};

/// The members to try for a pinned connection: those that the pin names, then its own fallback. `table` has all members.
pub(super) fn members<'a>(
    table: &'a Table,
    key: SelectionKey<'_>,
    nodes: &'a NodeSet,
) -> impl Iterator<Item = Arc<Upstream>> + use<'a> {
    let of = |named: &NodeIds| ranked(table, key, named);
    let (first, then) = (of(&nodes.first), of(&nodes.then));
    first.chain(then).map(|index| Arc::clone(&table.upstreams[index]))
}

fn ranked(table: &Table, key: SelectionKey<'_>, named: &NodeIds) -> strategy::Candidates {
    let is_other = |id: &NodeId| !named.contains(id) || key.without.contains(id);
    let others = table.upstreams.iter().map(|upstream| &upstream.id).filter(|id| is_other(id)).cloned();
    let without: Vec<_> = others.collect();
    strategy::candidates(table, SelectionKey { without: &without, ..key }, &mut rand::rng())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::tests::stub::upstream;
    use crate::model::{Roster, Strategy};

    #[test]
    fn members_that_a_pin_names_come_first_and_only_those_that_work() {
        let reserved = |name| Upstream { is_reserved: name == "d", ..upstream(name, name) };
        let upstreams: Vec<_> = ["a", "b", "c", "d"].map(|name| Arc::new(reserved(name))).into();
        let ids = |ids: &[NodeId]| ids.iter().cloned().collect::<NodeIds>();
        let id = |place: usize| upstreams[place].id.clone();
        let roster = Roster { upstreams: upstreams.clone(), draining: Vec::new() };
        let table = Table::empty(Strategy::Failover).next(&roster, Strategy::Failover);
        assert_eq!((table.upstreams.len(), table.every().upstreams.len()), (3, 4));
        let nodes =
            NodeSet { first: ids(&[id(3), NodeId::from_text("gone")]), then: ids(&[id(2), id(1)]), then_any: false };
        let order = |without: &[NodeId]| {
            let key = SelectionKey { affinity: 0, now_ms: 0, without, learned: None };
            members(table.every(), key, &nodes).map(|member| member.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(order(&[]), [id(3), id(1), id(2)]);
        assert_eq!(order(&[id(3), id(1)]), [id(2)]);
        assert!(table.has_any(&ids(&[id(3)])) && !table.has_any(&ids(&[NodeId::from_text("gone")])));
    }
}
