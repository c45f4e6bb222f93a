//! Quotas: members that certain connections need, such as those of pins and doors.
//!
//! Members of the pool count for a quota. For the rest, nodes are started as reserved members, which the strategy does
//! not use. They leave when no quota needs them; one that is ejected stays, and is checked, until another one has taken
//! its place. If the pool needs a node, it takes a reserved member that works.

use std::cmp::Reverse;
use std::time::Instant;

use super::super::{Candidate, MemberQuota};
use super::member::{Member, MemberRole};
use super::{Fleet, FleetAction};
use crate::model::{Failure, NodeId, Reason};

impl Fleet {
    /// Starts nodes until all quotas are filled, as far as there are nodes.
    pub(super) fn fill_quotas(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        while !self.network.is_frozen() {
            let Some(candidate) = self.missing_for_quota(now) else { break };
            self.launch(candidate, MemberRole::Reserved, now, actions);
        }
    }

    /// Whether a quota is not filled.
    pub(super) fn lacks_quota(&self) -> bool {
        self.spec.quotas.iter().any(|quota| self.filled(quota) < quota.count)
    }

    /// Removes reserved members that no quota needs.
    pub(super) fn remove_unneeded(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        while let Some((id, failure)) = self.unneeded() {
            match failure.filter(|_| !self.network.is_frozen()) {
                Some(failure) => self.evict_failing(&id, failure, None, now, actions),
                None => self.drain(&id, Reason::Surplus, now, actions),
            }
        }
        while let Some((id, failure)) = self.unhealthy_over_quota() {
            self.evict_failing(&id, failure, None, now, actions);
        }
    }

    /// A node that fills a quota: not a member and not cooling down.
    fn missing_for_quota(&self, now: Instant) -> Option<Candidate> {
        let short = self.spec.quotas.iter().filter(|quota| self.filled(quota) < quota.count);
        let free = |quota: &MemberQuota| quota.nodes.iter().find(|id| self.is_free(id, now)).cloned();
        let id = short.filter_map(free).next()?;
        self.spec.find(&id).cloned()
    }

    /// The number of members that count for a quota.
    fn filled(&self, quota: &MemberQuota) -> usize {
        self.members.iter().filter(|member| quota.nodes.contains(member.id()) && self.holds_slot(member)).count()
    }

    /// Whether a quota is not filled by other members that work.
    pub(super) fn is_needed(&self, id: &NodeId) -> bool {
        self.spec.quotas_of(id).any(|quota| {
            let works = |member: &&Member| {
                member.id() != id && quota.nodes.contains(member.id()) && member.is_healthy() && self.holds_slot(member)
            };
            self.members.iter().filter(works).count() < quota.count
        })
    }

    /// The reserved member that leaves next, and the failure for which it is ejected, if it is.
    fn unneeded(&self) -> Option<(NodeId, Option<Failure>)> {
        let reserved = self.members.iter().filter(|member| member.role == MemberRole::Reserved && !member.is_retired());
        let leaving = reserved.filter(|member| !self.is_needed(member.id()));
        let worst = leaving.min_by_key(|member| (member.rank(), Reverse(member.spawn)))?;
        Some((worst.id().clone(), worst.ejected_for().map(|(_, failure)| failure)))
    }

    /// If more reserved members fail than quotas need, the one to evict, so that other nodes get a turn.
    fn unhealthy_over_quota(&self) -> Option<(NodeId, Failure)> {
        if self.network.is_frozen() {
            return None;
        }
        let failing = |quota: &MemberQuota| {
            let fails = |member: &&Member| {
                member.role == MemberRole::Reserved && !member.is_retired() && !self.holds_slot(member)
            };
            let failing: Vec<_> =
                self.members.iter().filter(|member| quota.nodes.contains(member.id())).filter(fails).collect();
            (failing.len() > quota.count).then_some(failing)
        };
        let failing = self.spec.quotas.iter().find_map(failing)?;
        let failure = |member: &Member| {
            let failing = || member.failing().map(|record| record.failure.clone());
            member.ejected_for().map(|(_, failure)| failure).or_else(failing)
        };
        let oldest = failing.into_iter().min_by_key(|member| (member.health.is_proven(), member.since()))?;
        Some((oldest.id().clone(), failure(oldest)?))
    }

    /// The reserved member that enters the pool next: one that works, or any if no other node is left.
    pub(super) fn next_promoted(&self, others: Option<&Candidate>) -> Option<NodeId> {
        let fits = |member: &&Member| {
            member.role == MemberRole::Reserved && self.spec.is_in_pool(member.id()) && self.holds_slot(member)
        };
        let best = self.members.iter().filter(fits).max_by_key(|member| member.rank())?;
        (best.is_healthy() || others.is_none()).then(|| best.id().clone())
    }

    /// Whether a member may be evicted although it never worked: another one has been started for its place.
    pub(super) fn is_spare(&self, id: &NodeId) -> bool {
        let staying = || self.members.iter().filter(|member| !member.is_retired());
        match self.role(id) {
            MemberRole::Pool => staying().filter(|member| member.role == MemberRole::Pool).count() > self.spec.size,
            MemberRole::Reserved => self
                .spec
                .quotas_of(id)
                .all(|quota| staying().filter(|member| quota.nodes.contains(member.id())).count() > quota.count),
        }
    }

    /// The role of a member; that of the pool for other nodes.
    pub(super) fn role(&self, id: &NodeId) -> MemberRole {
        self.members.iter().find(|member| member.id() == id).map_or(MemberRole::Pool, |member| member.role)
    }

    /// Whether connections may use a reserved member that has not carried traffic yet: no proven one fills its quota.
    pub(super) fn is_first_of_quota(&self, id: &NodeId) -> bool {
        let is_proven = |member: &Member| member.takes_connections() && member.health.is_proven();
        let has_proven = |quota: &MemberQuota| {
            self.members.iter().any(|member| quota.nodes.contains(member.id()) && is_proven(member))
        };
        self.spec.quotas_of(id).any(|quota| !has_proven(quota))
    }

    pub(super) fn set_role(&mut self, id: &NodeId, role: MemberRole, actions: &mut Vec<FleetAction>) {
        if let Some(member) = self.members.iter_mut().find(|member| member.id() == id) {
            member.role = role;
            actions.push(FleetAction::Publish);
        }
    }
}
