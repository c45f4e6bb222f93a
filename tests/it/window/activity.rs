//! The page of activity.

use eframe::egui::accesskit::Role;
use sluice::model::{EventKind, Page};

use super::engine_of;
use super::rig::Rig;

#[test]
fn events_are_told_in_words_and_sifted() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Activity);
    rig.sees("the engine started");
    rig.sees("1 node imported");
    engine.done(&["set", "cluster.size", "2"]);
    rig.sees("settings changed: cluster.size");
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::SettingsChanged { .. })), 1);

    rig.click(Role::ComboBox, "Kind");
    rig.press("Nodes and subscriptions");
    rig.misses("settings changed");
    rig.sees("1 node imported");
    rig.fill("Find", "nothing like it");
    rig.sees("No events");
    rig.fill("Find", "IMPORTED");
    rig.sees("1 node imported");
}

#[test]
fn the_log_is_shown_and_followed() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Activity);
    rig.click(Role::RadioButton, "List: Log");
    rig.sees("engine-started");
    engine.done(&["set", "cluster.size", "2"]);
    rig.sees("settings-changed");
    rig.fill("Find", "settings-changed");
    rig.misses("engine-started");
    rig.click(Role::CheckBox, "Warnings and errors only");
    rig.sees("No log");
}

#[test]
fn a_diagnosis_is_saved_where_a_person_wants_it() {
    let (_origin, _server, engine) = engine_of(&["Tokyo-secret-name"]);
    let file = engine.home().join("diagnosis.txt");
    let mut rig = Rig::open(&engine, Page::Activity);
    rig.press("Save diagnostics…");
    rig.fill("File", "/nowhere/at/all.txt");
    rig.press("Save");
    rig.sees("/nowhere/at/all.txt: ");
    rig.fill("File", file.to_str().unwrap());
    rig.press("Save");
    rig.misses("/nowhere/at/all.txt: ");
    rig.until("it is written", |_| file.exists());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("diagnosis") && text.contains("## Settings"), "{text}");
    assert!(!text.contains("Tokyo-secret-name") && !text.contains("invalid:1080"), "{text}");
}
