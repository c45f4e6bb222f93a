//! `sluice test` names the stage at which a request failed.

use serde_json::Value;
use sluice::model::{Kind, Node, Plugin};

use crate::counterparts::{EmbeddedServer, Fault, Hop, Origin, SocksServer, SsServer, V4, free_port};
use crate::engine::{Engine, Setup};
use crate::gateway::named;

fn with_password(mut node: Node, wrong: &str) -> Node {
    if let Kind::Ss { password, .. } = &mut node.kind {
        *password = wrong.into();
    }
    node
}

/// Tests a node; the stage that failed, if one did.
#[track_caller]
fn verdict(engine: &Engine, name: &str) -> Option<String> {
    let output = engine.run(&["test", name, "--json"]);
    let reports: Vec<Value> = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let [report] = reports.as_slice() else { panic!("one report: {reports:?}") };
    assert_eq!(report["name"], name);
    if report["ok"] == true {
        assert_eq!(output.code, Some(0));
        assert!(report["latency_ms"].is_number());
        return None;
    }
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_ne!(report["detail"], "", "{output:?}");
    Some(report["stage"].as_str().unwrap().to_owned())
}

/// Tests nodes and compares the stage that failed for each.
#[track_caller]
pub fn check(engine: &Engine, expected: &[(&str, Option<&str>)]) {
    for (name, stage) in expected {
        assert_eq!(verdict(engine, name).as_deref(), *stage, "{name}: {:?}", engine.run(&["test", name]));
    }
}

/// An engine whose health checks time out after two seconds.
fn engine_with_short_limit(origin: &Origin) -> Engine {
    Setup::new(origin, |settings| {
        settings.health.limit_s = 2;
        settings.members.plugins = vec!["no-such-plugin".into()];
    })
    .start()
}

#[test]
fn every_stage_that_can_fail_is_distinguished() {
    let Some(server) = SsServer::start("aes-256-gcm") else { return };
    let new = EmbeddedServer::start("2022-blake3-aes-256-gcm");
    let socks = SocksServer::start_with_login("me", "right");
    let origin = Origin::start(V4);
    let black_hole = Hop::to(server.addr);
    black_hole.set(Fault::BlackHole);

    let right = server.node();
    let mut nameless = named("no such name", server.node());
    nameless.host = "host.invalid".into();
    let mut closed = named("closed port", server.node());
    closed.port = free_port(V4);
    let mut plugin = named("no plugin", server.node());
    if let Kind::Ss { plugin, .. } = &mut plugin.kind {
        *plugin = Some(Plugin { name: "no-such-plugin".into(), options: String::new() });
    }
    let mut swallowed = named("swallowed", server.node());
    swallowed.port = black_hole.addr.port();
    let mut login = socks.node("wrong login");
    login.kind = Kind::Socks5 { login: Some(sluice::model::Login { user: "me".into(), password: "wrong".into() }) };

    let engine = engine_with_short_limit(&origin);
    let nodes = [
        named("right", right.clone()),
        nameless,
        closed,
        plugin,
        named("wrong password", with_password(right, "guessed")),
        named("right 2022", new.node()),
        named("wrong key", with_password(new.node(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        swallowed,
        socks.node("right login"),
        login,
    ];
    engine.import(&nodes);
    check(
        &engine,
        &[
            ("right", None),
            ("no such name", Some("dns")),
            ("closed port", Some("tcp")),
            ("no plugin", Some("plugin")),
            ("wrong password", Some("handshake")),
            ("right 2022", None),
            ("wrong key", Some("handshake")),
            ("swallowed", Some("handshake")),
            ("right login", None),
            ("wrong login", Some("handshake")),
        ],
    );
    let stdout = engine.run(&["test", "wrong password"]);
    assert_eq!(stdout.code, Some(1));
    assert!(stdout.stdout.contains("handshake or credentials"), "{stdout:?}");
}

#[test]
fn a_page_that_fails_is_reported_as_the_destination_stage() {
    let Some(server) = SsServer::start("aes-256-gcm") else { return };
    let new = EmbeddedServer::start("2022-blake3-aes-256-gcm");
    let socks = SocksServer::start();
    let origin = Origin::start(V4);
    let engine = engine_with_short_limit(&origin);
    engine.import(&[named("old", server.node()), named("new", new.node()), socks.node("socks")]);
    let names = ["old", "new", "socks"];
    let ask = |url: &str| {
        engine.run_ok(&["set", "health.urls", &serde_json::to_string(&[url]).unwrap()]);
    };
    ask(&format!("http://127.0.0.1:{}/", free_port(V4)));
    check(&engine, &names.map(|name| (name, Some("destination"))));
    ask(&origin.url("/no-such-page"));
    check(&engine, &names.map(|name| (name, Some("destination"))));
    // The head arrives, the body not within the limit.
    ask(&origin.url("/drip/100/200"));
    check(&engine, &names.map(|name| (name, Some("time-limit"))));
    // The second page is fetched if the first one fails.
    let both = [format!("http://127.0.0.1:{}/", free_port(V4)), origin.url("/204")];
    engine.run_ok(&["set", "health.urls", &serde_json::to_string(&both).unwrap()]);
    check(&engine, &names.map(|name| (name, None)));
}
