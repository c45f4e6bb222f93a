//! Parses texts and compares them with the existing nodes. Long texts take time: this runs on other threads.

use std::collections::HashSet;
use std::sync::Arc;

use super::NodeEntry;
use crate::model::command::ImportReport;
use crate::model::link::LinkError;
use crate::model::list::{self, ListPosition};
use crate::model::preview::{PreviewItem, PreviewRow, Refused};
use crate::model::{Fault, NodeId, Plugin};

/// The ids of existing nodes, and of those in the texts so far.
pub(in crate::engine) struct KnownNodes(HashSet<NodeId>);

/// The new nodes of a text.
pub(in crate::engine) struct NewNodes(pub(super) Vec<NodeEntry>);

/// The result of parsing an item of a text.
enum ReadItem {
    New(NodeEntry),
    /// In the list already, or earlier in the text.
    Known(NodeEntry),
    Refused(LinkError),
}

impl KnownNodes {
    pub(in crate::engine) fn of(ids: Vec<NodeId>) -> Self {
        Self(ids.into_iter().collect())
    }

    /// The new nodes of a text, and the result of each item. Its nodes count as known from then on.
    ///
    /// # Errors
    /// The text contains no nodes at all.
    pub(in crate::engine) fn import(&mut self, text: &str) -> Result<(NewNodes, ImportReport), Fault> {
        let (mut new, mut report) = (Vec::new(), ImportReport::default());
        for (place, read) in self.read(text)? {
            match read {
                ReadItem::New(entry) => {
                    report.added.push(entry.id.clone());
                    new.push(entry);
                }
                ReadItem::Known(entry) => report.known.push(entry.id),
                ReadItem::Refused(error) => report.refused.push(Refused { place, error }),
            }
        }
        Ok((NewNodes(new), report))
    }

    /// The preview of a text; `allowed` names the plugins that the user has allowed.
    ///
    /// # Errors
    /// The text contains no nodes at all.
    pub(in crate::engine) fn preview(&mut self, text: &str, allowed: &[String]) -> Result<Vec<PreviewRow>, Fault> {
        let row = |(place, read)| PreviewRow { place, found: found(read, allowed) };
        Ok(self.read(text)?.into_iter().map(row).collect())
    }

    fn read(&mut self, text: &str) -> Result<Vec<(ListPosition, ReadItem)>, Fault> {
        let mut items = list::read(text)?;
        list::choose_names(&mut items);
        let read = |item: list::Item| match item.node.map(|node| NodeEntry::new(Arc::new(node))) {
            Ok(entry) if self.0.insert(entry.id.clone()) => (item.place, ReadItem::New(entry)),
            Ok(entry) => (item.place, ReadItem::Known(entry)),
            Err(error) => (item.place, ReadItem::Refused(error)),
        };
        Ok(items.into_iter().map(read).collect())
    }
}

fn found(read: ReadItem, allowed: &[String]) -> PreviewItem {
    match read {
        ReadItem::New(NodeEntry { id, node, .. }) => PreviewItem::New {
            id,
            name: node.name.clone(),
            group: node.group.clone(),
            kind: node.kind.as_str().into(),
            host: node.host.clone(),
            port: node.port,
            plugin: node.plugin().map(|plugin| plugin.name.clone()).unwrap_or_default(),
            plugin_options: node.plugin().map(Plugin::shown_options).unwrap_or_default(),
            plugin_allowed: node.plugin_request(allowed).is_none(),
            legacy: node.kind.weakness(),
        },
        ReadItem::Known(NodeEntry { id, node, .. }) => PreviewItem::Known { id, name: node.name.clone() },
        ReadItem::Refused(error) => PreviewItem::Refused { error },
    }
}
