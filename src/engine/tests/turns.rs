//! An iteration of the event loop is short, however many nodes there are and however long the texts: commands, reports
//! and timers are handled between two iterations, so the control socket responds in time.
//!
//! The CPU time of each iteration is measured, which does not depend on other load on the machine.

use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinSet;

use super::super::Handle;
use super::super::take_over::Origin;
use super::loaded;
use crate::model::command::{ImportScope, NodeChanges};
use crate::model::preview::ShareForm;
use crate::model::{Command, Reply, link};

/// The maximum number of nodes in a list.
const MANY: usize = 20_000;

/// The longest permitted iteration. Without optimization, code takes some ten times as long.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 100 });

/// Its polls are turns; the longest since it was last looked at.
struct Measured<F> {
    event_loop: Pin<Box<F>>,
    longest_ns: Arc<AtomicU64>,
}

/// The processor time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

impl<F: Future> Future for Measured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = thread_time();
        let polled = self.event_loop.as_mut().poll(context);
        let took = thread_time().saturating_sub(before);
        self.longest_ns.fetch_max(took.as_nanos().try_into().unwrap(), Ordering::SeqCst);
        polled
    }
}

struct MeasuredEngine {
    handle: Handle,
    limit: Duration,
    longest_ns: Arc<AtomicU64>,
    _home: tempfile::TempDir,
    _work: JoinSet<()>,
}

impl MeasuredEngine {
    fn start(limit: Duration) -> Self {
        let (home, handle, engine) = loaded();
        let (mut work, longest_ns) = (JoinSet::new(), Arc::default());
        work.spawn(Measured { event_loop: Box::pin(engine.run(Origin::Start)), longest_ns: Arc::clone(&longest_ns) });
        Self { handle, limit, longest_ns, _home: home, _work: work }
    }

    /// Executes a command, whose iterations must be short.
    async fn call(&self, what: &str, command: Command) -> Reply {
        self.longest_ns.store(0, Ordering::SeqCst);
        let reply = self.handle.call(command).await.unwrap();
        self.handle.call(Command::Status).await.unwrap();
        self.check(what);
        reply
    }

    /// Starts a command whose caller disconnects.
    async fn begin(&self, what: &str, command: Command) {
        self.longest_ns.store(0, Ordering::SeqCst);
        tokio::select! {
            biased;
            reply = self.handle.call(command) => panic!("{what}: {reply:?}"),
            // Calls are answered one after another, so this one is begun.
            status = self.handle.call(Command::Status) => drop(status.unwrap()),
        }
        self.handle.call(Command::Status).await.unwrap();
        self.check(what);
    }

    fn check(&self, what: &str) {
        let longest = Duration::from_nanos(self.longest_ns.load(Ordering::SeqCst));
        println!("{what}: {longest:?}");
        assert!(longest < self.limit, "{what}: a turn of the event loop took {longest:?}");
    }
}

fn links(count: usize) -> String {
    let link = |number: usize| format!("ss://YWVzLTI1Ni1nY206cHc@s{number}.example:8388/#node%20{number}\n");
    (0..count).map(link).collect()
}

/// 48 KB of expressions, each of many states.
fn regexes() -> String {
    let mut text = String::new();
    while text.len() < 48_000 {
        let states = 100 + text.len() % 100;
        writeln!(text, "/(a|b|c){{{states}}}[a-z]{{100}}\\w{{50}}/").unwrap();
    }
    text
}

/// An engine with this many nodes, their ids and their names. The limit grows with their number.
async fn filled(count: usize) -> (MeasuredEngine, Vec<String>, Vec<String>) {
    let engine = MeasuredEngine::start(LIMIT.mul_f64(count as f64 / MANY as f64));
    let import = Command::Import { texts: vec![links(count).into()], scope: ImportScope::Nodes };
    let Reply::Imported(imported) = engine.call("an import", import).await else { panic!("no import") };
    let ids: Vec<_> = imported[0].as_ref().unwrap().nodes.added.iter().map(ToString::to_string).collect();
    assert_eq!(ids.len(), count);
    let names = (0..count).map(|number| format!("node {number}")).collect();
    (engine, ids, names)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_thousands_of_nodes_does_not_block_the_loop() {
    let (engine, ids, names) = filled(MANY).await;
    let Reply::Nodes(nodes) = engine.call("the nodes", Command::Nodes).await else { panic!("no nodes") };
    assert_eq!(nodes.len(), MANY);
    for (what, nodes) in [("all", Vec::new()), ("those with these ids", ids), ("those with these names", names.clone())]
    {
        for form in [ShareForm::Links, ShareForm::Sip008] {
            let command = Command::ShareMany { nodes: nodes.clone(), form };
            let reply = engine.call(&format!("{what} as {form:?}"), command).await;
            let Reply::Shared(shared) = reply else { panic!("{reply:?}") };
            assert_eq!(shared.count, MANY);
            if form == ShareForm::Links {
                assert_eq!(link::parse_lines(shared.text.expose()).len(), MANY);
            }
        }
    }
    engine.call("a preview", Command::Preview { texts: vec![links(MANY).into()] }).await;
    engine.call("a backup", Command::BackupTake).await;
    engine.begin("tests of all", Command::Test { nodes: Vec::new() }).await;
    engine.begin("tests of all by name", Command::Test { nodes: names }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_diagnosis_does_not_block_the_loop() {
    // Redacting more takes minutes in a build without optimization, on another thread.
    let (engine, ..) = filled(MANY / 10).await;
    let Reply::Diagnosis(text) = engine.call("a diagnosis", Command::Diagnose).await else { panic!("no diagnosis") };
    assert!(text.contains("node-2000") && !text.contains("s1999.example"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_thousands_of_nodes_does_not_block_the_loop() {
    let (engine, ids, names) = filled(MANY).await;
    engine.call("expressions", Command::RulesWrite { text: regexes() }).await;
    let changes = NodeChanges { weight: Some(7), ..NodeChanges::default() };
    engine.call("an edit", Command::NodeEdit { node: ids[0].clone(), changes }).await;
    let on = Command::ClusterOn { group: None, size: Some(2), strategy: None };
    engine.call("load balancing", on).await;
    engine.call("a move", Command::NodesMove { nodes: names.clone(), before: None }).await;
    let Reply::Backup(text) = engine.call("a backup", Command::BackupTake).await else { panic!("no backup") };
    engine.call("a look at it", Command::BackupPreview { text }).await;
    engine.call("a removal", Command::NodesRemove { nodes: names }).await;
    engine.call("its undoing", Command::NodesRestore).await;
    let Reply::Nodes(nodes) = engine.call("the nodes", Command::Nodes).await else { panic!("no nodes") };
    assert_eq!((nodes.len(), nodes[0].weight), (MANY, 7));
}
