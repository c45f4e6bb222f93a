//! The nodes: the list as the user has it, each with its counters and its last check.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use crate::model::command::{ImportReport, NodeChanges, Refused};
use crate::model::preview::{Found, PreviewRow};
use crate::model::snapshot::NodeView;
use crate::model::subscription::Given;
use crate::model::{Fault, FaultCode, Kind, Meter, Node, NodeId, list, naming};
use crate::subscription::merge;

/// `nodes.json`. Holds passwords: written 0600.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::engine) struct NodeFile {
    version: u32,
    nodes: Vec<Node>,
}

impl Default for NodeFile {
    fn default() -> Self {
        Self { version: 1, nodes: Vec::new() }
    }
}

impl NodeFile {
    /// What is in it.
    pub(in crate::engine) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }
}

/// The nodes.
#[derive(Default)]
pub(super) struct Book {
    entries: Vec<Entry>,
}

/// One node with what is known of it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) id: NodeId,
    pub(super) node: Arc<Node>,
    pub(super) meter: Arc<Meter>,
    pub(super) latency: Option<Duration>,
}

impl Entry {
    fn new(node: Node) -> Self {
        Self { id: node.id(), node: Arc::new(node), meter: Arc::default(), latency: None }
    }
}

impl Book {
    /// The nodes of a file; of two with the same identity the first counts.
    pub(super) fn of(file: NodeFile) -> Self {
        let mut seen = HashSet::new();
        let entries = file.nodes.into_iter().map(Entry::new).filter(|entry| seen.insert(entry.id.clone()));
        Self { entries: entries.collect() }
    }

    /// The file for these nodes.
    pub(super) fn file(&self) -> NodeFile {
        NodeFile { version: 1, nodes: self.entries.iter().map(|entry| Node::clone(&entry.node)).collect() }
    }

    /// All nodes, in the user's order.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The node with an identity.
    pub(super) fn get(&self, id: &NodeId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// The node that a user named: by its id, the beginning of one, or its exact name.
    ///
    /// # Errors
    /// No node, or more than one.
    pub(super) fn find(&self, named: &str) -> Result<&Entry, Fault> {
        let names = self.entries.iter().map(|entry| (&entry.id, entry.node.name.as_str()));
        Ok(&self.entries[naming::find(named, names)?])
    }

    /// Adds the nodes of a text that are not here yet, and says what became of each line.
    ///
    /// # Errors
    /// The text as a whole is of no use.
    pub(super) fn import(&mut self, text: &str) -> Result<ImportReport, Fault> {
        let mut report = ImportReport::default();
        for (place, read) in self.read(text)? {
            match read {
                Read::New(entry) => {
                    report.added.push(entry.id.clone());
                    self.entries.push(entry);
                }
                Read::Known(entry) => report.known.push(entry.id),
                Read::Refused(reason) => report.refused.push(Refused { place, reason }),
            }
        }
        Ok(report)
    }

    /// Says what is in a text.
    ///
    /// # Errors
    /// As of [`Book::import`].
    pub(super) fn preview(&self, text: &str) -> Result<Vec<PreviewRow>, Fault> {
        let row = |(place, read)| PreviewRow { place, found: found(read) };
        Ok(self.read(text)?.into_iter().map(row).collect())
    }

    /// What each item of a text is, next to what is here and further up in the text.
    fn read(&self, text: &str) -> Result<Vec<(list::Where, Read)>, Fault> {
        let unusable = |error: list::ListError| Fault::new(FaultCode::NothingImported, error.to_string());
        let mut known: HashSet<_> = self.entries.iter().map(|entry| entry.id.clone()).collect();
        let read = |item: list::Item| match item.node.map(Entry::new) {
            Ok(entry) if known.insert(entry.id.clone()) => (item.place, Read::New(entry)),
            Ok(entry) => (item.place, Read::Known(entry)),
            Err(error) => (item.place, Read::Refused(error.to_string())),
        };
        Ok(list::read(text).map_err(unusable)?.into_iter().map(read).collect())
    }

    /// Has these nodes and no others. Those that were here keep their counters and their last check.
    pub(super) fn replace(&mut self, nodes: Vec<Node>) {
        let old = std::mem::replace(self, Self::of(NodeFile { version: 1, nodes }));
        let mut old: HashMap<_, _> = old.entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        for entry in &mut self.entries {
            if let Some(before) = old.remove(&entry.id) {
                (entry.meter, entry.latency) = (before.meter, before.latency);
            }
        }
    }

    /// Changes what the user may change without making it another node.
    ///
    /// # Errors
    /// No such node, or a weight out of bounds.
    pub(super) fn edit(&mut self, named: &str, changes: NodeChanges) -> Result<(), Fault> {
        if changes.weight.is_some_and(|weight| !(1..=100).contains(&weight)) {
            return Err(Fault::new(FaultCode::InvalidSetting, "weight: wanted a number from 1 to 100"));
        }
        let id = self.find(named)?.id.clone();
        let entry = self.entries.iter_mut().find(|entry| entry.id == id).expect("it was found");
        let node = Arc::make_mut(&mut entry.node);
        node.name = changes.name.unwrap_or_else(|| std::mem::take(&mut node.name));
        node.group = changes.group.unwrap_or_else(|| std::mem::take(&mut node.group));
        node.weight = changes.weight.unwrap_or(node.weight);
        node.tier = changes.tier.unwrap_or(node.tier);
        node.excluded = changes.excluded.unwrap_or(node.excluded);
        Ok(())
    }

    /// Takes a node out.
    ///
    /// # Errors
    /// No such node.
    pub(super) fn remove(&mut self, named: &str) -> Result<Entry, Fault> {
        let id = self.find(named)?.id.clone();
        let place = self.entries.iter().position(|entry| entry.id == id).expect("it was found");
        Ok(self.entries.remove(place))
    }

    /// Does what a plan for a subscription's list says. New nodes stand behind the last of their group.
    pub(super) fn follow(&mut self, plan: &merge::Plan) {
        for Given { id, name } in &plan.renamed {
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
                Arc::make_mut(&mut entry.node).name.clone_from(name);
            }
        }
        let group = plan.added.first().map(|listed| listed.node.group.as_str());
        let last = self.entries.iter().rposition(|entry| group == Some(entry.node.group.as_str()));
        let place = last.map_or(self.entries.len(), |last| last + 1);
        let added = plan.added.iter().map(|listed| Entry::new(listed.node.clone()));
        self.entries.splice(place..place, added);
        let removed: HashSet<_> = plan.removed.iter().collect();
        self.entries.retain(|entry| !removed.contains(&entry.id));
    }

    /// Calls a group otherwise.
    pub(super) fn rename_group(&mut self, old: &str, new: &str) {
        for entry in self.entries.iter_mut().filter(|entry| entry.node.group == old) {
            Arc::make_mut(&mut entry.node).group = new.into();
        }
    }

    /// Takes out those of the given nodes that are in a group; how many there were.
    pub(super) fn remove_group(&mut self, group: &str, given: &[Given]) -> usize {
        let given: HashSet<_> = given.iter().map(|given| &given.id).collect();
        let before = self.entries.len();
        self.entries.retain(|entry| entry.node.group != group || !given.contains(&entry.id));
        before - self.entries.len()
    }

    /// Notes how long a check through a node took, or that it failed.
    pub(super) fn note_latency(&mut self, id: &NodeId, latency: Option<Duration>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
            entry.latency = latency;
        }
    }

    /// All nodes as lists show them.
    pub(super) fn views(&self, ledger: &Ledger) -> Vec<NodeView> {
        self.entries.iter().map(|entry| view(entry, ledger)).collect()
    }
}

/// What an item of a text is.
enum Read {
    New(Entry),
    /// Here already, or further up in the text.
    Known(Entry),
    Refused(String),
}

fn found(read: Read) -> Found {
    match read {
        Read::New(Entry { id, node, .. }) => Found::New {
            id,
            name: node.name.clone(),
            group: node.group.clone(),
            kind: node.kind.word().into(),
            host: node.host.clone(),
            port: node.port,
            legacy: node.kind.weakness(),
        },
        Read::Known(Entry { id, node, .. }) => Found::Known { id, name: node.name.clone() },
        Read::Refused(reason) => Found::Refused { reason },
    }
}

fn view(entry: &Entry, ledger: &Ledger) -> NodeView {
    let node = &entry.node;
    let (up, down) = ledger.total(&entry.id);
    let mut view = NodeView {
        id: entry.id.clone(),
        name: node.name.clone(),
        group: node.group.clone(),
        kind: node.kind.word().into(),
        host: node.host.clone(),
        port: node.port,
        method: String::new(),
        plugin: String::new(),
        protocol: String::new(),
        obfs: String::new(),
        legacy: node.kind.weakness(),
        excluded: node.excluded,
        weight: node.weight,
        tier: node.tier,
        latency_ms: entry.latency.map(|latency| latency.as_millis() as u32),
        up,
        down,
    };
    describe(&node.kind, &mut view);
    view
}

/// What only one kind of node has, without its secrets.
fn describe(kind: &Kind, view: &mut NodeView) {
    match kind {
        Kind::Ss { method, plugin, .. } => {
            view.method.clone_from(method);
            view.plugin = plugin.as_ref().map(|plugin| plugin.name.clone()).unwrap_or_default();
        }
        Kind::Ssr(ssr) => {
            view.method = ssr.method.to_string();
            view.protocol = ssr.protocol.to_string();
            view.obfs = ssr.obfs.to_string();
        }
        Kind::Socks5 { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: &str = "socks5://one.example:1080#Tokyo\nnonsense\nsocks5://two.example:1080#Osaka\n\
                         socks5://one.example:1080#again\nsocks5://three.example:1080#Osaka\n";

    fn book() -> (Book, ImportReport) {
        let mut book = Book::default();
        let report = book.import(THREE).unwrap();
        (book, report)
    }

    #[test]
    fn an_import_says_what_became_of_each_line() {
        let (book, report) = book();
        assert_eq!((report.added.len(), report.known.len(), book.entries().len()), (3, 1, 3));
        assert_eq!(report.refused[0].place, list::Where::Line(2));
        let mut again = book;
        assert_eq!(again.import(THREE).unwrap().added, []);
    }

    #[test]
    fn a_preview_says_what_an_import_will_do() {
        let (mut book, _) = book();
        let text =
            "socks5://one.example:1080#Edo\n\nsocks5://four.example:1080#Lima\nvmess://x\nsocks5://four.example:1080\n";
        let rows = book.preview(text).unwrap();
        assert_eq!(rows.iter().map(|row| row.place).collect::<Vec<_>>(), [1, 3, 4, 5].map(list::Where::Line));
        assert!(matches!(&rows[0].found, Found::Known { name, .. } if name == "Edo"), "{rows:?}");
        let Found::New { id, host, .. } = &rows[1].found else { panic!("{rows:?}") };
        assert_eq!(host, "four.example");
        assert!(matches!(&rows[2].found, Found::Refused { reason } if reason.contains("vmess")), "{rows:?}");
        assert!(matches!(&rows[3].found, Found::Known { id: again, .. } if again == id), "{rows:?}");
        assert_eq!(book.entries().len(), 3);
        assert_eq!(book.import(text).unwrap().added, vec![id.clone()]);
    }

    #[test]
    fn nodes_that_stay_keep_their_counters() {
        let (mut book, _) = book();
        let meter = Arc::clone(&book.find("Tokyo").unwrap().meter);
        let nodes = [book.find("Tokyo").unwrap(), &book.entries()[2]].map(|entry| Node::clone(&entry.node));
        book.replace(nodes.into());
        assert_eq!(book.entries().len(), 2);
        assert!(Arc::ptr_eq(&book.find("Tokyo").unwrap().meter, &meter));
    }

    #[test]
    fn a_node_is_found_by_id_by_its_beginning_and_by_name() {
        let (book, _) = book();
        let tokyo = book.find("Tokyo").unwrap().id.clone();
        assert_eq!(book.find(tokyo.as_str()).unwrap().node.name, "Tokyo");
        assert_eq!(book.find(&tokyo.as_str()[..11]).unwrap().node.name, "Tokyo");
        assert_eq!(book.find("Osaka").map(|_| ()).unwrap_err().code, FaultCode::AmbiguousNode);
        assert_eq!(book.find("Kyoto").map(|_| ()).unwrap_err().code, FaultCode::UnknownNode);
        assert_eq!(book.find("").map(|_| ()).unwrap_err().code, FaultCode::UnknownNode);
    }

    #[test]
    fn an_edit_keeps_identity_and_counters() {
        let (mut book, _) = book();
        let before = book.find("Tokyo").unwrap().clone();
        let changes = NodeChanges { name: Some("Edo".into()), excluded: Some(true), ..NodeChanges::default() };
        book.edit("Tokyo", changes).unwrap();
        let after = book.find("Edo").unwrap();
        assert_eq!(after.id, before.id);
        assert!(after.node.excluded && Arc::ptr_eq(&after.meter, &before.meter));
        let heavy = NodeChanges { weight: Some(0), ..NodeChanges::default() };
        assert_eq!(book.edit("Edo", heavy).unwrap_err().code, FaultCode::InvalidSetting);
    }

    #[test]
    fn a_book_survives_its_file() {
        let (book, _) = book();
        let json = serde_json::to_string(&book.file()).unwrap();
        let again = Book::of(serde_json::from_str(&json).unwrap());
        let ids = |book: &Book| book.entries().iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&again), ids(&book));
    }
}
