//! All nodes at one moment, for work on other threads: views, texts to share, and what a diagnosis redacts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::NodeEntry;
use crate::engine::traffic::{ByteCounts, TrafficTotals};
use crate::model::naming::NameIndex;
use crate::model::preview::{ShareForm, Shared};
use crate::model::snapshot::NodeView;
use crate::model::{Fault, Kind, Node, link, list};

/// The nodes at one moment. Taking it costs little; a clone, too.
#[derive(Clone)]
pub(in crate::engine) struct NodeList(Vec<Arc<NodeEntry>>);

/// What a view needs beside the node.
pub(in crate::engine) struct ViewContext {
    pub(in crate::engine) traffic: TrafficTotals,
    pub(in crate::engine) today: Date,
    /// The plugins that the user has allowed.
    pub(in crate::engine) allowed: Vec<String>,
}

impl NodeList {
    pub(super) fn of(entries: Vec<Arc<NodeEntry>>) -> Self {
        Self(entries)
    }

    /// The nodes.
    pub(in crate::engine) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.0.iter().map(|entry| &*entry.node)
    }

    /// The nodes that a user has named.
    ///
    /// # Errors
    /// One of them does not exist, or a name is that of several.
    pub(in crate::engine) fn named(&self, named: &[String]) -> Result<Vec<Arc<NodeEntry>>, Fault> {
        let names = NameIndex::of(self.0.iter().map(|entry| (&entry.id, entry.node.name.as_str())));
        named.iter().map(|named| Ok(Arc::clone(&self.0[names.find(named)?]))).collect()
    }

    /// The nodes that a user has named; all if none was.
    ///
    /// # Errors
    /// As [`NodeList::named`].
    pub(in crate::engine) fn named_or_all(self, named: &[String]) -> Result<Vec<Arc<NodeEntry>>, Fault> {
        if named.is_empty() { Ok(self.0) } else { self.named(named) }
    }

    /// The nodes that a user has named as one text; all if none was.
    ///
    /// # Errors
    /// As [`NodeList::named`].
    pub(in crate::engine) fn share(self, named: &[String], form: ShareForm) -> Result<Shared, Fault> {
        let fits = |entry: &Arc<NodeEntry>| match form {
            ShareForm::Links => true,
            ShareForm::Sip008 => matches!(entry.node.kind, Kind::Ss { .. }),
        };
        let (shared, left_out): (Vec<_>, Vec<_>) = self.named_or_all(named)?.into_iter().partition(fits);
        let nodes: Vec<&Node> = shared.iter().map(|entry| &*entry.node).collect();
        let text = match form {
            ShareForm::Links => nodes.iter().map(|node| link::print(node) + "\n").collect(),
            ShareForm::Sip008 => list::print_sip008(&nodes),
        };
        let left_out = left_out.into_iter().map(|entry| entry.id.clone()).collect();
        Ok(Shared { text: text.into(), count: nodes.len(), left_out })
    }

    /// The nodes as lists show them.
    pub(in crate::engine) fn views(&self, context: &ViewContext) -> Vec<NodeView> {
        let recent: HashMap<_, _> = context.traffic.recent().into_iter().zip(0..).collect();
        let totals = context.traffic.total();
        let view = |entry: &Arc<NodeEntry>| {
            let total = totals.get(entry.id.as_str()).copied().unwrap_or_default();
            NodeView { recency: recent.get(entry.id.as_str()).copied(), ..view(entry, total, context) }
        };
        self.0.iter().map(view).collect()
    }
}

fn view(entry: &NodeEntry, total: ByteCounts, context: &ViewContext) -> NodeView {
    let node = &entry.node;
    let today = context.traffic.day(&entry.id, context.today);
    let millis = |latency: Duration| latency.as_millis() as u32;
    let mut view = NodeView {
        id: entry.id.clone(),
        name: node.name.clone(),
        group: node.group.clone(),
        country: node.country(),
        kind: node.kind.as_str().into(),
        host: node.host.clone(),
        port: node.port,
        method: String::new(),
        plugin: String::new(),
        plugin_options: String::new(),
        plugin_allowed: node.plugin_request(&context.allowed).is_none(),
        protocol: String::new(),
        obfs: String::new(),
        legacy: node.kind.weakness(),
        excluded: node.excluded,
        weight: node.weight,
        tier: node.tier,
        latency_ms: entry.latency.map(millis),
        history: entry.history.iter().map(|latency| latency.map(millis)).collect(),
        up: total.up,
        down: total.down,
        up_today: today.up,
        down_today: today.down,
        recency: None,
    };
    describe(&node.kind, &mut view);
    view
}

/// Fills in what only one kind of node has, without secrets.
fn describe(kind: &Kind, view: &mut NodeView) {
    match kind {
        Kind::Ss { method, plugin, .. } => {
            view.method.clone_from(method);
            if let Some(plugin) = plugin {
                (view.plugin, view.plugin_options) = (plugin.name.clone(), plugin.shown_options());
            }
        }
        Kind::Ssr(ssr) => {
            view.method = ssr.method.to_string();
            view.protocol = ssr.protocol.to_string();
            view.obfs = ssr.obfs.to_string();
        }
        Kind::Socks5 { .. } => {}
    }
}
