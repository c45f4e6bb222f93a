//! What the list of nodes does with what users ask.

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
    assert!(matches!(&rows[2].found, Found::Refused { reason, .. } if reason.contains("vmess")), "{rows:?}");
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
    let (old, new) = book.exchange("C", other("")).unwrap();
    let entry = book.get(&new).unwrap();
    assert!(old != new && book.get(&old).is_none() && entry.history.is_empty());
    assert_eq!((entry.node.weight, entry.node.group.as_str(), entry.node.excluded), (7, "g", true));
    assert_eq!(names(&book).concat(), "ABCDE");
    book.exchange("C", other("N")).unwrap();
    assert_eq!(names(&book).concat(), "ABNDE");
    assert_eq!(book.exchange("A", other("N")).unwrap_err().code, FaultCode::KnownNode);
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
