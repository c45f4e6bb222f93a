//! The window as a person meets it, by names and roles, in front of a real engine: each thing done on it is
//! looked for at the engine's end.

mod activity;
mod balance;
mod desktop;
mod fields;
mod frames;
mod import;
mod long_work;
mod nodes;
mod reach;
pub mod rig;
mod rules;
mod settings;
mod subscriptions;

use eframe::egui::accesskit::Role;
use sluice::model::settings::{Language, Theme};
use sluice::model::{Command, Page, Reply};

use self::rig::Rig;
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT, Setup};

/// An engine with these nodes.
fn engine_of(names: &[&str]) -> (Origin, SocksServer, Engine) {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    let links: String = names.iter().map(|name| format!("socks5://{name}.invalid:1080#{name}\n")).collect();
    if !names.is_empty() {
        assert_eq!(engine.run_with(&["import", "-"], &links).code, Some(0));
    }
    (origin, server, engine)
}

/// Asks an engine, as another window does.
#[track_caller]
fn call(engine: &Engine, command: Command) -> Reply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(engine.call(command)).unwrap()
}

/// The names of an engine's nodes.
fn names(engine: &Engine) -> Vec<String> {
    engine.nodes().into_iter().map(|node| node.name).collect()
}

/// A setting, as the engine has it.
fn setting(engine: &Engine, key: &str) -> String {
    engine.done(&["get", key])
}

#[test]
fn theme_and_language_change_at_once_and_for_good() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    rig.click(Role::RadioButton, "Theme: Dark");
    rig.until("it is dark", |rig| rig.harness.ctx.theme() == eframe::egui::Theme::Dark);
    assert!(setting(&engine, "window.theme").contains(Theme::Dark.word()));
    rig.click(Role::RadioButton, "Theme: Light");
    rig.until("it is light", |rig| rig.harness.ctx.theme() == eframe::egui::Theme::Light);
    assert!(setting(&engine, "window.theme").contains(Theme::Light.word()));

    rig.click(Role::ComboBox, "Language");
    rig.press("中文");
    rig.sees("外观");
    assert!(setting(&engine, "language").contains(Language::Chinese.word()));
    engine.done(&["set", "language", "en"]);
    rig.sees("Appearance");
}

#[test]
fn a_window_without_an_engine_says_so_and_recovers() {
    let origin = Origin::start(V4);
    let mut engine = Engine::start(&origin);
    let mut rig = Rig::open(&engine, Page::Settings);
    engine.kill();
    rig.sees("Sluice is not running");
    let again = engine.again(|_| {});
    rig.misses("Sluice is not running");
    again.done(&["set", "window.theme", "dark"]);
    rig.until("what is said reaches it", |rig| {
        rig.app().state().settings().is_some_and(|settings| settings.window.theme == Theme::Dark)
    });
}

#[test]
fn a_button_starts_the_program() {
    let setup = Setup::new(&Origin::start(V4), |_| {});
    let home = setup.home().to_owned();
    // Where a tray shows its icon already, the engine alone is started.
    let paths = sluice::os::paths::Paths::find(Some(&home)).unwrap();
    let _tray = sluice::os::single_instance::Instance::acquire(&paths.tray_lock()).unwrap();
    let mut rig = Rig::open_at(home, Page::Nodes);
    rig.press("Start Sluice");
    rig.misses("Sluice is not running");
    rig.sees("Add your first node");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut client = runtime.block_on(sluice::control::Client::connect(&paths)).unwrap();
    runtime.block_on(client.call(Command::Shutdown)).unwrap();
    rig.sees("Sluice is not running");
}

#[test]
fn the_strip_connects_and_says_how_things_stand() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    let mut rig = Rig::open(&engine, Page::Settings);
    rig.sees("Off · no nodes yet");
    engine.import(&[server.node("Tokyo")]);
    engine.done(&["connect", "Tokyo"]);
    rig.sees("Tokyo · ");
    rig.click(Role::Switch, "Connect");
    rig.sees("Off");
    assert!(eventually(LIMIT, || !engine.status().active));
    rig.click(Role::Switch, "Connect");
    engine.becomes("it is on", |status| status.active && status.gateway.listening);
}

#[test]
fn a_second_window_brings_the_first_to_the_front() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open(&engine, Page::Settings);
    let paths = sluice::os::paths::Paths::find(Some(engine.home())).unwrap();
    let _window = sluice::os::single_instance::Instance::acquire(&paths.window_lock()).unwrap();
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_sluice-tray"));
    // It shows nothing itself, so that a display that is none will do.
    second.args(["window", "nodes", "--home"]).arg(engine.home()).env("DISPLAY", ":none");
    let ran = second.output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    rig.until("the page is shown", |rig| rig.has_row("Tokyo"));
}
