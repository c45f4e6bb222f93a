//! Functions of the window that need a desktop: QR codes on the screen and on the clipboard, and the start at login. Each
//! test runs itself again in a process with its own desktop.

use std::process::{Command, Stdio};
use std::time::Instant;

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::NodeT;
use sluice::model::Page;
use sluice::qr::Code;

use super::harness::TestWindow;
use super::{engine_of, names};
use crate::counterparts::missing;
use crate::engine::LIMIT;
use crate::tray::desktop::Desktop;
use crate::tray::qr_codes::ShownPicture;

/// Set in a process that has its own desktop.
const IN_DESKTOP: &str = "SLUICE_TEST_IN_DESKTOP";

/// The display of this process's own desktop. Otherwise runs the test of this name in a process with a new desktop, and
/// returns `None`.
fn own_desktop(test: &str) -> Option<String> {
    if std::env::var_os(IN_DESKTOP).is_some() {
        return std::env::var("DISPLAY").ok();
    }
    if ["display", "xclip"].into_iter().any(missing) {
        return None;
    }
    let desktop = Desktop::start()?;
    let home = tempfile::tempdir().unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", &format!("window::desktop::{test}"), "--nocapture"]).env(IN_DESKTOP, "yes");
    again.env("DISPLAY", &desktop.display).env("WAYLAND_DISPLAY", "").env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus);
    again.env("XDG_CONFIG_HOME", home.path()).env("HOME", home.path()).env_remove("XDG_CURRENT_DESKTOP");
    let output = again.stdin(Stdio::null()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
    None
}

/// Clicks the button until a code is found: the picture appears some time after its program has started. A second click
/// while the dialog is open would close it.
#[track_caller]
fn scan_until_found(window: &mut TestWindow, button: &str) {
    let started = Instant::now();
    while !window.has("1 new") {
        assert!(started.elapsed() < LIMIT, "{button}: no code was found");
        window.click_button(button);
        window.wait_until("the scan is finished", |window| window.has("1 new") || !window.has("Import nodes"));
    }
}

#[test]
fn codes_on_the_screen_are_previewed() {
    let Some(display) = own_desktop("codes_on_the_screen_are_previewed") else { return };
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("From QR code on screen");
    window.expect_text("No QR code found.");
    let code = engine.home().join("code.png");
    std::fs::write(&code, Code::of("socks5://one.invalid:1080#one").unwrap().png()).unwrap();
    let _window = ShownPicture::window(&display, &code, "+20+20");
    scan_until_found(&mut window, "From QR code on screen");
    assert!(engine.nodes().is_empty());
    window.click_button("Import 1 node");
    window.expect_text("1 node imported");
    assert_eq!(names(&engine), ["one"]);
}

#[test]
fn a_code_on_the_clipboard_is_previewed() {
    let Some(display) = own_desktop("a_code_on_the_clipboard_is_previewed") else { return };
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("From clipboard");
    window.expect_text("The clipboard has no text and no QR code");
    let code = engine.home().join("code.png");
    std::fs::write(&code, Code::of("socks5://two.invalid:1080#two").unwrap().png()).unwrap();
    let _copied = ShownPicture::clipboard(&display, &code);
    scan_until_found(&mut window, "From clipboard");
    window.click_button("Import 1 node");
    window.expect_text("1 node imported");
    assert_eq!(names(&engine), ["two"]);
}

#[test]
fn start_at_login_is_switched_on_and_off() {
    if own_desktop("start_at_login_is_switched_on_and_off").is_none() {
        return;
    }
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let entry = std::path::PathBuf::from(std::env::var_os("XDG_CONFIG_HOME").unwrap()).join("autostart/sluice.desktop");
    let mut window = TestWindow::open_tall(&engine, Page::Settings);
    let is_on = |window: &TestWindow| window.get(Role::Switch, "Start at login").accesskit_node().toggled();
    window.click(Role::Switch, "Start at login");
    window.wait_until("start at login is on", |window| is_on(window) == Some(eframe::egui::accesskit::Toggled::True));
    let written = std::fs::read_to_string(&entry).unwrap();
    assert!(written.contains("sluice-tray") && written.contains("--at-login"), "{written}");
    window.click(Role::Switch, "Start at login");
    window.wait_until("start at login is off", |window| is_on(window) == Some(eframe::egui::accesskit::Toggled::False));
    assert!(!entry.exists());
}
