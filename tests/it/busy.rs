//! The control socket answers while the engine reads what is long: lists, rules, backups.

use std::fmt::Write;
use std::time::{Duration, Instant};

use sluice::control::Client;
use sluice::model::backup::ProgramScope;
use sluice::model::command::ImportScope;
use sluice::model::{Command, Reply};
use sluice::os::paths::Paths;

use crate::counterparts::{Origin, V4};
use crate::engine::Engine;

/// What an answer may take, on top of what it takes from an engine with nothing to do: the machine is busy with the
/// other work too.
const ALLOWED: Duration = Duration::from_millis(100);

/// And this share of the time for the work: in a debug build even counting 20,000 nodes takes its time, and the machine
/// may be loaded. Work on the event loop itself would take all of it.
const SHARE: u32 = 8;

/// How often an engine with nothing to do is asked.
const IDLE_ASKS: usize = 300;

async fn connect(engine: &Engine) -> Client {
    Client::connect(&Paths::find(Some(engine.home())).unwrap()).await.unwrap()
}

/// The time for one answer.
async fn ask(client: &mut Client) -> Duration {
    let asked = Instant::now();
    client.call(Command::Status).await.unwrap();
    asked.elapsed()
}

/// A command that takes the engine some time, and what it is.
type Work = (&'static str, Command);

/// Has the work done while the status is asked again and again; the reply, and how long that took in relation to what
/// an answer may take.
///
/// # Panics
/// Where one answer takes longer than it may.
#[expect(clippy::print_stdout, reason = "figures for whoever runs it with --nocapture")]
async fn check(engine: &Engine, (what, command): Work) -> (Reply, f64) {
    let (mut asking, mut working) = (connect(engine).await, connect(engine).await);
    let mut idle = Duration::ZERO;
    for _ in 0..IDLE_ASKS {
        idle = idle.max(ask(&mut asking).await);
    }
    let (begun, mut asks, mut worst) = (Instant::now(), 0, Duration::ZERO);
    let mut work = std::pin::pin!(working.call(command));
    let reply = loop {
        tokio::select! {
            reply = &mut work => break reply.unwrap(),
            took = ask(&mut asking) => (asks, worst) = (asks + 1, worst.max(took)),
        }
    };
    let took = begun.elapsed();
    println!("{what}: {took:?}, asked {asks} times, worst {worst:?}, idle {idle:?}");
    let allowed = idle + ALLOWED + took / SHARE;
    assert!(worst < allowed, "{what}: an answer took {worst:?} of {took:?}, where {allowed:?} is allowed");
    (reply, took.as_secs_f64() / allowed.as_secs_f64())
}

/// The same for work that would be noticed on the event loop, as it takes much longer than an answer may.
async fn check_long(engine: &Engine, (what, command): Work) -> Reply {
    let (reply, share) = check(engine, (what, command)).await;
    assert!(share > 2.0, "{what} takes too little time to tell");
    reply
}

/// As many servers as a list may have, as Clash writes them. Each has a field that costs time and is none of ours.
fn clash(count: usize) -> String {
    let mut text = "proxies:\n".to_owned();
    for number in 0..count {
        writeln!(
            text,
            "- {{name: \"node {number}\", type: ss, server: s{number}.example, port: 8388, cipher: aes-256-gcm, \
             password: \"p{number}\", udp: true, x-notes: [a, b, c]}}"
        )
        .unwrap();
    }
    text
}

/// Settings of another client beside many servers.
fn gui_config(count: usize) -> String {
    let server = |number| {
        serde_json::json!({
            "server": format!("g{number}.example"), "server_port": 8388, "password": "p", "method": "aes-256-gcm",
            "remarks": format!("gui {number}"),
        })
    };
    let servers: Vec<_> = (0..count).map(server).collect();
    serde_json::json!({ "configs": servers, "localPort": 1081, "index": 0, "isDefault": false }).to_string()
}

/// 48 KB of expressions, each of many states.
fn regexes() -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < 48_000 {
        writeln!(text, "/(a|b|c){{{}}}[a-z]{{100}}\\w{{50}}/", 100 + number % 100).unwrap();
        number += 1;
    }
    text
}

/// As many servers as a list may have.
const MANY: usize = 20_000;

fn import(text: String, scope: ImportScope) -> Command {
    Command::Import { texts: vec![text.into()], scope }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_answers_while_lists_are_read() {
    let engine = Engine::start(&Origin::start(V4));
    let preview = Command::Preview { texts: vec![clash(MANY).into()] };
    let Reply::Preview(previews) = check_long(&engine, ("a preview", preview)).await else { panic!("no preview") };
    assert_eq!(previews[0].as_ref().unwrap().rows.len(), MANY);
    let import = import(clash(MANY), ImportScope::Nodes);
    let Reply::Imported(imported) = check_long(&engine, ("an import", import)).await else { panic!("no import") };
    assert_eq!(imported[0].as_ref().unwrap().nodes.added.len(), MANY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_answers_while_settings_and_backups_are_read() {
    let engine = Engine::start(&Origin::start(V4));
    let import = import(gui_config(MANY), ImportScope::NodesAndSettings);
    let Reply::Imported(imported) = check_long(&engine, ("settings of another client", import)).await else {
        panic!("no import")
    };
    assert!(!imported[0].as_ref().unwrap().settings.as_ref().unwrap().settings.is_empty());
    let Reply::Backup(backup) = check(&engine, ("a backup", Command::BackupTake)).await.0 else { panic!("no backup") };
    check_long(&engine, ("a look at a backup", Command::BackupPreview { text: backup.clone() })).await;
    let restore = Command::BackupRestore { text: backup, programs: ProgramScope::Known };
    check_long(&engine, ("a restoration", restore)).await;
    check_long(&engine, ("its undoing", Command::BackupUndo)).await;
    assert_eq!(engine.status().nodes, MANY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_answers_while_rules_are_read() {
    let engine = Engine::start(&Origin::start(V4));
    let rules: String = (0..200_000).map(|number| format!("||site{number}.example^\n")).collect();
    std::fs::write(engine.home().join("rules.txt"), rules).unwrap();
    check_long(&engine, ("long rules", Command::RulesReload)).await;
    // How long these take is bounded.
    check(&engine, ("expressions", Command::RulesWrite { text: regexes() })).await;
}
