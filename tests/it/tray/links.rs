//! Links that are opened in a browser, through the desktop's own tools.

use std::process::{Command, Output, Stdio};

use eframe::egui::{Key, Modifiers};
use sluice::model::Page;
use sluice::model::subscription::SubscriptionView;
use sluice::os::paths::Paths;
use sluice::os::single_instance::Instance;

use super::desktop::{Desktop, Notices};
use super::tray;
use crate::counterparts::{Origin, V4, eventually, missing};
use crate::engine::{Engine, LIMIT, Setup};
use crate::window::harness::TestWindow;

/// Runs a program in the desktop, with the engine's home as its home.
fn run(desktop: &Desktop, home: &std::path::Path, args: &[&str]) -> Output {
    let [program, args @ ..] = args else { panic!("a program") };
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8").env_remove("SLUICE_HOME");
    command.env("DISPLAY", &desktop.display).env("WAYLAND_DISPLAY", "").env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus);
    // Without a known desktop xdg-open uses the desktop entries only.
    command.env_remove("XDG_CURRENT_DESKTOP").env("HOME", home).env("BROWSER", "false");
    command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_DATA_HOME", home.join("data"));
    command.output().unwrap()
}

const TRAY: &str = env!("CARGO_BIN_EXE_sluice-tray");

const LINK: &str = "ss://YWVzLTI1Ni1nY206dGVzdA@one.example:8388/?plugin=obfs-local%3Bobfs%3Dhttp#%E4%B8%80";

/// Opens a window and holds its lock, so that a second one only brings it to the front.
fn open_window(engine: &Engine) -> (TestWindow, Instance) {
    let paths = Paths::find(Some(engine.home())).unwrap();
    (TestWindow::open(engine, Page::Settings), Instance::acquire(&paths.window_lock()).unwrap())
}

#[test]
fn a_link_from_a_browser_is_imported_after_confirmation() {
    let Some(desktop) = Desktop::start() else { return };
    if missing("xdg-mime") || missing("xdg-open") {
        return;
    }
    let engine = Engine::start(&Origin::start(V4));
    let (mut window, _lock) = open_window(&engine);
    let home = engine.home();
    let desktop_does = |args: &[&str]| {
        let output = run(&desktop, home, args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = home.to_str().unwrap();
    std::fs::create_dir_all(home.join("config")).unwrap();
    desktop_does(&[TRAY, "--home", text, "open", "--register"]);
    for scheme in ["x-scheme-handler/ss", "x-scheme-handler/ssr", "x-scheme-handler/ssconf"] {
        assert_eq!(desktop_does(&["xdg-mime", "query", "default", scheme]).trim(), "sluice.desktop");
    }
    desktop_does(&["xdg-open", LINK]);
    window.expect_text("Another program, such as a browser");
    window.expect_text("one.example:8388");
    assert!(engine.nodes().is_empty(), "a web page cannot add nodes");
    window.click_button("Cancel");
    desktop_does(&["xdg-open", LINK]);
    window.click_button("Import 1 node");
    window.expect_text("1 node imported");
    assert_eq!((&*engine.nodes()[0].name, &*engine.nodes()[0].plugin), ("一", "obfs-local"));
    // The same node under another name is recognized by its identity.
    desktop_does(&["xdg-open", &LINK.replace("#%E4%B8%80", "#again")]);
    window.expect_text("again (here: 一)");
    window.click_button("Cancel");

    desktop_does(&[TRAY, "--home", text, "open", "ssr://nonsense!"]);
    window.expect_text("line 1: the link is not valid base64");
    window.click_button("Cancel");
    let address = "ssconf://key.example/a#My%20key";
    desktop_does(&["xdg-open", address]);
    window.expect_text("Another program, such as a browser, sent this address.");
    assert_eq!(window.field_text("Address"), address);
    // Enter may have been meant for the browser.
    window.press_key(Modifiers::NONE, Key::Enter);
    assert!(engine.status().fetches.is_empty(), "nothing is fetched before the user asks for it");
    window.click_button("Cancel");
    assert!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]).is_empty());
    for other in ["http://one.example/", "file:///etc/passwd", "sss://x", "-"] {
        let output = run(&desktop, home, &[TRAY, "--home", text, "open", other]);
        assert_eq!(output.status.code(), Some(1), "{other}: {output:?}");
    }
    assert_eq!(engine.nodes().len(), 1);
    desktop_does(&[TRAY, "--home", text, "open", "--unregister"]);
    assert!(!home.join("data/applications/sluice.desktop").exists());
}

#[test]
fn a_running_tray_notifies_about_an_imported_link() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (engine, _panel) = tray(&desktop, &Origin::start(V4), &[], |_| {});
    let (mut window, _lock) = open_window(&engine);
    let home = engine.home().to_str().unwrap();
    let output = run(&desktop, engine.home(), &[TRAY, "--home", home, "open", LINK]);
    assert!(output.status.success(), "{output:?}");
    window.click_button("Import 1 node");
    assert!(eventually(LIMIT, || !notices.shown().is_empty()));
    assert_eq!((engine.nodes().len(), notices.shown()), (1, vec!["Import|1 node imported".to_owned()]));
}

#[test]
fn without_an_engine_a_link_starts_the_tray_and_opens_the_window() {
    let Some(desktop) = Desktop::start() else { return };
    let panel = super::panel::Panel::start(&desktop.bus);
    let setup = desktop.with(Setup::new(&Origin::start(V4), |_| {})).with_program(&[
        TRAY,
        "open",
        "SS://YWVzLTI1Ni1nY206dGVzdA@one.example:8388#one",
    ]);
    let paths = Paths::find(Some(setup.home())).unwrap();
    let _window = Instance::acquire(&paths.window_lock()).unwrap();
    let engine = setup.start();
    panel.wait_until_registered();
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.expect_text("one.example:8388");
    assert!(engine.nodes().is_empty());
    window.click_button("Import 1 node");
    window.expect_text("1 node imported");
    assert_eq!(engine.nodes()[0].name, "one");
}
