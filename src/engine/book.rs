//! The nodes: the list as the user has it, each with its counters and its last check.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use crate::model::command::{ImportReport, NodeChanges, Refused};
use crate::model::snapshot::NodeView;
use crate::model::{Fault, FaultCode, Kind, Meter, Node, NodeId, list, naming};

/// Checks of a node that are remembered: a line as wide as a table's cell.
const HISTORY: usize = 20;

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

/// The nodes.
#[derive(Default)]
pub(super) struct Book {
    entries: Vec<Entry>,
    /// What the last removal took out, each with its place at that time.
    removed: Vec<(usize, Entry)>,
}

/// One node with what is known of it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) id: NodeId,
    pub(super) node: Arc<Node>,
    pub(super) meter: Arc<Meter>,
    pub(super) latency: Option<Duration>,
    history: VecDeque<Option<Duration>>,
}

impl Entry {
    fn new(node: Node) -> Self {
        Self { id: node.id(), node: Arc::new(node), meter: Arc::default(), latency: None, history: VecDeque::new() }
    }
}

impl Book {
    /// The nodes of a file; of two with the same identity the first counts.
    pub(super) fn of(file: NodeFile) -> Self {
        let mut seen = HashSet::new();
        let entries = file.nodes.into_iter().map(Entry::new).filter(|entry| seen.insert(entry.id.clone()));
        Self { entries: entries.collect(), removed: Vec::new() }
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
        let unusable = |error: list::ListError| Fault::new(FaultCode::NothingImported, error.to_string());
        let mut report = ImportReport::default();
        for item in list::read(text).map_err(unusable)? {
            match item.node {
                Ok(node) => {
                    let entry = Entry::new(node);
                    if self.get(&entry.id).is_some() {
                        report.known.push(entry.id);
                    } else {
                        report.added.push(entry.id.clone());
                        self.entries.push(entry);
                    }
                }
                Err(error) => report.refused.push(Refused { place: item.place, reason: error.to_string() }),
            }
        }
        Ok(report)
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

    /// Takes nodes out; which, in the order of the list. [`Book::restore`] undoes it.
    ///
    /// # Errors
    /// One of them is not there; then none is taken out.
    pub(super) fn remove(&mut self, named: &[String]) -> Result<Vec<Entry>, Fault> {
        let ids = self.find_all(named)?;
        let is_meant = |(_, entry): &(usize, Entry)| ids.contains(&entry.id);
        let (removed, kept): (Vec<_>, Vec<_>) = self.entries.drain(..).enumerate().partition(is_meant);
        self.entries = kept.into_iter().map(|(_, entry)| entry).collect();
        self.removed = removed;
        Ok(self.removed.iter().map(|(_, entry)| entry.clone()).collect())
    }

    /// Puts back what the last removal took out, each where it was; how many that are.
    pub(super) fn restore(&mut self) -> usize {
        let before = self.entries.len();
        for (place, entry) in std::mem::take(&mut self.removed) {
            // It may have been imported again meanwhile.
            if self.get(&entry.id).is_none() {
                self.entries.insert(place.min(self.entries.len()), entry);
            }
        }
        self.entries.len() - before
    }

    /// Puts nodes together, in the order in which they are named, in front of another or at the end.
    ///
    /// # Errors
    /// One of them is not there; then all stay where they are.
    pub(super) fn reorder(&mut self, named: &[String], before: Option<&str>) -> Result<(), Fault> {
        let ids = self.find_all(named)?;
        let before = before.map(|named| self.find(named).map(|entry| entry.id.clone())).transpose()?;
        // In front of one that moves itself means in front of the next that does not.
        let target = before.and_then(|id| {
            let behind = self.entries.iter().skip_while(|entry| entry.id != id);
            behind.map(|entry| &entry.id).find(|id| !ids.contains(id)).cloned()
        });
        let (moved, mut kept): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(|entry| ids.contains(&entry.id));
        let in_order = ids.iter().filter_map(|id| moved.iter().find(|entry| entry.id == *id).cloned());
        let place = target.and_then(|id| kept.iter().position(|entry| entry.id == id)).unwrap_or(kept.len());
        kept.splice(place..place, in_order);
        self.entries = kept;
        Ok(())
    }

    /// Makes a node another one in the same place; its identity before and now.
    ///
    /// # Errors
    /// No such node, or the other one is in the list already.
    pub(super) fn replace(&mut self, named: &str, other: Node) -> Result<(NodeId, NodeId), Fault> {
        let (old, new) = (self.find(named)?.id.clone(), other.id());
        if old != new && self.get(&new).is_some() {
            return Err(Fault::new(FaultCode::KnownNode, other.label()));
        }
        let entry = self.entries.iter_mut().find(|entry| entry.id == old).expect("it was found");
        let node = &entry.node;
        let name = if other.name.is_empty() { node.name.clone() } else { other.name };
        let kept = Node { weight: node.weight, tier: node.tier, excluded: node.excluded, name, ..other };
        let node = Node { group: node.group.clone(), ..kept };
        if old != new {
            (entry.latency, entry.history) = (None, VecDeque::new());
        }
        (entry.id, entry.node) = (new.clone(), Arc::new(node));
        Ok((old, new))
    }

    fn find_all(&self, named: &[String]) -> Result<Vec<NodeId>, Fault> {
        named.iter().map(|named| self.find(named).map(|entry| entry.id.clone())).collect()
    }

    /// Notes how long a check through a node took, or that it failed.
    pub(super) fn note_latency(&mut self, id: &NodeId, latency: Option<Duration>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
            entry.latency = latency;
            if entry.history.len() == HISTORY {
                entry.history.pop_front();
            }
            entry.history.push_back(latency);
        }
    }

    /// All nodes as lists show them.
    pub(super) fn views(&self, ledger: &Ledger, today: Date) -> Vec<NodeView> {
        self.entries.iter().map(|entry| view(entry, ledger, today)).collect()
    }
}

fn view(entry: &Entry, ledger: &Ledger, today: Date) -> NodeView {
    let node = &entry.node;
    let (up, down) = ledger.total(&entry.id);
    let (up_today, down_today) = ledger.day(&entry.id, today);
    let millis = |latency: Duration| latency.as_millis() as u32;
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
        latency_ms: entry.latency.map(millis),
        history: entry.history.iter().map(|latency| latency.map(millis)).collect(),
        up,
        down,
        up_today,
        down_today,
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

    fn names(book: &Book) -> Vec<&str> {
        book.entries().iter().map(|entry| entry.node.name.as_str()).collect()
    }

    fn five() -> Book {
        let mut book = Book::default();
        let links = ["A", "B", "C", "D", "E"].map(|name| format!("socks5://{name}.example:1080#{name}"));
        book.import(&links.join("\n")).unwrap();
        book
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_removal_can_be_undone() {
        let mut book = five();
        let changes = NodeChanges { weight: Some(7), ..NodeChanges::default() };
        book.edit("D", changes).unwrap();
        let meter = book.find("D").unwrap().meter.clone();
        let removed = book.remove(&named(&["D", "A"])).unwrap();
        assert_eq!(removed.iter().map(|entry| entry.node.name.as_str()).collect::<Vec<_>>(), ["A", "D"]);
        assert_eq!(names(&book), ["B", "C", "E"]);
        assert_eq!(book.remove(&named(&["B", "Z"])).map(|_| ()).unwrap_err().code, FaultCode::UnknownNode);
        assert_eq!((book.restore(), names(&book)), (2, vec!["A", "B", "C", "D", "E"]));
        let back = book.find("D").unwrap();
        assert!(back.node.weight == 7 && Arc::ptr_eq(&back.meter, &meter));
        assert_eq!(book.restore(), 0);
    }

    #[test]
    fn nodes_move_together_and_none_is_lost() {
        for (moved, before, expected) in [
            (&["D"][..], Some("B"), "ADBCE"),
            (&["B", "A"], None, "CDEBA"),
            (&["A", "C"], Some("C"), "BACDE"),
            (&["E", "D"], Some("D"), "ABCED"),
            (&[], Some("A"), "ABCDE"),
        ] {
            let mut book = five();
            book.reorder(&named(moved), before).unwrap();
            assert_eq!(names(&book).concat(), expected, "{moved:?} {before:?}");
        }
        let mut book = five();
        assert!(book.reorder(&named(&["A", "Z"]), None).is_err() && book.reorder(&named(&["A"]), Some("Z")).is_err());
        assert_eq!(names(&book).concat(), "ABCDE");
    }

    #[test]
    fn a_node_with_another_server_keeps_its_place_and_what_was_chosen() {
        let mut book = five();
        let changes =
            NodeChanges { weight: Some(7), group: Some("g".into()), excluded: Some(true), ..NodeChanges::default() };
        book.edit("C", changes).unwrap();
        book.note_latency(&book.find("C").unwrap().id.clone(), Some(Duration::from_millis(3)));
        let other = |name| Node::new(name, "new.example", 1, Kind::Socks5 { login: None });
        let (old, new) = book.replace("C", other("")).unwrap();
        let entry = book.get(&new).unwrap();
        assert!(old != new && book.get(&old).is_none() && entry.history.is_empty());
        assert_eq!((entry.node.weight, entry.node.group.as_str(), entry.node.excluded), (7, "g", true));
        assert_eq!(names(&book).concat(), "ABCDE");
        book.replace("C", other("N")).unwrap();
        assert_eq!(names(&book).concat(), "ABNDE");
        assert_eq!(book.replace("A", other("N")).unwrap_err().code, FaultCode::KnownNode);
    }

    #[test]
    fn the_last_checks_are_remembered() {
        let mut book = five();
        let id = book.find("A").unwrap().id.clone();
        (0..30).for_each(|ms| book.note_latency(&id, (ms != 28).then(|| Duration::from_millis(ms))));
        let view = &book.views(&Ledger::default(), Date::default())[0];
        assert_eq!((view.history.len(), view.history[0], view.history[18]), (HISTORY, Some(10), None));
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
