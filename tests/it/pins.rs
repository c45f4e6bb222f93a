//! Pins by site and by program: which server is used, with access list and fallback.

use std::process::{Command, Stdio};

use serde_json::Value;
use sluice::model::Route;
use sluice::model::route::RuleSource;
use sluice::model::why::{RankReason, Why};

use crate::counterparts::{Origin, SocksServer, V4, eventually, missing};
use crate::engine::{Engine, LIMIT, Setup};

const ACL: &[u8] = b"[proxy_all]\n[outbound_block_list]\n||never.test\n";

/// Three nodes: `one`, `Tokyo`, which only pins use, and `Osaka`. Unpinned connections use the first.
struct Fixture {
    origin: Origin,
    servers: [SocksServer; 3],
    engine: Engine,
}

impl Fixture {
    fn start() -> Self {
        let (origin, servers) = (Origin::start(V4), [(); 3].map(|()| SocksServer::start()));
        let setup = Setup::new(&origin, |_| ());
        setup.write("my.acl", ACL);
        let acl = setup.home().join("my.acl").display().to_string();
        let engine = setup.start();
        engine.run_ok(&["set", "rules.acl", &acl]);
        let nodes: Vec<_> =
            servers.iter().zip(["one", "Tokyo", "Osaka"]).map(|(server, name)| server.node(name)).collect();
        engine.import(&nodes);
        engine.run_ok(&["node", "exclude", "Tokyo"]);
        engine.cluster_on(2, "failover");
        Self { origin, servers, engine }
    }

    /// The server that got a request of `curl` for this host, by number; none if no server did.
    fn server_for(&self, host: &str) -> Option<usize> {
        self.servers.iter().for_each(SocksServer::clear_requests);
        let url = format!("http://{host}:{}/headers", self.origin.addr.port());
        let gateway = format!("http://{}", self.engine.gateway());
        let mut curl = Command::new("curl");
        curl.args(["-q", "-s", "-o", "/dev/null", "--max-time", "15", "-x", &gateway, &url]);
        curl.stdin(Stdio::null()).status().unwrap();
        self.servers.iter().position(|server| server.requested_hosts().iter().any(|asked| asked == host))
    }
}

#[test]
fn pins_choose_the_server_by_site_and_program() {
    if missing("curl") {
        return;
    }
    let fixture = Fixture::start();
    let engine = &fixture.engine;
    assert_eq!(fixture.server_for("a.test"), Some(0));

    // An excluded node, which only pins use.
    engine.run_ok(&["pin", "a.test", "Tokyo"]);
    engine.wait_for_members(3);
    assert_eq!(fixture.server_for("www.a.test"), Some(1));
    assert_eq!(fixture.server_for("b.test"), Some(0));
    let why: Why = engine.json(&["why", "a.test"]);
    assert_eq!((why.ruling.rule.unwrap().source, why.members[0].because), (RuleSource::Pin, RankReason::Pinned));
    assert_eq!(why.members[0].member.name, "Tokyo");

    engine.run_ok(&["pin", "app:curl@b.test", "country:JP", "--else", "fail"]);
    engine.wait_for_members(3);
    assert_eq!(fixture.server_for("b.test"), Some(2));
    engine.run_ok(&["pin", "app:wget@c.test", "block"]);
    assert_eq!(fixture.server_for("c.test"), Some(0), "another program");
    engine.run_ok(&["pin", "app:curl@c.test", "block"]);
    assert_eq!(fixture.server_for("c.test"), None);

    // The access list comes first.
    engine.run_ok(&["pin", "never.test", "Tokyo"]);
    assert_eq!(fixture.server_for("never.test"), None);
    let why: Why = engine.json(&["why", "never.test"]);
    assert_eq!((why.ruling.route, why.ruling.rule.unwrap().source), (Route::Block, RuleSource::Acl));

    let rows: Vec<Value> = engine.json(&["pins"]);
    assert_eq!(
        (&rows[0]["site"], &rows[0]["name"], &rows[0]["working"]),
        (&"a.test".into(), &"Tokyo".into(), &1.into())
    );
    assert_eq!((&rows[1]["to"], &rows[1]["else"]), (&"country:JP".into(), &"fail".into()));
    let rows: Vec<Value> = engine.json(&["connections"]);
    assert!(rows.iter().any(|row| row["host"] == "www.a.test" && row["why"] == "pinned"), "{rows:#?}");

    engine.run_ok(&["unpin", "A.test"]);
    assert_eq!(fixture.server_for("a.test"), Some(0));
    assert!(engine.run_err(&["unpin", "a.test"]).contains("a.test"));
    assert!(engine.run_err(&["pin", "a b", "direct"]).contains("app:PROGRAM"));
}

#[test]
fn a_pin_whose_node_fails_falls_back_as_it_says() {
    if missing("curl") {
        return;
    }
    let mut fixture = Fixture::start();
    for (site, fallback) in [("any.test", "any"), ("jp.test", "country"), ("fail.test", "fail")] {
        fixture.engine.run_ok(&["pin", site, "Tokyo", "--else", fallback]);
    }
    fixture.engine.wait_for_members(3);
    for site in ["any.test", "jp.test", "fail.test"] {
        assert_eq!(fixture.server_for(site), Some(1), "{site}");
    }
    fixture.servers[1].kill();
    assert!(eventually(LIMIT, || fixture.server_for("any.test") == Some(0)));
    assert_eq!(fixture.server_for("jp.test"), Some(2));
    assert_eq!(fixture.server_for("fail.test"), None);
}
