//! A diagnostic report contains what is needed for troubleshooting and no personal data.

use std::fs;

use sluice::model::{Kind, Login, Node, Target};

use crate::client::get;
use crate::counterparts::{EmbeddedServer, Origin, SocksServer, V4};
use crate::engine::{Engine, Setup};
use crate::gateway::named;
use crate::socks::Socks;

const LOGIN: &str = "staple-in-the-haystack";

fn start(origin: &Origin, server: &EmbeddedServer, socks: &SocksServer) -> Engine {
    let setup = Setup::new(origin, |settings| {
        settings.rules.at_gateway = true;
        settings.pac.url = "http://lists.of-mine.example/secret-path/list.txt".into();
    });
    setup.write("rules.txt", b"||visited.example\n");
    let engine = setup.with_variable("SLUICE_LOG", "trace").start();
    let login = Some(Login { user: "someone-else".into(), password: LOGIN.into() });
    let dead = Node::new("Nowhere Fast", "dead.server.example", 9, Kind::Socks5 { login });
    engine.import(&[named("Tokyo Tower", server.node()), socks.node("Osaka Castle"), dead]);
    engine.run_ok(&["node", "edit", "Tokyo Tower", "--group", "Work Trips"]);
    engine.run_ok(&["cluster", "on", "--size", "2", "--strategy", "round-robin"]);
    engine
}

#[tokio::test]
async fn a_diagnosis_has_technical_details_and_no_personal_data() {
    let (origin, server, socks) =
        (Origin::start(V4), EmbeddedServer::start("2022-blake3-aes-256-gcm"), SocksServer::start());
    let engine = start(&origin, &server, &socks);
    engine.wait_for("a member serves", |status| status.members.iter().any(|member| member.state.is_serving()));
    for host in ["visited.example", "www.visited.example"] {
        let target = Target::from_host(host, origin.addr.port()).unwrap();
        // Whether the name resolves behind the member does not matter here.
        let _page = get(engine.gateway(), &target, "/headers").await;
        let _refused = Socks::open(engine.gateway()).connect(&target).await;
    }
    engine.run_ok(&["rules", "test", "http://tested.example/x"]);
    engine.run(&["test", "Nowhere Fast"]);
    engine.run(&["pac", "update"]);

    let file = engine.home().join("report.txt");
    let stdout = engine.run_ok(&["diagnose", &file.display().to_string()]);
    assert!(stdout.contains("review it"), "{stdout}");
    let text = fs::read_to_string(&file).unwrap();
    for wanted in [
        "## System",
        "## State",
        "cluster.strategy = \"round-robin\"",
        "\"method\":\"2022-blake3-aes-256-gcm\"",
        "member-ready",
        "## Log",
        "DEBUG",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let home = engine.home().display().to_string();
    for needle in [
        "Tokyo Tower",
        "Osaka Castle",
        "Nowhere Fast",
        "Work Trips",
        "dead.server",
        "visited.example",
        "tested.example",
        "lists.of-mine",
        "secret-path",
        LOGIN,
        "someone-else",
        &server.password,
        &home,
    ] {
        assert!(!text.contains(needle), "the report contains {needle}: {}", lines_with(&text, needle));
    }
    let printed = engine.run_ok(&["diagnose", "-"]);
    assert!(printed.contains("## Nodes") && !printed.contains("Tokyo Tower"));
    assert!(engine.run_err(&["diagnose", "/nowhere/at/all"]).contains("cannot write /nowhere/at/all"));
}

fn lines_with(text: &str, needle: &str) -> String {
    text.lines().filter(|line| line.contains(needle)).collect::<Vec<_>>().join("\n")
}
