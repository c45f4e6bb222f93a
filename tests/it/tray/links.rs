//! Links that are opened in a browser: registered with the desktop's own tools, and opened by them.

use std::process::{Command, Output, Stdio};

use super::desktop::{Desktop, Notices};
use super::tray;
use crate::counterparts::{Origin, V4, eventually, missing};
use crate::engine::{Engine, LIMIT, Setup};

/// A program in the desktop, on an engine's files.
fn run(desktop: &Desktop, home: &std::path::Path, words: &[&str]) -> Output {
    let [program, words @ ..] = words else { panic!("a program") };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8").env_remove("SLUICE_HOME");
    command.env("DISPLAY", &desktop.display).env("WAYLAND_DISPLAY", "").env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus);
    // No desktop of a name: xdg-open goes by the entries alone.
    command.env_remove("XDG_CURRENT_DESKTOP").env("HOME", home).env("BROWSER", "false");
    command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_DATA_HOME", home.join("data"));
    command.output().unwrap()
}

const TRAY: &str = env!("CARGO_BIN_EXE_sluice-tray");

#[test]
fn a_link_in_a_browser_becomes_a_node() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    if missing("xdg-mime") || missing("xdg-open") {
        return;
    }
    let engine = Engine::start(&Origin::start(V4));
    let home = engine.home();
    let desktop_does = |words: &[&str]| {
        let ran = run(&desktop, home, words);
        assert!(ran.status.success(), "{words:?}: {ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let text = home.to_str().unwrap();
    std::fs::create_dir_all(home.join("config")).unwrap();
    desktop_does(&[TRAY, "--home", text, "open", "--register"]);
    for scheme in ["x-scheme-handler/ss", "x-scheme-handler/ssr"] {
        assert_eq!(desktop_does(&["xdg-mime", "query", "default", scheme]).trim(), "sluice.desktop");
    }
    desktop_does(&[
        "xdg-open",
        "ss://YWVzLTI1Ni1nY206dGVzdA@one.example:8388/?plugin=obfs-local%3Bobfs%3Dhttp#%E4%B8%80",
    ]);
    assert!(eventually(LIMIT, || engine.nodes().len() == 1), "{:?}", engine.events());
    assert_eq!((&*engine.nodes()[0].name, &*engine.nodes()[0].plugin), ("一", "obfs-local"));
    assert!(eventually(LIMIT, || notices.shown() == ["Import|1 node imported"]), "{:?}", notices.shown());
    // Once more: known by its identity.
    desktop_does(&["xdg-open", "ss://YWVzLTI1Ni1nY206dGVzdA@one.example:8388/?plugin=obfs-local%3Bobfs%3Dhttp#again"]);
    assert!(eventually(LIMIT, || notices.shown().len() == 2), "{:?}", notices.shown());
    assert_eq!((engine.nodes().len(), &*notices.shown()[1]), (1, "Import|1 known already"));

    desktop_does(&[TRAY, "--home", text, "open", "ssr://nonsense!"]);
    assert!(eventually(LIMIT, || notices.shown().len() == 3), "{:?}", notices.shown());
    assert_eq!(notices.shown()[2], "That did not work|the link is no base64");
    for other in ["http://one.example/", "file:///etc/passwd", "sss://x", "-"] {
        let ran = run(&desktop, home, &[TRAY, "--home", text, "open", other]);
        assert_eq!(ran.status.code(), Some(1), "{other}: {ran:?}");
    }
    assert_eq!(engine.nodes().len(), 1);
    desktop_does(&[TRAY, "--home", text, "open", "--unregister"]);
    assert!(!home.join("data/applications/sluice.desktop").exists());
}

#[test]
fn the_tray_that_runs_tells_of_a_link_once() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (engine, _panel) = tray(&desktop, &Origin::start(V4), &[], |_| {});
    let home = engine.home().to_str().unwrap();
    let ran =
        run(&desktop, engine.home(), &[TRAY, "--home", home, "open", "ss://YWVzLTI1Ni1nY206dGVzdA@one.example:8388"]);
    assert!(ran.status.success(), "{ran:?}");
    assert!(eventually(LIMIT, || !notices.shown().is_empty()));
    assert_eq!((engine.nodes().len(), notices.shown()), (1, vec!["Import|1 node imported".to_owned()]));
}

#[test]
fn without_an_engine_a_link_starts_the_tray() {
    let Some(desktop) = Desktop::start() else { return };
    let panel = super::panel::Panel::start(&desktop.bus);
    let setup = desktop.with(Setup::new(&Origin::start(V4), |_| {})).by(&[
        TRAY,
        "open",
        "SS://YWVzLTI1Ni1nY206dGVzdA@one.example:8388#one",
    ]);
    let engine = setup.start();
    panel.has_icon();
    assert!(eventually(LIMIT, || engine.nodes().len() == 1), "{:?}", engine.events());
    assert_eq!(engine.nodes()[0].name, "one");
}
