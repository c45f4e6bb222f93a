//! Ctrl+C at a terminal cancels the work in the engine too.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sluice::control::Endpoint;
use sluice::control::session::{EngineSession, SessionMessage};
use sluice::model::Command as Request;
use sluice::model::subscription::SubscriptionView;
use sluice::os::paths::Paths;
use tokio::sync::mpsc;

use crate::counterparts::{Origin, Provider, ProviderReply, V4, eventually};
use crate::engine::{Engine, LIMIT};

/// Starts a command that runs until it is interrupted.
fn begin(engine: &Engine, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(engine.home()).args(args).env_remove("SLUICE_HOME").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Sends Ctrl+C.
fn interrupt(mut child: Child) {
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    child.wait().unwrap();
}

#[test]
fn ctrl_c_cancels_a_subscription_update() {
    let engine = Engine::start(&Origin::start(V4));
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    engine.run_ok(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    let listed: Vec<SubscriptionView> = engine.json(&["subscription", "list"]);
    for reply in [ProviderReply::Trickle, ProviderReply::NoResponse] {
        provider.reply_with(reply);
        let (first, second) =
            (begin(&engine, &["subscription", "update"]), begin(&engine, &["subscription", "update", "Provider"]));
        engine.wait_for("the list is fetched once", |status| {
            status.fetches.len() == 1 && provider.open_connections() == 1
        });
        interrupt(first);
        interrupt(second);
        engine
            .wait_for("the fetch is cancelled", |status| status.fetches.is_empty() && provider.open_connections() == 0);
        assert_eq!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]), listed);
    }
    // The fetch continues for the command that still waits, although another one was interrupted.
    let mut waiting = begin(&engine, &["subscription", "update", "Provider"]);
    engine.wait_for("the list is fetched", |status| status.fetches.len() == 1 && provider.open_connections() == 1);
    // Most often after it has joined the fetch.
    let other = begin(&engine, &["subscription", "update"]);
    engine.wait_for("the fetch goes on", |status| status.fetches.len() == 1);
    interrupt(other);
    assert!(waiting.try_wait().unwrap().is_none());
    drop(provider);
    assert!(eventually(LIMIT, || waiting.try_wait().unwrap().is_some()));
    let after: Vec<SubscriptionView> = engine.json(&["subscription", "list"]);
    assert_eq!((after[0].failures, after[0].nodes), (1, 1), "the fetch failed and the old list is kept");
}

/// The purpose of a user interface's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Update,
    Nodes,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_interface_cancels_an_update_and_stays_connected() {
    let engine = Engine::start(&Origin::start(V4));
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    engine.run_ok(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    provider.reply_with(ProviderReply::Trickle);
    let endpoint = Endpoint::Socket(Paths::find(Some(engine.home())).unwrap());
    let (messages, mut arriving) = mpsc::channel(64);
    let mut session = EngineSession::begin(endpoint, messages).await.unwrap();
    session.call(Purpose::Update, Request::SubscriptionUpdate { name: None }).unwrap();
    engine.wait_for("it is fetched", |status| status.fetches.len() == 1 && provider.open_connections() == 1);
    session.cancel(|purpose| *purpose == Purpose::Update);
    engine.wait_for("it is over", |status| status.fetches.is_empty() && provider.open_connections() == 0);
    // The session stays open, and no reply to a cancelled call arrives.
    session.call(Purpose::Nodes, Request::Nodes).unwrap();
    let purpose = loop {
        match arriving.recv().await.unwrap() {
            SessionMessage::Reply { purpose, .. } => break purpose,
            SessionMessage::Snapshot(_) | SessionMessage::Event(_) => {}
            SessionMessage::Ended => panic!("the session has ended"),
        }
    };
    assert_eq!(purpose, Purpose::Nodes);
}

#[test]
fn ctrl_c_cancels_adding_a_subscription_and_fetching_the_rule_list() {
    let engine = Engine::start(&Origin::start(V4));
    let provider = Provider::start("");
    provider.reply_with(ProviderReply::Trickle);
    engine.run_ok(&["set", "pac.url", &provider.url()]);
    let url = provider.url();
    for args in [&["pac", "update"][..], &["subscription", "add", &url]] {
        let child = begin(&engine, args);
        engine.wait_for("the first bytes arrive", |status| {
            status.fetches.first().is_some_and(|fetch| fetch.got.is_answered && fetch.got.bytes > 0)
        });
        interrupt(child);
        engine
            .wait_for("the fetch is cancelled", |status| status.fetches.is_empty() && provider.open_connections() == 0);
    }
    assert!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]).is_empty());
    assert!(!engine.home().join("list.txt").exists());
}
