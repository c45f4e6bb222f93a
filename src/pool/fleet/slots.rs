//! Slots: which node is started, which member leaves, and which node cools down.
//!
//! Make before break: a member that is ejected, or certainly at fault, fills no slot, so another node is started; once
//! enough members are healthy, the ejected ones are evicted. There are at most twice as many members as slots, not
//! counting draining ones. Reserved members are counted apart ([`super::quotas`]).

use std::cmp::Reverse;
use std::time::Instant;

use super::super::{Candidate, Report};
use super::member::{Member, MemberRole, Retired};
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
        let healthy = || self.pool().filter(|member| member.is_healthy());
        if healthy().count() >= self.spec.size && !self.network.is_frozen() {
            let newest = healthy().max_by_key(|member| member.spawn).map(|member| member.id().clone());
            while let Some((id, failure)) = self.ejected_in_pool() {
                if self.is_needed(&id) {
                    self.set_role(&id, MemberRole::Reserved, actions);
                } else {
                    self.evict_failing(&id, failure, newest.clone(), now, actions);
                }
            }
        }
        while let Some((id, failure)) = self.surplus_unhealthy() {
            self.evict_failing(&id, failure, None, now, actions);
        }
        while self.held_slots() > self.spec.size {
            let holders = self.pool().filter(|member| self.holds_slot(member));
            let worst = holders.min_by_key(|member| (member.rank(), Reverse(member.spawn)));
            let Some(id) = worst.map(|member| member.id().clone()) else { return };
            if self.is_needed(&id) {
                self.set_role(&id, MemberRole::Reserved, actions);
            } else {
                self.drain(&id, Reason::Surplus, now, actions);
            }
        }
    }

    fn ejected_in_pool(&self) -> Option<(NodeId, Failure)> {
        self.pool().find_map(Member::ejected_for)
    }

    /// Starts nodes until all slots are filled, or reports once that there are none left.
    pub(super) fn fill_slots(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        while !self.network.is_frozen() && self.held_slots() < self.spec.size {
            let candidate = self.next_candidate(now);
            match (self.next_promoted(candidate.as_ref()), candidate) {
                (Some(id), _) => self.set_role(&id, MemberRole::Pool, actions),
                (None, Some(candidate)) => self.launch(candidate, MemberRole::Pool, now, actions),
                (None, None) => break,
            }
        }
        self.fill_quotas(now, actions);
        self.has_free_slots = self.held_slots() < self.spec.size || self.lacks_quota();
        let want = self.spec.size.min(self.spec.candidates.len().max(1));
        let is_short = self.present() < want;
        if is_short && !std::mem::replace(&mut self.is_short, is_short) {
            actions.push(FleetAction::Report(Report::Short { have: self.present(), want }));
        }
        self.is_short = is_short;
    }

    pub(super) fn launch(
        &mut self,
        candidate: Candidate,
        role: MemberRole,
        now: Instant,
        actions: &mut Vec<FleetAction>,
    ) {
        self.spawns += 1;
        self.members.push(Member::starting(candidate.clone(), role, self.spawns, now));
        let all = || self.spec.candidates.iter().chain(&self.spec.others);
        let order = |id: &NodeId| all().position(|candidate| candidate.id == *id);
        self.members.sort_by_key(|member| order(member.id()));
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Launch { candidate, spawn: self.spawns });
    }

    fn is_member(&self, id: &NodeId) -> bool {
        self.members.iter().any(|member| member.id() == id)
    }

    /// Whether a node is not a member and not cooling down.
    pub(super) fn is_free(&self, id: &NodeId, now: Instant) -> bool {
        let is_cooling_down = self.cooldowns.get(id).is_some_and(|cooldown| cooldown.until > now);
        !self.is_member(id) && !is_cooling_down
    }

    /// The next node to start: not a member, not cooling down, and on a separate host if possible.
    fn next_candidate(&self, now: Instant) -> Option<Candidate> {
        let shares_host = |candidate: &&Candidate| {
            self.members.iter().any(|member| member.candidate.node.host == candidate.node.host)
        };
        let free = self.spec.candidates.iter().filter(|candidate| self.is_free(&candidate.id, now));
        free.min_by_key(shares_host).cloned()
    }

    /// If more members fill no slot than there are slots, the one to evict: the one ejected for the longest time, or
    /// else one that never worked.
    fn surplus_unhealthy(&self) -> Option<(NodeId, Failure)> {
        let without_slot = || self.pool().filter(|member| !member.is_retired() && !self.holds_slot(member));
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
        let role = self.role(id);
        self.remove(id);
        self.start_cooldown(id, now);
        let has_free_slot = role == MemberRole::Pool && self.held_slots() < self.spec.size;
        let replacement = if has_free_slot { self.next_candidate(now) } else { None };
        let report =
            Report::Evicted { id: id.clone(), reason, replacement: replacement.as_ref().map(|new| new.id.clone()) };
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Report(report));
        if let Some(replacement) = replacement {
            self.launch(replacement, MemberRole::Pool, now, actions);
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

    pub(super) fn drain(&mut self, id: &NodeId, reason: Reason, now: Instant, actions: &mut Vec<FleetAction>) {
        let until = now + self.spec.drain_limit;
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        if member.retire(until, reason, now) == Retired::Finished {
            actions.push(FleetAction::Stop { id: id.clone(), spawn: member.spawn });
            self.remove(id);
        }
        actions.push(FleetAction::Publish);
    }
}
