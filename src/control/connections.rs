//! The connections of clients, for one subscriber: all rows first, then the changes of each second.
//!
//! All work is done here, and only while there is a subscriber: rows are compared with those sent before, rates are
//! computed from two counts, nodes get their names, and programs are looked up, on a blocking thread. The first rates
//! follow shortly after the first rows, for a command that makes a single request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::engine::Handle;
use crate::gateway::{ConnectionRecord, RecordStamp};
use crate::model::connection::{ConnectionChanges, ConnectionFigures, ConnectionView};
use crate::model::{Command, NodeId, Reply};
use crate::os::client_program::ProgramFinder;

/// Delay from the first list to the first rates; later changes have a longer interval.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_secs(1);

/// The pause between two searches for programs is this many times as long as the last search: they take at most 1 % of a
/// core.
const SEARCH_IDLE_FACTOR: u32 = 100;

/// Shortest and longest pause. The program of a connection that ends sooner may remain unknown. A search of 100 ms is
/// one through some ten thousand descriptors.
const SEARCH_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(10));

/// How often the program of a connection is looked up. Programs of other users are never found.
const SEARCHES: u8 = 3;

/// The stream of connections for one subscriber.
pub(super) struct ConnectionFeed {
    handle: Handle,
    opened: watch::Receiver<()>,
    sent: HashMap<u64, SentRow>,
    counted_at: Option<Instant>,
    due: Instant,
    names: NodeNames,
    search: ProgramSearch,
}

/// The last sent values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SentRow {
    stamp: RecordStamp,
    figures: ConnectionFigures,
}

impl ConnectionFeed {
    pub(super) fn of(handle: &Handle) -> Self {
        Self {
            handle: handle.clone(),
            opened: handle.connections().watch(),
            sent: HashMap::new(),
            counted_at: None,
            due: Instant::now(),
            names: NodeNames::default(),
            search: ProgramSearch::default(),
        }
    }

    /// The next changes. Cancel safe.
    async fn next(&mut self) -> ConnectionChanges {
        loop {
            tokio::select! {
                () = sleep_until(self.due) => {
                    self.names.refresh(&self.handle).await;
                    return self.changes(Instant::now());
                }
                // The engine holds the other end while there is a handle to it.
                Ok(()) = self.opened.changed(), if self.search.is_ready() => {
                    self.search.begin(self.handle.connections().opened_after(self.search.newest));
                }
                () = self.search.wait() => {}
            }
        }
    }

    fn changes(&mut self, now: Instant) -> ConnectionChanges {
        let records = self.handle.connections().list();
        let passed = self.counted_at.replace(now).map(|before| now - before);
        self.due = now + if passed.is_none() { FIRST_PAUSE } else { PAUSE };
        let mut changes = ConnectionChanges::default();
        let mut listed = HashMap::with_capacity(records.len());
        for record in &records {
            let before = self.sent.remove(&record.id());
            let sent =
                SentRow { stamp: record.stamp(), figures: figures(record, before.map(|sent| sent.figures), passed) };
            match before {
                Some(before) if before == sent => {}
                Some(before) if before.stamp == sent.stamp => changes.figures.push(sent.figures),
                Some(_) | None => changes.rows.push(self.row(record, sent.figures)),
            }
            listed.insert(record.id(), sent);
        }
        changes.gone = self.sent.drain().map(|(id, _)| id).collect();
        changes.rows.sort_unstable_by_key(|row| row.id);
        self.sent = listed;
        self.search.tried.retain(|id, _| self.sent.contains_key(id));
        if self.search.is_ready() {
            // Programs that were not found when the connection was opened.
            self.search.begin(records);
        }
        changes
    }

    fn row(&self, record: &ConnectionRecord, figures: ConnectionFigures) -> ConnectionView {
        let ConnectionFigures(_, up, down, up_rate, down_rate) = figures;
        let view = record.view();
        let node_name = view.node.as_ref().map(|node| self.names.of(node));
        ConnectionView { node_name, up, down, up_rate, down_rate, ..view }
    }
}

/// The bytes of a record, and the rates since the last call; a new connection starts from zero.
fn figures(
    record: &ConnectionRecord,
    before: Option<ConnectionFigures>,
    passed: Option<Duration>,
) -> ConnectionFigures {
    let (up, down) = record.transferred();
    let (up_before, down_before) = before.map_or((0, 0), |ConnectionFigures(_, up, down, ..)| (up, down));
    let rate = |now: u64, before: u64| {
        let seconds = passed.filter(|passed| !passed.is_zero())?.as_secs_f64();
        Some((now.saturating_sub(before) as f64 / seconds).round() as u64)
    };
    let rate = |now, before| rate(now, before).unwrap_or(0);
    ConnectionFigures(record.id(), up, down, rate(up, up_before), rate(down, down_before))
}

/// The names of nodes. Those of removed nodes are kept for the rows that still refer to them.
#[derive(Default)]
struct NodeNames {
    revision: Option<u64>,
    names: HashMap<NodeId, String>,
}

impl NodeNames {
    async fn refresh(&mut self, handle: &Handle) {
        let revision = handle.snapshots.borrow().revisions.nodes;
        if self.revision == Some(revision) {
            return;
        }
        if let Ok(Reply::Nodes(nodes)) = handle.call(Command::Nodes).await {
            self.names.extend(nodes.into_iter().map(|node| (node.id, node.name)));
            self.revision = Some(revision);
        }
    }

    fn of(&self, node: &NodeId) -> String {
        self.names.get(node).cloned().unwrap_or_default()
    }
}

/// Looks up programs, one search at a time.
struct ProgramSearch {
    /// `None` while a search runs.
    finder: Option<ProgramFinder>,
    running: JoinSet<(ProgramFinder, Duration)>,
    not_before: Instant,
    tried: HashMap<u64, u8>,
    /// The latest id that was looked at.
    newest: u64,
}

impl Default for ProgramSearch {
    fn default() -> Self {
        let finder = Some(ProgramFinder::default());
        Self { finder, running: JoinSet::new(), not_before: Instant::now(), tried: HashMap::new(), newest: 0 }
    }
}

impl ProgramSearch {
    fn is_ready(&self) -> bool {
        self.finder.is_some() && self.not_before <= Instant::now()
    }

    /// Looks up the programs of connections whose program is unknown.
    fn begin(&mut self, records: Vec<Arc<ConnectionRecord>>) {
        let mut wanted = Vec::new();
        for record in records {
            self.newest = self.newest.max(record.id());
            let Some(socket) = record.unidentified() else { continue };
            let times = self.tried.entry(record.id()).or_default();
            if *times < SEARCHES {
                *times += 1;
                wanted.push((socket, record));
            }
        }
        if wanted.is_empty() {
            return;
        }
        let Some(mut finder) = self.finder.take() else { return };
        self.running.spawn_blocking(move || {
            let began = Instant::now();
            let (sockets, records): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
            for (record, program) in records.iter().zip(finder.find(&sockets)) {
                program.into_iter().for_each(|program| record.identify(Arc::new(program)));
            }
            (finder, began.elapsed())
        });
    }

    /// Waits until another search may begin; forever if it may begin now.
    async fn wait(&mut self) {
        if self.finder.is_none() {
            let ended = self.running.join_next().await;
            let (finder, took) = ended.and_then(Result::ok).unwrap_or_default();
            self.finder = Some(finder);
            self.not_before = Instant::now() + (took * SEARCH_IDLE_FACTOR).clamp(SEARCH_PAUSE.0, SEARCH_PAUSE.1);
        } else if self.not_before > Instant::now() {
            sleep_until(self.not_before).await;
        } else {
            std::future::pending().await
        }
    }
}

/// The next changes to send. Cancel safe.
pub(super) async fn next_connections(connections: &mut Option<Box<ConnectionFeed>>) -> ConnectionChanges {
    match connections {
        Some(connections) => connections.next().await,
        None => std::future::pending().await,
    }
}
