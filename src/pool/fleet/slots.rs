//! Slots: which node is started, which member leaves, and which node cools down.
//!
//! Make before break: a member that is ejected, or certainly at fault, fills no slot, so another node is started; once
//! enough members are healthy, the ejected ones are evicted. There are at most twice as many members as slots, not
//! counting draining ones.

use std::cmp::Reverse;
use std::time::Instant;

use super::super::{Candidate, Report};
use super::member::{Member, Retired};
use super::{Fleet, FleetAction, timing};
use crate::model::event::Eviction;
use crate::model::{Failure, NodeId, Reason};

/// The cooldown of an evicted node.
pub(super) struct Cooldown {
    pub(super) until: Instant,
    times: u32,
}

impl Fleet {
    /// Evicts ejected members once all slots are filled by healthy ones, and drains surplus members after one has
    /// recovered.
    pub(super) fn remove_surplus(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        if self.spec.size == 0 {
            return;
        }
        let healthy = || self.members.iter().filter(|member| member.is_healthy());
        if healthy().count() >= self.spec.size && !self.network.is_frozen() {
            let newest = healthy().max_by_key(|member| member.spawn).map(|member| member.id().clone());
            while let Some((id, failure)) = self.members.iter().find_map(Member::ejected_for) {
                self.evict_failing(&id, failure, newest.clone(), now, actions);
            }
        }
        while let Some((id, failure)) = self.surplus_unhealthy() {
            self.evict_failing(&id, failure, None, now, actions);
        }
        while self.surplus_holders() > self.spec.size {
            let holders = self.members.iter().filter(|member| self.holds_slot(member));
            let worst = holders
                .filter(|member| !self.is_pinned(member.id()))
                .min_by_key(|member| (member.rank(), Reverse(member.spawn)));
            let Some(id) = worst.map(|member| member.id().clone()) else { return };
            self.drain(&id, Reason::Surplus, now, actions);
        }
    }

    /// Starts nodes until all slots are filled, or reports once that there are none left.
    pub(super) fn fill_slots(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        while !self.network.is_frozen() && self.held_slots() < self.spec.size {
            let Some(candidate) = self.next_candidate(now) else { break };
            self.launch(candidate, now, actions);
        }
        while !self.network.is_frozen() {
            let Some(candidate) = self.missing_pinned(now) else { break };
            self.launch(candidate, now, actions);
        }
        let lacks_pinned = self.spec.pinned.iter().any(|pinned| !self.is_member(&pinned.id));
        self.has_free_slots = lacks_pinned || self.held_slots() < self.spec.size;
        let want = self.spec.size.min(self.spec.candidates.len().max(1));
        let is_short = self.present() < want;
        if is_short && !std::mem::replace(&mut self.is_short, is_short) {
            actions.push(FleetAction::Report(Report::Short { have: self.present(), want }));
        }
        self.is_short = is_short;
    }

    fn launch(&mut self, candidate: Candidate, now: Instant, actions: &mut Vec<FleetAction>) {
        self.spawns += 1;
        self.members.push(Member::starting(candidate.clone(), self.spawns, now));
        let order = |id: &NodeId| self.spec.candidates.iter().position(|candidate| candidate.id == *id);
        self.members.sort_by_key(|member| order(member.id()));
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Launch { candidate, spawn: self.spawns });
    }

    /// A pinned node that is not a member and not cooling down. A surplus member makes room for it once it works.
    fn missing_pinned(&self, now: Instant) -> Option<Candidate> {
        let is_missing = |candidate: &&Candidate| self.is_pinned(&candidate.id) && self.is_free(candidate, now);
        self.spec.candidates.iter().find(is_missing).cloned()
    }

    /// Members that fill a slot, without pinned ones that have not worked yet: others stay until they do.
    fn surplus_holders(&self) -> usize {
        let is_untried = |member: &Member| self.is_pinned(member.id()) && !member.health.is_proven();
        self.members.iter().filter(|member| self.holds_slot(member) && !is_untried(member)).count()
    }

    pub(super) fn is_pinned(&self, id: &NodeId) -> bool {
        self.spec.pinned.iter().any(|pinned| pinned.id == *id)
    }

    /// Whether only pins use a member.
    pub(super) fn is_only_pinned(&self, id: &NodeId) -> bool {
        self.spec.pinned.iter().any(|pinned| pinned.id == *id && !pinned.is_in_pool)
    }

    fn is_member(&self, id: &NodeId) -> bool {
        self.members.iter().any(|member| member.id() == id)
    }

    fn is_free(&self, candidate: &Candidate, now: Instant) -> bool {
        let is_cooling_down = self.cooldowns.get(&candidate.id).is_some_and(|cooldown| cooldown.until > now);
        !self.is_member(&candidate.id) && !is_cooling_down
    }

    /// The next node to start: not a member, not cooling down, and on a separate host if possible.
    fn next_candidate(&self, now: Instant) -> Option<Candidate> {
        let shares_host = |candidate: &&Candidate| {
            self.members.iter().any(|member| member.candidate.node.host == candidate.node.host)
        };
        let free = self.spec.candidates.iter().filter(|candidate| self.is_free(candidate, now));
        free.min_by_key(|candidate| (!self.is_pinned(&candidate.id), shares_host(candidate))).cloned()
    }

    /// If more members fill no slot than there are slots, the one to evict: the one ejected for the longest time, or
    /// else one that never worked.
    fn surplus_unhealthy(&self) -> Option<(NodeId, Failure)> {
        let without_slot = || self.members.iter().filter(|member| !member.is_retired() && !self.holds_slot(member));
        if without_slot().count() <= self.spec.size || self.network.is_frozen() {
            return None;
        }
        let ejected = without_slot().filter(|member| member.ejected_for().is_some());
        let oldest = ejected.min_by_key(|member| member.since()).and_then(Member::ejected_for);
        oldest.or_else(|| {
            let failing = without_slot().filter(|member| member.failing().is_some());
            let worst = failing.min_by_key(|member| (member.health.is_proven(), Reverse(member.spawn)))?;
            Some((worst.id().clone(), worst.failing()?.failure.clone()))
        })
    }

    /// Evicts a node at once because of its process, and starts another.
    pub(super) fn evict(&mut self, id: &NodeId, reason: Eviction, now: Instant, actions: &mut Vec<FleetAction>) {
        self.remove(id);
        self.start_cooldown(id, now);
        let replacement = if self.held_slots() < self.spec.size { self.next_candidate(now) } else { None };
        let report =
            Report::Evicted { id: id.clone(), reason, replacement: replacement.as_ref().map(|new| new.id.clone()) };
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Report(report));
        if let Some(replacement) = replacement {
            self.launch(replacement, now, actions);
        }
    }

    fn start_cooldown(&mut self, id: &NodeId, now: Instant) {
        let cooldown = self.cooldowns.entry(id.clone()).or_insert(Cooldown { until: now, times: 0 });
        cooldown.times += 1;
        cooldown.until = now + timing::cooldown(cooldown.times);
    }

    /// Evicts a member for failed checks: it drains.
    pub(super) fn evict_failing(
        &mut self,
        id: &NodeId,
        failure: Failure,
        replacement: Option<NodeId>,
        now: Instant,
        actions: &mut Vec<FleetAction>,
    ) {
        self.start_cooldown(id, now);
        self.drain(id, Reason::FailedChecks(failure.clone()), now, actions);
        let reason = Eviction::CheckFailed { failure };
        actions.push(FleetAction::Report(Report::Evicted { id: id.clone(), reason, replacement }));
    }

    fn drain(&mut self, id: &NodeId, reason: Reason, now: Instant, actions: &mut Vec<FleetAction>) {
        let until = now + self.spec.drain_limit;
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        if member.retire(until, reason, now) == Retired::Finished {
            actions.push(FleetAction::Stop { id: id.clone(), spawn: member.spawn });
            self.remove(id);
        }
        actions.push(FleetAction::Publish);
    }
}
