//! How well the nodes did of late, over all sites.
//!
//! The level of a node is the mean of the logarithms of its sites' times to first byte, each site counting once, with
//! its standard error. Logarithms, so that a ratio is a difference and a slow page does not dominate. Two nodes serve
//! different sites; the error says how much of a difference that may explain.

use std::collections::HashMap;

use super::SiteKey;
use super::choose::SiteMember;
use super::record::SiteRecord;
use super::retransmissions::RecentSegments;
use crate::model::NodeId;

/// How recent a measurement must be.
const OF_LATE_MS: i64 = 10 * 60_000;

/// How often levels are computed, if anybody asks.
const EVERY_MS: i64 = 10_000;

/// The least spread between sites, as a logarithm: a few sites may be alike by chance.
const MIN_SPREAD: f64 = 0.2;

/// The level of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct NodeLevel {
    /// Mean of the logarithms of the times to first byte in ms.
    pub(super) log_ms: f64,
    /// Its standard error.
    pub(super) error: f64,
    /// Number of sites that it is the mean of.
    pub(super) sites: u32,
    /// Number of sites that fail there.
    pub(super) failing: u32,
}

impl NodeLevel {
    /// The typical time to first byte in ms.
    pub(super) fn ms(self) -> f64 {
        self.log_ms.exp()
    }

    /// The level of a node whose times are longer by this.
    pub(super) fn plus(self, ms: f64) -> Self {
        Self { log_ms: (self.ms() + ms).ln(), ..self }
    }

    /// The difference to another one that chance does not explain: at least 0.
    pub(super) fn clearly_above(self, other: Self) -> f64 {
        let error = self.error.hypot(other.error);
        (self.log_ms - other.log_ms - 2.0 * error).max(0.0)
    }
}

/// The levels of all nodes, computed from time to time.
#[derive(Debug, Default)]
pub(super) struct NodeLevels {
    levels: HashMap<NodeId, NodeLevel>,
    computed_at: i64,
    segments: HashMap<NodeId, RecentSegments>,
}

impl NodeLevels {
    /// Computes them again if they are not recent, and takes the counters of these members.
    pub(super) fn refresh(&mut self, sites: &HashMap<SiteKey, SiteRecord>, members: &[SiteMember<'_>], now: i64) {
        for member in members {
            if let Some(segments) = self.segments.get_mut(member.id) {
                segments.add(member.segments, now);
            } else {
                self.segments.retain(|_, segments| !segments.is_old(now));
                self.segments.insert(member.id.clone(), RecentSegments::starting_at(member.segments, now));
            }
        }
        if self.computed_at == 0 || !(0..EVERY_MS).contains(&(now - self.computed_at)) {
            (self.levels, self.computed_at) = (levels(sites, now), now);
        }
    }

    /// The level of a node, retransmissions included; `None` if no site has used it of late.
    pub(super) fn of(&self, node: &NodeId, now: i64) -> Option<NodeLevel> {
        self.levels.get(node).map(|level| level.plus(self.retransmission_ms(node, now)))
    }

    /// The usual time of a member's health check in ms, retransmissions included; `None` if it is unknown.
    pub(super) fn check_ms(&self, member: &SiteMember<'_>, now: i64) -> Option<f64> {
        Some(f64::from(member.check_ms?) + self.retransmission_ms(member.id, now))
    }

    /// What retransmissions add to the times of a node, in ms.
    pub(super) fn retransmission_ms(&self, node: &NodeId, now: i64) -> f64 {
        self.segments.get(node).map_or(0.0, |segments| segments.added_ms(now))
    }
}

#[derive(Default)]
struct Sums {
    count: u32,
    sum: f64,
    squares: f64,
    failing: u32,
}

fn levels(sites: &HashMap<SiteKey, SiteRecord>, now: i64) -> HashMap<NodeId, NodeLevel> {
    let mut sums: HashMap<&NodeId, Sums> = HashMap::new();
    for evidence in sites.values().flat_map(|site| &site.evidence) {
        let sums = sums.entry(&evidence.node).or_default();
        if evidence.is_failing(now) {
            sums.failing += 1;
        } else if evidence.samples > 0 && now - evidence.seen_at <= OF_LATE_MS {
            let log = f64::from(evidence.first_byte_ms.max(1.0)).ln();
            sums.count += 1;
            sums.sum += log;
            sums.squares += log * log;
        }
    }
    let measured = sums.into_iter().filter(|(_, sums)| sums.count > 0 || sums.failing > 0);
    measured.map(|(node, sums)| (node.clone(), sums.level())).collect()
}

impl Sums {
    fn level(&self) -> NodeLevel {
        let count = f64::from(self.count.max(1));
        let mean = self.sum / count;
        let spread = (self.squares / count - mean * mean).max(0.0).sqrt().max(MIN_SPREAD);
        NodeLevel { log_ms: mean, error: spread / count.sqrt(), sites: self.count, failing: self.failing }
    }
}
