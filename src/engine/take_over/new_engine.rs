//! The new engine: it starts beside the old one and takes its place.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{LateTraffic, TakeOver, TakeOverOffer, TakeOverState, TakenState};
use crate::engine::event_loop::EventLoop;
use crate::engine::store::FileOwner;
use crate::model::{Cause, EventKind, Fault, FaultCode, NoNodeReason, NodeId};

/// Time limit for the members to serve. The old engine's members serve meanwhile.
const WARM_LIMIT: Duration = Duration::from_secs(15);

impl EventLoop {
    /// Starts in place of a running engine. If that fails, this one stops, and has changed nothing.
    pub(in crate::engine) async fn resume_after(&mut self, steps: TakeOver) {
        let TakeOver { offer, warm, state, live, done } = steps;
        self.files.belong_to(FileOwner::Another);
        let is_warm = self.warm_up(&offer).await;
        if warm.send(is_warm).is_err() {
            return self.inbox.stopping.cancel();
        }
        let Ok(taken) = self.while_busy(state).await else { return self.inbox.stopping.cancel() };
        let TakenState { state, ports, watcher } = taken;
        let proxy = state.proxy.clone().zip(watcher);
        self.listening.use_ports(ports);
        self.take_counters(state);
        let settings = self.settings.clone();
        let result = self.apply_to_rooms(&settings).await;
        self.listening.release_taken();
        if live.send(result).is_err() || self.while_busy(done).await.is_err() {
            return self.inbox.stopping.cancel();
        }
        self.files.belong_to(FileOwner::Us);
        if let Some((proxy, watcher)) = proxy {
            self.desktop.take_over(proxy, watcher);
        }
        self.activity.note(EventKind::TookOver { version: offer.version });
        self.report_plugins();
        self.set_desktop(settings.mode).await;
    }

    /// Starts the members, with the ports closed.
    async fn warm_up(&mut self, offer: &TakeOverOffer) -> Result<(), Fault> {
        let settings = self.settings.clone();
        for door in settings.doors.iter().filter(|door| offer.doors.contains(&door.name)) {
            let _usage = self.planner.doors.of(&door.name);
            self.planner.doors.start(&door.name, Instant::now());
        }
        let mut desired = self.planner.desired(&settings, &self.nodes)?;
        self.load_rules(&settings).await?;
        if desired.serving.is_none() {
            return Ok(());
        }
        self.members.configure(desired.pool).await;
        // The same members as before, so that a site keeps its exit address.
        desired.members.nodes.sort_by_key(|node| !offer.members.contains(&node.id));
        self.members.set_desired(&desired.members, &self.nodes).await;
        let expected: BTreeSet<NodeId> = offer.members.iter().cloned().collect();
        let expected = expected.into_iter().filter(|id| desired.members.all().any(|node| node.id == *id));
        let quotas: usize = desired.members.quotas.iter().map(|quota| quota.count).sum();
        let expected: Vec<_> = expected.take(desired.members.size + quotas).collect();
        let mut roster = self.members.roster();
        let all_serve = roster
            .wait_for(|roster| expected.iter().all(|id| roster.upstreams.iter().any(|upstream| upstream.id == *id)));
        let is_late = self.while_busy(async { timeout(WARM_LIMIT, all_serve).await.is_err() }).await;
        let none_serves = self.members.roster().borrow().upstreams.is_empty();
        if is_late && none_serves && !expected.is_empty() {
            return Err(Fault::of(FaultCode::NoNode, Cause::NoNode(NoNodeReason::NoneServes)));
        }
        Ok(())
    }

    fn take_counters(&mut self, state: TakeOverState) {
        let TakeOverState { traffic, sites, totals, nodes, doors, .. } = state;
        self.planner.doors.add(&doors);
        self.listening.sites().go_on(sites);
        self.listening.totals().add(&totals);
        for entry in self.nodes.entries() {
            if let Some(reading) = nodes.get(&entry.id) {
                entry.meter.add(reading);
            }
        }
        self.traffic.go_on(traffic, self.nodes.readings());
    }

    /// Counts the traffic of the old engine's remaining connections.
    pub(in crate::engine) fn count_late(&mut self, late: &LateTraffic) {
        self.listening.totals().add(&late.totals);
        self.planner.doors.add(&late.doors);
        for entry in self.nodes.entries() {
            if let Some(reading) = late.nodes.get(&entry.id) {
                entry.meter.add(reading);
            }
        }
    }
}
