//! What takes long says how far it is and can be ended: then it has ended at the engine's end too, and all is
//! as it was.

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

/// Whether the engine has let go of a provider and fetches nothing.
fn is_over(engine: &Engine, provider: &Provider) -> bool {
    eventually(LIMIT, || provider.open_connections() == 0 && engine.status().fetches.is_empty())
}

#[test]
fn fetching_the_list_of_rules_says_how_far_it_is_and_ends() {
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
fn updating_a_subscription_says_how_far_it_is_and_ends() {
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
        assert_eq!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]), before, "as if it had not been");
        assert_eq!(names(&engine), ["Lima"]);
    }
    provider.serve_list("socks5://b.invalid:1#Oslo\n");
    window.click_button("Update Provider");
    window.expect_text("1 added (Oslo), 1 removed (Lima)");
}

#[test]
fn looking_at_an_address_ends_with_a_click_and_with_the_dialog() {
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
fn tests_of_all_nodes_end_with_a_click() {
    // They take connections and say nothing.
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let engine = Engine::start(&Origin::start(V4));
    let links: String = (0..20).map(|nth| format!("socks5://user{nth}:x@127.0.0.1:{port}#n{nth}\n")).collect();
    assert_eq!(engine.run_with(&["import", "-"], &links).code, Some(0));
    engine.run_ok(&["set", "health.limit_s", "60"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.click_button("Test all");
    window.expect_text("Stop (0 of 20)");
    let mut talks: Vec<TcpStream> = Vec::new();
    listener.set_nonblocking(true).unwrap();
    window.wait_until("some of them run", |_| {
        talks.extend(listener.accept().map(|(stream, _)| stream));
        talks.len() >= 3
    });
    window.click_button("Stop (0 of 20)");
    window.expect_text("Test all");
    // Those that were accepted until then end, and no further one comes.
    for talk in &mut talks {
        talk.set_nonblocking(false).unwrap();
        talk.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut said = Vec::new();
        talk.read_to_end(&mut said).unwrap();
    }
    assert!(engine.nodes().iter().all(|node| node.history.is_empty()), "no test has ended");
}
