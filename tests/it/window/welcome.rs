//! The welcome page of the first start: it helps to add nodes, and is not shown again after it was closed.

use std::fs;

use eframe::egui::accesskit::Role;
use sluice::model::Page;

use super::harness::TestWindow;
use super::{engine_of, names, setting};
use crate::counterparts::eventually;
use crate::engine::LIMIT;

const WELCOME: &str = "Welcome to Sluice";

#[test]
fn it_is_shown_until_it_is_closed() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.expect_text(WELCOME);
    window.expect_text("Start at login");
    window.click(Role::ComboBox, "Language");
    window.click_button("简体中文");
    window.expect_text("欢迎使用 Sluice");
    engine.run_ok(&["set", "language", "en"]);
    window.expect_text(WELCOME);

    // Other pages can be opened before it is closed.
    window.click(Role::Tab, "Settings");
    window.expect_text("Appearance");
    window.click(Role::Tab, "Nodes");
    window.click_offscreen_button("Skip");
    window.expect_no_text(WELCOME);
    window.expect_text("Add your first node");
    assert!(eventually(LIMIT, || setting(&engine, "window.welcome_seen").contains("true")));
    let mut again = TestWindow::open(&engine, Page::Nodes);
    again.expect_text("Add your first node");
    assert!(!again.has(WELCOME));
}

#[test]
fn files_of_other_clients_are_searched_on_request() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("From other clients");
    window.expect_text("No files of other clients were found");

    let folder = engine.home().join("user/.config/electron-ssr");
    fs::create_dir_all(&folder).unwrap();
    let server = r#"{"server":"a.test","server_port":1,"password":"p","method":"aes-256-gcm","remarks":"Kyoto"}"#;
    fs::write(folder.join("gui-config.json"), format!(r#"{{"configs":[{server}]}}"#)).unwrap();
    window.click_button("From other clients");
    window.expect_text("1 new");
    assert!(names(&engine).is_empty(), "nothing is added yet");
    window.click_button("Import 1 node");
    window.wait_until("it is listed", |window| window.has_row("Kyoto"));
    assert!(!window.has(WELCOME));
    assert!(eventually(LIMIT, || setting(&engine, "window.welcome_seen").contains("true")));
    engine.run_ok(&["node", "remove", "Kyoto"]);
    window.expect_text("Add your first node");
    assert!(!window.has(WELCOME), "it is not shown a second time");
}
