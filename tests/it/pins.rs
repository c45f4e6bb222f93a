//! Pins by site and by program: which server is used, with access list and fallback.

use serde_json::Value;
use sluice::model::Route;
use sluice::model::route::RuleSource;
use sluice::model::why::{RankReason, Why};

use crate::counterparts::{eventually, missing};
use crate::engine::LIMIT;
use crate::exits::Exits;

const ACL: &[u8] = b"[proxy_all]\n[outbound_block_list]\n||never.test\n";

/// `Tokyo` is used by pins alone; `one` and `Osaka` are in the pool. An access list blocks `never.test`.
fn exits() -> Exits {
    let fixture = Exits::start(["one", "Tokyo", "Osaka"], "Tokyo", |_| ());
    let acl = fixture.engine.home().join("my.acl");
    std::fs::write(&acl, ACL).unwrap();
    fixture.engine.run_ok(&["set", "rules.acl", acl.to_str().unwrap()]);
    fixture
}

#[test]
fn pins_choose_the_server_by_site_and_program() {
    if missing("curl") {
        return;
    }
    let fixture = exits();
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
    // What `why` says for a program is what happens to it.
    let why = |program: &[&str]| engine.json::<Why>(&[&["why", "c.test"], program].concat()).ruling.route;
    assert_eq!((why(&[]), why(&["--program", "curl"])), (Route::Pool, Route::Pool));
    assert_eq!(why(&["--program", "wget"]), Route::Block);
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
    let mut fixture = exits();
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
