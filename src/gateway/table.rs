//! The members in the form for the strategies: the roster with precomputed indexes, shared by all connections until the
//! next change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use xxhash_rust::xxh3::xxh3_64;

use super::strategy::weighted_round_robin;
use crate::model::node_set::NodeIds;
use crate::model::{NodeId, Roster, Strategy, Upstream};

/// Maximum number of members: 64 in the pool, as the setting `cluster.size` allows, and reserved ones.
pub(super) const MAX_MEMBERS: usize = 128;

/// The members to choose from, with precomputed values.
pub(crate) struct Table {
    /// The members of the pool, in the order of the node list.
    pub(crate) upstreams: Vec<Arc<Upstream>>,
    /// The roster that it was built from.
    roster: Roster,
    /// The strategy.
    pub(crate) strategy: Strategy,
    /// A number per member that depends on its id alone, for rendezvous hashing.
    pub(super) seeds: Vec<u64>,
    /// Indexes of members in the order of their turns, each in proportion to its share.
    pub(super) schedule: Vec<u16>,
    /// All members, if some of them are reserved.
    every: Option<Box<Self>>,
    /// The same members for the strategies of doors.
    others: Vec<Self>,
    // Shared between successive tables, so that the turns continue after a change.
    turn: Arc<AtomicUsize>,
}

impl Table {
    /// A table with no member.
    pub(crate) fn empty(strategy: Strategy) -> Self {
        Self::new(&Roster::default(), strategy, Arc::default(), |upstream| !upstream.is_reserved)
    }

    /// The next table, after the roster or the strategy has changed.
    pub(crate) fn next(&self, roster: &Roster, strategy: Strategy) -> Self {
        Self::new(roster, strategy, Arc::clone(&self.turn), |upstream| !upstream.is_reserved)
    }

    fn new(roster: &Roster, strategy: Strategy, turn: Arc<AtomicUsize>, is_used: fn(&Upstream) -> bool) -> Self {
        let upstreams = roster.upstreams.iter().filter(|upstream| is_used(upstream)).take(MAX_MEMBERS);
        let upstreams: Vec<_> = upstreams.cloned().collect();
        let has_others = upstreams.len() < roster.upstreams.len().min(MAX_MEMBERS);
        let every = has_others.then(|| Box::new(Self::new(roster, strategy, Arc::clone(&turn), |_| true)));
        let seeds = upstreams.iter().map(|upstream| xxh3_64(upstream.id.as_str().as_bytes())).collect();
        let schedule = weighted_round_robin::schedule(upstreams.iter().map(|upstream| upstream.share));
        Self { upstreams, roster: roster.clone(), strategy, seeds, schedule, every, others: Vec::new(), turn }
    }

    /// The next table, with one for each of these strategies too.
    pub(super) fn next_with(&self, roster: &Roster, strategy: Strategy, others: &[Strategy]) -> Self {
        let others = others.iter().filter(|other| **other != strategy);
        let before = |other: Strategy| self.others.iter().find(|table| table.strategy == other);
        let next = |other: &Strategy| before(*other).unwrap_or(&Self::empty(*other)).next(roster, *other);
        Self { others: others.map(next).collect(), ..self.next(roster, strategy) }
    }

    /// The table of the same members for this strategy, if a door has it. Indexes are the same in both.
    pub(super) fn ordered_by(&self, strategy: Option<Strategy>) -> &Self {
        strategy.and_then(|strategy| self.others.iter().find(|table| table.strategy == strategy)).unwrap_or(self)
    }

    /// The table of all members, reserved ones included.
    pub(super) fn every(&self) -> &Self {
        self.every.as_deref().unwrap_or(self)
    }

    /// Whether one of these nodes takes connections.
    pub(super) fn has_any(&self, nodes: &NodeIds) -> bool {
        self.every().upstreams.iter().any(|upstream| nodes.contains(&upstream.id))
    }

    /// Whether connections through this member may stay open.
    pub(super) fn keeps(&self, id: &NodeId) -> bool {
        self.roster.keeps(id)
    }

    /// Returns a number that increases with each call.
    pub(super) fn take_turn(&self) -> usize {
        self.turn.fetch_add(1, Relaxed)
    }

    /// Number of open connections through all members.
    pub(super) fn active(&self) -> u64 {
        self.upstreams.iter().map(|upstream| upstream.meter.active()).sum()
    }
}
