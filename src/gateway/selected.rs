//! What selects the members of a connection: a pin or a door. Its members come in the order of the strategy.

use std::sync::Arc;

use super::connections::tracker::CarrierChoice;
use super::strategy::{self, SelectionKey};
use super::table::Table;
use crate::model::doors::ResolvedDoor;
use crate::model::node_set::{NodeIds, NodeSet};
use crate::model::pins::ResolvedPin;
use crate::model::{NodeId, Strategy, Upstream};

/// What selects the members of a connection.
#[derive(Clone, Debug)]
pub(super) enum SelectedBy {
    /// A pin.
    Pin(Arc<ResolvedPin>),
    /// A door, possibly by its strategy alone.
    Door(Arc<ResolvedDoor>),
}

impl SelectedBy {
    /// The nodes that it selects; `None` for those of the pool.
    pub(super) fn nodes(&self) -> Option<&NodeSet> {
        match self {
            Self::Pin(pin) => pin.nodes(),
            Self::Door(door) => door.nodes.as_ref(),
        }
    }

    /// Its own strategy.
    pub(super) fn strategy(&self) -> Option<Strategy> {
        match self {
            Self::Pin(_) => None,
            Self::Door(door) => door.strategy,
        }
    }

    /// The door.
    pub(super) fn door(&self) -> Option<&Arc<ResolvedDoor>> {
        match self {
            Self::Pin(_) => None,
            Self::Door(door) => Some(door),
        }
    }

    /// Why one of its nodes carries a connection.
    pub(super) fn choice(&self) -> CarrierChoice {
        match self {
            Self::Pin(_) => CarrierChoice::Pinned,
            Self::Door(_) => CarrierChoice::Door,
        }
    }
}

/// The members to try for a connection: those that are selected, then the fallback. `table` has all members.
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
