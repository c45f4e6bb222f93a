//! Selections of nodes in the dialogs for pins and doors: the choices, and their texts.

use std::collections::BTreeSet;

use super::state::AppState;
use crate::i18n::labels::{named, one_line};
use crate::i18n::{Locale, tr};
use crate::model::settings::{NodeFallback, NodeSelector};

/// Maximum number of nodes in a list of choices; others can be selected on the command line.
const MAX_NODES: usize = 200;

/// The selections that a list offers: countries, groups, nodes, and the current one.
pub(super) fn selectors(app: &AppState, current: Option<&NodeSelector>) -> Vec<NodeSelector> {
    let countries: BTreeSet<_> = app.nodes().iter().filter_map(|node| node.country).collect();
    let groups = app.groups().into_iter().filter(|group| !group.is_empty());
    let nodes = app.nodes().iter().take(MAX_NODES).map(|node| NodeSelector::Node(node.id.clone()));
    let all = countries.into_iter().map(NodeSelector::Country);
    let all = all.chain(groups.map(|group| NodeSelector::Group(group.to_owned())));
    let mut all: Vec<_> = all.chain(nodes).collect();
    if let Some(current) = current.filter(|current| !all.contains(current)) {
        all.push(current.clone());
    }
    all
}

/// A selection as lists show it.
pub(super) fn selector(app: &AppState, nodes: &NodeSelector) -> String {
    match nodes {
        NodeSelector::Country(country) => tr!(app.locale, "pins-country", country = country.as_str()),
        NodeSelector::Group(group) => tr!(app.locale, "pins-group", group = one_line(group)),
        NodeSelector::Node(id) => app.node(id).map_or_else(|| id.to_string(), |node| named(&node.name, id)),
    }
}

/// The fallbacks that a selection may have, with their texts.
pub(super) fn fallbacks(locale: Locale, nodes: Option<&NodeSelector>) -> Vec<(NodeFallback, String)> {
    let all: &[NodeFallback] = match nodes {
        Some(NodeSelector::Node(_)) => &NodeFallback::ALL,
        Some(NodeSelector::Country(_) | NodeSelector::Group(_)) => &[NodeFallback::Any, NodeFallback::Fail],
        None => &[],
    };
    all.iter().map(|word| (*word, fallback(locale, *word))).collect()
}

/// What happens if none of the nodes works.
pub(super) fn fallback(locale: Locale, fallback: NodeFallback) -> String {
    match fallback {
        NodeFallback::Any => tr!(locale, "pins-else-any"),
        NodeFallback::Country => tr!(locale, "pins-else-country"),
        NodeFallback::Group => tr!(locale, "pins-else-group"),
        NodeFallback::Fail => tr!(locale, "pins-else-fail"),
    }
}
