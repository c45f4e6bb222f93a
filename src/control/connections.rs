//! The connections of clients, for one subscriber: all rows first, then the changes of each second.
//!
//! All work is done here, and only while there is a subscriber: rows are compared with those sent before, rates are
//! computed from two counts, nodes get their names, and programs are looked up, on a blocking thread. The first rates
//! follow shortly after the first rows, for a command that makes a single request.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::program_search::ProgramSearch;
use crate::engine::Handle;
use crate::gateway::{ConnectionRecord, RecordStamp};
use crate::model::connection::{ConnectionChanges, ConnectionFigures, ConnectionView};
use crate::model::{Command, NodeId, Reply};

/// Delay from the first list to the first rates; later changes have a longer interval.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_secs(1);

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
                    self.search.begin(self.handle.connections().opened_after(self.search.newest()));
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
        self.search.forget_unless(|id| self.sent.contains_key(&id));
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

/// The next changes to send. Cancel safe.
pub(super) async fn next_connections(connections: &mut Option<Box<ConnectionFeed>>) -> ConnectionChanges {
    match connections {
        Some(connections) => connections.next().await,
        None => std::future::pending().await,
    }
}
