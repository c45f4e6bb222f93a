//! Places: which node is started, which one leaves, and which has to rest before it comes again.
//!
//! Make before break: who is ejected, or certainly at fault, holds no place, so another node is
//! started; once as many work as are wanted, the ejected ones leave. At any time there are at most
//! twice as many members as wanted, those on their way out apart.

use std::cmp::Reverse;
use std::time::Instant;

use super::super::{Candidate, Report};
use super::member::{Member, Retired};
use super::{Action, Fleet, timing};
use crate::model::event::Eviction;
use crate::model::{Failure, NodeId, Reason};

/// A node that left for a fault.
pub(super) struct Bench {
    pub(super) until: Instant,
    times: u32,
}

impl Fleet {
    /// Lets ejected members go once as many others work as are wanted, and those that are too many
    /// once one of them has come back.
    pub(super) fn settle(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.wanted.size == 0 {
            return;
        }
        let good = || self.members.iter().filter(|member| member.is_good());
        if good().count() >= self.wanted.size && !self.network.is_frozen() {
            let newest = good().max_by_key(|member| member.spawn).map(|member| member.id().clone());
            while let Some((id, failure)) = self.members.iter().find_map(Member::ejected_for) {
                self.dismiss(&id, failure, newest.clone(), now, actions);
            }
        }
        while let Some((id, failure)) = self.one_too_many() {
            self.dismiss(&id, failure, None, now, actions);
        }
        while self.held_places() > self.wanted.size {
            let holders = self.members.iter().filter(|member| self.holds_place(member));
            let worst = holders.min_by_key(|member| (member.rank(), Reverse(member.spawn)));
            let Some(id) = worst.map(|member| member.id().clone()) else { return };
            self.let_go(&id, Reason::OneTooMany, now, actions);
        }
    }

    /// Starts nodes until the pool has its size, or says once that it cannot.
    pub(super) fn fill(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while !self.network.is_frozen() && self.held_places() < self.wanted.size {
            let Some(candidate) = self.next_candidate(now) else { break };
            self.launch(candidate, now, actions);
        }
        self.has_free_places = self.held_places() < self.wanted.size;
        let want = self.wanted.size.min(self.wanted.candidates.len().max(1));
        let is_short = self.present() < want;
        if is_short && !std::mem::replace(&mut self.is_short, is_short) {
            actions.push(Action::Report(Report::Short { have: self.present(), want }));
        }
        self.is_short = is_short;
    }

    fn launch(&mut self, candidate: Candidate, now: Instant, actions: &mut Vec<Action>) {
        self.spawns += 1;
        self.members.push(Member::starting(candidate.clone(), self.spawns, now));
        let order = |id: &NodeId| self.wanted.candidates.iter().position(|candidate| candidate.id == *id);
        self.members.sort_by_key(|member| order(member.id()));
        actions.push(Action::Publish);
        actions.push(Action::Launch { candidate, spawn: self.spawns });
    }

    /// The next node to start: none that is here or benched, on another host than those here if
    /// there is one.
    fn next_candidate(&self, now: Instant) -> Option<Candidate> {
        let is_free = |candidate: &&Candidate| {
            let is_here = self.members.iter().any(|member| *member.id() == candidate.id);
            let is_benched = self.bench.get(&candidate.id).is_some_and(|bench| bench.until > now);
            !is_here && !is_benched
        };
        let shares_host = |candidate: &&Candidate| {
            self.members.iter().any(|member| member.candidate.node.host == candidate.node.host)
        };
        self.wanted.candidates.iter().filter(is_free).min_by_key(shares_host).cloned()
    }

    /// Of the members that hold no place, one to go when they are more than there are places: the
    /// longest ejected, or else one that never worked.
    fn one_too_many(&self) -> Option<(NodeId, Failure)> {
        let placeless = || self.members.iter().filter(|member| !member.is_retired() && !self.holds_place(member));
        if placeless().count() <= self.wanted.size || self.network.is_frozen() {
            return None;
        }
        let ejected = placeless().filter(|member| member.ejected_for().is_some());
        let oldest = ejected.min_by_key(|member| member.since()).and_then(Member::ejected_for);
        oldest.or_else(|| {
            let accused = placeless().filter(|member| member.charge().is_some());
            let worst = accused.min_by_key(|member| (member.health.is_proven(), Reverse(member.spawn)))?;
            Some((worst.id().clone(), worst.charge()?.failure.clone()))
        })
    }

    /// Has a node leave at once for a fault of its program, and another take its place.
    pub(super) fn evict(&mut self, id: &NodeId, reason: Eviction, now: Instant, actions: &mut Vec<Action>) {
        self.remove(id);
        self.put_on_bench(id, now);
        let replacement = if self.held_places() < self.wanted.size { self.next_candidate(now) } else { None };
        let report =
            Report::Evicted { id: id.clone(), reason, replacement: replacement.as_ref().map(|new| new.id.clone()) };
        actions.push(Action::Publish);
        actions.push(Action::Report(report));
        if let Some(replacement) = replacement {
            self.launch(replacement, now, actions);
        }
    }

    fn put_on_bench(&mut self, id: &NodeId, now: Instant) {
        let bench = self.bench.entry(id.clone()).or_insert(Bench { until: now, times: 0 });
        bench.times += 1;
        bench.until = now + timing::rest(bench.times);
    }

    /// Has a member leave for failed checks.
    pub(super) fn dismiss(
        &mut self,
        id: &NodeId,
        failure: Failure,
        replacement: Option<NodeId>,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        self.put_on_bench(id, now);
        self.let_go(id, Reason::FailedChecks(failure.clone()), now, actions);
        let reason = Eviction::CheckFailed { failure };
        actions.push(Action::Report(Report::Evicted { id: id.clone(), reason, replacement }));
    }

    fn let_go(&mut self, id: &NodeId, reason: Reason, now: Instant, actions: &mut Vec<Action>) {
        let until = now + self.wanted.drain_limit;
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        if member.retire(until, reason, now) == Retired::Over {
            actions.push(Action::Stop { id: id.clone(), spawn: member.spawn });
            self.remove(id);
        }
        actions.push(Action::Publish);
    }
}
