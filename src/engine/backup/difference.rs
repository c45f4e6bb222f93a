//! What restoring a backup would change.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::{BackupContent, UserState, part, text_of};
use crate::engine::nodes::NodeStore;
use crate::model::backup::{ProgramScope, Restoration};
use crate::model::settings::SettingChange;
use crate::model::{Fault, Node, NodeId, Settings};

impl UserState {
    /// What restoring a backup would change.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(in crate::engine) fn difference(
        &self,
        content: &BackupContent,
        programs: ProgramScope,
    ) -> Result<Restoration, Fault> {
        let mut restoration = Restoration {
            made: content.made.clone(),
            by: content.by.clone(),
            unknown: content.unknown.clone(),
            ..Restoration::default()
        };
        if let Some(settings) = &content.settings {
            let restored = content.restored_settings(&self.settings, programs);
            restoration.settings = other_settings(&self.settings, &restored);
            restoration.programs = other_settings(&restored, settings);
        }
        if let Some(nodes) = &content.nodes {
            other_nodes(&self.nodes, nodes, &mut restoration);
        }
        let acl = self.settings.rules.acl.as_deref();
        let texts = [
            (part::RULES, &content.rules, text_of(&self.paths.rules())?),
            (part::ACCESS_LIST, &content.access_list, acl.map(text_of).transpose()?.unwrap_or_default()),
        ];
        let differs = texts.into_iter().filter(|(_, then, now)| then.as_ref().is_some_and(|then| then != now));
        restoration.parts = differs.map(|(name, ..)| name.to_owned()).collect();
        if content.subscriptions.as_ref().is_some_and(|then| !self.subscriptions.is_like(then)) {
            restoration.parts.push(part::SUBSCRIPTIONS.to_owned());
        }
        if content.access_list.is_some() && !restoration.parts.iter().any(|name| name == part::ACCESS_LIST) {
            // The same list at another path.
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

fn other_nodes(now: &[(NodeId, Arc<Node>)], then: &NodeStore, restoration: &mut Restoration) {
    let by_id: HashMap<&NodeId, &Node> = now.iter().map(|(id, node)| (id, &**node)).collect();
    let mut stay = Vec::new();
    for entry in then.entries() {
        match by_id.get(&entry.id) {
            None => restoration.added.push(entry.node.label()),
            Some(node) => {
                if **node != *entry.node {
                    restoration.changed.push(entry.node.label());
                }
                stay.push(&entry.id);
            }
        }
    }
    let ids: HashSet<&NodeId> = then.ids().collect();
    let (kept, gone): (Vec<_>, Vec<_>) = now.iter().partition(|(id, _)| ids.contains(id));
    restoration.removed = gone.into_iter().map(|(_, node)| node.label()).collect();
    restoration.reordered = kept.into_iter().map(|(id, _)| id).ne(stay);
}
