//! The window with a real engine, operated through the names and roles of its controls. Every change is verified in the
//! engine.

pub mod accessibility;
mod activity;
mod balance;
mod cancellation;
mod connections;
mod desktop;
pub mod harness;
mod import;
mod nodes;
mod repaint;
mod rules;
mod settings;
mod subscriptions;
mod validation;
mod welcome;

use eframe::egui::accesskit::Role;
use sluice::locale::Locale;
use sluice::model::settings::Theme;
use sluice::model::{Command, Page, Reply};

use self::harness::TestWindow;
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

/// Sends a command to the engine, as another window would.
#[track_caller]
fn call(engine: &Engine, command: Command) -> Reply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(engine.call(command)).unwrap()
}

/// The names of an engine's nodes.
fn names(engine: &Engine) -> Vec<String> {
    engine.nodes().into_iter().map(|node| node.name).collect()
}

/// The engine's value of a setting.
fn setting(engine: &Engine, key: &str) -> String {
    engine.run_ok(&["get", key])
}

#[test]
fn theme_and_language_change_at_once_and_are_saved() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.click(Role::RadioButton, "Theme: Dark");
    window.wait_until("the theme is dark", |window| window.harness.ctx.theme() == eframe::egui::Theme::Dark);
    assert!(setting(&engine, "window.theme").contains(Theme::Dark.as_str()));
    window.click(Role::RadioButton, "Theme: Light");
    window.wait_until("the theme is light", |window| window.harness.ctx.theme() == eframe::egui::Theme::Light);
    assert!(setting(&engine, "window.theme").contains(Theme::Light.as_str()));

    window.click(Role::ComboBox, "Language");
    window.click_button("繁體中文");
    window.wait_until("it is Chinese", |window| window.app().state().locale == Locale::TraditionalChinese);
    assert!(setting(&engine, "language").contains(Locale::TraditionalChinese.tag()));
    engine.run_ok(&["set", "language", "en"]);
    window.expect_text("Appearance");
}

#[test]
fn a_window_without_an_engine_says_so_and_reconnects() {
    let origin = Origin::start(V4);
    let mut engine = Engine::start(&origin);
    let mut window = TestWindow::open(&engine, Page::Settings);
    engine.kill();
    window.expect_text("Sluice is not running");
    let again = engine.start_again(|_| {});
    window.expect_no_text("Sluice is not running");
    again.run_ok(&["set", "window.theme", "dark"]);
    window.wait_until("the new setting arrives", |window| {
        window.app().state().settings().is_some_and(|settings| settings.window.theme == Theme::Dark)
    });
}

#[test]
fn a_button_starts_the_engine() {
    let setup = Setup::new(&Origin::start(V4), |_| {});
    let home = setup.home().to_owned();
    // If a tray runs already, only the engine is started.
    let paths = sluice::os::paths::Paths::find(Some(&home)).unwrap();
    let _tray = sluice::os::single_instance::Instance::acquire(&paths.tray_lock()).unwrap();
    let mut window = TestWindow::open_at(home, Page::Nodes);
    window.click_button("Start Sluice");
    window.expect_no_text("Sluice is not running");
    window.expect_text("Add your first node");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut client = runtime.block_on(sluice::control::Client::connect(&paths)).unwrap();
    runtime.block_on(client.call(Command::Shutdown)).unwrap();
    window.expect_text("Sluice is not running");
}

#[test]
fn the_header_connects_and_shows_the_state() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    let mut window = TestWindow::open(&engine, Page::Settings);
    window.expect_text("Off · no nodes yet");
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    window.expect_text("Tokyo · ");
    window.click(Role::Switch, "Connect");
    window.expect_text("Off");
    assert!(eventually(LIMIT, || !engine.status().active));
    window.click(Role::Switch, "Connect");
    engine.wait_for("the proxy is on", |status| status.active && status.gateway.listening);
}

#[test]
fn a_second_window_brings_the_first_to_the_front() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open(&engine, Page::Settings);
    let paths = sluice::os::paths::Paths::find(Some(engine.home())).unwrap();
    let _window = sluice::os::single_instance::Instance::acquire(&paths.window_lock()).unwrap();
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_sluice-tray"));
    // It opens no window itself, so it needs no display.
    second.args(["window", "nodes", "--home"]).arg(engine.home()).env("DISPLAY", ":none");
    let output = second.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    window.wait_until("the page is shown", |window| window.has_row("Tokyo"));
}
