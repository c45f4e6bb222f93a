//! What a backup would change.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::{BackupContent, UserState, part, text_of};
use crate::engine::nodes::NodeEntry;
use crate::model::backup::Restoration;
use crate::model::settings::SettingChange;
use crate::model::{Fault, Node, NodeId, Settings};

impl UserState<'_> {
    /// What a backup would change.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(in crate::engine) fn difference(&self, content: &BackupContent) -> Result<Restoration, Fault> {
        let mut restoration = Restoration {
            made: content.made.clone(),
            by: content.by.clone(),
            unknown: content.unknown.clone(),
            ..Restoration::default()
        };
        if let Some(settings) = &content.settings {
            restoration.settings = other_settings(self.settings, settings);
        }
        if let Some(nodes) = &content.nodes {
            other_nodes(self.nodes.entries(), nodes, &mut restoration);
        }
        let acl = self.settings.rules.acl.as_deref();
        let texts = [
            (part::RULES, &content.rules, text_of(&self.paths.rules())?),
            (part::ACCESS_LIST, &content.access_list, acl.map(text_of).transpose()?.unwrap_or_default()),
        ];
        let differs = texts.into_iter().filter(|(_, then, now)| then.as_ref().is_some_and(|then| then != now));
        restoration.parts = differs.map(|(name, ..)| name.to_owned()).collect();
        if content.subscriptions.as_ref().is_some_and(|then| !self.subscriptions.are_those_of(then)) {
            restoration.parts.push(part::SUBSCRIPTIONS.to_owned());
        }
        if content.access_list.is_some() && !restoration.parts.iter().any(|name| name == part::ACCESS_LIST) {
            // The same list, wherever it lies.
            restoration.settings.retain(|change| change.key != "rules.acl");
        }
        Ok(restoration)
    }
}

/// Settings whose values differ, as they are shown.
pub(in crate::engine) fn other_settings(now: &Settings, then: &Settings) -> Vec<SettingChange> {
    let shown = |settings: &Settings| settings.listing().into_iter().collect::<BTreeMap<_, _>>();
    let (from, to) = (shown(now), shown(then));
    let keys: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let value = |values: &BTreeMap<String, Value>, key: &str| values.get(key).cloned().unwrap_or_default();
    let change = |key: &String| SettingChange { key: key.clone(), from: value(&from, key), to: value(&to, key) };
    let mut changes: Vec<_> = keys.into_iter().map(change).filter(|change| change.from != change.to).collect();
    let password = |settings: &Settings| settings.gateway.login.as_ref().map(|login| login.password.clone());
    let is_shown = changes.iter().any(|change| change.key.starts_with("gateway.login"));
    if !is_shown && password(now) != password(then) {
        let hidden = || Value::from("***");
        changes.push(SettingChange { key: "gateway.login.password".into(), from: hidden(), to: hidden() });
    }
    changes
}

fn other_nodes(entries: &[NodeEntry], nodes: &[Node], restoration: &mut Restoration) {
    let now: HashMap<&NodeId, &NodeEntry> = entries.iter().map(|entry| (&entry.id, entry)).collect();
    let mut seen = HashSet::new();
    let mut stay = Vec::new();
    for node in nodes {
        let id = node.id();
        match now.get(&id) {
            _ if seen.contains(&id) => {}
            None => restoration.added.push(node.label()),
            Some(entry) => {
                if *entry.node != *node {
                    restoration.changed.push(node.label());
                }
                stay.push(id.clone());
            }
        }
        seen.insert(id);
    }
    let (kept, gone): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| seen.contains(&entry.id));
    restoration.removed = gone.into_iter().map(|entry| entry.node.label()).collect();
    restoration.reordered = kept.into_iter().map(|entry| &entry.id).ne(stay.iter());
}
