//! The page of the settings.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT;
use sluice::model::Page;

use super::rig::Rig;
use super::{engine_of, setting};
use crate::counterparts::eventually;
use crate::engine::LIMIT;

#[test]
fn a_draft_is_applied_as_a_whole_and_wrong_input_is_kept() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    rig.fill("Idle timeout (0: none)", "long");
    rig.sees("Expected: a number.");
    assert!(rig.get(Role::Button, "Apply").accesskit_node().is_disabled());
    assert_eq!(rig.value(Role::TextInput, "Idle timeout (0: none)"), "long");
    rig.fill("Idle timeout (0: none)", "60");
    rig.fill("Maximum connections", "100");
    rig.misses("Expected:");
    // What is changed elsewhere shows up beside what is being typed.
    engine.done(&["set", "gateway.drain_limit_s", "7"]);
    rig.until("it shows", |rig| rig.value(Role::TextInput, "Keep connections of a replaced node") == "7");
    rig.press("Apply");
    rig.sees("Applied");
    assert_eq!(setting(&engine, "gateway.idle_limit_s").trim(), "60");
    assert_eq!(setting(&engine, "gateway.max_connections").trim(), "100");

    rig.fill("Maximum connections", "200");
    rig.press("Discard");
    rig.misses("Discard");
    assert_eq!(setting(&engine, "gateway.max_connections").trim(), "100");
}

#[test]
fn a_notice_is_switched_off_at_once() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    rig.click(Role::CheckBox, "The port is in use");
    assert!(eventually(LIMIT, || setting(&engine, "notices.port").contains("false")));
}

#[test]
fn a_backup_behind_a_password_is_taken_and_restored() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    let file = engine.home().join("backup.age");
    rig.press_unseen("Save backup");
    rig.fill("Password", "hunter2");
    rig.press("Continue");
    rig.fill("File", file.to_str().unwrap());
    rig.press("Save");
    rig.sees("Saved as");
    assert!(sluice::seal::is_sealed(&std::fs::read(&file).unwrap()));

    engine.done(&["node", "remove", "Tokyo"]);
    rig.press_unseen("Restore backup");
    rig.fill("File", file.to_str().unwrap());
    rig.press("Open");
    rig.sees("This backup is encrypted with a password.");
    rig.fill("Password", "hunter2");
    rig.press("Continue");
    rig.sees("Restore this backup?");
    rig.sees("Tokyo");
    rig.press("Restore");
    assert!(eventually(LIMIT, || engine.nodes().len() == 2));
    rig.sees("Backup restored.");
    rig.press("Undo");
    assert!(eventually(LIMIT, || engine.nodes().len() == 1));
}

#[test]
fn a_reset_asks_first() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    engine.done(&["set", "cluster.size", "9"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    rig.press_unseen("Reset settings…");
    rig.sees("Reset all settings?");
    rig.key(Modifiers::NONE, Key::Escape);
    rig.misses("Reset all settings?");
    assert_eq!(setting(&engine, "cluster.size").trim(), "9");
    rig.press_unseen("Reset settings…");
    rig.press("Reset");
    assert!(eventually(LIMIT, || setting(&engine, "cluster.size").trim() == "3"));
    assert_eq!(engine.nodes().len(), 1);
}
