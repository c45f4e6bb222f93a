//! The node of a new site: one that did well of late.
//!
//! Nodes close to the best, or too little known to tell, are equally good: each site has its own draw among them, by
//! share, so that sites spread. One new site in [`EXPLORERS`] takes the node that is known least, so that a node that
//! has become better is noticed.

use super::SiteMemory;
use super::choose::SiteMember;
use super::levels::NodeLevel;
use super::record::SiteRecord;

/// One of this many new sites explores.
const EXPLORERS: f64 = 12.0;

/// Nodes within this ratio or this time of the best are as good.
const CLOSE_LOG: f64 = 0.182; // ln 1.2
const CLOSE_MS: f64 = 30.0;

/// A node that few sites have used is as good if its checks are within this ratio, as a logarithm, of the best.
const CLOSE_CHECK: f64 = 0.4;

/// Number of sites from which a level decides.
const KNOWN: u32 = 4;

/// Share of failing sites that makes a node a bad choice for a new one.
const MANY_FAILING: f64 = 0.25;

impl SiteMemory {
    /// The member for a site that has no node; `None` if there are no members. `roll` is a random number from 0 to 1.
    pub(super) fn start(
        &self,
        record: Option<&SiteRecord>,
        members: &[SiteMember<'_>],
        draw: impl Fn(usize) -> f64,
        roll: f64,
        now: i64,
    ) -> Option<usize> {
        let fails = |index: usize| record.is_some_and(|record| record.fails_on(members[index].id, now));
        let steps: [&dyn Fn(usize) -> bool; 4] = [
            &|index| !members[index].is_suspect && !fails(index) && !members[index].is_crowded,
            &|index| !members[index].is_suspect && !fails(index),
            &|index| !fails(index),
            &|_| true,
        ];
        let usable = steps.iter().map(|is_usable| (0..members.len()).filter(|&index| is_usable(index)));
        let usable: Vec<usize> = usable.map(Iterator::collect::<Vec<_>>).find(|usable| !usable.is_empty())?;
        let level = |index: usize| self.levels.of(members[index].id);
        if record.is_none() && roll < 1.0 / EXPLORERS {
            return usable.into_iter().min_by_key(|&index| level(index).map_or(0, |level| level.sites));
        }
        let good = usable.iter().copied().filter(|&index| !has_many_failing(level(index)));
        let mut good: Vec<usize> = good.collect();
        if good.is_empty() {
            good = usable;
        }
        let best = good.iter().filter_map(|&index| level(index)).filter(|level| level.sites >= KNOWN);
        let best = best.min_by(|a, b| a.log_ms.total_cmp(&b.log_ms));
        let is_close = |level: NodeLevel| {
            best.is_none_or(|best| {
                let is_unknown = level.sites < KNOWN && level.clearly_above(best) == 0.0;
                is_unknown || level.log_ms - best.log_ms <= CLOSE_LOG || level.ms() - best.ms() <= CLOSE_MS
            })
        };
        let check = |index: &usize| members[*index].check_ms;
        let best_check = good.iter().filter_map(check).min();
        let passes = |index: usize| {
            let ratio = check(&index).zip(best_check).map(|(own, best)| f64::from(own) / f64::from(best));
            ratio.is_none_or(|ratio| ratio.ln() <= CLOSE_CHECK)
        };
        let known = |index: usize| level(index).filter(|level| level.sites >= KNOWN);
        let is_good =
            |index: usize| known(index).map_or_else(|| passes(index) && level(index).is_none_or(is_close), is_close);
        let close: Vec<usize> = good.iter().copied().filter(|&index| is_good(index)).collect();
        let close = if close.is_empty() { good } else { close };
        close.into_iter().min_by(|&a, &b| draw(a).total_cmp(&draw(b)))
    }
}

fn has_many_failing(level: Option<NodeLevel>) -> bool {
    level.is_some_and(|level| {
        level.failing >= KNOWN && f64::from(level.failing) > MANY_FAILING * f64::from(level.failing + level.sites)
    })
}
