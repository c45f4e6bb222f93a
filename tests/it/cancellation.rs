//! Work that whoever asked for it has left: Ctrl+C at a terminal ends it at the engine's end too.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sluice::model::subscription::SubscriptionView;

use crate::counterparts::{Origin, Provider, Says, V4, eventually};
use crate::engine::{Engine, LIMIT};

/// A verb that goes on until it is stopped.
fn begin(engine: &Engine, words: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(engine.home()).args(words).env_remove("SLUICE_HOME").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Ctrl+C.
fn interrupt(mut child: Child) {
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    child.wait().unwrap();
}

#[test]
fn ctrl_c_ends_an_update_of_a_subscription() {
    let engine = Engine::start(&Origin::start(V4));
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    engine.done(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    let before: Vec<SubscriptionView> = engine.json(&["subscription", "list"]);
    for says in [Says::Drip, Says::Silence] {
        provider.says(says);
        let (first, second) =
            (begin(&engine, &["subscription", "update"]), begin(&engine, &["subscription", "update", "Provider"]));
        engine.becomes("it is fetched once", |status| status.fetches.len() == 1 && provider.open() == 1);
        interrupt(first);
        interrupt(second);
        engine.becomes("it is over", |status| status.fetches.is_empty() && provider.open() == 0);
        assert_eq!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]), before);
    }
    // Whoever goes on waiting gets what was asked for, though somebody else has left.
    let (first, mut second) =
        (begin(&engine, &["subscription", "update"]), begin(&engine, &["subscription", "update", "Provider"]));
    engine.becomes("it is fetched", |status| status.fetches.len() == 1 && provider.open() == 1);
    interrupt(first);
    assert!(second.try_wait().unwrap().is_none());
    drop(provider);
    assert!(eventually(LIMIT, || second.try_wait().unwrap().is_some()));
    let after: Vec<SubscriptionView> = engine.json(&["subscription", "list"]);
    assert_eq!((after[0].failures, after[0].nodes), (1, 1), "it was tried to the end, and the old list is there");
}

#[test]
fn ctrl_c_ends_a_look_and_the_list_of_rules() {
    let engine = Engine::start(&Origin::start(V4));
    let provider = Provider::start("");
    provider.says(Says::Drip);
    engine.done(&["set", "pac.url", &provider.url()]);
    let url = provider.url();
    for words in [&["pac", "update"][..], &["subscription", "add", &url]] {
        let child = begin(&engine, words);
        engine.becomes("it is fetched", |status| {
            status.fetches.first().is_some_and(|fetch| fetch.got.is_answered && fetch.got.bytes > 0)
        });
        interrupt(child);
        engine.becomes("it is over", |status| status.fetches.is_empty() && provider.open() == 0);
    }
    assert!(engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]).is_empty());
    assert!(!engine.home().join("list.txt").exists());
}
