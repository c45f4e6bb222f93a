//! The node lists in the menu, by group. A long list shows the nodes in use and those used last; a short one all, in
//! their own order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::state::TrayState;
use super::{ItemMark, MenuAction, MenuEntry, button, check, text};
use crate::i18n::{Locale, Localize, labels, tr, units};
use crate::model::snapshot::{MemberView, NodeView};
use crate::model::{Page, Snapshot};

/// Most nodes shown per group: fits on a small screen without scrolling.
const SHOWN: usize = 20;

/// Longest node name, in characters; longer ones are shortened.
const MAX_NAME: usize = 40;

/// The entries of the node menu: the nodes themselves, or a submenu per group.
pub(super) fn entries(state: &TrayState, locale: Locale) -> Vec<MenuEntry> {
    let Some(snapshot) = state.snapshot() else { return vec![text(tr!(locale, "engine-not-running"))] };
    if state.replica.nodes.is_empty() {
        return vec![text(tr!(locale, "menu-why-no-node"))];
    }
    let mut groups: BTreeMap<&str, Vec<&NodeView>> = BTreeMap::new();
    for node in &state.replica.nodes {
        groups.entry(&node.group).or_default().push(node);
    }
    let list = |nodes: &[&NodeView]| nodes_of_a_group(state, snapshot, nodes, locale);
    match groups.len() {
        1 => list(&groups[&*state.replica.nodes[0].group]),
        _ => groups
            .iter()
            .map(|(group, nodes)| MenuEntry::Submenu { label: group_label(group, locale), entries: list(nodes) })
            .collect(),
    }
}

/// The entries of the group menu: all nodes, then each group.
pub(super) fn groups(state: &TrayState, locale: Locale) -> Vec<MenuEntry> {
    let Some(snapshot) = state.snapshot() else { return vec![text(tr!(locale, "engine-not-running"))] };
    let current = &snapshot.cluster.group;
    let names: BTreeSet<&str> = state.replica.nodes.iter().map(|node| &*node.group).chain([&**current]).collect();
    let entry = |name: &str| {
        let label = if name.is_empty() { tr!(locale, "menu-all-nodes") } else { shortened(name) };
        check(label, ItemMark::where_equal(&&**current, &name), Some(MenuAction::Group(name.to_owned())))
    };
    let named = names.into_iter().filter(|name| !name.is_empty()).take(SHOWN);
    std::iter::once("").chain(named).map(entry).collect()
}

fn nodes_of_a_group(state: &TrayState, snapshot: &Snapshot, nodes: &[&NodeView], locale: Locale) -> Vec<MenuEntry> {
    let member = |node: &NodeView| snapshot.members.iter().find(|member| member.id == node.id);
    let is_chosen = |node: &NodeView| !snapshot.cluster.on && state.settings().node.as_ref() == Some(&node.id);
    let in_use = |node: &NodeView| is_chosen(node) || member(node).is_some();
    let sorted = if nodes.len() > SHOWN { by_use(nodes, in_use) } else { nodes.to_vec() };
    let entry = |node: &&NodeView| {
        let mark = if is_chosen(node) { ItemMark::Chosen } else { ItemMark::Unchosen };
        check(node_label(node, member(node), locale), mark, Some(MenuAction::Node(node.id.clone())))
    };
    let mut entries: Vec<_> = sorted.iter().take(SHOWN).map(entry).collect();
    if nodes.len() > SHOWN {
        let more = tr!(locale, "menu-more-nodes", count = nodes.len() - SHOWN);
        entries.push(button(more, Some(MenuAction::Open(Page::Nodes))));
    }
    entries
}

/// Sorted by use: nodes in use, then those used last, then the rest. Values that change all the time, such as latency,
/// do not affect the order, so that an open menu keeps still.
fn by_use<'a>(nodes: &[&'a NodeView], in_use: impl Fn(&NodeView) -> bool) -> Vec<&'a NodeView> {
    let mut sorted = nodes.to_vec();
    // The sort is stable: equal nodes keep their order.
    sorted.sort_by_key(|node| match in_use(node) {
        true => (0, 0),
        false => (1, node.recency.unwrap_or(u32::MAX)),
    });
    sorted
}

/// Name, pool state, latency if known, and whether the node is excluded.
fn node_label(node: &NodeView, member: Option<&MemberView>, locale: Locale) -> String {
    let name = if node.name.is_empty() { format!("{}:{}", node.host, node.port) } else { shortened(&node.name) };
    let latency = member.and_then(|member| member.latency_ms).or(node.latency_ms);
    let parts = [
        Some(name),
        member.map(|member| member.state.localize(locale)),
        latency.map(|millis| units::millis(locale, millis)),
        node.excluded.then(|| tr!(locale, "menu-excluded")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn group_label(group: &str, locale: Locale) -> String {
    if group.is_empty() { tr!(locale, "menu-ungrouped") } else { shortened(group) }
}

pub(super) fn shortened(name: &str) -> String {
    let line = labels::one_line(name);
    match line.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
