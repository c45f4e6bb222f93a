//! The order of members for a connection to a site.

use super::evidence::{Observation, SiteFailure};
use super::record::{FamilyTie, SiteRecord};
use super::{SiteKey, SiteMemory};
use crate::model::NodeId;
use crate::model::meter::SegmentCounts;
use crate::model::site::SitePlacement;

/// How long a site uses another node while its own one takes no connections; then it stays there.
const SUBSTITUTE_MS: i64 = 2 * 60_000;

/// Failures of two sites on one node within this time, without a response in between, are the node's.
const NODE_FAULT_MS: i64 = 30_000;

/// How long a site that several nodes have refused is not asked for elsewhere.
const REFUSED_MS: i64 = 24 * 3_600_000;

/// Added to the cost of a node on which the site fails.
const FAILING_COST: f64 = 1e6;

/// The cost in ms of a node about which nothing is known.
const UNKNOWN_MS: f64 = 300.0;

/// A member, as far as the choice needs it.
#[derive(Clone, Copy, Debug)]
pub struct SiteMember<'a> {
    /// Its node.
    pub id: &'a NodeId,
    /// Whether it may be failing.
    pub is_suspect: bool,
    /// Whether it has too many open connections for a new site.
    pub is_crowded: bool,
    /// The usual time of a health check in ms: the same pages through every member. `None` if unknown.
    pub check_ms: Option<u32>,
    /// The segments that were sent to its server.
    pub segments: SegmentCounts,
}

/// A connection to a site.
#[derive(Clone, Copy, Debug)]
pub struct SiteRequest<'a> {
    /// The site.
    pub key: SiteKey,
    /// Its name.
    pub name: &'a str,
    /// Whether it belongs to a SOCKS user.
    pub is_private: bool,
    /// The client's program, or its address; `None` if unknown.
    pub client: Option<u64>,
}

impl SiteMemory {
    /// Chooses the member for a connection: the site's own node, or a new one. Fills the cost of each member; the
    /// cheapest is the choice. `draw` gives a member's draw for the site, `roll` is a random number from 0 to 1.
    pub fn choose(
        &mut self,
        request: SiteRequest<'_>,
        members: &[SiteMember<'_>],
        costs: &mut [f64],
        draw: impl Fn(usize) -> f64,
        roll: f64,
        now: i64,
    ) {
        self.note_client(request, now);
        let chosen = match self.sites.get(&request.key) {
            Some(_) => self.go_on(request.key, members, draw, now),
            None => self.begin(request, members, draw, roll, now),
        };
        if let Some(record) = self.sites.get_mut(&request.key) {
            record.used_at = now;
            record.connections += 1;
            self.is_changed = true;
        }
        self.costs(request.key, members, costs, now);
        if let Some(chosen) = chosen {
            // Before the site's own node, if that takes no connections or fails.
            costs[chosen] = -1.0;
        }
    }

    /// The costs that [`choose`](Self::choose) would give, without giving the site a node or moving it.
    pub fn preview(
        &mut self,
        key: SiteKey,
        members: &[SiteMember<'_>],
        costs: &mut [f64],
        draw: impl Fn(usize) -> f64,
        now: i64,
    ) {
        self.levels.refresh(&self.sites, members, now);
        self.costs(key, members, costs, now);
        if !self.sites.contains_key(&key)
            && let Some(first) = self.start(None, members, draw, 1.0, now)
        {
            costs[first] = 0.0;
        }
    }

    /// The costs of all members for a site, without changing anything: for a connection that is tried again.
    pub fn costs(&self, key: SiteKey, members: &[SiteMember<'_>], costs: &mut [f64], now: i64) {
        let record = self.sites.get(&key);
        for (cost, member) in costs.iter_mut().zip(members) {
            let evidence = record.and_then(|record| record.of_node(member.id));
            let measured = evidence.filter(|evidence| evidence.samples > 0).map(|it| f64::from(it.first_byte_ms));
            let measured = measured.map(|ms| ms + self.levels.retransmission_ms(member.id, now));
            let level = || self.levels.of(member.id, now).filter(|level| level.sites > 0).map(|level| level.ms());
            let failing = if evidence.is_some_and(|evidence| evidence.is_failing(now)) { FAILING_COST } else { 0.0 };
            let is_own = record.is_some_and(|record| record.node == *member.id);
            let time = if is_own { 0.0 } else { 1.0 + measured.or_else(level).unwrap_or(UNKNOWN_MS) };
            *cost = time + failing;
        }
    }

    fn begin(
        &mut self,
        request: SiteRequest<'_>,
        members: &[SiteMember<'_>],
        draw: impl Fn(usize) -> f64,
        roll: f64,
        now: i64,
    ) -> Option<usize> {
        self.levels.refresh(&self.sites, members, now);
        let (chosen, placement, leader) = match self.leader_node(request, members, now) {
            Some((index, leader)) => (index, SitePlacement::Family, Some(leader)),
            None => (self.start(None, members, draw, roll, now)?, SitePlacement::New, None),
        };
        self.make_room(now);
        let mut record = SiteRecord::new(request.name, members[chosen].id.clone(), placement, now);
        record.is_private = request.is_private;
        record.tie = FamilyTie { leader, together: u32::from(leader.is_some()), visits: 1 };
        self.sites.insert(request.key, record);
        Some(chosen)
    }

    fn go_on(
        &mut self,
        key: SiteKey,
        members: &[SiteMember<'_>],
        draw: impl Fn(usize) -> f64,
        now: i64,
    ) -> Option<usize> {
        self.follow_leader(key, members, now);
        let record = &self.sites[&key];
        let own = members.iter().position(|member| *member.id == record.node);
        let fails = record.fails_on(&record.node, now);
        let serves = own.filter(|&own| !members[own].is_suspect && !fails);
        let is_due = record.is_comparison_due(now);
        if let Some(own) = serves {
            if !is_due {
                self.sites.get_mut(&key)?.substitute = None;
                return Some(own);
            }
            self.levels.refresh(&self.sites, members, now);
            let better = self.better(&self.sites[&key], members, now);
            let record = self.sites.get_mut(&key)?;
            record.substitute = None;
            let Some(better) = record.compared(better, now) else { return Some(own) };
            self.move_site(key, members[better].id, SitePlacement::Faster, now);
            return Some(better);
        }
        self.levels.refresh(&self.sites, members, now);
        let other = self.start(Some(&self.sites[&key]), members, draw, 1.0, now)?;
        let is_better = !self.sites[&key].fails_on(members[other].id, now);
        match (own, fails) {
            (Some(own), true) if !is_better => Some(own),
            (_, true) => {
                self.move_site(key, members[other].id, SitePlacement::Failed, now);
                Some(other)
            }
            (_, false) => self.substitute(key, members, other, now),
        }
    }

    /// The member that serves a site while its node takes no connections.
    fn substitute(&mut self, key: SiteKey, members: &[SiteMember<'_>], other: usize, now: i64) -> Option<usize> {
        let record = self.sites.get_mut(&key)?;
        let is_usable = |id: &NodeId| members.iter().position(|member| member.id == id && !member.is_suspect);
        let current = record.substitute.as_ref().and_then(|(id, since)| Some((is_usable(id)?, *since)));
        let Some((current, since)) = current.filter(|(index, _)| !record.fails_on(members[*index].id, now)) else {
            record.substitute = Some((members[other].id.clone(), now));
            return Some(other);
        };
        if now - since >= SUBSTITUTE_MS {
            self.move_site(key, members[current].id, SitePlacement::Gone, now);
        }
        Some(current)
    }

    /// Adds what a connection has shown. A site that was forgotten meanwhile stays so.
    pub fn observe(&mut self, key: SiteKey, node: &NodeId, observation: Observation, now: i64) {
        match observation {
            Observation::FirstByte(_) if self.failing.is_empty() => {}
            Observation::FirstByte(_) => _ = self.failing.remove(node),
            Observation::Rate(_) | Observation::Failed(SiteFailure::Refused) => {}
            Observation::Failed(SiteFailure::Closed | SiteFailure::Silent) => {
                if self.is_node_fault(key, node, now) {
                    return;
                }
            }
        }
        if let Some(record) = self.sites.get_mut(&key) {
            record.observe(node, observation, now);
            self.is_changed = true;
        }
    }

    /// Whether a failure is the node's rather than the site's: another site has just failed there too.
    fn is_node_fault(&mut self, key: SiteKey, node: &NodeId, now: i64) -> bool {
        let earlier = self.failing.insert(node.clone(), (key, now));
        let Some((other, _)) = earlier.filter(|(other, at)| *other != key && now - at <= NODE_FAULT_MS) else {
            return false;
        };
        if let Some(evidence) =
            self.sites.get_mut(&other).and_then(|site| site.evidence.iter_mut().find(|it| it.node == *node))
        {
            evidence.pardon();
        }
        true
    }

    /// Another node has served the site where these failed. If the site's own node is one of them and does not work for
    /// it, it moves at once.
    pub fn served_elsewhere(&mut self, key: SiteKey, node: &NodeId, now: i64) {
        let Some(record) = self.sites.get(&key) else { return };
        if record.node != *node && record.fails_on(&record.node, now) && !record.fails_on(node, now) {
            self.move_site(key, node, SitePlacement::Failed, now);
        }
    }

    /// Whether a refusal is worth asking another node: not if all that were asked lately have refused.
    pub fn may_ask_elsewhere(&self, key: SiteKey, now: i64) -> bool {
        self.sites.get(&key).is_none_or(|record| now - record.refused_at >= REFUSED_MS)
    }

    /// All nodes that were asked have refused the site.
    pub fn refused_everywhere(&mut self, key: SiteKey, now: i64) {
        if let Some(record) = self.sites.get_mut(&key) {
            record.refused_at = now;
            self.is_changed = true;
        }
    }

    /// Moves a site, and the one that it follows.
    pub(super) fn move_site(&mut self, key: SiteKey, node: &NodeId, placement: SitePlacement, now: i64) {
        let leader = self.sites.get(&key).and_then(|record| self.leader_of(record));
        for key in [Some(key), leader].into_iter().flatten() {
            if let Some(record) = self.sites.get_mut(&key).filter(|record| !record.fails_on(node, now)) {
                record.move_to(node, placement, now);
            }
        }
        self.is_changed = true;
    }
}
