//! The page of the nodes.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use sluice::model::Page;

use super::engine_of;
use super::rig::Rig;
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT};

fn names(engine: &Engine) -> Vec<String> {
    engine.nodes().into_iter().map(|node| node.name).collect()
}

#[test]
fn pasted_links_become_nodes() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.sees("Add your first server");
    rig.paste("socks5://a.invalid:1#Tokyo\nsocks5://b.invalid:1#Osaka\n");
    rig.sees("2 nodes imported");
    rig.until("they are listed", |rig| rig.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
    rig.paste("nothing of use");
    rig.sees("1 line refused");
}

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
    rig.sees("2 of 4 chosen");
    rig.key(Modifiers::NONE, Key::Delete);
    rig.sees("2 nodes removed");
    assert_eq!(names(&engine), ["A", "D"]);
}

#[test]
fn a_search_leaves_what_matches() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.key(Modifiers::COMMAND, Key::F);
    rig.fill("Search nodes", "osa");
    rig.until("one is left", |rig| rig.has_row("Osaka") && !rig.has_row("Tokyo"));
    rig.fill("Search nodes", "nowhere");
    rig.sees("No node matches");
}

#[test]
fn a_switch_and_a_number_reach_the_engine() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.click(Role::Switch, "Use Tokyo");
    assert!(eventually(LIMIT, || engine.nodes()[0].excluded));
    rig.until("it shows", |rig| rig.app().known().nodes[0].excluded);
    engine.done(&["node", "edit", "Tokyo", "--weight", "9"]);
    rig.until("a change made elsewhere shows", |rig| rig.app().known().nodes[0].weight == 9);
}

#[test]
fn a_test_says_how_long_or_where_it_failed() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    engine.import(&[server.node("Tokyo")]);
    assert_eq!(engine.run_with(&["import", "-"], "socks5://127.0.0.1:1#Lima").code, Some(0));
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.press("Test all");
    rig.until("both are tested", |rig| rig.app().known().trials.progress().is_none());
    rig.sees("TCP: ");
    rig.until("the engine knows it too", |rig| rig.app().known().nodes[0].latency_ms.is_some());
    assert!(engine.nodes()[0].latency_ms.is_some() && engine.nodes()[1].history == [None]);
}
