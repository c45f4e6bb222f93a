//! The page *Activity*.

use eframe::egui::accesskit::Role;
use sluice::model::{EventKind, Page};

use super::engine_of;
use super::harness::TestWindow;

#[test]
fn events_are_listed_and_filtered() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Activity);
    window.expect_text("the engine started");
    window.expect_text("1 node imported");
    engine.run_ok(&["set", "cluster.size", "2"]);
    window.expect_text("settings changed: cluster.size");
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::SettingsChanged { .. })), 1);

    window.click(Role::ComboBox, "Kind");
    window.click_button("Nodes and subscriptions");
    window.expect_no_text("settings changed");
    window.expect_text("1 node imported");
    window.fill("Find", "nothing like it");
    window.expect_text("No events");
    window.fill("Find", "IMPORTED");
    window.expect_text("1 node imported");
}

#[test]
fn the_log_is_shown_updated_and_filtered() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Activity);
    window.click(Role::RadioButton, "List: Log");
    window.expect_text("engine-started");
    engine.run_ok(&["set", "cluster.size", "2"]);
    window.expect_text("settings-changed");
    window.fill("Find", "settings-changed");
    window.expect_no_text("engine-started");
    window.click(Role::CheckBox, "Warnings and errors only");
    window.expect_text("No log");
}

#[test]
fn a_diagnosis_is_saved_to_the_chosen_file() {
    let (_origin, _server, engine) = engine_of(&["Tokyo-secret-name"]);
    let file = engine.home().join("diagnosis.txt");
    let mut window = TestWindow::open(&engine, Page::Activity);
    window.click_button("Save diagnostics…");
    window.fill("File", "/nowhere/at/all.txt");
    window.click_button("Save");
    window.expect_text("/nowhere/at/all.txt: ");
    window.fill("File", file.to_str().unwrap());
    window.click_button("Save");
    window.expect_no_text("/nowhere/at/all.txt: ");
    window.wait_until("the report is written", |_| file.exists());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("diagnosis") && text.contains("## Settings"), "{text}");
    assert!(!text.contains("Tokyo-secret-name") && !text.contains("invalid:1080"), "{text}");
}
