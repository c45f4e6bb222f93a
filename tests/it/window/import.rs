//! Nodes on their way in, on every page: shown first, and added only by a person's word.

use std::path::PathBuf;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use sluice::model::{Command, Page, Reply};
use sluice::qr::Code;

use super::rig::Rig;
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
fn what_is_pasted_is_shown_and_added_by_a_word() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.sees("Add your first node");
    rig.paste(TWO);
    rig.sees("2 new");
    rig.sees("a.invalid:1");
    assert!(engine.nodes().is_empty(), "nothing is added yet");
    rig.press("Cancel");
    rig.misses("Import nodes");
    assert!(engine.nodes().is_empty());

    rig.paste(TWO);
    rig.sees("2 new");
    rig.key(Modifiers::NONE, Key::Enter);
    rig.sees("2 nodes imported");
    rig.misses("Import nodes");
    rig.until("they are listed", |rig| rig.has_row("Osaka"));
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
}

#[test]
fn each_line_says_what_it_is() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    let text = "socks5://Tokyo.invalid:1080#Tokyo\nsocks5://Osaka.invalid:1080#Kyoto\n\nvmess://x\n\
        socks5://new.invalid:7#New\nsocks5://new.invalid:7#Again\n";
    rig.paste(text);
    rig.sees("1 new · 3 already in the list · 1 not valid");
    for said in ["Exists", "Kyoto (here: Osaka)", "Renamed", "Duplicate", "line 4: ", "new.invalid:7", "socks5"] {
        rig.sees(said);
    }
    rig.key(Modifiers::NONE, Key::Escape);
    rig.misses("Import nodes");
    rig.paste("nothing of use");
    rig.sees("1 not valid");
    assert!(rig.is_disabled(Role::Button, "Import"));
    rig.press("Cancel");
    rig.paste("<html><body>Log in first</body></html>");
    rig.misses("Import nodes");
    rig.sees("web page");
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
}

#[test]
fn dropped_files_are_looked_into_together() {
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
    let mut rig = Rig::open(&engine, Page::Balance);
    rig.hold_files(&files);
    rig.sees("Drop to import");
    rig.drop_files(&files);
    rig.misses("Drop to import");
    rig.sees("3 new · 3 not valid");
    for said in ["Lima", "Osaka", "page.html: ", "empty.png: line 1: ", "gone.txt: "] {
        rig.sees(said);
    }
    assert_eq!(names(&engine), ["Tokyo"]);
    rig.press("Import 3 nodes");
    rig.sees("3 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Tokyo", "Osaka", "Lima"]);
}

#[test]
fn a_file_is_asked_for_and_one_that_is_not_there_is_said() {
    let (_origin, _server, engine) = engine_of(&[]);
    let list = file(&engine, "list.txt", TWO.as_bytes());
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.press("From file…");
    rig.fill("File", "/nowhere/list.txt");
    rig.press("Open");
    rig.sees("/nowhere/list.txt: ");
    assert_eq!(rig.value(Role::TextInput, "File"), "/nowhere/list.txt", "what was typed is there");
    rig.fill("File", list.to_str().unwrap());
    rig.press("Open");
    rig.press("Import 2 nodes");
    rig.sees("2 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
}

#[test]
fn what_another_program_hands_over_waits_for_a_window_and_a_word() {
    let (_origin, _server, engine) = engine_of(&[]);
    let hand_over = |text: &str| call(&engine, Command::Propose { text: text.into() });
    assert_eq!(hand_over("socks5://a.invalid:1#Tokyo"), Reply::Done);
    let mut rig = Rig::open(&engine, Page::Settings);
    rig.sees("Another program, such as a browser");
    rig.sees("Tokyo");
    // Another one comes while the first is looked at.
    hand_over("socks5://b.invalid:1#Osaka");
    call(&engine, Command::Show { page: Page::Nodes });
    rig.sees("2 new");
    // A key that was meant for the program that was in front until now.
    rig.key(Modifiers::NONE, Key::Enter);
    rig.sees("2 new");
    assert!(engine.nodes().is_empty());
    rig.press("Import 2 nodes");
    rig.sees("2 nodes imported");
    assert_eq!(names(&engine), ["Tokyo", "Osaka"]);
    assert_eq!(call(&engine, Command::Proposals), Reply::Proposals(Vec::new()), "each is given once");
    assert!(!engine.log().contains("a.invalid"), "what is proposed is nobody else's");
}

#[test]
fn an_engine_that_refuses_loses_nothing_that_was_read() {
    let (_origin, _server, mut engine) = engine_of(&[]);
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.paste(TWO);
    rig.sees("2 new");
    engine.kill();
    rig.sees("Sluice is not running");
    rig.press("Import 2 nodes");
    rig.sees("2 new");
    let again = engine.again(|_| {});
    rig.misses("Sluice is not running");
    rig.press("Import 2 nodes");
    rig.sees("2 nodes imported");
    assert_eq!(names(&again), ["Tokyo", "Osaka"]);
}

#[test]
fn settings_of_another_client_are_taken_where_they_are_wanted() {
    let (_origin, _server, engine) = engine_of(&[]);
    let list = Provider::start("socks5://listed.invalid:1#Listed\n");
    let server = r#"{"server":"a.test","server_port":1,"password":"p","method":"aes-256-gcm","remarks":"Tokyo"}"#;
    let text = format!(
        r#"{{"version":"4.4","configs":[{server}],"strategy":"com.shadowsocks.strategy.ha","index":-1,"global":false,
        "enabled":false,"shareOverLan":false,"localPort":0,"portableMode":true,"onlineConfigSource":["{}"]}}"#,
        list.url()
    );
    let file = file(&engine, "gui-config.json", text.as_bytes());
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.drop_files(std::slice::from_ref(&file));
    rig.sees("Import the other program's settings too");
    for said in ["1 new", "cluster.strategy: ", "skipped: portableMode"] {
        rig.sees(said);
    }
    rig.press("Import 1 node");
    rig.sees("1 node imported");
    assert!(!setting(&engine, "cluster.strategy").contains("fastest"), "they were not wanted");

    rig.drop_files(&[file]);
    rig.sees("1 already in the list");
    assert!(rig.is_disabled(Role::Button, "Import"));
    rig.click(Role::CheckBox, "Import the other program's settings too");
    rig.press("Import");
    rig.sees("settings imported");
    assert!(setting(&engine, "cluster.strategy").contains("fastest"));
    rig.sees("Subscription added: ");
    assert_eq!(names(&engine), ["Tokyo", "Listed"]);
}
