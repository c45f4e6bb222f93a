//! The page of the nodes.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use sluice::model::Page;

use super::rig::Rig;
use super::{engine_of, names};
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT};

#[test]
fn what_is_deleted_comes_back_as_it_was() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima"]);
    engine.done(&["node", "edit", "Osaka", "--weight", "7"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Row, "Osaka");
    rig.press("Delete");
    rig.sees("1 node removed");
    rig.until("the row is gone", |rig| !rig.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Lima"]);
    rig.press("Undo");
    rig.until("the row is back", |rig| rig.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Osaka", "Lima"]);
    assert_eq!(engine.nodes()[1].weight, 7);
}

#[test]
fn many_are_chosen_by_keys_and_removed_at_once() {
    let (_origin, _server, engine) = engine_of(&["A", "B", "C", "D"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Row, "B");
    rig.key(Modifiers::SHIFT, Key::ArrowDown);
    rig.sees("2 of 4 selected");
    rig.key(Modifiers::NONE, Key::Delete);
    rig.sees("2 nodes removed");
    assert_eq!(names(&engine), ["A", "D"]);
    rig.press("Undo");
    rig.until("they are back", |rig| rig.has_row("B") && rig.has_row("C"));
    assert_eq!(names(&engine), ["A", "B", "C", "D"], "each where it was");
    // What is searched away cannot be removed with the rest.
    rig.key(Modifiers::COMMAND, Key::A);
    rig.fill("Search nodes", "a.inv");
    rig.until("one is left", |rig| rig.has_row("A") && !rig.has_row("B"));
    rig.press("Delete");
    rig.sees("1 node removed");
    assert_eq!(names(&engine), ["B", "C", "D"]);
}

#[test]
fn weight_and_tier_are_typed_in_the_table() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    let mut type_in = |field: &str, text: &str| {
        rig.get(Role::SpinButton, field).click();
        rig.harness.step();
        rig.harness.step();
        rig.key(Modifiers::COMMAND, Key::A);
        rig.harness.event(eframe::egui::Event::Text(text.into()));
        rig.key(Modifiers::NONE, Key::Enter);
        rig.harness.step();
    };
    type_in("Weight of Tokyo", "7");
    assert!(eventually(LIMIT, || engine.nodes()[0].weight == 7));
    type_in("Tier of Tokyo", "3");
    assert!(eventually(LIMIT, || engine.nodes()[0].tier == 3));
    type_in("Weight of Tokyo", "101");
    rig.sees("Expected: a number from 1 to 100.");
    assert_eq!((engine.nodes()[0].weight, engine.nodes()[0].tier), (7, 3));
}

#[test]
fn a_search_leaves_what_matches() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.key(Modifiers::COMMAND, Key::F);
    rig.fill("Search nodes", "osa");
    rig.until("one is left", |rig| rig.has_row("Osaka") && !rig.has_row("Tokyo"));
    rig.fill("Search nodes", "nowhere");
    rig.sees("No matching nodes");
}

#[test]
fn a_switch_and_a_number_reach_the_engine() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Switch, "Use Tokyo");
    assert!(eventually(LIMIT, || engine.nodes()[0].excluded));
    rig.until("it shows", |rig| rig.app().state().nodes()[0].excluded);
    engine.done(&["node", "edit", "Tokyo", "--weight", "9"]);
    rig.until("a change made elsewhere shows", |rig| rig.app().state().nodes()[0].weight == 9);
}

#[test]
fn a_test_says_how_long_or_where_it_failed() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    engine.import(&[server.node("Tokyo")]);
    assert_eq!(engine.run_with(&["import", "-"], "socks5://127.0.0.1:1#Lima").code, Some(0));
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.press("Test all");
    rig.until("both are tested", |rig| rig.app().state().node_tests.progress().is_none());
    rig.sees("TCP: ");
    rig.until("the engine knows it too", |rig| rig.app().state().nodes()[0].latency_ms.is_some());
    assert!(engine.nodes()[0].latency_ms.is_some() && engine.nodes()[1].history == [None]);
}

#[test]
fn a_node_is_typed_in_and_wrong_fields_say_what_is_wanted() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.press("Enter manually…");
    rig.fill("Name", "Tokyo");
    rig.fill("Port", "70000");
    rig.sees("Enter a number from 1 to 65535.");
    rig.press("Add");
    rig.sees("Enter a host name or address");
    rig.sees("Enter the server's password.");
    assert_eq!(engine.nodes(), []);
    rig.fill("Server", "tokyo.invalid");
    rig.fill("Port", "8388");
    rig.fill("Password", "secret");
    rig.fill("Group", "mine");
    rig.misses("Expected:");
    rig.press("Add");
    rig.until("it is listed", |rig| rig.has_row("Tokyo"));
    assert!(eventually(LIMIT, || engine.nodes()[0].group == "mine"));
    let node = &engine.nodes()[0];
    assert_eq!((node.host.as_str(), node.port, node.kind.as_str()), ("tokyo.invalid", 8388, "ss"));

    // What the engine refuses stays as it was typed.
    rig.press("Add");
    rig.press("Enter manually…");
    for (field, text) in [("Name", "Again"), ("Server", "tokyo.invalid"), ("Port", "8388"), ("Password", "secret")] {
        rig.fill(field, text);
    }
    rig.harness.get_all_by_role_and_label(Role::Button, "Add").last().unwrap().click();
    rig.sees("This node is already in the list.");
    rig.key(Modifiers::NONE, Key::Escape);
    rig.misses("New node");
    assert_eq!(engine.nodes().len(), 1);
}

#[test]
fn a_node_is_changed_to_another_server_and_keeps_its_place() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima"]);
    engine.done(&["node", "edit", "Osaka", "--weight", "7"]);
    let before = engine.nodes()[1].id.clone();
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Row, "Osaka");
    rig.press("Edit");
    rig.fill("Server", "kyoto.invalid");
    rig.fill("Name", "Kyoto");
    rig.press("Save");
    rig.until("it is listed", |rig| rig.has_row("Kyoto"));
    assert_eq!(names(&engine), ["Tokyo", "Kyoto", "Lima"]);
    let node = &engine.nodes()[1];
    assert!(node.id != before && node.weight == 7 && node.host == "kyoto.invalid");
}

#[test]
fn a_node_is_shared_as_a_code_and_a_link() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Row, "Tokyo");
    rig.press("Share");
    rig.until("the code is there", |rig| {
        rig.harness.query_by_role_and_label(Role::Image, "QR code of Tokyo").is_some()
    });
    let link = engine.done(&["share", "Tokyo"]);
    let shown = rig.harness.get_by_label("Link").value().unwrap();
    assert_eq!(shown.trim(), link.trim());
    rig.press("Save picture…");
    let file = engine.home().join("code.png");
    rig.fill("File", file.to_str().unwrap());
    rig.press("Save");
    rig.sees("Saved as");
    let texts = sluice::qr::texts_in_file(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(texts, [link.trim()]);

    // And back again, as a file with a code in it.
    engine.done(&["node", "remove", "Tokyo"]);
    rig.press("From file…");
    rig.fill("File", file.to_str().unwrap());
    rig.press("Open");
    rig.press("Import 1 node");
    rig.sees("1 node imported");
    assert_eq!(names(&engine), ["Tokyo"]);
}

#[test]
fn nodes_are_put_in_another_order() {
    let (_origin, _server, engine) = engine_of(&["A", "B", "C"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Row, "C");
    rig.key(Modifiers::ALT, Key::ArrowUp);
    assert!(eventually(LIMIT, || names(&engine) == ["A", "C", "B"]));
    rig.until("it shows", |rig| rig.app().state().nodes()[1].name == "C");
    rig.key(Modifiers::ALT, Key::ArrowDown);
    assert!(eventually(LIMIT, || names(&engine) == ["A", "B", "C"]));

    rig.until("it shows", |rig| rig.app().state().nodes()[1].name == "B");
    (0..3).for_each(|_| rig.harness.step());
    let (from, to) = (rig.get(Role::Row, "A").rect().center(), rig.get(Role::Row, "C").rect().center());
    rig.harness.drag_at(from);
    rig.harness.step();
    for share in [0.2, 0.6, 1.0] {
        rig.harness.hover_at(from + (to - from) * share);
        rig.harness.step();
    }
    rig.harness.drop_at(to);
    rig.harness.step();
    assert!(eventually(LIMIT, || names(&engine) == ["B", "A", "C"]), "{:?}", names(&engine));
}
