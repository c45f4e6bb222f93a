//! The state that all connections of one gateway share: the table of members, the counters, and the channels to the
//! pool and the engine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{Notify, mpsc};

use super::auth::{AuthPolicy, LoginGuard};
use super::client_programs::ClientPrograms;
use super::connections::{Connections, TransferView};
use super::dial::RelayAddress;
use super::hedge::budget::HedgeBudget;
use super::race::{Attempt, MIN_PATIENCE, RaceResult};
use super::site_times::SiteTimes;
use super::table::Table;
use super::{Config, Report, Totals, Wiring};
use crate::model::doors::{DoorTable, ResolvedDoor};
use crate::model::outcome::{Outcome, Signal};
use crate::model::pins::PinTable;
use crate::model::route::RoutingConfig;
use crate::model::{Dial, Handshake, Meter, NodeId, Upstream};

/// The cost in ms that a failure adds to a member's time to first byte: about what a user waits before retrying, so
/// that `fastest` avoids a node that fails fast.
const FAILURE_MS: f32 = 5_000.0;

/// How long a shortage must not have occurred before it counts as over, in ms: while one lasts, connections that end
/// free some capacity for a moment, again and again.
const QUIET_MS: u32 = 5_000;

/// The limits for a new connection.
pub(super) struct Limits {
    /// The requirements for clients.
    pub(super) auth: AuthPolicy,
    /// Time limit for a connection through a member.
    pub(super) connect: Duration,
    /// Whether the PAC script is served.
    pub(super) serves_script: bool,
    /// Where datagrams for a SOCKS5 node are sent.
    pub(super) udp_relay: RelayAddress,
    /// Which connections use certain members, or none.
    pub(super) pins: Arc<PinTable>,
    /// Whether the strategy `smart` learns about sites.
    pub(super) learns: bool,
    /// The doors.
    pub(super) doors: Arc<DoorTable>,
}

impl Limits {
    fn of(config: &Config) -> Self {
        let auth = AuthPolicy {
            login: config.login.clone(),
            doors: config.doors.doors().iter().map(|door| door.name.clone()).collect(),
            handshake_limit: config.handshake_limit,
            max_handshakes: (config.max_connections / 2).max(1),
        };
        let Config { connect_limit: connect, serves_script, udp_relay, learns, .. } = *config;
        let (pins, doors) = (Arc::clone(&config.pins), Arc::clone(&config.doors));
        Self { auth, connect, serves_script, udp_relay, pins, doors, learns }
    }
}

/// The state that all connections of one gateway share.
pub(super) struct GatewayState {
    // All three are replaced as a whole and read without a lock.
    table: ArcSwap<Table>,
    limits: ArcSwap<Limits>,
    routing: ArcSwap<RoutingConfig>,
    table_replaced: Notify,
    /// All traffic of the gateway.
    pub(super) totals: Arc<Totals>,
    /// The upstream for direct connections, which use no member.
    pub(super) direct: Arc<Upstream>,
    /// The open connections.
    pub(super) connections: Connections,
    /// The budget for copies of requests.
    pub(super) budget: HedgeBudget,
    /// The response times of slow sites.
    pub(super) site_times: SiteTimes,
    /// The programs of clients on this machine.
    pub(super) programs: ClientPrograms,
    /// The addresses with wrong logins.
    pub(super) guard: LoginGuard,
    shortages: Shortages,
    started: Instant,
    outcomes: mpsc::Sender<Outcome>,
    reports: mpsc::Sender<Report>,
}

/// What the gateway may run out of.
#[derive(Default)]
struct Shortages {
    descriptors: Shortage,
    permits: Shortage,
}

/// A recurring shortage: when it last occurred, in ms.
struct Shortage(AtomicU32);

impl Shortage {
    const NEVER: u32 = u32::MAX;

    /// Records an occurrence; returns whether the shortage is new.
    fn occurs(&self, now_ms: u32) -> bool {
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
        let Wiring { totals, tracker, sites, outcomes, reports } = wiring;
        Self {
            table: ArcSwap::from_pointee(Table::empty(config.strategy)),
            table_replaced: Notify::new(),
            limits: ArcSwap::from_pointee(Limits::of(config)),
            routing: ArcSwap::default(),
            direct: Arc::new(this_machine()),
            totals,
            connections: Connections::new(tracker, sites),
            budget: HedgeBudget::default(),
            site_times: SiteTimes::default(),
            programs: ClientPrograms::default(),
            guard: LoginGuard::new(reports.clone()),
            shortages: Shortages::default(),
            started: Instant::now(),
            outcomes,
            reports,
        }
    }

    /// Milliseconds since the gateway's start; wraps after 49 days, which meters tolerate.
    pub(super) fn now_ms(&self) -> u32 {
        self.started.elapsed().as_millis() as u32
    }

    /// The current members; if there are none for the connection, waits for the first ones for at most `patience`.
    pub(super) async fn wait_for_members(&self, patience: Duration, is_usable: impl Fn(&Table) -> bool) -> Arc<Table> {
        let filled = async {
            loop {
                let replaced = self.table_replaced.notified();
                let table = self.table.load_full();
                if is_usable(&table) {
                    return table;
                }
                replaced.await;
            }
        };
        let table = self.table.load_full();
        if is_usable(&table) {
            return table;
        }
        tokio::time::timeout(patience, filled).await.unwrap_or(table)
    }

    /// Waits until the table is replaced, for at most `limit`.
    pub(super) async fn table_replaced_within(&self, limit: Duration) {
        let _elapsed = tokio::time::timeout(limit, self.table_replaced.notified()).await;
    }

    /// Whether a member is suspect or accepts no more connections.
    pub(super) fn is_failing(&self, member: &Upstream) -> bool {
        let table = self.table.load();
        let current = table.every().upstreams.iter().find(|upstream| upstream.id == member.id);
        current.is_none_or(|upstream| upstream.is_suspect)
    }

    /// The current members.
    pub(super) fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Whether connections through this member, or direct ones, may stay open.
    pub(super) fn keeps(&self, upstream: &Upstream) -> bool {
        std::ptr::eq(upstream, Arc::as_ptr(&self.direct)) || self.table.load().keeps(&upstream.id)
    }

    /// Replaces the table by the one that `next` makes of it.
    pub(super) fn replace_table(&self, next: impl Fn(&Table) -> Table) {
        self.table.rcu(|table| next(table));
        self.table_replaced.notify_waiters();
    }

    /// The routing of new connections, and of the PAC script.
    pub(super) fn routing(&self) -> Guard<Arc<RoutingConfig>> {
        self.routing.load()
    }

    /// Replaces the routing of new connections.
    pub(super) fn set_routing(&self, routing: RoutingConfig) {
        self.routing.store(Arc::new(routing));
    }

    /// The limits for new connections.
    pub(super) fn limits(&self) -> Arc<Limits> {
        self.limits.load_full()
    }

    /// Applies this configuration to new connections.
    pub(super) fn set_limits(&self, config: &Config) {
        self.limits.store(Arc::new(Limits::of(config)));
    }

    /// Reports that the system is out of descriptors, once per shortage.
    pub(super) fn report_descriptors_exhausted(&self) {
        if self.shortages.descriptors.occurs(self.now_ms()) {
            self.report(Report::DescriptorsExhausted);
        }
    }

    /// Reports that the connection limit is reached, once per shortage.
    pub(super) fn report_connection_limit(&self) {
        if self.shortages.permits.occurs(self.now_ms()) {
            self.report(Report::ConnectionLimitReached);
        }
    }

    /// Counts an exchange that another member took over.
    pub(super) fn replayed(&self, from: &Upstream, to: &Upstream) {
        tracing::debug!(from = %from.id, to = %to.id, "replayed");
        self.totals.replayed.fetch_add(1, Relaxed);
    }

    /// How long a member may be silent before another one is tried as well: twice the 95th percentile of the time to
    /// first byte of the best member, and at least [`MIN_PATIENCE`].
    pub(super) fn patience(&self) -> Duration {
        let table = self.table.load();
        let usual = table.upstreams.iter().filter_map(|upstream| upstream.meter.usual_first_byte());
        usual.min().map_or(MIN_PATIENCE, |usual| MIN_PATIENCE.max(2 * usual))
    }

    /// Counts a rejected client.
    pub(super) fn reject(&self) {
        self.totals.rejected.fetch_add(1, Relaxed);
    }

    /// Records that a member responded.
    pub(super) fn report_success(&self, upstream: &Upstream) {
        if upstream.meter.mark_proven() {
            self.signal(upstream, Signal::FirstByte);
        }
    }

    /// Records that a connection through a member failed.
    pub(super) fn report_failure(&self, upstream: &Upstream, signal: Signal) {
        upstream.meter.fail();
        match signal {
            // The site may have closed or be slow: the member itself did accept the connection.
            Signal::ClosedEmpty
            | Signal::ClosedAlone
            | Signal::WrongAnswer
            | Signal::Unanswered
            | Signal::Silent
            | Signal::Stopped
            | Signal::Stalled
            | Signal::FirstByte => {}
            Signal::ConnectFailed | Signal::HandshakeFailed => upstream.meter.mark_unproven(),
        }
        upstream.meter.observe_first_byte(FAILURE_MS, self.now_ms());
        self.signal(upstream, signal);
    }

    /// Reports the losers of a race: `silence` is the signal for losing by a clear margin, `failure` gives the signal
    /// for an error.
    pub(super) fn report_losers<T, E>(
        &self,
        won: &RaceResult<T, E>,
        silence: Signal,
        failure: impl Fn(&E) -> Option<Signal>,
    ) {
        for (member, error) in &won.failed {
            if let Some(signal) = failure(error) {
                self.report_failure(member, signal);
            }
        }
        for beaten in won.silent.iter().filter(|silent| silent.is_beaten(won.took)) {
            self.report_failure(&beaten.member, silence);
        }
    }

    /// The connections through members, for the detection of stalls.
    pub(super) fn transfers(&self) -> Vec<TransferView> {
        self.connections.scan(|upstream| !std::ptr::eq(upstream, Arc::as_ptr(&self.direct)))
    }

    /// Reports that transfers through a member have stalled.
    pub(super) fn report_stall(&self, node: &NodeId, signal: Signal) {
        tracing::debug!(id = %node, ?signal, "transfers do not go on");
        self.send_signal(node, signal);
    }

    /// Requests a check of a member that has responded to nothing since this attempt.
    pub(super) fn report_silence(&self, attempt: &Attempt) {
        if !attempt.has_answered_since() {
            self.signal(&attempt.member, Signal::Unanswered);
        }
    }

    /// Requests the members of a door, unless they are kept already.
    pub(super) fn request_members(&self, door: &ResolvedDoor) {
        if door.usage.request() && !self.report(Report::DoorUsed { name: door.name.clone() }) {
            door.usage.forget_request();
        }
    }

    /// Sends a report to the engine; returns whether it was sent. It is dropped if the queue is full: no connection
    /// waits for the engine.
    fn report(&self, report: Report) -> bool {
        let is_sent = self.reports.try_send(report).is_ok();
        if !is_sent {
            tracing::debug!("a report was dropped: the engine is behind");
        }
        is_sent
    }

    /// Sends an outcome to the pool. It is dropped if the queue is full: no connection waits for the pool, and the
    /// counters still have it.
    fn signal(&self, upstream: &Upstream, signal: Signal) {
        self.send_signal(&upstream.id, signal);
    }

    fn send_signal(&self, id: &NodeId, signal: Signal) {
        if self.outcomes.try_send(Outcome { id: id.clone(), signal }).is_err() {
            tracing::debug!("an outcome was dropped: the pool is behind");
        }
    }
}

/// Whether this process, or the system, is out of descriptors.
#[cfg(unix)]
pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Whether this process, or the system, is out of descriptors.
#[cfg(not(unix))]
pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    // WSAEMFILE, WSAENOBUFS
    matches!(error.raw_os_error(), Some(10024 | 10055))
}

/// The upstream for direct connections. The pool has no such node and ignores its outcomes.
fn this_machine() -> Upstream {
    Upstream {
        id: NodeId::from_text("direct"),
        spawn: 0,
        host: "".into(),
        share: 0,
        tier: 0,
        is_reserved: false,
        is_suspect: false,
        dial: Dial { addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), login: None, handshake: Handshake::Stepwise },
        meter: Arc::new(Meter::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_reported_once() {
        let shortage = Shortage::default();
        let news = [0, 10, 4_000, 9_000, 14_001, 14_002].map(|now| shortage.occurs(now));
        assert_eq!(news, [true, false, false, false, true, false]);
    }
}
