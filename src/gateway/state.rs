//! What all connections of one gateway share: the table of members, the counters, and the way to
//! tell the pool what was seen.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{Notify, mpsc};

use super::auth::{AuthPolicy, LoginGuard};
use super::connections::Connections;
use super::dial::RelayAddress;
use super::hedge::budget::HedgeBudget;
use super::race::{Asked, RaceResult, SHORTEST_PATIENCE};
use super::site_times::SiteTimes;
use super::table::Table;
use super::{Config, Report, Totals, Wiring};
use crate::model::outcome::{Outcome, Signal};
use crate::model::route::RoutingConfig;
use crate::model::{Dial, Handshake, Meter, NodeId, Upstream};

/// The cost in ms that a failure adds to a member's time to first byte: what a user waits before
/// trying again, so that `fastest` turns away from a node that fails fast.
const FAILURE_MS: f32 = 5_000.0;

/// How long a shortage must not have shown before it counts as over, in ms: while one lasts,
/// connections that end give some room for a moment, again and again.
const QUIET_MS: u32 = 5_000;

/// What holds for a new connection.
pub(super) struct Limits {
    /// What a client may do, and how long it may take to say so.
    pub(super) auth: AuthPolicy,
    /// What a member may take to accept a connection.
    pub(super) connect: Duration,
    /// Whether browsers may fetch the script.
    pub(super) serves_script: bool,
    /// Where the datagrams of a SOCKS5 node go.
    pub(super) udp_relay: RelayAddress,
}

impl Limits {
    fn of(config: &Config) -> Self {
        let auth = AuthPolicy {
            login: config.login.clone(),
            handshake_limit: config.handshake_limit,
            max_handshakes: (config.max_connections / 2).max(1),
        };
        let Config { connect_limit: connect, serves_script, udp_relay, .. } = *config;
        Self { auth, connect, serves_script, udp_relay }
    }
}

/// What all connections of one gateway share.
pub(super) struct GatewayState {
    // Both are replaced whole and read without a lock.
    table: ArcSwap<Table>,
    limits: ArcSwap<Limits>,
    routing: ArcSwap<RoutingConfig>,
    table_replaced: Notify,
    /// All traffic of the gateway.
    pub(super) totals: Arc<Totals>,
    /// Stands for this machine, where a rule says that no member is to be asked.
    pub(super) direct: Arc<Upstream>,
    /// The open connections.
    pub(super) connections: Connections,
    /// The copies of requests that the pool may make.
    pub(super) budget: HedgeBudget,
    /// What slow sites take.
    pub(super) site_times: SiteTimes,
    /// The addresses that have guessed at the login.
    pub(super) guard: LoginGuard,
    descriptors: Shortage,
    permits: Shortage,
    started: Instant,
    outcomes: mpsc::Sender<Outcome>,
    reports: mpsc::Sender<Report>,
}

/// Something of which there is too little now and then: when that last showed, in ms.
struct Shortage(AtomicU32);

impl Shortage {
    const NEVER: u32 = u32::MAX;

    /// Notes that it shows now; says whether that is news.
    fn shows(&self, now_ms: u32) -> bool {
        let last = self.0.swap(now_ms, Relaxed);
        last == Self::NEVER || now_ms.wrapping_sub(last) > QUIET_MS
    }
}

impl Default for Shortage {
    fn default() -> Self {
        Self(AtomicU32::new(Self::NEVER))
    }
}

impl GatewayState {
    pub(super) fn new(config: &Config, wiring: Wiring) -> Self {
        let Wiring { totals, tracker, outcomes, reports } = wiring;
        Self {
            table: ArcSwap::from_pointee(Table::empty(config.strategy)),
            table_replaced: Notify::new(),
            limits: ArcSwap::from_pointee(Limits::of(config)),
            routing: ArcSwap::default(),
            direct: Arc::new(this_machine()),
            totals,
            connections: Connections::recorded_by(tracker),
            budget: HedgeBudget::default(),
            site_times: SiteTimes::default(),
            guard: LoginGuard::new(reports.clone()),
            descriptors: Shortage::default(),
            permits: Shortage::default(),
            started: Instant::now(),
            outcomes,
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

    /// Waits until the table is another one, for so long at most.
    pub(super) async fn table_replaced_within(&self, limit: Duration) {
        let _elapsed = tokio::time::timeout(limit, self.table_replaced.notified()).await;
    }

    /// Whether a member is held for suspect, or takes no connections any more.
    pub(super) fn is_failing(&self, member: &Upstream) -> bool {
        let table = self.table.load();
        let current = table.upstreams.iter().find(|upstream| upstream.id == member.id);
        current.is_none_or(|upstream| upstream.is_suspect)
    }

    /// The members to choose from, now.
    pub(super) fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Whether connections through this member, or past all members, may stay open.
    pub(super) fn keeps(&self, upstream: &Upstream) -> bool {
        std::ptr::eq(upstream, Arc::as_ptr(&self.direct)) || self.table.load().keeps(&upstream.id)
    }

    /// Puts the table that follows in the place of the one there is.
    pub(super) fn replace_table(&self, next: impl Fn(&Table) -> Table) {
        self.table.rcu(|table| next(table));
        self.table_replaced.notify_waiters();
    }

    /// Which ways new connections go, and what browsers are told of it.
    pub(super) fn routing(&self) -> Guard<Arc<RoutingConfig>> {
        self.routing.load()
    }

    /// Changes the ways of new connections.
    pub(super) fn set_routing(&self, routing: RoutingConfig) {
        self.routing.store(Arc::new(routing));
    }

    /// What holds for new connections.
    pub(super) fn limits(&self) -> Arc<Limits> {
        self.limits.load_full()
    }

    /// Has new connections follow this configuration.
    pub(super) fn set_limits(&self, config: &Config) {
        self.limits.store(Arc::new(Limits::of(config)));
    }

    /// Notes that the system gives no more descriptors; told once while that lasts.
    pub(super) fn starved(&self) {
        if self.descriptors.shows(self.now_ms()) {
            self.report(Report::DescriptorsExhausted);
        }
    }

    /// Notes that no connection more is allowed; told once while that lasts.
    pub(super) fn full(&self) {
        if self.permits.shows(self.now_ms()) {
            self.report(Report::ConnectionLimitReached);
        }
    }

    /// Counts an exchange that another member took over.
    pub(super) fn replayed(&self, from: &Upstream, to: &Upstream) {
        tracing::debug!(from = %from.id, to = %to.id, "replayed");
        self.totals.replayed.fetch_add(1, Relaxed);
    }

    /// How long a member may be silent before another one is asked beside it: twice what nineteen
    /// of twenty first bytes take through the best of them, and no less than is usual anywhere.
    pub(super) fn patience(&self) -> Duration {
        let table = self.table.load();
        let usual = table.upstreams.iter().filter_map(|upstream| upstream.meter.usual_first_byte());
        usual.min().map_or(SHORTEST_PATIENCE, |usual| SHORTEST_PATIENCE.max(2 * usual))
    }

    /// Counts a client that was turned away.
    pub(super) fn reject(&self) {
        self.totals.rejected.fetch_add(1, Relaxed);
    }

    /// Notes that a member gave an answer.
    pub(super) fn proven(&self, upstream: &Upstream) {
        if upstream.meter.mark_proven() {
            self.signal(upstream, Signal::FirstByte);
        }
    }

    /// Notes that a member failed a connection.
    pub(super) fn failed(&self, upstream: &Upstream, signal: Signal) {
        upstream.meter.fail();
        match signal {
            // It may be the page that closed or is slow: the member itself did take the connection.
            Signal::ClosedEmpty
            | Signal::ClosedAlone
            | Signal::WrongAnswer
            | Signal::Unanswered
            | Signal::Silent
            | Signal::FirstByte => {}
            Signal::ConnectFailed | Signal::HandshakeFailed => upstream.meter.mark_unproven(),
        }
        upstream.meter.observe_first_byte(FAILURE_MS, self.now_ms());
        self.signal(upstream, signal);
    }

    /// Notes what a race says of those that did not win it: `silence` is what losing by a clear margin
    /// counts as, `failure` what an error does.
    pub(super) fn judge<T, E>(&self, won: &RaceResult<T, E>, silence: Signal, failure: impl Fn(&E) -> Option<Signal>) {
        for (member, error) in &won.failed {
            if let Some(signal) = failure(error) {
                self.failed(member, signal);
            }
        }
        for beaten in won.silent.iter().filter(|silent| silent.is_beaten(won.took)) {
            self.failed(&beaten.member, silence);
        }
    }

    /// Notes that a member has been silent since it was asked, to this and everything else: it is
    /// worth a check.
    pub(super) fn unanswered(&self, asked: &Asked) {
        if !asked.has_answered_since() {
            self.signal(&asked.member, Signal::Unanswered);
        }
    }

    /// Tells the engine something. A report is dropped when the queue is full: no connection waits for the engine.
    fn report(&self, report: Report) {
        if self.reports.try_send(report).is_err() {
            tracing::debug!("a report was dropped: the engine is behind");
        }
    }

    /// Tells the pool what was seen of a member. An outcome is dropped when the queue is full: no connection
    /// waits for the pool, and the counters still have it.
    fn signal(&self, upstream: &Upstream, signal: Signal) {
        if self.outcomes.try_send(Outcome { id: upstream.id.clone(), signal }).is_err() {
            tracing::debug!("an outcome was dropped: the pool is behind");
        }
    }
}

/// Whether an error says that this process, or the system, has no descriptor left.
#[cfg(unix)]
pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Whether an error says that this process, or the system, has no descriptor left.
#[cfg(not(unix))]
pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    // WSAEMFILE, WSAENOBUFS
    matches!(error.raw_os_error(), Some(10024 | 10055))
}

/// What stands for this machine where a connection counts on a member. The pool knows no such node and
/// hears nothing of what it is told about it.
fn this_machine() -> Upstream {
    Upstream {
        id: NodeId::from_text("direct"),
        spawn: 0,
        host: "".into(),
        share: 0,
        tier: 0,
        is_suspect: false,
        dial: Dial { addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), login: None, handshake: Handshake::Stepwise },
        meter: Arc::new(Meter::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_news_once_while_it_lasts() {
        let shortage = Shortage::default();
        let news = [0, 10, 4_000, 9_000, 14_001, 14_002].map(|now| shortage.shows(now));
        assert_eq!(news, [true, false, false, false, true, false]);
    }
}
