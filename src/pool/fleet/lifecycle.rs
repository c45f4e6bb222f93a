//! Processes of members: ready, failed to start, exited, removed.

use std::time::{Duration, Instant};

use super::super::launch::Ready;
use super::super::{PoolSpec, Report};
use super::member::{self, Lifecycle, Member, MemberRole, Retired};
use super::shortage::{RESTART_PAUSE, is_shortage};
use super::{Fleet, FleetAction};
use crate::model::event::Eviction;
use crate::model::{Exit, Failure, NodeId, Reason, Stage};

/// Number of exits within [`CRASH_WINDOW`] that count as a crash loop.
pub(super) const CRASH_LIMIT: usize = 5;
const CRASH_WINDOW: Duration = Duration::from_secs(60);

/// Number of failed starts before another node gets the slot.
pub(super) const START_LIMIT: u32 = 3;

impl Fleet {
    /// Handles a new configuration of the pool.
    pub(super) fn apply_spec(&mut self, spec: PoolSpec, now: Instant, actions: &mut Vec<FleetAction>) {
        let has_new_quotas = self.spec.differs_in_quotas(&spec);
        self.spec = spec;
        self.is_short = false;
        let roles = self.next_roles();
        let until = now + self.spec.drain_limit;
        for (mut member, role) in std::mem::take(&mut self.members).into_iter().zip(roles) {
            if let Some((role, candidate)) = role.zip(self.spec.find(member.id())) {
                member.role = role;
                member.keep(candidate.clone(), now);
            } else if member.retire(until, Reason::Removed, now) == Retired::Finished {
                actions.push(FleetAction::Stop { id: member.id().clone(), spawn: member.spawn });
                continue;
            }
            self.members.push(member);
        }
        self.cooldowns.retain(|id, _| self.spec.find(id).is_some());
        // The user has chosen the node explicitly, so its cooldown is skipped.
        if self.spec.size >= self.spec.candidates.len() && !has_new_quotas {
            self.cooldowns.clear();
        }
        actions.push(FleetAction::Publish);
    }

    /// The roles of the members with a new configuration; none for those that leave. Members of the pool stay in it
    /// before draining ones return to it.
    fn next_roles(&self) -> Vec<Option<MemberRole>> {
        let mut slots = self.spec.size;
        let mut roles = vec![None; self.members.len()];
        let is_first = |member: &Member| member.role == MemberRole::Pool;
        let is_second = |member: &Member| member.role == MemberRole::Reserved && member.is_retired();
        let turns: [&dyn Fn(&Member) -> bool; 2] = [&is_first, &is_second];
        for is_turn in turns {
            for (member, role) in self.members.iter().zip(&mut roles) {
                if slots > 0 && is_turn(member) && self.spec.is_in_pool(member.id()) {
                    *role = Some(MemberRole::Pool);
                    slots -= 1;
                }
            }
        }
        for (member, role) in self.members.iter().zip(&mut roles) {
            if role.is_none() && self.spec.quotas_of(member.id()).next().is_some() {
                *role = Some(MemberRole::Reserved);
            }
        }
        roles
    }

    /// Handles a process that is ready.
    pub(super) fn ready(
        &mut self,
        id: &NodeId,
        spawn: u64,
        ready: Ready,
        now: Instant,
        actions: &mut Vec<FleetAction>,
    ) {
        let Some(member) = self.find(id, spawn) else { return };
        let Some(took) = member.serve(ready, now) else { return };
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Report(Report::Ready { id: id.clone(), took }));
    }

    /// Handles a failed start. While the network is down it is ignored, unless the node's configuration is invalid.
    pub(super) fn start_failed(
        &mut self,
        id: &NodeId,
        spawn: u64,
        failure: Failure,
        now: Instant,
        actions: &mut Vec<FleetAction>,
    ) {
        let is_frozen = self.network.is_frozen();
        let Some(member) = self.find(id, spawn) else { return };
        if is_shortage(&failure) && !member.is_retired() {
            member.restart_after(RESTART_PAUSE, Reason::Failed(failure), now);
            actions.push(FleetAction::Publish);
            self.report_shortage(now, actions);
            return;
        }
        let failures = member.count_failed_start();
        let has_failed = failures >= START_LIMIT && !is_frozen;
        if member.is_retired() || has_failed || failure.stage == Stage::Configuration {
            self.evict(id, Eviction::StartFailed { failure }, now, actions);
            return;
        }
        member.restart_after(member::pause(failures), Reason::Failed(failure.clone()), now);
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Report(Report::Failed { id: id.clone(), failure }));
    }

    /// Handles the exit of a process.
    pub(super) fn exited(
        &mut self,
        id: &NodeId,
        spawn: u64,
        status: Exit,
        now: Instant,
        actions: &mut Vec<FleetAction>,
    ) {
        let is_frozen = self.network.is_frozen();
        let Some(member) = self.find(id, spawn) else { return };
        let exits = member.count_exit(now, CRASH_WINDOW);
        if member.is_retired() {
            self.remove(id);
            actions.push(FleetAction::Publish);
        } else if exits >= CRASH_LIMIT && !is_frozen {
            self.evict(id, Eviction::CrashLoop { exits, status }, now, actions);
        } else {
            // The first restart is immediate: the cause may not recur.
            let restart_in = if exits == 1 { Duration::ZERO } else { member::pause(exits as u32 - 1) };
            member.restart_after(restart_in, Reason::Ended(status.clone()), now);
            actions.push(FleetAction::Publish);
            actions.push(FleetAction::Report(Report::Exited { id: id.clone(), status, restart_in }));
        }
    }

    /// Restarts processes whose back-off is over.
    pub(super) fn restart_due(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        for member in &mut self.members {
            if matches!(member.lifecycle, Lifecycle::Restarting { at } if at <= now) {
                self.spawns += 1;
                member.start(self.spawns, now);
                actions.push(FleetAction::Publish);
                actions.push(FleetAction::Launch { candidate: member.candidate.clone(), spawn: self.spawns });
            }
        }
    }

    /// Stops members that have drained.
    pub(super) fn finish_drained(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        let (over, staying): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.members).into_iter().partition(|member| member.is_drained(now));
        self.members = staying;
        if !over.is_empty() {
            actions.push(FleetAction::Publish);
        }
        actions.extend(over.iter().map(|member| FleetAction::Stop { id: member.id().clone(), spawn: member.spawn }));
    }
}
