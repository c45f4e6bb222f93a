//! Long operations show their progress and can be cancelled; the engine stops its work as well and nothing has changed.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use sluice::model::Page;
use sluice::model::snapshot::FetchFor;
use sluice::model::subscription::SubscriptionView;

use super::harness::TestWindow;
use super::{engine_of, names};
use crate::counterparts::{Origin, Provider, ProviderReply, V4, eventually};
use crate::engine::{Engine, LIMIT};

/// Waits until the engine has no connection to the provider and fetches nothing; whether that happened.
fn is_over(engine: &Engine, provider: &Provider) -> bool {
    eventually(LIMIT, || provider.open_connections() == 0 && engine.status().fetches.is_empty())
}

#[test]
fn fetching_the_rule_list_shows_progress_and_can_be_cancelled() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let provider = Provider::start("[AutoProxy]\n||one.test\n");
    engine.run_ok(&["set", "pac.url", &provider.url()]);
    engine.run_ok(&["pac", "update"]);
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.expect_text("1 rule, fetched ");
    provider.reply_with(ProviderReply::Trickle);
    window.click_button("Update now");
    window.expect_text(" B so far");
    assert_eq!(engine.status().fetches[0].what, FetchFor::Rules);
    window.click_button("Stop");
    window.expect_no_text("Fetching…");
    assert!(is_over(&engine, &provider));
    window.expect_text("1 rule, fetched ");
    assert_eq!(engine.count_events(|kind| matches!(kind, sluice::model::EventKind::ListNotFetched { .. })), 0);
    provider.serve_list("[AutoProxy]\n||one.test\n||two.test\n");
    window.click_button("Update now");
    window.expect_text("2 rules, fetched ");
}

#[test]
fn updating_a_subscription_shows_progress_and_can_be_cancelled() {
    let (_origin, _server, engine) = engine_of(&[]);
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    engine.run_ok(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    let before: Vec<SubscriptionView> = engine.json(&["subscription", "list"]);
    let mut window = TestWindow::open(&engine, Page::Subscriptions);
    provider.reply_with(ProviderReply::Trickle);
    for button in ["Update Provider", "Update all"] {
        window.click_button(button);
        window.expect_text(" B so far");
        window.click_button("Stop");
        window.expect_no_text("Stop");
        assert!(is_over(&engine, &provider), "{button}");
        assert_eq!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]), before, "nothing has changed");
        assert_eq!(names(&engine), ["Lima"]);
    }
    provider.serve_list("socks5://b.invalid:1#Oslo\n");
    window.click_button("Update Provider");
    window.expect_text("1 added (Oslo), 1 removed (Lima)");
}

#[test]
fn fetching_a_preview_is_cancelled_by_a_click_and_with_the_dialog() {
    let (_origin, _server, engine) = engine_of(&[]);
    let provider = Provider::start("");
    provider.reply_with(ProviderReply::NoResponse);
    let mut window = TestWindow::open(&engine, Page::Subscriptions);
    window.click_button("Add subscription…");
    for end in ["Stop", "Cancel"] {
        window.fill("Address", &provider.url());
        window.click_button("Fetch");
        window.expect_text("requesting directly…");
        assert!(eventually(LIMIT, || provider.open_connections() == 1));
        window.click_button(end);
        assert!(is_over(&engine, &provider), "{end}");
    }
    window.expect_no_text("Address");
}

#[test]
fn testing_all_nodes_can_be_cancelled() {
    // A server that accepts connections and sends nothing.
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let engine = Engine::start(&Origin::start(V4));
    let links: String = (0..20).map(|nth| format!("socks5://user{nth}:x@127.0.0.1:{port}#n{nth}\n")).collect();
    assert_eq!(engine.run_with(&["import", "-"], &links).code, Some(0));
    engine.run_ok(&["set", "health.limit_s", "60"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("Test all");
    window.expect_text("Stop (0 of 20)");
    let mut accepted: Vec<TcpStream> = Vec::new();
    listener.set_nonblocking(true).unwrap();
    window.wait_until("some tests run", |_| {
        accepted.extend(listener.accept().map(|(stream, _)| stream));
        accepted.len() >= 3
    });
    window.click_button("Stop (0 of 20)");
    window.expect_text("Test all");
    // The accepted connections are closed.
    for stream in &mut accepted {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
    }
    assert!(engine.nodes().iter().all(|node| node.history.is_empty()), "no test has a result");
}
