//! The control socket answers while the engine processes long lists, rules and backups.

use std::fmt::Write;
use std::time::{Duration, Instant};

use sluice::control::Client;
use sluice::model::backup::ProgramScope;
use sluice::model::command::ImportScope;
use sluice::model::{Command, Reply};
use sluice::os::paths::Paths;

use crate::counterparts::{Origin, V4};
use crate::engine::Engine;

/// How much longer a reply may take than that of an idle engine: the machine is busy with the work, too.
const ALLOWED: Duration = Duration::from_millis(100);

/// In addition, this share of the duration of the work: in a debug build even counting 20,000 nodes takes a while, and the
/// machine may be loaded. Work on the event loop itself would take the full duration. An optimized
/// build gets none.
const SHARE: Option<u32> = if cfg!(debug_assertions) { Some(8) } else { None };

/// Number of requests to the idle engine.
const IDLE_REQUESTS: usize = 300;

async fn connect(engine: &Engine) -> Client {
    Client::connect(&Paths::find(Some(engine.home())).unwrap()).await.unwrap()
}

/// The time until one reply.
async fn reply_time(client: &mut Client) -> Duration {
    let start = Instant::now();
    client.call(Command::Status).await.unwrap();
    start.elapsed()
}

/// A description, and a command that takes the engine some time.
type Work = (&'static str, Command);

/// Runs a command while the status is requested repeatedly. Returns the reply, and the duration as a multiple of the
/// allowed reply time.
///
/// # Panics
/// If a status reply takes longer than allowed.
#[expect(clippy::print_stdout, reason = "prints measurements")]
async fn check(engine: &Engine, (what, command): Work) -> (Reply, f64) {
    let (mut observer, mut worker) = (connect(engine).await, connect(engine).await);
    let mut idle = Duration::ZERO;
    for _ in 0..IDLE_REQUESTS {
        idle = idle.max(reply_time(&mut observer).await);
    }
    let (start, mut requests, mut worst) = (Instant::now(), 0, Duration::ZERO);
    let mut work = std::pin::pin!(worker.call(command));
    let reply = loop {
        let mut request = std::pin::pin!(reply_time(&mut observer));
        tokio::select! {
            reply = &mut work => {
                // A request that is still open has waited for the long reply of the work, or, if no other was answered, all
                // the time.
                if requests == 0 {
                    (requests, worst) = (1, request.await);
                }
                break reply.unwrap();
            }
            took = &mut request => (requests, worst) = (requests + 1, worst.max(took)),
        }
    };
    let took = start.elapsed();
    println!("{what}: {took:?}, asked {requests} times, worst {worst:?}, idle {idle:?}");
    let allowed = SHARE.map_or(ALLOWED, |share| idle + ALLOWED + took / share);
    assert!(worst < allowed, "{what}: a reply took {worst:?} of {took:?}, the limit is {allowed:?}");
    (reply, took.as_secs_f64() / allowed.as_secs_f64())
}

/// The same for work that takes much longer than the allowed reply time, so that it would be noticed on the event loop.
async fn check_long(engine: &Engine, (what, command): Work) -> Reply {
    let (reply, share) = check(engine, (what, command)).await;
    assert!(share > 2.0, "{what} is too short for a meaningful result");
    reply
}

/// A Clash file with this many servers, each with an unknown field that takes time to parse.
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

/// Another client's settings and many servers.
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

/// 48 KB of regular expressions with many states each.
fn regexes() -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < 48_000 {
        writeln!(text, "/(a|b|c){{{}}}[a-z]{{100}}\\w{{50}}/", 100 + number % 100).unwrap();
        number += 1;
    }
    text
}

/// The most servers that a list may have.
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
    // Their duration is bounded.
    check(&engine, ("expressions", Command::RulesWrite { text: regexes() })).await;
}
