//! A session in Chinese with nodes that fail in different ways: no English sentence appears on the command line, in
//! notifications, in the menu or in the window.

use std::path::Path;
use std::process::Command;

use egui_kittest::kittest::NodeT;
use sluice::locale::Locale;
use sluice::model::settings::Language;
use sluice::model::{EventKind, Kind, Login, Node, Page, Plugin};

use crate::counterparts::{
    EmbeddedServer, Fault, Hop, Origin, Provider, ProviderReply, SocksServer, V4, eventually, free_port,
};
use crate::engine::{CliOutput, Engine, LIMIT, Setup};
use crate::gateway::named;
use crate::locales::english;
use crate::tray::desktop::{Desktop, Notices};
use crate::tray::panel::{Line, Panel};
use crate::window::accessibility::engine_for_every_page;
use crate::window::harness::TestWindow;

/// The collected texts, each with the place where it appeared.
#[derive(Default)]
struct Transcript(Vec<(String, String)>);

impl Transcript {
    fn note(&mut self, place: &str, text: &str) {
        self.0.push((place.to_owned(), text.to_owned()));
    }

    #[track_caller]
    fn assert_no_english(&self) {
        let wrong = self.0.iter().filter_map(|(place, text)| Some(format!("{place}: {}", english(text)?)));
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "\n    {}\n", wrong.join("\n    "));
    }
}

/// Nodes that fail, each in a different way.
fn failing(server: &EmbeddedServer, hops: &[Hop], socks: &SocksServer) -> Vec<Node> {
    let mut nameless = named("nameless", server.node());
    nameless.host = "host.invalid".into();
    let mut closed = named("closed", server.node());
    closed.port = free_port(V4);
    let (mut guessed, mut plugged, mut unknown) =
        (named("guessed", server.node()), named("plugged", server.node()), named("unknown", server.node()));
    if let (Kind::Ss { password, .. }, Kind::Ss { plugin, .. }, Kind::Ss { method, .. }) =
        (&mut guessed.kind, &mut plugged.kind, &mut unknown.kind)
    {
        *password = "guessed".into();
        *plugin = Some(Plugin { name: "no-such-plugin".into(), options: String::new() });
        *method = "rc4-md5".into();
    }
    let mut login = socks.node("login");
    login.kind = Kind::Socks5 { login: Some(Login { user: "me".into(), password: "wrong".into() }) };
    let broken = hops.iter().enumerate().map(|(nth, hop)| {
        let mut node = named(&format!("broken{nth}"), server.node());
        node.port = hop.addr.port();
        node
    });
    [nameless, closed, guessed, plugged, unknown, login].into_iter().chain(broken).collect()
}

/// The name of the node whose failure an event reports.
fn failed_node(kind: &EventKind) -> Option<&str> {
    let (EventKind::MemberFailed { name, .. } | EventKind::MemberSuspected { name, .. }) = kind else { return None };
    Some(name)
}

/// The standard output and standard error of a command.
fn output_of(CliOutput { stdout, stderr, .. }: CliOutput) -> String {
    format!("{stdout}{stderr}")
}

fn labels(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}\n{}", line.label, labels(&line.lines))).collect()
}

/// All texts in the window.
fn texts_of(window: &TestWindow) -> String {
    let texts = window.harness.root().children_recursive().flat_map(|node| {
        let node = node.accesskit_node();
        [node.label(), node.value(), node.description()].into_iter().flatten().collect::<Vec<_>>()
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_chinese_session_with_failing_nodes_shows_no_english_sentence() {
    let Some(desktop) = Desktop::start() else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    let (origin, provider) = (Origin::start(V4), Provider::start("socks5://a.example:1#Osaka\n"));
    let (server, mut dying) = (EmbeddedServer::start("aes-256-gcm"), EmbeddedServer::start("aes-256-gcm"));
    let socks = SocksServer::start_with_login("me", "right");
    let faults = [Fault::BlackHole, Fault::Reset, Fault::CloseAfterRequest, Fault::Refuse];
    let addr = std::net::SocketAddr::new(V4, server.node().port);
    let hops = faults.map(|fault| {
        let hop = Hop::to(addr);
        hop.set(fault);
        hop
    });
    let panel = Panel::start(&desktop.bus);
    let setup = Setup::new(&origin, |settings| {
        settings.members.plugins = vec!["no-such-plugin".into()];
        settings.language = Language::Fixed(Locale::SimplifiedChinese);
        settings.health.schedule = vec![1];
        settings.health.limit_s = 1;
        settings.subscription.limit_s = 2;
    });
    let engine = desktop.with(setup).in_tray().start();
    panel.wait_until_registered();
    let bad = failing(&server, &hops, &socks);
    engine.import(&[vec![named("Dying", dying.node()), named("Tokyo", server.node())], bad.clone()].concat());

    engine.cluster_on(2, "failover");
    panel.expect_status_prefix("负载均衡 2 / 2");
    dying.kill();
    let names: Vec<_> = bad.iter().map(|node| node.name.as_str()).chain(["Dying"]).collect();
    let are_reported = || names.iter().all(|name| engine.count_events(|kind| failed_node(kind) == Some(*name)) > 0);
    assert!(eventually(LIMIT, are_reported), "{names:?}: {:#?}", engine.events());

    let mut transcript = Transcript::default();
    run_failing_commands(&engine, &provider, &mut transcript);
    transcript.note("the menu", &labels(&panel.menu()));
    transcript.note("the tooltip", &panel.tooltip());
    for page in Page::ALL {
        let mut window = TestWindow::open_tall(&engine, page);
        (0..20).for_each(|_| window.harness.step());
        transcript.note(&format!("the window: {page:?}"), &texts_of(&window));
    }
    assert!(eventually(LIMIT, || !notices.shown().is_empty()), "notices are shown");
    transcript.note("notices", &notices.shown().join("\n"));
    transcript.note("events", &output_of(engine.run(&["events"])));
    transcript.assert_no_english();
}

#[test]
fn every_page_of_the_window_is_translated() {
    let (_origin, _servers, _provider, engine) = engine_for_every_page();
    let mut transcript = Transcript::default();
    for locale in Locale::ALL {
        engine.run_ok(&["set", "language", locale.tag()]);
        for page in Page::ALL {
            // A character that is in no system font fails the test.
            let mut window = TestWindow::open_tall(&engine, page);
            window.expect_text(&locale.message("page-subscriptions", []));
            window.wait_until("the page is complete", |window| window.harness.root().children_recursive().count() > 40);
            if locale != Locale::English {
                transcript.note(&format!("{page:?} in {locale:?}"), &texts_of(&window));
            }
        }
    }
    transcript.assert_no_english();
}

/// Runs commands that fail.
fn run_failing_commands(engine: &Engine, provider: &Provider, transcript: &mut Transcript) {
    let mut check = |args: &[&str]| transcript.note(&args.join(" "), &output_of(engine.run(args)));
    let file = engine.home().join("settings.json");
    let (file, folder) = (file.to_str().unwrap(), engine.home().to_str().unwrap());
    check(&["test"]);
    check(&["status"]);
    check(&["nodes"]);
    check(&["why", "example.com"]);
    check(&["why", "a/b"]);
    check(&["connect", "nobody"]);
    check(&["get", "no.such"]);
    for (key, value) in [
        ("cluster.size", "0"),
        ("cluster.size", "many"),
        ("gateway.listen", "0.0.0.0:1"),
        ("gateway.listen", "192.0.2.1:80"),
        ("gateway.listen", "somewhere"),
        ("rules.acl", "/nowhere/x.acl"),
        ("rules.acl", file),
        ("health.urls", "[\"https://a\"]"),
        ("language", "fr"),
        ("no.such", "1"),
    ] {
        check(&["set", key, value]);
    }
    check(&["cluster", "on", "--group", "empty"]);
    check(&["mode", "global"]);
    check(&["import", "vmess://x"]);
    check(&["import", "nothing"]);
    check(&["import", folder]);
    check(&["scan", file]);
    check(&["scan", "/nowhere/x.png"]);
    check(&["scan", "--clipboard"]);
    check(&["scan", "--screen"]);
    check(&["share", "nobody"]);
    check(&["backup", "/nowhere/x"]);
    check(&["restore", "/nowhere/x"]);
    check(&["restore", file]);
    check(&["restore", "--undo"]);
    check(&["diagnose", "/nowhere/x"]);
    check(&["rules", "test", "http://"]);
    std::fs::write(engine.home().join("rules.txt"), "||a.example\n||\n").unwrap();
    check(&["rules", "reload"]);
    std::fs::remove_file(engine.home().join("rules.txt")).unwrap();
    check(&["subscription", "update", "nobody"]);

    let result = engine.run_with(&["subscription", "add", "-", "--name", "Cloud"], &provider.url());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    for reply in [
        ProviderReply::List(String::new(), vec![]),
        ProviderReply::List("<html>".into(), vec![]),
        ProviderReply::List("your plan has ended".into(), vec![]),
        ProviderReply::List("{\"servers\": [".into(), vec![]),
        ProviderReply::Status(503, ""),
        ProviderReply::Bytes(b"\xff\xd8\xff\xe0"),
        ProviderReply::NoResponse,
        ProviderReply::Truncated,
        ProviderReply::RedirectLoop,
        ProviderReply::RedirectChain,
        ProviderReply::InvalidGzip,
    ] {
        provider.reply_with(reply);
        check(&["subscription", "update"]);
    }
    check(&["subscription", "list"]);
    check(&["status"]);
    for url in [
        "http://127.0.0.1:1/",
        "http://nowhere.invalid/",
        "https://127.0.0.1:1/",
        &provider.url().replace("http:", "https:"),
        "gopher://x",
    ] {
        transcript.note(url, &output_of(engine.run_with(&["subscription", "add", "-"], url)));
    }
}

/// Runs a command without settings in a Chinese system locale; its output.
fn in_chinese(home: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(home).args(args).env_remove("SLUICE_HOME").env("LC_ALL", "zh_CN.UTF-8");
    let result = command.output().unwrap();
    assert_ne!(result.status.code(), Some(0), "{args:?}");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    text(result.stdout) + &text(result.stderr)
}

#[test]
fn without_an_engine_messages_are_in_the_systems_language() {
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let empty = tempfile::tempdir().unwrap();
    let taken = empty.path().join("file");
    std::fs::write(&taken, "").unwrap();
    let mut transcript = Transcript::default();
    transcript.note("status", &in_chinese(empty.path(), &["status"]));
    transcript.note("logs", &in_chinese(empty.path(), &["logs"]));
    transcript.note("a second engine", &in_chinese(engine.home(), &["serve"]));
    transcript.note("a home that is a file", &in_chinese(&taken, &["serve"]));
    transcript.note("a folder that is a file", &in_chinese(&taken, &["status"]));
    transcript.assert_no_english();
}
