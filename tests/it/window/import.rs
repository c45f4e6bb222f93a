//! Importing nodes in the window: everything is previewed, and added only after confirmation.

use std::path::PathBuf;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use sluice::model::{Command, Page, Reply};
use sluice::qr::Code;

use super::harness::TestWindow;
use super::{call, engine_of, names, setting};
use crate::counterparts::Provider;
use crate::engine::Engine;

const TWO: &str = "socks5://a.invalid:1#Tokyo\nsocks5://b.invalid:1#Osaka\n";

fn file(engine: &Engine, name: &str, bytes: &[u8]) -> PathBuf {
    let path = engine.home().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn pasted_nodes_are_previewed_and_added_after_confirmation() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.expect_text("Add your first node");
    window.paste(TWO);
    window.expect_text("2 new");
    window.expect_text("a.invalid:1");
    assert!(engine.nodes().is_empty(), "nothing is added yet");
    window.click_button("Cancel");
    window.expect_no_text("Import nodes");
    assert!(engine.nodes().is_empty());

    window.paste(TWO);
    window.expect_text("2 new");
    window.press_key(Modifiers::NONE, Key::Enter);
    window.expect_text("2 nodes imported");
    window.expect_no_text("Import nodes");
    window.wait_until("the nodes are listed", |window| window.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
}

#[test]
fn the_preview_describes_every_line() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    let text = "socks5://Tokyo.invalid:1080#Tokyo\nsocks5://Osaka.invalid:1080#Kyoto\n\nvmess://x\n\
        socks5://new.invalid:7#New\nsocks5://new.invalid:7#Again\n";
    window.paste(text);
    window.expect_text("1 new · 3 already in the list · 1 not valid");
    for text in ["Exists", "Kyoto (here: Osaka)", "Renamed", "Duplicate", "line 4: ", "new.invalid:7", "socks5"] {
        window.expect_text(text);
    }
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("Import nodes");
    window.paste("nothing of use");
    window.expect_text("1 not valid");
    assert!(window.is_disabled(Role::Button, "Import"));
    window.click_button("Cancel");
    window.paste("<html><body>Log in first</body></html>");
    window.expect_no_text("Import nodes");
    window.expect_text("web page");
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
}

#[test]
fn dropped_files_are_previewed_together() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let picture = Code::of("socks5://picture.invalid:1#Lima").unwrap().png();
    let wide: Vec<u8> = [0xfeff].into_iter().chain(TWO.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let files = [
        file(&engine, "list.txt", &wide),
        file(&engine, "code.png", &picture),
        file(&engine, "page.html", b"<html></html>"),
        file(&engine, "empty.png", &Code::of("no link").unwrap().png()),
        engine.home().join("gone.txt"),
    ];
    let mut window = TestWindow::open(&engine, Page::Balance);
    window.hover_files(&files);
    window.expect_text("Drop to import");
    window.drop_files(&files);
    window.expect_no_text("Drop to import");
    window.expect_text("3 new · 3 not valid");
    for text in ["Lima", "Osaka", "page.html: ", "empty.png: line 1: ", "gone.txt: "] {
        window.expect_text(text);
    }
    assert_eq!(names(&engine), ["Tokyo"]);
    window.click_button("Import 3 nodes");
    window.expect_text("3 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Tokyo", "Osaka", "Lima"]);
}

#[test]
fn a_node_in_two_dropped_files_is_counted_once() {
    let (_origin, _server, engine) = engine_of(&[]);
    let more = "socks5://b.invalid:1#Osaka\nsocks5://c.invalid:1#Lima\n";
    let files = [file(&engine, "one.txt", TWO.as_bytes()), file(&engine, "two.txt", more.as_bytes())];
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.drop_files(&files);
    window.expect_text("3 new · 1 already in the list");
    window.expect_text("Duplicate");
    window.click_button("Import 3 nodes");
    window.expect_text("3 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Osaka", "Lima"]);
}

#[test]
fn a_missing_file_is_reported_and_another_one_can_be_chosen() {
    let (_origin, _server, engine) = engine_of(&[]);
    let list = file(&engine, "list.txt", TWO.as_bytes());
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("From file…");
    window.fill("File", "/nowhere/list.txt");
    window.click_button("Open");
    window.expect_text("/nowhere/list.txt: ");
    assert_eq!(window.value(Role::TextInput, "File"), "/nowhere/list.txt", "the input is kept");
    window.fill("File", list.to_str().unwrap());
    window.click_button("Open");
    window.click_button("Import 2 nodes");
    window.expect_text("2 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
}

#[test]
fn nodes_proposed_by_another_program_wait_for_confirmation() {
    let (_origin, _server, engine) = engine_of(&[]);
    let hand_over = |text: &str| call(&engine, Command::Propose { text: text.into() });
    assert_eq!(hand_over("socks5://a.invalid:1#Tokyo"), Reply::Done);
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.expect_text("Another program, such as a browser");
    window.expect_text("Tokyo");
    // Another proposal arrives while the first is shown.
    hand_over("socks5://b.invalid:1#Osaka");
    call(&engine, Command::Show { page: Page::Nodes });
    window.expect_text("2 new");
    // Enter may have been meant for the program that had the focus before.
    window.press_key(Modifiers::NONE, Key::Enter);
    window.expect_text("2 new");
    assert!(engine.nodes().is_empty());
    window.click_button("Import 2 nodes");
    window.expect_text("2 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
    assert_eq!(call(&engine, Command::Proposals), Reply::Proposals(Vec::new()), "each proposal is delivered once");
    assert!(!engine.log().contains("a.invalid"), "a proposal is not logged");
}

#[test]
fn a_preview_survives_an_engine_restart() {
    let (_origin, _server, mut engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.paste(TWO);
    window.expect_text("2 new");
    engine.kill();
    window.expect_text("Sluice is not running");
    window.click_button("Import 2 nodes");
    window.expect_text("2 new");
    let again = engine.start_again(|_| {});
    window.expect_no_text("Sluice is not running");
    window.click_button("Import 2 nodes");
    window.expect_text("2 nodes imported");
    assert_eq!(names(&again), ["Tokyo", "Osaka"]);
}

#[test]
fn another_clients_settings_are_imported_if_the_checkbox_is_set() {
    let (_origin, _server, engine) = engine_of(&[]);
    let list = Provider::start("socks5://listed.invalid:1#Listed\n");
    let server = r#"{"server":"a.test","server_port":1,"password":"p","method":"aes-256-gcm","remarks":"Tokyo"}"#;
    let text = format!(
        r#"{{"version":"4.4","configs":[{server}],"strategy":"com.shadowsocks.strategy.ha","index":-1,"global":false,
        "enabled":false,"shareOverLan":false,"localPort":0,"portableMode":true,"onlineConfigSource":["{}"]}}"#,
        list.url()
    );
    let file = file(&engine, "gui-config.json", text.as_bytes());
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.drop_files(std::slice::from_ref(&file));
    window.expect_text("Import the other program's settings too");
    for text in ["1 new", "cluster.strategy: ", "skipped: portableMode"] {
        window.expect_text(text);
    }
    window.click_button("Import 1 node");
    window.expect_text("1 node imported");
    assert!(
        !setting(&engine, "cluster.strategy").contains("fastest"),
        "settings are not imported without the checkbox"
    );

    window.drop_files(&[file]);
    window.expect_text("1 already in the list");
    assert!(window.is_disabled(Role::Button, "Import"));
    window.click(Role::CheckBox, "Import the other program's settings too");
    window.click_button("Import");
    window.expect_text("settings imported");
    assert!(setting(&engine, "cluster.strategy").contains("fastest"));
    window.expect_text("Subscription added: ");
    assert_eq!(names(&engine), ["Tokyo", "Listed"]);
}
