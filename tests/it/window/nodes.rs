//! The page *Nodes*.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use sluice::model::Page;

use super::harness::TestWindow;
use super::{engine_of, names};
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT};

#[test]
fn deleting_a_node_can_be_undone() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima"]);
    engine.run_ok(&["node", "edit", "Osaka", "--weight", "7"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click(Role::Row, "Osaka");
    window.click_button("Delete");
    window.expect_text("1 node removed");
    window.wait_until("the row is gone", |window| !window.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Lima"]);
    window.click_button("Undo");
    window.wait_until("the row is back", |window| window.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Osaka", "Lima"]);
    assert_eq!(engine.nodes()[1].weight, 7);
}

#[test]
fn several_nodes_are_selected_with_keys_and_removed() {
    let (_origin, _server, engine) = engine_of(&["A", "B", "C", "D"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click(Role::Row, "B");
    window.press_key(Modifiers::SHIFT, Key::ArrowDown);
    window.expect_text("2 of 4 selected");
    window.press_key(Modifiers::NONE, Key::Delete);
    window.expect_text("2 nodes removed");
    assert_eq!(names(&engine), ["A", "D"]);
    window.click_button("Undo");
    window.wait_until("both rows are back", |window| window.has_row("B") && window.has_row("C"));
    assert_eq!(names(&engine), ["A", "B", "C", "D"], "each at its old position");
    // Selected nodes that the search hides are not removed.
    window.press_key(Modifiers::COMMAND, Key::A);
    window.fill("Search nodes", "a.inv");
    window.wait_until("only one row is left", |window| window.has_row("A") && !window.has_row("B"));
    window.click_button("Delete");
    window.expect_text("1 node removed");
    assert_eq!(names(&engine), ["B", "C", "D"]);
}

#[test]
fn weight_and_tier_are_edited_in_the_table() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    let mut type_in = |field: &str, text: &str| {
        window.get(Role::SpinButton, field).click();
        window.harness.step();
        window.harness.step();
        window.press_key(Modifiers::COMMAND, Key::A);
        window.harness.event(eframe::egui::Event::Text(text.into()));
        window.press_key(Modifiers::NONE, Key::Enter);
        window.harness.step();
    };
    type_in("Weight of Tokyo", "7");
    assert!(eventually(LIMIT, || engine.nodes()[0].weight == 7));
    type_in("Tier of Tokyo", "3");
    assert!(eventually(LIMIT, || engine.nodes()[0].tier == 3));
    type_in("Weight of Tokyo", "101");
    window.expect_text("Expected: a number from 1 to 100.");
    assert_eq!((engine.nodes()[0].weight, engine.nodes()[0].tier), (7, 3));
}

#[test]
fn a_search_shows_only_matching_nodes() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.press_key(Modifiers::COMMAND, Key::F);
    window.fill("Search nodes", "osa");
    window.wait_until("only one row is left", |window| window.has_row("Osaka") && !window.has_row("Tokyo"));
    window.fill("Search nodes", "nowhere");
    window.expect_text("No matching nodes");
}

#[test]
fn excluding_a_node_is_applied_and_changes_made_elsewhere_are_shown() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click(Role::Switch, "Use Tokyo");
    assert!(eventually(LIMIT, || engine.nodes()[0].excluded));
    window.wait_until("the window shows the change", |window| window.app().state().nodes()[0].excluded);
    engine.run_ok(&["node", "edit", "Tokyo", "--weight", "9"]);
    window.wait_until("the window shows a change made elsewhere", |window| window.app().state().nodes()[0].weight == 9);
}

#[test]
fn a_test_shows_the_latency_or_the_stage_that_failed() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    engine.import(&[server.node("Tokyo")]);
    assert_eq!(engine.run_with(&["import", "-"], "socks5://127.0.0.1:1#Lima").code, Some(0));
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("Test all");
    window.wait_until("both are tested", |window| window.app().state().node_tests.progress().is_none());
    window.expect_text("TCP: ");
    window.wait_until("the engine reports the latency", |window| window.app().state().nodes()[0].latency_ms.is_some());
    assert!(engine.nodes()[0].latency_ms.is_some() && engine.nodes()[1].history == [None]);
}

#[test]
fn a_node_is_added_by_hand_and_invalid_fields_show_what_is_expected() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("Enter manually…");
    window.fill("Name", "Tokyo");
    window.fill("Port", "70000");
    window.expect_text("Enter a number from 1 to 65535.");
    window.click_button("Add");
    window.expect_text("Enter a host name or address");
    window.expect_text("Enter the server's password.");
    assert_eq!(engine.nodes(), []);
    window.fill("Server", "tokyo.invalid");
    window.fill("Port", "8388");
    window.fill("Password", "secret");
    window.fill("Group", "mine");
    window.expect_no_text("Expected:");
    window.click_button("Add");
    window.wait_until("the node is listed", |window| window.has_row("Tokyo"));
    assert!(eventually(LIMIT, || engine.nodes()[0].group == "mine"));
    let node = &engine.nodes()[0];
    assert_eq!((node.host.as_str(), node.port, node.kind.as_str()), ("tokyo.invalid", 8388, "ss"));

    // The input is kept if the engine refuses it.
    window.click_button("Add");
    window.click_button("Enter manually…");
    for (field, text) in [("Name", "Again"), ("Server", "tokyo.invalid"), ("Port", "8388"), ("Password", "secret")] {
        window.fill(field, text);
    }
    window.harness.get_all_by_role_and_label(Role::Button, "Add").last().unwrap().click();
    window.expect_text("This node is already in the list.");
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("New node");
    assert_eq!(engine.nodes().len(), 1);
}

#[test]
fn a_node_keeps_its_position_when_its_server_is_changed() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima"]);
    engine.run_ok(&["node", "edit", "Osaka", "--weight", "7"]);
    let before = engine.nodes()[1].id.clone();
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click(Role::Row, "Osaka");
    window.click_button("Edit");
    window.fill("Server", "kyoto.invalid");
    window.fill("Name", "Kyoto");
    window.click_button("Save");
    window.wait_until("the node is listed", |window| window.has_row("Kyoto"));
    assert_eq!(names(&engine), ["Tokyo", "Kyoto", "Lima"]);
    let node = &engine.nodes()[1];
    assert!(node.id != before && node.weight == 7 && node.host == "kyoto.invalid");
}

#[test]
fn a_node_is_shared_as_a_code_and_a_link() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click(Role::Row, "Tokyo");
    window.click_button("Share");
    window.wait_until("the code is shown", |window| {
        window.harness.query_by_role_and_label(Role::Image, "QR code of Tokyo").is_some()
    });
    let link = engine.run_ok(&["share", "Tokyo"]);
    let shown = window.harness.get_by_label("Link").value().unwrap();
    assert_eq!(shown.trim(), link.trim());
    window.click_button("Save picture…");
    let file = engine.home().join("code.png");
    window.fill("File", file.to_str().unwrap());
    window.click_button("Save");
    window.expect_text("Saved as");
    let texts = sluice::qr::texts_in_file(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(texts, [link.trim()]);

    // The picture can be imported again.
    engine.run_ok(&["node", "remove", "Tokyo"]);
    window.click_button("From file…");
    window.fill("File", file.to_str().unwrap());
    window.click_button("Open");
    window.click_button("Import 1 node");
    window.expect_text("1 node imported");
    assert_eq!(names(&engine), ["Tokyo"]);
}

#[test]
fn nodes_are_reordered_with_keys_and_by_dragging() {
    let (_origin, _server, engine) = engine_of(&["A", "B", "C"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click(Role::Row, "C");
    window.press_key(Modifiers::ALT, Key::ArrowUp);
    assert!(eventually(LIMIT, || names(&engine) == ["A", "C", "B"]));
    window.wait_until("the window shows the change", |window| window.app().state().nodes()[1].name == "C");
    window.press_key(Modifiers::ALT, Key::ArrowDown);
    assert!(eventually(LIMIT, || names(&engine) == ["A", "B", "C"]));

    window.wait_until("the window shows the change", |window| window.app().state().nodes()[1].name == "B");
    (0..3).for_each(|_| window.harness.step());
    let (from, to) = (window.get(Role::Row, "A").rect().center(), window.get(Role::Row, "C").rect().center());
    window.harness.drag_at(from);
    window.harness.step();
    for share in [0.2, 0.6, 1.0] {
        window.harness.hover_at(from + (to - from) * share);
        window.harness.step();
    }
    window.harness.drop_at(to);
    window.harness.step();
    assert!(eventually(LIMIT, || names(&engine) == ["B", "A", "C"]), "{:?}", names(&engine));
}

#[test]
fn nodes_are_filtered_by_country() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima", "work"]);
    engine.run_ok(&["node", "edit", "Lima", "--country", "PE"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.expect_text("PE");
    window.click(Role::ColumnHeader, "Country");
    window.click(Role::ComboBox, "Country");
    window.click_button("JP");
    window.wait_until("only nodes in Japan are left", |window| {
        window.has_row("Tokyo") && window.has_row("Osaka") && !window.has_row("Lima") && !window.has_row("work")
    });
    window.click(Role::ComboBox, "Country");
    window.click_button("All countries");
    window.wait_until("all are back", |window| window.has_row("Lima") && window.has_row("work"));
}
