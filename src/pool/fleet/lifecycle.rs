//! Programs: what it means that one is ready, fails to start, ends, or is not wanted any more.

use std::time::{Duration, Instant};

use super::super::launch::Ready;
use super::super::{Report, Wanted};
use super::member::{self, Life, Retired};
use super::{Action, Fleet};
use crate::model::event::Eviction;
use crate::model::{Exit, Failure, NodeId, Reason, Stage};

/// A program that ends this often within [`CRASH_WINDOW`] will go on doing so.
pub(super) const CRASH_LIMIT: usize = 5;
const CRASH_WINDOW: Duration = Duration::from_secs(60);

/// A start that fails is tried this often before another node gets the place.
pub(super) const START_LIMIT: u32 = 3;

impl Fleet {
    /// Takes in what the user wants.
    pub(super) fn want(&mut self, wanted: Wanted, now: Instant, actions: &mut Vec<Action>) {
        self.wanted = wanted;
        self.is_short = false;
        let mut places = self.wanted.size;
        let until = now + self.wanted.drain_limit;
        for mut member in std::mem::take(&mut self.members) {
            let candidate = self.wanted.candidates.iter().find(|candidate| candidate.id == *member.id());
            if let Some(candidate) = candidate.filter(|_| places > 0) {
                places -= 1;
                member.keep(candidate.clone(), now);
            } else if member.retire(until, Reason::NotWanted, now) == Retired::Over {
                actions.push(Action::Stop { id: member.id().clone(), spawn: member.spawn });
                continue;
            }
            self.members.push(member);
        }
        self.bench.retain(|id, _| self.wanted.candidates.iter().any(|candidate| candidate.id == *id));
        // Somebody who asks for one node by name is not told to wait for its bench.
        if self.wanted.size >= self.wanted.candidates.len() {
            self.bench.clear();
        }
        actions.push(Action::Publish);
    }

    /// Takes in that a program is ready.
    pub(super) fn ready(&mut self, id: &NodeId, spawn: u64, ready: Ready, now: Instant, actions: &mut Vec<Action>) {
        let Some(member) = self.find(id, spawn) else { return };
        let Some(took) = member.serve(ready, now) else { return };
        actions.push(Action::Publish);
        actions.push(Action::Report(Report::Ready { id: id.clone(), took }));
    }

    /// Takes in that a program could not be started. While the network is down that says nothing of
    /// the node, unless it is configured with something that cannot be.
    pub(super) fn start_failed(
        &mut self,
        id: &NodeId,
        spawn: u64,
        failure: Failure,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        let is_frozen = self.network.is_frozen();
        let Some(member) = self.find(id, spawn) else { return };
        let failures = member.count_failed_start();
        let has_failed = failures >= START_LIMIT && !is_frozen;
        if member.is_retired() || has_failed || failure.stage == Stage::Configuration {
            self.evict(id, Eviction::StartFailed { failure }, now, actions);
            return;
        }
        member.restart_after(member::pause(failures), Reason::Failed(failure.clone()), now);
        actions.push(Action::Publish);
        actions.push(Action::Report(Report::Failed { id: id.clone(), failure }));
    }

    /// Takes in that a program has ended by itself.
    pub(super) fn exited(&mut self, id: &NodeId, spawn: u64, status: Exit, now: Instant, actions: &mut Vec<Action>) {
        let is_frozen = self.network.is_frozen();
        let Some(member) = self.find(id, spawn) else { return };
        let exits = member.count_exit(now, CRASH_WINDOW);
        if member.is_retired() {
            self.remove(id);
            actions.push(Action::Publish);
        } else if exits >= CRASH_LIMIT && !is_frozen {
            self.evict(id, Eviction::CrashLoop { exits, status }, now, actions);
        } else {
            // The first restart is at once: whatever killed it may never happen again.
            let restart_in = if exits == 1 { Duration::ZERO } else { member::pause(exits as u32 - 1) };
            member.restart_after(restart_in, Reason::Ended(status.clone()), now);
            actions.push(Action::Publish);
            actions.push(Action::Report(Report::Exited { id: id.clone(), status, restart_in }));
        }
    }

    /// Starts programs again whose pause is over.
    pub(super) fn restart_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for member in &mut self.members {
            if matches!(member.life, Life::Restarting { at } if at <= now) {
                self.spawns += 1;
                member.start(self.spawns, now);
                actions.push(Action::Publish);
                actions.push(Action::Launch { candidate: member.candidate.clone(), spawn: self.spawns });
            }
        }
    }

    /// Ends members that were to leave and have nothing open any more, or no time left.
    pub(super) fn finish_drained(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let (over, staying): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.members).into_iter().partition(|member| member.is_drained(now));
        self.members = staying;
        if !over.is_empty() {
            self.gone.extend(over.iter().map(|member| member.id().clone()));
            actions.push(Action::Publish);
        }
        actions.extend(over.iter().map(|member| Action::Stop { id: member.id().clone(), spawn: member.spawn }));
    }
}
