//! The check for a new release: off at first, once a day, through the gateway first, and nothing but a version is shown.

use sluice::model::Snapshot;
use sluice::model::snapshot::FetchFor;

use crate::counterparts::{Encoding, Origin, Provider, ProviderReply, SocksServer, V4, eventually};
use crate::engine::{LIMIT, Setup};

#[test]
fn a_newer_release_is_named_once_the_user_wants_to_know() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let github = Provider::start(r#"{"tag_name":"v99.1.0","html_url":"https://example.org/"}"#);
    let engine = Setup::new(&origin, |settings| settings.updates.url = github.url()).start();
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    engine.wait_for("a request has succeeded", |status| status.connected);
    assert_eq!((github.requests().len(), engine.status().release), (0, None), "it is off");

    let through = engine.status().gateway.total;
    engine.run_ok(&["set", "updates.check", "true"]);
    let is_newer = |status: &Snapshot| status.release.as_deref() == Some("99.1.0");
    let status = engine.wait_for("the release is known", is_newer);
    assert!(status.gateway.total > through, "it was asked for through the gateway");
    assert!(engine.run_ok(&["status"]).contains("Sluice 99.1.0"));
    assert_eq!(github.requests().len(), 1);

    // A restart does not ask again on the same day.
    let engine = engine.restarted(|_| {});
    engine.wait_for("it is remembered", is_newer);
    engine.wait_for("a request has succeeded", |status| status.connected);
    assert_eq!(github.requests().len(), 1);
    engine.run_ok(&["set", "updates.check", "false"]);
    assert_eq!(engine.status().release, None);
}

#[test]
fn an_invalid_response_is_ignored() {
    let origin = Origin::start(V4);
    let replies = [
        ProviderReply::WithoutLength(2 << 20),
        ProviderReply::DecompressionBomb(Encoding::Gzip),
        ProviderReply::RedirectLoop,
        ProviderReply::Status(404, r#"{"tag_name":"v99.1.0"}"#),
        ProviderReply::Status(200, r#"{"tag_name":"\u001b[31m"}"#),
    ];
    for reply in replies {
        let github = Provider::start("");
        github.reply_with(reply.clone());
        let setup =
            Setup::new(&origin, |settings| (settings.updates.check, settings.updates.url) = (true, github.url()));
        let engine = setup.with_variable("SLUICE_LOG", "sluice=debug").start();
        let is_failure = |line: &&str| line.contains("the newest release is unknown");
        let is_logged = || engine.log().lines().any(|line| is_failure(&line));
        assert!(eventually(LIMIT, is_logged), "{reply:?}: {}", engine.log());
        let is_quiet = engine.log().lines().filter(is_failure).all(|line| line.contains("DEBUG"));
        assert!(is_quiet, "{reply:?}: {}", engine.log());
        let requests = github.requests().len();
        assert_eq!(engine.status().release, None, "{reply:?}");
        assert!(!engine.log().contains("hunter2"), "the address is not logged");
        // The next attempt is a day later, also after a restart.
        let engine = engine.restarted(|_| {});
        engine.run_ok(&["set", "health.limit_s", "7"]);
        assert_eq!(github.requests().len(), requests, "{reply:?}");
    }
}

#[test]
fn a_check_in_progress_ends_when_it_is_turned_off() {
    let origin = Origin::start(V4);
    let github = Provider::start("");
    github.reply_with(ProviderReply::NoResponse);
    let setup = Setup::new(&origin, |settings| (settings.updates.check, settings.updates.url) = (true, github.url()));
    let engine = setup.with_variable("SLUICE_LOG", "sluice=debug").start();
    engine.wait_for("it is asked for", |status| status.fetches.iter().any(|fetch| fetch.what == FetchFor::Release));
    engine.run_ok(&["set", "updates.check", "false"]);
    engine.wait_for("the request has ended", |status| status.fetches.is_empty());
    assert!(!engine.log().contains("the newest release is unknown"), "it ended by its time limit");
}
