//! The strategies as cost functions; only the order of costs matters.

use rand::{Rng, RngExt};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::super::table::Table;
use super::SelectionKey;
use crate::model::Upstream;

/// Added to the cost of a member that must come last.
const LAST_RESORT_COST: f64 = 1e12;

/// Number of open connections from which a sticky member is passed over, if it also has more than twice its share: a
/// browser opens dozens to one site, and those should stay together.
const CROWDED_FROM: f64 = 64.0;

/// Weighted rendezvous hashing (Thaler & Ravishankar 1998; weights after Schindelhauer & Schomaker 2005) with bounded
/// load (Mirrokni et al. 2016): when a member is removed, only its sites move.
pub(super) fn sticky(table: &Table, key: SelectionKey<'_>, costs: &mut [f64]) {
    let crowding = Crowding::of(table);
    for (index, cost) in costs.iter_mut().enumerate() {
        let crowded = if crowding.is_crowded(&table.upstreams[index]) { LAST_RESORT_COST } else { 0.0 };
        *cost = sticky_draw(table, key, index) + crowded;
    }
}

/// As learned ([`crate::sites`]); like `sticky` for a site about which nothing is learned.
pub(super) fn smart(table: &Table, key: SelectionKey<'_>, costs: &mut [f64]) {
    match key.learned {
        Some(learned) => costs.copy_from_slice(learned),
        None => sticky(table, key, costs),
    }
}

/// The load of all members, to compare one with its share.
pub(in crate::gateway) struct Crowding {
    shares: f64,
    active: f64,
}

impl Crowding {
    pub(in crate::gateway) fn of(table: &Table) -> Self {
        let shares = table.upstreams.iter().map(|upstream| share(upstream)).sum();
        Self { shares, active: table.active() as f64 }
    }

    /// Whether a member has many open connections, and more than twice its share of them.
    pub(in crate::gateway) fn is_crowded(&self, upstream: &Upstream) -> bool {
        let bound = CROWDED_FROM.max(2.0 * self.active * share(upstream) / self.shares);
        upstream.meter.active() as f64 >= bound
    }
}

/// A member's draw for a site; the lowest draw wins.
pub(super) fn sticky_draw(table: &Table, key: SelectionKey<'_>, index: usize) -> f64 {
    let draw = unit(xxh3_64_with_seed(&key.affinity.to_le_bytes(), table.seeds[index]));
    -draw.ln() / share(&table.upstreams[index])
}

/// In turn, by weight; then the members that follow in the schedule.
pub(super) fn round_robin(table: &Table, costs: &mut [f64]) {
    if table.schedule.is_empty() {
        return;
    }
    let turn = table.take_turn() % table.schedule.len();
    let count = costs.len();
    let first = usize::from(table.schedule[turn]);
    for (index, cost) in costs.iter_mut().enumerate() {
        *cost = ((index + count - first) % count) as f64;
    }
}

/// At random, by weight: the smallest of exponential draws is each member with the probability of its share, and the
/// order of the rest is fair too.
pub(super) fn random(table: &Table, chance: &mut impl Rng, costs: &mut [f64]) {
    for (cost, upstream) in costs.iter_mut().zip(&table.upstreams) {
        *cost = -chance.random::<f64>().max(f64::MIN_POSITIVE).ln() / share(upstream);
    }
}

/// Fewest open connections relative to the share; equal members take turns.
pub(super) fn least_connections(table: &Table, costs: &mut [f64]) {
    let count = costs.len().max(1);
    let turn = table.take_turn() % count;
    for (index, cost) in costs.iter_mut().enumerate() {
        let upstream = &table.upstreams[index];
        let aside = ((index + count - turn) % count) as f64;
        *cost = (upstream.meter.active() as f64 + 1.0) / share(upstream) + aside * 1e-9;
    }
}

/// Least CPU time of the process, in whole percent; equal members by connections.
pub(super) fn least_cpu(table: &Table, costs: &mut [f64]) {
    least_connections(table, costs);
    for (cost, upstream) in costs.iter_mut().zip(&table.upstreams) {
        let percent = f64::from(upstream.meter.cpu() / 10);
        *cost += percent * 1e6;
    }
}

/// Power of two choices (Mitzenmacher 2001) by expected time to first byte: of two random members, the one with the
/// lower peak-EWMA × (open connections + 1) / share. A plain minimum would send all connections to the best member and
/// overload it.
pub(super) fn fastest(table: &Table, key: SelectionKey<'_>, chance: &mut impl Rng, costs: &mut [f64]) {
    for (cost, upstream) in costs.iter_mut().zip(&table.upstreams) {
        // A member without measurements counts as very fast: it is tried soon, but not by all connections.
        let first_byte = f64::from(upstream.meter.first_byte_ms(key.now_ms).max(1.0));
        *cost = first_byte * (upstream.meter.active() as f64 + 1.0) / share(upstream);
    }
    if costs.len() > 2 {
        let one = chance.random_range(0..costs.len());
        let other = (one + chance.random_range(1..costs.len())) % costs.len();
        for (index, cost) in costs.iter_mut().enumerate() {
            if index != one && index != other {
                *cost += LAST_RESORT_COST;
            }
        }
    }
}

/// By tier, then by the order of the node list.
pub(super) fn failover(table: &Table, costs: &mut [f64]) {
    for (index, cost) in costs.iter_mut().enumerate() {
        *cost = f64::from(table.upstreams[index].tier) * 1e6 + index as f64;
    }
}

fn share(upstream: &Upstream) -> f64 {
    f64::from(upstream.share.max(1))
}

/// A hash as a number above 0 and at most 1.
fn unit(hash: u64) -> f64 {
    ((hash >> 11) + 1) as f64 / (1u64 << 53) as f64
}
