//! The system proxy with GNOME's and KDE's own programs, on their own session bus and in their own home: set, restored,
//! and restored after every way in which the engine can end.

mod kill;
mod session;

use std::process::Command;
use std::time::Duration;

use sluice::model::event::FileFallback;
use sluice::model::settings::Mode;
use sluice::model::{EventKind, Settings};

use self::session::{Session, folder_with, folder_with_script, lacks_programs};
use crate::counterparts::{Origin, V4, eventually};
use crate::engine::{Engine, LIMIT, Setup};

/// How long restoring may take after the engine is killed: two seconds, and more on a machine that builds and tests.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });

/// One node, which does not have to be reachable.
const NODES: &[u8] = br#"{"version":1,"nodes":[{"name":"a","host":"127.0.0.1","port":1,"kind":"socks5"}]}"#;

fn on(settings: &mut Settings, mode: Mode) {
    settings.active = true;
    settings.cluster.on = true;
    settings.mode = mode;
}

fn has_event(engine: &Engine, fits: impl Fn(&EventKind) -> bool) -> bool {
    engine.count_events(fits) > 0
}

#[test]
fn each_mode_is_set_and_the_previous_settings_are_restored() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let engine = session.engine(&origin, Mode::Manual);
    assert_eq!(session.all(), before, "mode `manual` changes nothing");
    let gateway = engine.gateway();

    engine.run_ok(&["mode", "pac"]);
    let script = session.gsettings("get org.gnome.system.proxy autoconfig-url", "");
    assert!(script.starts_with(&format!("'http://{gateway}/proxy.pac?")), "{script}");
    assert_eq!(session.mode(), "'auto'");
    assert!(session.kde_file().contains(&format!("Proxy Config Script=http://{gateway}/proxy.pac?")));

    engine.run_ok(&["mode", "global"]);
    assert_eq!(session.mode(), "'manual'");
    for kind in ["http", "https", "ftp", "socks"] {
        assert_eq!(session.gsettings(&format!("get org.gnome.system.proxy.{kind} host"), ""), "'127.0.0.1'");
        assert_eq!(
            session.gsettings(&format!("get org.gnome.system.proxy.{kind} port"), ""),
            gateway.port().to_string()
        );
    }
    let exceptions = session.gsettings("get org.gnome.system.proxy ignore-hosts", "");
    assert!(exceptions.starts_with("['localhost', 'corp.example', '127.0.0.0/8'"), "{exceptions}");
    assert_eq!(session.gsettings("get org.gnome.system.proxy autoconfig-url", ""), r#""http://corp.example/it's.pac""#);
    let file = session.kde_file();
    assert!(
        file.contains("ProxyType=1") && file.contains(&format!("socksProxy=socks://127.0.0.1 {}", gateway.port())),
        "{file}"
    );

    engine.run_ok(&["mode", "manual"]);
    assert_eq!(session.all(), before);

    engine.run_ok(&["mode", "global"]);
    engine.run_ok(&["disconnect"]);
    assert_eq!(session.all(), before, "the system proxy does not point to a closed port");
    engine.run_ok(&["cluster", "on"]);
    assert_eq!(session.mode(), "'manual'");
    let mut engine = engine;
    engine.terminate();
    assert!(eventually(LIMIT, || engine.ended().is_some()));
    assert_eq!(session.all(), before);
    assert!(!engine.home().join("proxy-lease.json").exists());
}

#[test]
fn a_hanging_desktop_program_does_not_block_the_engine() {
    let origin = Origin::start(V4);
    let programs = folder_with_script("gsettings", "exec /bin/sleep 600");
    let setup = Setup::new(&origin, |settings| on(settings, Mode::Global));
    setup.write("nodes.json", NODES);
    let mut engine = setup.with_variable("PATH", programs.path().display().to_string()).start();
    let is_reported = |kind: &EventKind| matches!(kind, EventKind::ProxyFailed { fault } if fault.to_string().contains("gsettings did not finish"));
    assert!(eventually(LIMIT, || has_event(&engine, is_reported)));
    engine.run_ok(&["mode", "manual"]);
    engine.terminate();
    assert!(eventually(LIMIT, || engine.ended().is_some()));
}

#[test]
fn after_a_kill_the_system_proxy_is_restored() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let mut engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    engine.kill();
    assert!(eventually(SOON, || session.all() == before), "{:#?}", session.all());
}

#[test]
fn an_engine_that_takes_over_keeps_the_system_proxy_and_restores_it_on_exit() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let mut engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    let ours = session.all();
    for _ in 0..2 {
        engine.take_over().wait();
        assert_eq!(session.all(), ours);
    }
    assert_eq!(
        engine.count_events(|kind| matches!(kind, EventKind::ProxySet { .. })),
        0,
        "the system proxy is not set again"
    );
    engine.kill();
    assert!(eventually(SOON, || session.all() == before), "{:#?}", session.all());
}

#[test]
fn after_a_power_cut_the_system_proxy_is_restored_at_the_next_start() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    // The watcher and the engine end at once.
    let watcher =
        Command::new("pkill").args(["-9", "-f", &format!("lease-watch {}", engine.home().display())]).status();
    assert!(watcher.unwrap().success());
    let mut engine = engine;
    engine.kill();
    assert_eq!(session.mode(), "'manual'");

    let lease = std::fs::read(engine.home().join("proxy-lease.json")).unwrap();
    let setup = session.setup(&origin, Mode::Manual);
    setup.write("proxy-lease.json", &lease);
    let engine = setup.start();
    assert!(eventually(LIMIT, || has_event(&engine, |kind| *kind == EventKind::ProxyRepaired)));
    assert_eq!(session.all(), before);
}

#[test]
fn a_broken_lease_is_set_aside_and_the_mode_can_still_be_set() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let setup = session.setup(&origin, Mode::Manual);
    setup.write("proxy-lease.json", b"{\"version\":1,\"id\":5}");
    let engine = setup.start();
    engine.run_ok(&["mode", "global"]);
    assert_eq!(session.mode(), "'manual'");
    engine.run_ok(&["mode", "manual"]);
    assert_eq!(session.all(), before);
    let is_reported = |kind: &EventKind| matches!(kind, EventKind::FileSetAside { file, used: FileFallback::Nothing, .. } if file == "proxy-lease.json");
    assert_eq!(engine.count_events(is_reported), 1, "{:#?}", engine.events());
    let kept = std::fs::read_dir(engine.home()).unwrap().map(|entry| entry.unwrap().file_name());
    let kept = kept.filter(|name| name.to_string_lossy().starts_with("proxy-lease.json.bad-")).count();
    assert_eq!(kept, 1);
}

#[test]
fn a_change_by_another_program_is_kept() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    session.gsettings("set org.gnome.system.proxy.http host", "'other.example'");
    engine.run_ok(&["mode", "manual"]);
    assert_eq!(session.gsettings("get org.gnome.system.proxy.http host", ""), "'other.example'");
    assert_eq!(session.mode(), "'manual'", "the mode stays, since it now uses the other proxy");
    assert_eq!(session.gsettings("get org.gnome.system.proxy.https host", ""), "''");
    assert!(!session.kde_file().contains("127.0.0.1"), "{}", session.kde_file());
    assert_eq!(engine.count_events(|kind| *kind == EventKind::ProxyLeftAlone), 1);
}

#[test]
fn without_a_desktop_the_terminal_command_is_printed() {
    let origin = Origin::start(V4);
    let empty = tempfile::tempdir().unwrap();
    let setup = Setup::new(&origin, |settings| on(settings, Mode::Manual));
    setup.write("nodes.json", NODES);
    let engine = setup.with_variable("PATH", empty.path().display().to_string()).start();
    let message = engine.run_err(&["mode", "global"]);
    assert!(message.contains(&format!("export http_proxy=http://{}", engine.gateway())), "{message}");
    assert_eq!(engine.status().mode, Mode::Manual);
}

#[test]
fn of_two_kde_versions_the_newer_one_is_used() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    // Debian 12 has no Plasma 6; its programs differ in name alone, and keep the same file.
    let programs = [
        ("kreadconfig5", "kreadconfig6"),
        ("kwriteconfig5", "kwriteconfig6"),
        // With only one program of version 5, Plasma 5 does not count as present.
        ("kreadconfig5", "kreadconfig5"),
        ("dbus-send", "dbus-send"),
    ];
    let folder = folder_with(&programs);
    let before = session.all();
    let setup = session.setup(&origin, Mode::Global).with_variable("PATH", folder.path().display().to_string());
    let engine = setup.start();
    assert!(eventually(LIMIT, || has_event(&engine, |kind| matches!(kind, EventKind::ProxySet { .. }))));
    let file = session.kde_file();
    assert!(file.contains("ProxyType=1") && file.contains("httpsProxy=http://127.0.0.1"), "{file}");
    assert_eq!(session.mode(), "'auto'", "GNOME's program is missing");
    engine.run_ok(&["mode", "manual"]);
    assert_eq!(session.all(), before);
}
