//! The tray in a real D-Bus session, with a panel that shows the icon and clicks on the menu, and a daemon that shows
//! notifications. After each click the engine, the menu and the icon must agree, and requests through the port must work.

pub mod desktop;
mod links;
pub mod panel;
pub mod qr_codes;
mod upgrade;
mod wayland;

use std::process::Stdio;
use std::time::{Duration, Instant};

use sluice::locale::Locale;
use sluice::model::settings::{Language, Mode};
use sluice::model::snapshot::{MemberState, MemberView};
use sluice::model::{EventKind, Node, Settings};

use self::desktop::{Desktop, HangingNotices, Notices};
use self::panel::Panel;
use crate::client::{CurlProxy, curl};
use crate::counterparts::{EmbeddedServer, Origin, Provider, ProviderReply, SocksServer, SsServer, V4, eventually};
use crate::engine::{Engine, LIMIT, Setup};
use crate::processes;

/// The autostart entry, relative to the tray's home.
const ENTRY: &str = "config/autostart/sluice.desktop";

/// Starts a tray with these nodes, and its panel.
fn tray(desktop: &Desktop, origin: &Origin, nodes: &[Node], change: impl FnOnce(&mut Settings)) -> (Engine, Panel) {
    let panel = Panel::start(&desktop.bus);
    let engine = desktop.with(Setup::new(origin, change)).in_tray().start();
    panel.wait_until_registered();
    if !nodes.is_empty() {
        engine.import(nodes);
    }
    (engine, panel)
}

fn named(servers: &[EmbeddedServer], names: &[&str]) -> Vec<Node> {
    let node = |(server, name): (&EmbeddedServer, &&str)| Node { name: (*name).to_owned(), ..server.node() };
    servers.iter().zip(names).map(node).collect()
}

#[track_caller]
fn check_request(engine: &Engine, origin: &Origin) {
    let (length, _) = curl(CurlProxy::Socks5, engine.gateway(), &origin.url("/bytes/1000"), &[]);
    assert_eq!(length, 1000);
}

#[test]
fn every_menu_entry_changes_the_engine() {
    let Some(desktop) = Desktop::start() else { return };
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm")));
    let (mut engine, panel) = tray(&desktop, &origin, &[], |settings| settings.cluster.size = 2);
    panel.expect_status("Off · no nodes yet");
    panel.expect_icon("off");

    engine.import(&named(&servers, &["Tokyo", "Osaka"]));
    panel.expect_status("Off");
    assert_eq!(panel.tooltip(), "Off");
    panel.click("Load balancing");
    panel.expect_status_prefix("Load balancing 2 of 2");
    panel.expect_icon("cluster");
    assert_eq!(panel.line("Load balancing").is_set, Some(true));
    assert!(engine.status().cluster.on);
    check_request(&engine, &origin);

    panel.click("Round robin");
    panel.wait_for("the strategy is marked", |_| panel.line("Round robin").is_set == Some(true));
    assert_eq!(engine.status().cluster.strategy.as_str(), "round-robin");
    panel.expect_icon("cluster");
    check_request(&engine, &origin);

    for (label, mode) in [("Global", Mode::Global), ("Manual", Mode::Manual)] {
        panel.click(label);
        panel.wait_for("mode set to marked", |_| panel.line(label).is_set == Some(true));
        assert_eq!(engine.status().mode, mode);
        panel.expect_icon("cluster");
        check_request(&engine, &origin);
    }

    panel.click("Osaka");
    panel.expect_status_prefix("Osaka");
    panel.expect_icon("on");
    let status = engine.status();
    assert_eq!((status.cluster.on, status.members.len(), &*status.members[0].name), (false, 1, "Osaka"));
    assert_eq!(panel.line("Load balancing").is_set, Some(false));
    check_request(&engine, &origin);

    panel.click("简体中文");
    panel.wait_for("Chinese", |menu| menu.iter().any(|line| line.label == "断开"));
    assert_eq!(engine.run_ok(&["get", "language"]).trim_end(), "zh-CN");
    assert!(engine.run_ok(&["status"]).starts_with("状态"));
    panel.expect_icon("on");
    check_request(&engine, &origin);
    panel.click("English");
    panel.wait_for("English", |menu| menu.iter().any(|line| line.label == "Disconnect"));

    // The terminal command on the clipboard is not a link, so importing it is refused.
    let is_refused = |kind: &EventKind| matches!(kind, EventKind::Imported { added: 0, known: 0, refused: 1 });
    panel.click("sh, bash, zsh");
    let is_refused_on_import = || {
        panel.click("Import from clipboard");
        eventually(Duration::from_secs(1), || engine.count_events(is_refused) > 0)
    };
    assert!(eventually(LIMIT, is_refused_on_import), "{:?}", engine.events());

    let entry = engine.home().join(ENTRY);
    panel.click("Start at login");
    panel.wait_for("the mark is set", |_| panel.line("Start at login").is_set == Some(true));
    let text = std::fs::read_to_string(&entry).unwrap();
    assert!(text.contains(&format!("Exec={} --at-login --home", env!("CARGO_BIN_EXE_sluice-tray"))), "{text}");
    panel.click("Start at login");
    panel.wait_for("the mark is gone", |_| panel.line("Start at login").is_set == Some(false));
    assert!(!entry.exists());

    panel.click("Disconnect");
    panel.expect_status_prefix("Off");
    panel.expect_icon("off");
    assert!(!engine.status().gateway.listening);
    panel.click("Connect");
    panel.expect_status_prefix("Osaka");

    panel.click("Quit");
    assert!(eventually(LIMIT, || engine.ended().is_some()), "the tray ends");
    assert!(engine.ended().is_some_and(|status| status.success()));
    assert_eq!(engine.run(&["status"]).code, Some(3));
}

#[test]
fn a_dead_server_causes_one_notification_that_names_both_nodes() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (origin, mut servers) = (Origin::start(V4), [(); 3].map(|()| EmbeddedServer::start("aes-256-gcm")));
    let (engine, panel) = tray(&desktop, &origin, &named(&servers, &["Tokyo", "Osaka", "Lima"]), |settings| {
        settings.health.schedule = vec![1];
        settings.health.limit_s = 1;
        settings.notices.import = false;
        settings.language = Language::Fixed(Locale::SimplifiedChinese);
    });
    engine.cluster_on(2, "round-robin");
    panel.expect_status_prefix("负载均衡 2 / 2");
    assert_eq!(notices.shown(), [""; 0]);

    let victim = engine.status().members[0].name.clone();
    let place = ["Tokyo", "Osaka", "Lima"].iter().position(|name| *name == victim).unwrap();
    servers[place].kill();
    let spare = "Lima";
    assert!(eventually(LIMIT, || !notices.shown().is_empty()), "a notification is shown");
    engine.wait_for("the pool is complete", |status| {
        status.members.iter().filter(|member| member.state == MemberState::Serving).count() == 2
            && status.members.iter().all(|member| member.name != victim)
    });
    let shown = notices.shown();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].starts_with(&format!("{spare} 已接替 {victim}|健康检查失败：")), "{shown:?}");
    panel.expect_icon("cluster");
}

#[test]
fn updating_subscriptions_from_the_menu_causes_one_notification() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (origin, provider) = (Origin::start(V4), Provider::start("socks5://a.example:1#Tokyo\n"));
    let (engine, panel) = tray(&desktop, &origin, &[], |_| {});
    let update = "Update subscriptions";
    assert!(panel.menu().iter().all(|line| line.label != update), "without subscriptions there is no entry");
    let output = engine.run_with(&["subscription", "add", "-", "--name", "Cloud"], &provider.url());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    panel.wait_for("the entry appears", |menu| menu.iter().any(|line| line.label == update));

    let mut all = vec!["Cloud was updated|1 added (Tokyo)"];
    let check = |all: &[&str]| {
        assert!(eventually(LIMIT, || notices.shown().len() == all.len()), "{all:?}: {:?}", notices.shown());
        assert_eq!(notices.shown(), all);
    };
    check(&all);
    for (replies, expected) in [
        (None, "Subscriptions|No changes"),
        (
            Some(ProviderReply::List("socks5://b.example:1#Osaka".into(), vec![])),
            "Cloud was updated|1 added (Osaka), 1 removed (Tokyo)",
        ),
        (
            Some(ProviderReply::Status(500, "")),
            "Cloud could not be updated|the node list could not be fetched: the server responded with 500 Internal Server Error",
        ),
    ] {
        replies.into_iter().for_each(|reply| provider.reply_with(reply));
        panel.click(update);
        all.push(expected);
        check(&all);
    }
}

#[test]
fn an_update_of_subscriptions_is_stopped_with_a_click() {
    let Some(desktop) = Desktop::start() else { return };
    let (origin, provider) = (Origin::start(V4), Provider::start("socks5://a.example:1#Tokyo\n"));
    let (engine, panel) = tray(&desktop, &origin, &[], |_| {});
    let output = engine.run_with(&["subscription", "add", "-", "--name", "Cloud"], &provider.url());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let (update, stop) = ("Update subscriptions", "Stop updating subscriptions");
    for reply in [ProviderReply::Trickle, ProviderReply::NoResponse] {
        provider.reply_with(reply);
        panel.wait_for("they can be updated", |menu| menu.iter().any(|line| line.label == update));
        panel.click(update);
        engine.wait_for("the list is fetched", |status| status.fetches.len() == 1 && provider.open_connections() == 1);
        panel.wait_for("it can be stopped", |menu| menu.iter().any(|line| line.label == stop));
        panel.click(stop);
        engine.wait_for("it is over", |status| status.fetches.is_empty() && provider.open_connections() == 0);
    }
}

#[test]
fn a_notification_service_that_hangs_delays_neither_the_menu_nor_the_end() {
    let Some(desktop) = Desktop::start() else { return };
    let notices = HangingNotices::start(&desktop);
    let (origin, servers) = (Origin::start(V4), [EmbeddedServer::start("aes-256-gcm")]);
    let (mut engine, panel) =
        tray(&desktop, &origin, &named(&servers, &["Tokyo"]), |settings| settings.cluster.size = 1);
    assert!(eventually(LIMIT, || notices.calls() > 0), "the import causes a notification");
    panel.click("Load balancing");
    panel.expect_status_prefix("Load balancing 1 of 1");
    check_request(&engine, &origin);
    panel.click("Quit");
    assert!(eventually(LIMIT, || engine.ended().is_some_and(|status| status.success())), "the tray ends");
}

/// How many servers fail and come back, in all and at a time.
const FLAPS: usize = 20;

/// Within this time one cause is notified about once.
const DAMPING: Duration = Duration::from_secs(300);
const AT_ONCE: usize = 2;

#[test]
fn twenty_failures_in_a_row_cause_at_most_two_notifications() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    // A node that has failed has a cooldown of half a minute, so each server fails once.
    let servers = (0..FLAPS + 2 * AT_ONCE + 1).map(|_| SsServer::start("aes-256-gcm"));
    let Some(mut servers) = servers.collect::<Option<Vec<_>>>() else { return };
    let nodes = servers.iter().enumerate().map(|(nth, server)| Node { name: format!("node{nth}"), ..server.node() });
    let (origin, nodes) = (Origin::start(V4), nodes.collect::<Vec<_>>());
    let (engine, _panel) = tray(&desktop, &origin, &nodes, |settings| {
        settings.health.schedule = vec![1];
        settings.health.limit_s = 1;
        settings.notices.import = false;
    });
    engine.cluster_on(2 * AT_ONCE, "round-robin");
    let works = |member: &&MemberView| member.state.is_serving() && member.latency_ms.is_some();
    let evictions = || engine.count_events(|kind| matches!(kind, EventKind::MemberEvicted { .. }));
    let began = Instant::now();
    for flaps in (AT_ONCE..=FLAPS).step_by(AT_ONCE) {
        let status =
            engine.wait_for("all members work", |status| status.members.iter().filter(works).count() == 2 * AT_ONCE);
        let place = |member: &MemberView| nodes.iter().position(|node| node.id() == member.id).unwrap();
        let victims: Vec<_> = status.members.iter().filter(works).map(place).take(AT_ONCE).collect();
        victims.iter().for_each(|place| servers[*place].kill());
        assert!(eventually(LIMIT, || evictions() >= flaps), "{flaps} members are replaced: {:#?}", engine.events());
        victims.iter().for_each(|place| servers[*place].restart());
    }
    let took = began.elapsed();
    let shown = notices.shown();
    assert!(took < DAMPING, "{took:?}");
    assert_eq!(evictions(), FLAPS);
    assert!((1..=2).contains(&shown.len()), "{shown:?}");
}

#[test]
fn a_port_in_use_is_reported_with_the_process_that_holds_it() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap();
    let (engine, panel) = tray(&desktop, &origin, &[server.node("Tokyo")], |settings| {
        settings.gateway.listen = taken;
        settings.notices.import = false;
    });
    panel.click("Load balancing");
    assert!(eventually(LIMIT, || !notices.shown().is_empty()), "a notification is shown");
    let expected = format!("The port is in use|{taken} is in use by ");
    assert!(notices.shown()[0].starts_with(&expected), "{:?}", notices.shown());
    panel.expect_status("Off");
    assert_eq!(panel.line("Load balancing").is_set, Some(false));
    drop(holder);
    panel.click("Load balancing");
    panel.expect_status_prefix("Load balancing 1 of");
    check_request(&engine, &origin);
}

#[test]
fn an_autostart_entry_with_an_old_path_is_updated() {
    let Some(desktop) = Desktop::start() else { return };
    let (origin, panel) = (Origin::start(V4), Panel::start(&desktop.bus));
    let setup = desktop.with(Setup::new(&origin, |_| {})).in_tray();
    let entry = setup.home().join(ENTRY);
    std::fs::create_dir_all(entry.parent().unwrap()).unwrap();
    std::fs::write(&entry, "[Desktop Entry]\nType=Application\nExec=\"/gone/sluice-tray\" \"--at-login\"\n").unwrap();
    let _engine = setup.start();
    panel.wait_until_registered();
    panel.wait_for("the mark is set", |_| panel.line("Start at login").is_set == Some(true));
    let text = std::fs::read_to_string(&entry).unwrap();
    assert!(text.contains(&format!("Exec={} ", env!("CARGO_BIN_EXE_sluice-tray"))), "{text}");
}

#[test]
fn a_start_that_is_not_silent_shows_a_notification() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let origin = Origin::start(V4);
    let (_engine, _panel) = tray(&desktop, &origin, &[], |settings| settings.tray.silent_start = false);
    assert!(eventually(LIMIT, || !notices.shown().is_empty()), "a notification is shown");
    assert_eq!(notices.shown(), ["Sluice is running in the system tray|Off · no nodes yet"]);
}

#[test]
fn the_icon_registers_with_a_restarted_panel() {
    let Some(desktop) = Desktop::start() else { return };
    let origin = Origin::start(V4);
    let (_engine, panel) = tray(&desktop, &origin, &[], |_| {});
    panel.expect_status_prefix("Off");
    drop(panel);
    let panel = Panel::start(&desktop.bus);
    let took = panel.wait_until_registered();
    assert!(took < Duration::from_secs(10), "{took:?}");
    panel.expect_status_prefix("Off");
}

#[test]
fn without_a_panel_a_notification_says_what_is_missing_and_the_window_opens() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let origin = Origin::start(V4);
    let _engine = desktop.with(Setup::new(&origin, |_| {})).in_tray().start();
    let hints =
        || notices.shown().iter().filter(|notice| notice.contains("gnome-shell-extension-appindicator")).count();
    assert!(eventually(LIMIT, || hints() == 1), "{:?}", notices.shown());
    desktop.wait_for_window();
    let windows = desktop.windows().iter().filter(|name| *name == "Sluice").count();
    assert_eq!((hints(), windows), (1, 1), "one notification and one window: {:?}", notices.shown());
}

#[test]
fn a_tray_connects_to_a_running_engine_and_can_start_one_after_it_ends() {
    let Some(desktop) = Desktop::start() else { return };
    let origin = Origin::start(V4);
    let mut served = desktop.with(Setup::new(&origin, |_| {})).start();
    let pid = served.pid();
    let panel = Panel::start(&desktop.bus);
    let mut tray = std::process::Command::new(env!("CARGO_BIN_EXE_sluice-tray"));
    tray.arg("--home").arg(served.home()).arg("--at-login").stdin(Stdio::null()).stderr(Stdio::null());
    tray.env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus).env("DISPLAY", &desktop.display).env("LC_ALL", "C.UTF-8");
    let mut tray = tray.env("XDG_CONFIG_HOME", served.home()).spawn().unwrap();
    panel.wait_until_registered();
    panel.expect_status_prefix("Off");
    assert!(panel.line("Quit (engine keeps running)").is_enabled);
    assert_eq!(served.pid(), pid);

    served.kill();
    panel.expect_status_prefix("The engine has stopped");
    panel.expect_icon("error");
    panel.click("Start the engine");
    panel.expect_status_prefix("Off");
    assert_eq!(served.run(&["status"]).code, Some(0));
    assert!(panel.line("Quit").is_enabled);
    panel.click("Quit");
    assert!(eventually(LIMIT, || tray.try_wait().unwrap().is_some()), "the tray ends");
}

#[test]
fn without_a_display_the_tray_names_the_command_to_use_instead() {
    let mut setup = Setup::empty().in_tray();
    for name in ["DISPLAY", "WAYLAND_DISPLAY"] {
        setup = setup.with_variable(name, "");
    }
    let status = setup.spawn().wait().unwrap();
    assert_eq!(status.code(), Some(1));
    let stdout = std::fs::read_to_string(setup.home().join("stderr")).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stdout.contains("`sluice serve`"), "{stdout}");
}

/// A command that starts a second tray.
fn second_start(desktop: &Desktop, engine: &Engine, more: &[&str]) -> std::process::Command {
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_sluice-tray"));
    second.arg("--home").arg(engine.home()).args(more).env("DISPLAY", &desktop.display).env("LC_ALL", "C.UTF-8");
    second
        .env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus)
        .env("WAYLAND_DISPLAY", "")
        .env("XDG_CONFIG_HOME", engine.home());
    second.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    second
}

#[test]
fn a_second_start_opens_the_window() {
    let Some(desktop) = Desktop::start() else { return };
    let origin = Origin::start(V4);
    let (engine, panel) = tray(&desktop, &origin, &[], |_| {});
    let output = second_start(&desktop, &engine, &["--at-login"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("already running"), "{output:?}");
    assert_eq!(desktop.windows(), [""; 0], "a start at login opens no window");

    let mut second = second_start(&desktop, &engine, &[]).spawn().unwrap();
    desktop.wait_for_window();
    assert_eq!(second.try_wait().unwrap(), None, "it shows the window");
    // A third start brings that window to the front.
    let third = second_start(&desktop, &engine, &[]).output().unwrap();
    assert!(third.status.success(), "{third:?}");
    assert_eq!(panel.icons(), 1);
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn the_menu_opens_the_window() {
    let Some(desktop) = Desktop::start() else { return };
    let origin = Origin::start(V4);
    let (mut engine, panel) = tray(&desktop, &origin, &[], |_| {});
    panel.click("Settings…");
    desktop.wait_for_window();
    panel.click("Quit");
    assert!(eventually(LIMIT, || engine.ended().is_some()), "the tray ends");
    desktop.wait_for_window();
}

#[test]
fn the_menu_opens_the_window_on_the_activity_page() {
    let Some(desktop) = Desktop::start() else { return };
    let origin = Origin::start(V4);
    let (engine, panel) = tray(&desktop, &origin, &[], |_| {});
    assert_eq!(desktop.windows(), [""; 0]);
    panel.click("Activity…");
    desktop.wait_for_window();
    let windows = || {
        let args = processes::below(engine.pid()).into_iter().map(processes::args);
        args.filter(|args| args.iter().any(|word| word == "window")).collect::<Vec<_>>()
    };
    let opened = windows();
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert!(opened[0].iter().any(|word| word == "activity"), "{opened:?}");
}

#[test]
fn a_click_on_a_notification_opens_the_window() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (engine, panel) = tray(&desktop, &origin, &[server.node("Tokyo")], |settings| {
        settings.gateway.listen = holder.local_addr().unwrap();
        settings.notices.import = false;
    });
    // Each failed click causes a notification; the tray may need a moment until it listens for clicks on it.
    let opens = || {
        let before = notices.shown().len();
        panel.click("Load balancing");
        assert!(eventually(LIMIT, || notices.shown().len() > before), "a notification is shown");
        notices.click(&desktop);
        eventually(Duration::from_secs(3), || desktop.windows().iter().any(|name| name == "Sluice"))
    };
    assert!(eventually(LIMIT, opens), "{}", engine.log());
}

#[test]
fn the_lines_of_an_open_menu_stay_in_place() {
    let Some(desktop) = Desktop::start() else { return };
    let (origin, servers) = (Origin::start(V4), [(); 3].map(|()| EmbeddedServer::start("aes-256-gcm")));
    let (engine, panel) = tray(&desktop, &origin, &named(&servers, &["Tokyo", "Osaka", "Lima"]), |settings| {
        settings.health.schedule = vec![1];
    });
    engine.cluster_on(3, "round-robin");
    panel.expect_status_prefix("Load balancing 3 of 3");
    panel.wait_until_stable();
    let (places, changes) = (panel.line_ids(), panel.watch());
    // Rates, latencies and states change; the lines stay where they are.
    let grown = || {
        check_request(&engine, &origin);
        changes.texts() > 5
    };
    assert!(eventually(LIMIT, grown), "texts change in place: {}", changes.texts());
    assert_eq!((changes.layouts(), panel.line_ids()), (0, places));
}
