//! Load balancing strategies: they return an ordered list of candidates for a connection.
//!
//! A strategy is a rule that assigns every member a cost for one connection. The candidates are the cheapest member
//! first, then the cheapest on another server host, then the others by cost; suspect members come last. Rules are pure
//! functions: they take the time and randomness as arguments and read the members' counters.

mod rules;
pub(super) mod weighted_round_robin;

use rand::Rng;

pub(super) use self::rules::Crowding;
use super::table::{MAX_MEMBERS, Table};
use crate::model::{NodeId, Strategy};

/// Maximum number of members tried for one connection. Three would usually do; when most of a pool fails at once,
/// connections need the one that still works.
pub(super) const MAX_TRIES: usize = 8;

/// The inputs of a selection that depend on the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelectionKey<'a> {
    /// Hash of the site and of the SOCKS user: equal keys prefer equal members.
    pub(crate) affinity: u64,
    /// Milliseconds since the gateway's start.
    pub(crate) now_ms: u32,
    /// Members that are not tried again.
    pub(crate) without: &'a [NodeId],
    /// The cost of each member for the site, as learned; `None` if nothing is learned.
    pub(crate) learned: Option<&'a [f64]>,
}

/// Indexes into the table, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates {
    order: [u16; MAX_TRIES],
    count: u8,
}

impl Candidates {
    /// Whether no candidate is left.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Iterator for Candidates {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let first = (self.count > 0).then_some(usize::from(self.order[0]))?;
        self.order.rotate_left(1);
        self.count -= 1;
        Some(first)
    }
}

/// The members to try for a connection, best first, without duplicates.
pub(crate) fn candidates(table: &Table, key: SelectionKey<'_>, chance: &mut impl Rng) -> Candidates {
    let mut costs = [0.0; MAX_MEMBERS];
    let costs = &mut costs[..table.upstreams.len()];
    match table.strategy {
        Strategy::Smart => rules::smart(table, key, costs),
        Strategy::Sticky => rules::sticky(table, key, costs),
        Strategy::RoundRobin => rules::round_robin(table, costs),
        Strategy::Random => rules::random(table, chance, costs),
        Strategy::LeastConnections => rules::least_connections(table, costs),
        Strategy::LeastCpu => rules::least_cpu(table, costs),
        Strategy::Fastest => rules::fastest(table, key, chance, costs),
        Strategy::Failover => rules::failover(table, costs),
    }
    order(table, key, costs)
}

/// The member that this site is assigned to while it works and is not crowded.
pub(super) fn assigned_member(table: &Table, key: SelectionKey<'_>) -> Option<usize> {
    let cost = |index: &usize| draw(table, key, *index);
    (0..table.upstreams.len()).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// A member's draw for a site; the lowest draw wins.
pub(super) fn draw(table: &Table, key: SelectionKey<'_>, index: usize) -> f64 {
    rules::sticky_draw(table, key, index)
}

fn order(table: &Table, key: SelectionKey<'_>, costs: &[f64]) -> Candidates {
    let mut chosen = Candidates::default();
    while usize::from(chosen.count) < MAX_TRIES.min(costs.len()) {
        let taken = &chosen.order[..usize::from(chosen.count)];
        let is_taken =
            |index: usize| taken.contains(&(index as u16)) || key.without.contains(&table.upstreams[index].id);
        let shares_host = |index: usize| {
            taken.iter().any(|&other| table.upstreams[usize::from(other)].host == table.upstreams[index].host)
        };
        let rest = (0..costs.len()).filter(|&index| !is_taken(index));
        let is_suspect = |index: usize| table.upstreams[index].is_suspect;
        let compare = |&a: &usize, &b: &usize| {
            let health = is_suspect(a).cmp(&is_suspect(b));
            health.then(shares_host(a).cmp(&shares_host(b))).then(costs[a].total_cmp(&costs[b]))
        };
        let Some(best) = rest.min_by(compare) else { break };
        chosen.order[usize::from(chosen.count)] = best as u16;
        chosen.count += 1;
    }
    chosen
}

#[cfg(test)]
mod tests;
