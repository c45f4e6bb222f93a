//! Fetching the rule list: through the gateway and directly, what is rejected, and when it is fetched.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sluice::model::why::RuleTestResult;
use sluice::model::{EventKind, Route};

use crate::counterparts::{Origin, SocksServer, TlsServer, V4, WebPage, eventually};
use crate::engine::{Engine, LIMIT, Setup};

const LIST: &str = "[AutoProxy 0.2.9]\n! Checksum: 2eFDqK5Vc9A6YLZgEYOsqg\n||listed.test\n";

fn encoded(list: &str) -> String {
    BASE64_STANDARD.encode(list)
}

#[track_caller]
fn check(engine: &Engine, host: &str, route: Route) {
    let ruled: RuleTestResult = engine.json(&["rules", "test", host]);
    assert_eq!(ruled.script.route, route, "{host}: {:?}", ruled.script);
}

#[test]
fn a_list_is_fetched_through_the_gateway_and_then_directly() {
    let (origin, server, page) =
        (Origin::start(V4), SocksServer::start(), WebPage::start(&encoded("[AutoProxy]\n||listed.test\n")));
    let engine = Engine::start(&origin);
    // Only the server resolves this name.
    engine.run_ok(&["set", "pac.url", &format!("http://lists.test:{}/list?secret", page.port())]);
    let message = engine.run_err(&["pac", "update"]);
    assert!(message.contains("the rule list could not be fetched") && !message.contains("secret"), "{message}");
    engine.import(&[server.node("a")]);
    engine.cluster_on(1, "sticky");
    engine.run_ok(&["pac", "update"]);
    check(&engine, "www.listed.test", Route::Pool);
    assert!(server.requested_hosts().contains(&"lists.test".to_owned()));

    engine.run_ok(&["disconnect"]);
    page.set_body(&encoded("[AutoProxy]\n||other.test\n"));
    engine.run_ok(&["set", "pac.url", &format!("http://127.0.0.1:{}/list", page.port())]);
    engine.run_ok(&["pac", "update"]);
    check(&engine, "www.listed.test", Route::Direct);
    check(&engine, "other.test", Route::Pool);
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::ListFetched { rules: 1 })), 2);
    #[cfg(unix)]
    check(&engine.restarted(|_| {}), "other.test", Route::Pool);
}

#[test]
fn a_response_that_is_not_a_list_changes_nothing() {
    let (origin, page) = (Origin::start(V4), WebPage::start(&encoded(LIST)));
    let engine = Engine::start(&origin);
    engine.run_ok(&["set", "pac.url", &format!("http://127.0.0.1:{}/list", page.port())]);
    engine.run_ok(&["pac", "update"]);
    let whole = encoded(LIST);
    let cut = encoded(LIST.strip_suffix("listed.test\n").unwrap());
    let cases = [
        ("", "empty"),
        ("<!DOCTYPE html><title>Login</title>", "a web page"),
        ("You have reached the limit!", "neither a rule list nor base64"),
        (cut.as_str(), "damaged or truncated"),
        (&whole[..whole.len() - 3], "neither a rule list nor base64"),
    ];
    for (body, reason) in cases {
        page.set_body(body);
        let message = engine.run_err(&["pac", "update"]);
        assert!(message.contains(reason), "{body:?}: {message}");
        check(&engine, "listed.test", Route::Pool);
    }
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::ListNotFetched { .. })), cases.len());

    let tls = TlsServer::start();
    engine.run_ok(&["set", "pac.url", &format!("https://127.0.0.1:{}/list", tls.port)]);
    let message = engine.run_err(&["pac", "update"]);
    assert!(message.contains("certificate"), "an untrusted certificate is rejected: {message}");
}

#[test]
fn a_list_whose_address_leads_back_to_sluice_is_not_requested() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Engine::start(&origin);
    engine.import(&[server.node("a")]);
    engine.cluster_on(1, "sticky");
    for host in ["localhost", "127.0.0.1", "0.0.0.0"] {
        engine.run_ok(&["set", "pac.url", &format!("http://{host}:{}/list", engine.gateway().port())]);
        let message = engine.run_err(&["pac", "update"]);
        assert_eq!(message.matches("the address is one of Sluice's own ports").count(), 2, "{host}: {message}");
    }
}

#[test]
fn a_list_in_use_is_fetched_automatically() {
    let (origin, server, page) =
        (Origin::start(V4), SocksServer::start(), WebPage::start(&encoded("[AutoProxy]\n||listed.test\n")));
    let setup = Setup::new(&origin, |settings| {
        settings.rules.at_gateway = true;
        settings.pac.url = format!("http://lists.test:{}/list", page.port());
    });
    // The rule sends the fetch of the list itself through the pool.
    setup.write("rules.txt", b"||lists.test\n");
    let engine = setup.start();
    engine.import(&[server.node("a")]);
    engine.cluster_on(1, "sticky");
    let is_fetched = || engine.count_events(|kind| matches!(kind, EventKind::ListFetched { rules: 1 })) == 1;
    assert!(eventually(LIMIT, is_fetched));
    check(&engine, "listed.test", Route::Pool);
    let why = engine.run_ok(&["rules", "test", "x.listed.test"]);
    assert!(why.contains("at the gateway: through a node (the rule list, line 2: ||listed.test)"), "{why}");
}
