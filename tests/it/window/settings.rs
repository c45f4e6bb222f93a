//! The page *Settings*.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT;
use sluice::model::Page;

use super::harness::TestWindow;
use super::{engine_of, setting};
use crate::counterparts::eventually;
use crate::engine::LIMIT;

#[test]
fn a_draft_is_applied_as_a_whole_and_invalid_input_is_kept() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.fill("Idle timeout (0: none)", "long");
    window.expect_text("Expected: a number.");
    assert!(window.get(Role::Button, "Apply").accesskit_node().is_disabled());
    assert_eq!(window.value(Role::TextInput, "Idle timeout (0: none)"), "long");
    window.fill("Idle timeout (0: none)", "60");
    window.fill("Maximum connections", "100");
    window.expect_no_text("Expected:");
    // A change made elsewhere is shown without affecting the draft.
    engine.run_ok(&["set", "gateway.drain_limit_s", "7"]);
    window.wait_until("the new value is shown", |window| {
        window.value(Role::TextInput, "Keep connections of a replaced node") == "7"
    });
    window.click_button("Apply");
    window.expect_text("Applied");
    assert_eq!(setting(&engine, "gateway.idle_limit_s").trim(), "60");
    assert_eq!(setting(&engine, "gateway.max_connections").trim(), "100");

    window.fill("Maximum connections", "200");
    window.click_button("Discard");
    window.expect_no_text("Discard");
    assert_eq!(setting(&engine, "gateway.max_connections").trim(), "100");
}

#[test]
fn a_notification_is_switched_off_at_once() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.click(Role::CheckBox, "The port is in use");
    assert!(eventually(LIMIT, || setting(&engine, "notices.port").contains("false")));
}

#[test]
fn an_encrypted_backup_is_saved_and_restored() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    let file = engine.home().join("backup.age");
    window.click_offscreen_button("Save backup");
    window.fill("Password", "hunter2");
    window.click_button("Continue");
    window.fill("File", file.to_str().unwrap());
    window.click_button("Save");
    window.expect_text("Saved as");
    assert!(sluice::seal::is_sealed(&std::fs::read(&file).unwrap()));

    engine.run_ok(&["node", "remove", "Tokyo"]);
    window.click_offscreen_button("Restore backup");
    window.fill("File", file.to_str().unwrap());
    window.click_button("Open");
    window.expect_text("This backup is encrypted with a password.");
    window.fill("Password", "hunter2");
    window.click_button("Continue");
    window.expect_text("Restore this backup?");
    window.expect_text("Tokyo");
    window.click_button("Restore");
    assert!(eventually(LIMIT, || engine.nodes().len() == 2));
    window.expect_text("Backup restored.");
    window.click_button("Undo");
    assert!(eventually(LIMIT, || engine.nodes().len() == 1));
}

#[test]
fn a_reset_asks_for_confirmation() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    engine.run_ok(&["set", "cluster.size", "9"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.click_offscreen_button("Reset settings…");
    window.expect_text("Reset all settings?");
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("Reset all settings?");
    assert_eq!(setting(&engine, "cluster.size").trim(), "9");
    window.click_offscreen_button("Reset settings…");
    window.click_button("Reset");
    assert!(eventually(LIMIT, || setting(&engine, "cluster.size").trim() == "3"));
    assert_eq!(engine.nodes().len(), 1);
}
