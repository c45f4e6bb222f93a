//! The node store: the list in the user's order, each node with its counters and last checks.
//!
//! Work that takes long with thousands of nodes is done on other threads, with a [`NodeList`] of the moment; an entry
//! that changes meanwhile is copied.

mod list;
mod text;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use self::list::{NodeList, ViewContext};
pub(super) use self::text::{KnownNodes, NewNodes};
use crate::model::command::NodeChanges;
use crate::model::link;
use crate::model::meter::MeterReading;
use crate::model::settings::{ExpectedValue, InvalidValue};
use crate::model::subscription::SubscriptionNode;
use crate::model::{Country, EventKind, Fault, FaultCode, Meter, Node, NodeId, Secret, naming};
use crate::pool::Candidate;
use crate::subscription::merge;

/// Number of checks that are remembered: the width of a table cell.
const HISTORY: usize = 20;

/// Maximum number of proposals: a web page that opens hundreds of links achieves nothing more.
const PROPOSALS: usize = 16;

/// `nodes.json`. Contains passwords: mode 0600.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::engine) struct NodeFile {
    version: u32,
    nodes: Vec<Arc<Node>>,
}

impl Default for NodeFile {
    fn default() -> Self {
        Self::of(std::iter::empty())
    }
}

impl NodeFile {
    /// The file for these nodes.
    pub(in crate::engine) fn of(nodes: impl Iterator<Item = Arc<Node>>) -> Self {
        Self { version: 1, nodes: nodes.collect() }
    }
}

/// The nodes.
#[derive(Default)]
pub(super) struct NodeStore {
    entries: Vec<Arc<NodeEntry>>,
    /// The nodes of the last removal, each with its former place.
    removed: Vec<(usize, Arc<NodeEntry>)>,
    /// Proposed texts that wait for a window to show them.
    proposals: Vec<Secret>,
    /// Plugins that need permission and were reported.
    plugins_reported: BTreeSet<String>,
}

/// A node with its state.
#[derive(Clone)]
pub(super) struct NodeEntry {
    pub(super) id: NodeId,
    pub(super) node: Arc<Node>,
    pub(super) meter: Arc<Meter>,
    pub(super) latency: Option<Duration>,
    history: VecDeque<Option<Duration>>,
}

impl NodeEntry {
    fn new(node: Arc<Node>) -> Self {
        Self { id: node.id(), node, meter: Arc::default(), latency: None, history: VecDeque::new() }
    }

    /// The node for the pool.
    pub(super) fn candidate(&self) -> Candidate {
        Candidate { id: self.id.clone(), node: Arc::clone(&self.node), meter: Arc::clone(&self.meter) }
    }
}

impl NodeStore {
    /// The nodes of a file; of two with the same id the first counts.
    pub(super) fn of(file: NodeFile) -> Self {
        let mut seen = HashSet::new();
        let entries = file.nodes.into_iter().map(NodeEntry::new).filter(|entry| seen.insert(entry.id.clone()));
        Self { entries: entries.map(Arc::new).collect(), ..Self::default() }
    }

    /// The file for these nodes.
    pub(super) fn file(&self) -> NodeFile {
        NodeFile::of(self.entries.iter().map(|entry| Arc::clone(&entry.node)))
    }

    /// All nodes, in the user's order.
    pub(super) fn entries(&self) -> &[Arc<NodeEntry>] {
        &self.entries
    }

    /// The counters of each node since the start.
    pub(super) fn readings(&self) -> impl Iterator<Item = (&NodeId, MeterReading)> {
        crate::handover::collect();
        self.entries.iter().map(|entry| (&entry.id, entry.meter.read()))
    }

    /// The node with this id.
    pub(super) fn get(&self, id: &NodeId) -> Option<&NodeEntry> {
        self.entries.iter().find(|entry| entry.id == *id).map(|entry| &**entry)
    }

    /// The node that a user has named: by its id, a prefix of its id, or its exact name.
    ///
    /// # Errors
    /// No node matches, or more than one.
    pub(super) fn find(&self, named: &str) -> Result<&NodeEntry, Fault> {
        let names = self.entries.iter().map(|entry| (&entry.id, entry.node.name.as_str()));
        Ok(&self.entries[naming::find(named, names)?])
    }

    /// The existing ids, for comparison with a text.
    pub(super) fn known(&self) -> Vec<NodeId> {
        self.ids().cloned().collect()
    }

    /// All nodes as they are now, for another thread.
    pub(super) fn list(&self) -> NodeList {
        NodeList::of(self.entries.clone())
    }

    /// All nodes with their ids, for another thread.
    pub(super) fn listed(&self) -> Vec<(NodeId, Arc<Node>)> {
        self.entries.iter().map(|entry| (entry.id.clone(), Arc::clone(&entry.node))).collect()
    }

    /// The ids of all nodes.
    pub(super) fn ids(&self) -> impl Iterator<Item = &NodeId> {
        self.entries.iter().map(|entry| &entry.id)
    }

    /// Adds the new nodes of a text.
    pub(super) fn add(&mut self, new: NewNodes) {
        self.entries.extend(new.0.into_iter().map(Arc::new));
    }

    /// Replaces all nodes by those of another store. Nodes in both keep their counters and last checks.
    pub(super) fn replace(&mut self, new: Self) {
        let old = std::mem::replace(&mut self.entries, new.entries);
        self.removed.clear();
        let mut old: HashMap<_, _> = old.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        for entry in &mut self.entries {
            if let Some(before) = old.remove(&entry.id) {
                let entry = Arc::make_mut(entry);
                (entry.meter, entry.latency) = (Arc::clone(&before.meter), before.latency);
            }
        }
    }

    /// Changes the settings of a node that do not change its id.
    ///
    /// # Errors
    /// There is no such node, or the weight is out of bounds.
    pub(super) fn edit(&mut self, named: &str, changes: NodeChanges) -> Result<(), Fault> {
        if changes.weight.is_some_and(|weight| !(1..=100).contains(&weight)) {
            return Err(InvalidValue::new("weight", ExpectedValue::Number { low: 1, high: 100 }).into());
        }
        let country = changes.country.map(|text| country(&text)).transpose()?;
        let id = self.find(named)?.id.clone();
        let entry = self.entries.iter_mut().find(|entry| entry.id == id).expect("it was found");
        let node = Arc::make_mut(&mut Arc::make_mut(entry).node);
        node.name = changes.name.map_or_else(|| std::mem::take(&mut node.name), |name| link::shown(&name));
        node.group = changes.group.map_or_else(|| std::mem::take(&mut node.group), |group| link::shown(&group));
        node.weight = changes.weight.unwrap_or(node.weight);
        node.tier = changes.tier.unwrap_or(node.tier);
        node.excluded = changes.excluded.unwrap_or(node.excluded);
        node.country = country.unwrap_or(node.country);
        Ok(())
    }

    /// Removes nodes and returns them in list order; [`NodeStore::restore`] undoes it.
    ///
    /// # Errors
    /// One of them does not exist; then none is removed.
    pub(super) fn remove(&mut self, named: &[String]) -> Result<Vec<Arc<NodeEntry>>, Fault> {
        let ids: HashSet<_> = self.find_all(named)?.into_iter().collect();
        let is_meant = |(_, entry): &(usize, Arc<NodeEntry>)| ids.contains(&entry.id);
        let (removed, kept): (Vec<_>, Vec<_>) = self.entries.drain(..).enumerate().partition(is_meant);
        self.entries = kept.into_iter().map(|(_, entry)| entry).collect();
        self.removed = removed;
        Ok(self.removed.iter().map(|(_, entry)| entry.clone()).collect())
    }

    /// Restores the nodes of the last removal at their places; returns how many.
    pub(super) fn restore(&mut self) -> usize {
        let mut removed = std::mem::take(&mut self.removed);
        // A node may have been imported again meanwhile.
        let there: HashSet<_> = self.ids().collect();
        removed.retain(|(_, entry)| !there.contains(&entry.id));
        let (restored, mut kept) = (removed.len(), std::mem::take(&mut self.entries).into_iter());
        for (place, entry) in removed {
            let before = place.saturating_sub(self.entries.len());
            self.entries.extend(kept.by_ref().take(before));
            self.entries.push(entry);
        }
        self.entries.extend(kept);
        restored
    }

    /// Moves nodes together, in the given order, in front of another one or to the end.
    ///
    /// # Errors
    /// One of them does not exist; then none is moved.
    pub(super) fn reorder(&mut self, named: &[String], before: Option<&str>) -> Result<(), Fault> {
        let order = self.find_all(named)?;
        let ids: HashSet<_> = order.iter().collect();
        let before = before.map(|named| self.find(named).map(|entry| entry.id.clone())).transpose()?;
        // If that node is moved too, the target is the next node that is not.
        let target = before.and_then(|id| {
            let behind = self.entries.iter().skip_while(|entry| entry.id != id);
            behind.map(|entry| &entry.id).find(|id| !ids.contains(id)).cloned()
        });
        let (moved, mut kept): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(|entry| ids.contains(&entry.id));
        let mut moved: HashMap<_, _> = moved.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        let in_order = order.iter().filter_map(|id| moved.remove(id));
        let place = target.and_then(|id| kept.iter().position(|entry| entry.id == id)).unwrap_or(kept.len());
        kept.splice(place..place, in_order);
        self.entries = kept;
        Ok(())
    }

    /// Replaces a node by another one in the same place; returns the old and the new id.
    ///
    /// # Errors
    /// There is no such node, or the other one is in the list already.
    pub(super) fn exchange(&mut self, named: &str, other: Node) -> Result<(NodeId, NodeId), Fault> {
        let (old, new) = (self.find(named)?.id.clone(), other.id());
        if old != new && self.get(&new).is_some() {
            return Err(Fault::new(FaultCode::KnownNode, other.label()));
        }
        let entry = self.entries.iter_mut().find(|entry| entry.id == old).expect("it was found");
        let entry = Arc::make_mut(entry);
        let node = &entry.node;
        let name = if other.name.is_empty() { node.name.clone() } else { other.name };
        let kept = Node { weight: node.weight, tier: node.tier, excluded: node.excluded, name, ..other };
        let node = Node { group: node.group.clone(), country: node.country, ..kept };
        if old != new {
            (entry.latency, entry.history) = (None, VecDeque::new());
        }
        (entry.id, entry.node) = (new.clone(), Arc::new(node));
        Ok((old, new))
    }

    /// The named nodes.
    fn find_all(&self, named: &[String]) -> Result<Vec<NodeId>, Fault> {
        Ok(self.list().named(named)?.iter().map(|entry| entry.id.clone()).collect())
    }

    /// Applies a merge plan of a subscription. New nodes are added after the last of their group.
    pub(super) fn apply_plan(&mut self, plan: &merge::MergePlan) {
        let renamed: HashMap<_, _> = plan.renamed.iter().map(|SubscriptionNode { id, name }| (id, name)).collect();
        for entry in &mut self.entries {
            if let Some(name) = renamed.get(&entry.id) {
                Arc::make_mut(&mut Arc::make_mut(entry).node).name.clone_from(name);
            }
        }
        let group = plan.added.first().map(|listed| listed.node.group.as_str());
        let last = self.entries.iter().rposition(|entry| group == Some(entry.node.group.as_str()));
        let place = last.map_or(self.entries.len(), |last| last + 1);
        let added = plan.added.iter().map(|listed| Arc::new(NodeEntry::new(Arc::new(listed.node.clone()))));
        self.entries.splice(place..place, added);
        let removed: HashSet<_> = plan.removed.iter().collect();
        self.entries.retain(|entry| !removed.contains(&entry.id));
    }

    /// Renames a group.
    pub(super) fn rename_group(&mut self, old: &str, new: &str) {
        for entry in self.entries.iter_mut().filter(|entry| entry.node.group == old) {
            Arc::make_mut(&mut Arc::make_mut(entry).node).group = new.into();
        }
    }

    /// Removes those of the given nodes that are in a group; returns how many.
    pub(super) fn remove_group(&mut self, group: &str, given: &[SubscriptionNode]) -> usize {
        let given: HashSet<_> = given.iter().map(|given| &given.id).collect();
        let before = self.entries.len();
        self.entries.retain(|entry| entry.node.group != group || !given.contains(&entry.id));
        before - self.entries.len()
    }

    /// Keeps a proposed text until a window shows it; the oldest is dropped if there are too many.
    pub(super) fn propose(&mut self, text: Secret) {
        if self.proposals.len() == PROPOSALS {
            self.proposals.remove(0);
        }
        self.proposals.push(text);
    }

    /// Takes the proposed texts; each is returned once.
    pub(super) fn take_proposals(&mut self) -> Vec<Secret> {
        std::mem::take(&mut self.proposals)
    }

    /// Records the duration of a check, or its failure.
    pub(super) fn note_latency(&mut self, id: &NodeId, latency: Option<Duration>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
            let entry = Arc::make_mut(entry);
            entry.latency = latency;
            if entry.history.len() == HISTORY {
                entry.history.pop_front();
            }
            entry.history.push_back(latency);
        }
    }

    /// The events for nodes whose plugin needs permission: one per plugin, reported once while a node waits for it.
    /// `None` if nothing has changed.
    pub(super) fn plugin_events(&mut self, allowed: &[String]) -> Option<Vec<EventKind>> {
        let mut waiting = BTreeSet::new();
        let mut events = Vec::new();
        for entry in &self.entries {
            let Some(request) = entry.node.plugin_request(allowed) else { continue };
            if waiting.insert(request.plugin.clone()) && !self.plugins_reported.contains(&request.plugin) {
                events.push(EventKind::PluginNotAllowed { id: entry.id.clone(), name: entry.node.label(), request });
            }
        }
        let has_changed = waiting != self.plugins_reported;
        self.plugins_reported = waiting;
        has_changed.then_some(events)
    }
}

#[cfg(test)]
mod tests;

/// A country as typed; `None` for the one that the name of the node tells.
fn country(text: &str) -> Result<Option<Country>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let country = text.parse().map_err(|_| InvalidValue::new("country", ExpectedValue::CountryCode))?;
    Ok(Some(country))
}
