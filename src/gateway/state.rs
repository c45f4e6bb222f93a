//! What all connections of one gateway share: the table of members, the counters, and the way to
//! tell the pool what was seen.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, mpsc};

use super::connections::Connections;
use super::inbound::Rules;
use super::table::Table;
use super::{Config, Report, Totals};
use crate::model::Upstream;
use crate::model::outcome::{Outcome, Signal};

/// The cost in ms that a failure adds to a member's time to first byte: what a user waits before
/// trying again, so that `fastest` turns away from a node that fails fast.
const FAILURE_MS: f32 = 5_000.0;

/// What holds for a new connection.
pub(super) struct Limits {
    /// What a client may do, and how long it may take to say so.
    pub(super) rules: Rules,
    /// What a member may take to accept a connection.
    pub(super) connect: Duration,
}

impl Limits {
    fn of(config: &Config) -> Self {
        let rules = Rules { login: config.login.clone(), handshake_limit: config.handshake_limit };
        Self { rules, connect: config.connect_limit }
    }
}

/// What all connections of one gateway share.
pub(super) struct State {
    // Both are replaced whole and read without a lock.
    table: ArcSwap<Table>,
    limits: ArcSwap<Limits>,
    table_replaced: Notify,
    /// All traffic of the gateway.
    pub(super) totals: Arc<Totals>,
    /// The open connections.
    pub(super) connections: Connections,
    started: Instant,
    reports: mpsc::Sender<Report>,
}

impl State {
    pub(super) fn new(config: &Config, totals: Arc<Totals>, reports: mpsc::Sender<Report>) -> Self {
        Self {
            table: ArcSwap::from_pointee(Table::empty(config.strategy)),
            table_replaced: Notify::new(),
            limits: ArcSwap::from_pointee(Limits::of(config)),
            totals,
            connections: Connections::default(),
            started: Instant::now(),
            reports,
        }
    }

    /// Milliseconds since the gateway's start; wraps after 49 days, which meters survive.
    pub(super) fn now_ms(&self) -> u32 {
        self.started.elapsed().as_millis() as u32
    }

    /// The members to choose from; where there are none, whoever comes within `patience`.
    pub(super) async fn filled_table(&self, patience: Duration) -> Arc<Table> {
        let filled = async {
            loop {
                let replaced = self.table_replaced.notified();
                let table = self.table.load_full();
                if !table.upstreams.is_empty() {
                    return table;
                }
                replaced.await;
            }
        };
        let table = self.table.load_full();
        if !table.upstreams.is_empty() {
            return table;
        }
        tokio::time::timeout(patience, filled).await.unwrap_or(table)
    }

    /// Puts the table that follows in the place of the one there is.
    pub(super) fn replace_table(&self, next: impl Fn(&Table) -> Table) {
        self.table.rcu(|table| next(table));
        self.table_replaced.notify_waiters();
    }

    /// What holds for new connections.
    pub(super) fn limits(&self) -> Arc<Limits> {
        self.limits.load_full()
    }

    /// Has new connections follow this configuration.
    pub(super) fn set_limits(&self, config: &Config) {
        self.limits.store(Arc::new(Limits::of(config)));
    }

    /// Counts a client that was turned away.
    pub(super) fn reject(&self) {
        self.totals.rejected.fetch_add(1, Relaxed);
    }

    /// Notes that a member gave an answer.
    pub(super) fn proven(&self, upstream: &Upstream) {
        if upstream.meter.prove() {
            self.signal(upstream, Signal::FirstByte);
        }
    }

    /// Notes that a member failed a connection.
    pub(super) fn failed(&self, upstream: &Upstream, signal: Signal) {
        upstream.meter.fail();
        match signal {
            // It may be the page that closed: the member itself did take the connection.
            Signal::ClosedEmpty | Signal::FirstByte => {}
            Signal::ConnectFailed | Signal::HandshakeFailed => upstream.meter.doubt(),
        }
        upstream.meter.observe_first_byte(FAILURE_MS, self.now_ms());
        self.signal(upstream, signal);
    }

    /// Tells the engine something. When it is far behind, what it would be told is lost rather
    /// than a connection kept waiting: the counters still have it.
    pub(super) fn report(&self, report: Report) {
        if self.reports.try_send(report).is_err() {
            tracing::debug!("a report was dropped: the engine is behind");
        }
    }

    fn signal(&self, upstream: &Upstream, signal: Signal) {
        self.report(Report::Outcome(Outcome { id: upstream.id.clone(), signal }));
    }
}
