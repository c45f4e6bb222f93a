//! The pool as used by the event loop: its configuration, and its members for the snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::desired_members::{DesiredMember, DesiredMembers};
use super::node_tests::PendingTest;
use super::nodes::{NodeEntry, NodeStore};
use crate::model::snapshot::{MemberView, Network};
use crate::model::{Meter, NodeId, Roster};
use crate::pool::{self, MemberStatus, PoolSpec, Tester};

/// Times that differ by less, in ms, are considered equal: they are computed from two clocks.
const SAME_MOMENT_MS: u64 = 1_000;

/// The pool and its members.
pub(super) struct PoolMembers {
    pool: pool::Handle,
    views: watch::Receiver<Arc<Vec<MemberStatus>>>,
}

impl PoolMembers {
    pub(super) fn of(pool: pool::Handle) -> Self {
        Self { views: pool.members(), pool }
    }

    /// The roster of members that take connections.
    pub(super) fn roster(&self) -> watch::Receiver<Arc<Roster>> {
        self.pool.roster()
    }

    /// Sets the desired members.
    pub(super) async fn set_desired(&self, desired: &DesiredMembers, nodes: &NodeStore) {
        let by_id: HashMap<_, _> = nodes.entries().iter().map(|entry| (&entry.id, &**entry)).collect();
        let of = |members: &[DesiredMember]| {
            members.iter().filter_map(|member| by_id.get(&member.id).copied()).map(NodeEntry::candidate).collect()
        };
        let wanted = PoolSpec {
            candidates: of(&desired.nodes),
            others: of(&desired.others),
            quotas: desired.quotas.clone(),
            size: desired.size,
            drain_limit: desired.drain_limit,
            schedule: desired.schedule.clone(),
        };
        self.pool.apply(wanted).await;
    }

    /// Changes how members are started and checked.
    pub(super) async fn configure(&self, config: pool::Config) {
        self.pool.configure(config).await;
    }

    /// A test of a node with a real request.
    pub(super) fn test(&self, entry: &NodeEntry) -> PendingTest {
        let (tester, candidate) = (self.tester(), entry.candidate());
        let result = Box::pin(async move { tester.test(candidate).await });
        PendingTest { id: entry.id.clone(), name: entry.node.label(), result }
    }

    /// Makes requests through nodes.
    pub(super) fn tester(&self) -> Tester {
        self.pool.tester()
    }

    /// Returns when members have changed.
    pub(super) async fn changed(&mut self) {
        if self.views.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// The state of the local network.
    pub(super) fn network(&self) -> Option<Network> {
        self.pool.network()
    }

    /// Whether a request has succeeded through a member that is serving.
    pub(super) fn is_proven(&self) -> bool {
        let is_proven = |view: &MemberStatus| view.state.is_serving() && view.candidate.meter.is_proven();
        self.views.borrow().iter().any(is_proven)
    }

    /// The node of such a member, with its name.
    pub(super) fn proven(&self) -> Option<(NodeId, String)> {
        let views = self.views.borrow();
        let proven = views.iter().find(|view| view.candidate.meter.is_proven())?;
        Some((proven.candidate.id.clone(), proven.candidate.node.label()))
    }

    /// The processes of members, with their meters.
    pub(super) fn processes(&self) -> Vec<(u32, Arc<Meter>)> {
        let process = |view: &MemberStatus| Some((view.pid?, Arc::clone(&view.candidate.meter)));
        self.views.borrow().iter().filter_map(process).collect()
    }

    /// The members for the snapshot; `before` is what the last one had.
    pub(super) fn shown(&mut self, before: &[MemberView]) -> Vec<MemberView> {
        let last = |view: &MemberStatus| before.iter().find(|member| member.id == view.candidate.id);
        self.views.borrow_and_update().iter().map(|view| member(view, last(view))).collect()
    }

    /// Stops every member gracefully.
    pub(super) async fn stop(self) {
        self.pool.stop().await;
    }
}

/// A member for the snapshot; `before` is what the last one had.
fn member(view: &MemberStatus, before: Option<&MemberView>) -> MemberView {
    let (reading, segments) = (view.candidate.meter.read(), view.candidate.meter.segments());
    let age = i64::try_from(view.since.elapsed().as_millis()).unwrap_or(i64::MAX);
    let since = jiff::Timestamp::now().as_millisecond().saturating_sub(age);
    let same = before.filter(|member| member.state == view.state && member.since.abs_diff(since) < SAME_MOMENT_MS);
    MemberView {
        id: view.candidate.id.clone(),
        name: view.candidate.node.label(),
        state: view.state,
        since: same.map_or(since, |member| member.since),
        why: view.reason.clone(),
        pid: view.pid,
        addr: view.addr.clone(),
        latency_ms: view.latency.map(|latency| latency.as_millis() as u32),
        first_byte_ms: view.candidate.meter.measured_first_byte_ms(),
        round_trip_ms: view.candidate.meter.round_trip_us().map(|microseconds| microseconds as f32 / 1e3),
        retransmitted: segments.percent(),
        active: reading.active,
        total: reading.total,
        failures: reading.failures,
        up: reading.up,
        down: reading.down,
        cpu: view.candidate.meter.cpu() as f32 / 10.0,
        legacy: view.candidate.node.kind.weakness(),
    }
}
