//! The members that settings and nodes require: pure rules.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::nodes::{NodeEntry, NodeStore};
use crate::model::node_set::{self, NodeSet, NodeSets, SelectableNode};
use crate::model::pins::PinTable;
use crate::model::settings::Settings;
use crate::model::{Cause, Fault, FaultCode, NoNodeReason, NodeId};
use crate::pool::MemberQuota;

/// The nodes that may be in the pool, in the order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DesiredMembers {
    /// Those of the pool.
    pub(super) nodes: Vec<DesiredMember>,
    /// Those that only quotas need.
    pub(super) others: Vec<DesiredMember>,
    pub(super) quotas: Vec<MemberQuota>,
    pub(super) size: usize,
    pub(super) drain_limit: Duration,
    pub(super) schedule: Vec<Duration>,
}

impl DesiredMembers {
    /// All nodes that may become members.
    pub(super) fn all(&self) -> impl Iterator<Item = &DesiredMember> {
        self.nodes.iter().chain(&self.others)
    }
}

/// A node of the pool; the pool gets it again if one of these values changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DesiredMember {
    pub(super) id: NodeId,
    pub(super) weight: u32,
    pub(super) tier: u32,
    pub(super) name: String,
}

/// The nodes that load balancing may use, or the chosen one.
fn pool_nodes<'a>(settings: &'a Settings, store: &'a NodeStore) -> Vec<&'a NodeEntry> {
    if settings.cluster.on {
        let group = &settings.cluster.group;
        let fits = |entry: &&NodeEntry| !entry.node.excluded && (group.is_empty() || entry.node.group == *group);
        store.entries().iter().map(|entry| &**entry).filter(fits).collect()
    } else {
        settings.node.iter().filter_map(|id| store.get(id)).collect()
    }
}

/// The pins with the nodes that fit them.
pub(super) fn pin_table(settings: &Settings, store: &NodeStore) -> PinTable {
    PinTable::resolve(&settings.pins, &mut NodeSets::new(&selectable(settings, store)))
}

/// The nodes that pins and doors may select.
pub(super) fn selectable(settings: &Settings, store: &NodeStore) -> Vec<SelectableNode> {
    if settings.pins.is_empty() && settings.doors.is_empty() {
        return Vec::new();
    }
    let allowed = &settings.members.plugins;
    let can_start = |entry: &&Arc<NodeEntry>| entry.node.plugin_request(allowed).is_none();
    let selectable = |entry: &Arc<NodeEntry>| SelectableNode {
        id: entry.id.clone(),
        group: entry.node.group.clone(),
        country: entry.node.country(),
        excluded: entry.node.excluded,
    };
    store.entries().iter().filter(can_start).map(selectable).collect()
}

/// The members; `selections` are those that pins and doors need.
///
/// # Errors
/// There is no node for the pool.
pub(super) fn members<'a>(
    settings: &Settings,
    store: &NodeStore,
    selections: impl Iterator<Item = &'a NodeSet>,
) -> Result<DesiredMembers, Fault> {
    let allowed = &settings.members.plugins;
    let chosen = pool_nodes(settings, store);
    let requests: Vec<_> = chosen.iter().filter_map(|entry| entry.node.plugin_request(allowed)).collect();
    let chosen: Vec<_> = chosen.into_iter().filter(|entry| entry.node.plugin_request(allowed).is_none()).collect();
    if let (Some(request), true) = (requests.into_iter().next(), chosen.is_empty()) {
        return Err(Fault::of(FaultCode::NoNode, Cause::Plugin(request)));
    }
    if chosen.is_empty() {
        return Err(Fault::of(FaultCode::NoNode, Cause::NoNode(no_node_reason(settings, store))));
    }
    let describe = |entry: &NodeEntry| {
        let node = &entry.node;
        DesiredMember { id: entry.id.clone(), weight: node.weight, tier: node.tier, name: node.name.clone() }
    };
    let quotas = node_set::quotas(selections).map(|(ids, count)| MemberQuota { nodes: ids.into(), count });
    let quotas: Vec<_> = quotas.collect();
    let mut known: HashSet<_> = chosen.iter().map(|entry| &entry.id).collect();
    let others: HashSet<_> = quotas.iter().flat_map(|quota| quota.nodes.iter()).filter(|id| known.insert(id)).collect();
    let others = store.entries().iter().filter(|entry| others.contains(&entry.id)).map(|entry| describe(entry));
    Ok(DesiredMembers {
        nodes: chosen.iter().map(|entry| describe(entry)).collect(),
        others: others.collect(),
        quotas: quotas.clone(),
        size: if settings.cluster.on { settings.cluster.size } else { 1 },
        drain_limit: Duration::from_secs(settings.gateway.drain_limit_s),
        schedule: settings.health.schedule.iter().copied().map(Duration::from_secs).collect(),
    })
}

fn no_node_reason(settings: &Settings, store: &NodeStore) -> NoNodeReason {
    if store.entries().is_empty() {
        NoNodeReason::NoneYet
    } else if !settings.cluster.on {
        NoNodeReason::NoneChosen
    } else if settings.cluster.group.is_empty() {
        NoNodeReason::AllExcluded
    } else {
        NoNodeReason::NoneOfGroup
    }
}
