//! The node store: imports, edits, order and removals.

use jiff::civil::Date;

use super::*;
use crate::engine::traffic::TrafficTotals;
use crate::model::Kind;
use crate::model::command::ImportReport;
use crate::model::list;
use crate::model::preview::PreviewItem;

const THREE: &str = "socks5://one.example:1080#Edo\nnonsense\nsocks5://two.example:1080#Osaka\n\
                     socks5://one.example:1080#Tokyo\nsocks5://three.example:1080#Osaka\n";

fn import(store: &mut NodeStore, text: &str) -> ImportReport {
    let (new, report) = KnownNodes::of(store.known()).import(text).unwrap();
    store.add(new);
    report
}

fn store() -> (NodeStore, ImportReport) {
    let mut store = NodeStore::default();
    let report = import(&mut store, THREE);
    (store, report)
}

#[test]
fn an_import_reports_the_result_of_each_line() {
    let (store, report) = store();
    assert_eq!((report.added.len(), report.known.len(), store.entries().len()), (3, 1, 3));
    assert_eq!(report.refused[0].place, list::ListPosition::Line(2));
    let mut again = store;
    assert_eq!(import(&mut again, THREE).added, []);
}

#[test]
fn a_preview_matches_the_import() {
    let (mut store, _) = store();
    let text =
        "socks5://one.example:1080#Edo\n\nsocks5://four.example:1080#Lima\nvmess://x\nsocks5://four.example:1080\n";
    let rows = KnownNodes::of(store.known()).preview(text, &[]).unwrap();
    assert_eq!(rows.iter().map(|row| row.place).collect::<Vec<_>>(), [1, 3, 4, 5].map(list::ListPosition::Line));
    assert!(matches!(&rows[0].found, PreviewItem::Known { name, .. } if name == "Edo"), "{rows:?}");
    let PreviewItem::New { id, host, .. } = &rows[1].found else { panic!("{rows:?}") };
    assert_eq!(host, "four.example");
    assert!(
        matches!(&rows[2].found, PreviewItem::Refused { error } if error.to_string().contains("vmess")),
        "{rows:?}"
    );
    assert!(matches!(&rows[3].found, PreviewItem::Known { id: again, .. } if again == id), "{rows:?}");
    assert_eq!(store.entries().len(), 3);
    assert_eq!(import(&mut store, text).added, vec![id.clone()]);
}

#[test]
fn a_node_in_two_texts_is_new_once() {
    let (one, two) = ("socks5://four.example:1080#Lima\n", "socks5://five.example:1080\nsocks5://four.example:1080\n");
    let mut known = KnownNodes::of(Vec::new());
    let previews = [one, "{\"servers\": 1", two].map(|text| known.preview(text, &[]));
    let is_new = |text: usize| -> Vec<bool> {
        let rows = previews[text].as_ref().unwrap();
        rows.iter().map(|row| matches!(row.found, PreviewItem::New { .. })).collect()
    };
    assert_eq!((is_new(0), is_new(2)), (vec![true], vec![true, false]));
    assert!(previews[1].is_err(), "a broken text spoils no other");
}

#[test]
fn nodes_that_stay_keep_their_counters() {
    let (mut store, _) = store();
    let meter = Arc::clone(&store.find("Tokyo").unwrap().meter);
    let nodes = [store.find("Tokyo").unwrap(), &*store.entries()[2]].map(|entry| Arc::clone(&entry.node));
    store.replace(NodeStore::of(NodeFile::of(nodes.into_iter())));
    assert_eq!(store.entries().len(), 2);
    assert!(Arc::ptr_eq(&store.find("Tokyo").unwrap().meter, &meter));
}

#[test]
fn a_node_is_found_by_id_prefix_or_name() {
    let (store, _) = store();
    let tokyo = store.find("Tokyo").unwrap().id.clone();
    assert_eq!(store.find(tokyo.as_str()).unwrap().node.name, "Tokyo");
    assert_eq!(store.find(&tokyo.as_str()[..11]).unwrap().node.name, "Tokyo");
    assert_eq!(store.find("Osaka").map(|_| ()).unwrap_err().code, FaultCode::AmbiguousNode);
    assert_eq!(store.find("Kyoto").map(|_| ()).unwrap_err().code, FaultCode::UnknownNode);
    assert_eq!(store.find("").map(|_| ()).unwrap_err().code, FaultCode::UnknownNode);
}

#[test]
fn an_edit_keeps_identity_and_counters() {
    let (mut store, _) = store();
    let before = store.find("Tokyo").unwrap().clone();
    let changes = NodeChanges { name: Some("Edo".into()), excluded: Some(true), ..NodeChanges::default() };
    store.edit("Tokyo", changes).unwrap();
    let after = store.find("Edo").unwrap();
    assert_eq!(after.id, before.id);
    assert!(after.node.excluded && Arc::ptr_eq(&after.meter, &before.meter));
    let heavy = NodeChanges { weight: Some(0), ..NodeChanges::default() };
    assert_eq!(store.edit("Edo", heavy).unwrap_err().code, FaultCode::InvalidSetting);
}

fn names(store: &NodeStore) -> Vec<&str> {
    store.entries().iter().map(|entry| entry.node.name.as_str()).collect()
}

fn five() -> NodeStore {
    let mut store = NodeStore::default();
    let links = ["A", "B", "C", "D", "E"].map(|name| format!("socks5://{name}.example:1080#{name}"));
    import(&mut store, &links.join("\n"));
    store
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_removal_can_be_undone() {
    let mut store = five();
    let changes = NodeChanges { weight: Some(7), ..NodeChanges::default() };
    store.edit("D", changes).unwrap();
    let meter = store.find("D").unwrap().meter.clone();
    let removed = store.remove(&named(&["D", "A"])).unwrap();
    assert_eq!(removed.iter().map(|entry| entry.node.name.as_str()).collect::<Vec<_>>(), ["A", "D"]);
    assert_eq!(names(&store), ["B", "C", "E"]);
    assert_eq!(store.remove(&named(&["B", "Z"])).map(|_| ()).unwrap_err().code, FaultCode::UnknownNode);
    assert_eq!((store.restore(), names(&store)), (2, vec!["A", "B", "C", "D", "E"]));
    let back = store.find("D").unwrap();
    assert!(back.node.weight == 7 && Arc::ptr_eq(&back.meter, &meter));
    assert_eq!(store.restore(), 0);
}

#[test]
fn reordering_keeps_all_nodes() {
    for (moved, before, expected) in [
        (&["D"][..], Some("B"), "ADBCE"),
        (&["B", "A"], None, "CDEBA"),
        (&["A", "C"], Some("C"), "BACDE"),
        (&["E", "D"], Some("D"), "ABCED"),
        (&[], Some("A"), "ABCDE"),
    ] {
        let mut store = five();
        store.reorder(&named(moved), before).unwrap();
        assert_eq!(names(&store).concat(), expected, "{moved:?} {before:?}");
    }
    let mut store = five();
    assert!(store.reorder(&named(&["A", "Z"]), None).is_err() && store.reorder(&named(&["A"]), Some("Z")).is_err());
    assert_eq!(names(&store).concat(), "ABCDE");
}

#[test]
fn a_replaced_node_keeps_its_place_and_settings() {
    let mut store = five();
    let changes =
        NodeChanges { weight: Some(7), group: Some("g".into()), excluded: Some(true), ..NodeChanges::default() };
    store.edit("C", changes).unwrap();
    store.note_latency(&store.find("C").unwrap().id.clone(), Some(Duration::from_millis(3)));
    let other = |name| Node::new(name, "new.example", 1, Kind::Socks5 { login: None });
    let (old, new) = store.exchange("C", other("")).unwrap();
    let entry = store.get(&new).unwrap();
    assert!(old != new && store.get(&old).is_none() && entry.history.is_empty());
    assert_eq!((entry.node.weight, entry.node.group.as_str(), entry.node.excluded), (7, "g", true));
    assert_eq!(names(&store).concat(), "ABCDE");
    store.exchange("C", other("N")).unwrap();
    assert_eq!(names(&store).concat(), "ABNDE");
    assert_eq!(store.exchange("A", other("N")).unwrap_err().code, FaultCode::KnownNode);
}

#[test]
fn the_last_checks_are_remembered() {
    let mut store = five();
    let id = store.find("A").unwrap().id.clone();
    (0..30).for_each(|ms| store.note_latency(&id, (ms != 28).then(|| Duration::from_millis(ms))));
    let context = ViewContext { traffic: TrafficTotals::default(), today: Date::default(), allowed: Vec::new() };
    let view = &store.list().views(&context)[0];
    assert_eq!((view.history.len(), view.history[0], view.history[18]), (HISTORY, Some(10), None));
}

#[test]
fn a_node_store_survives_its_file() {
    let (store, _) = store();
    let json = serde_json::to_string(&store.file()).unwrap();
    let again = NodeStore::of(serde_json::from_str(&json).unwrap());
    let ids = |store: &NodeStore| store.entries().iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&store));
}
