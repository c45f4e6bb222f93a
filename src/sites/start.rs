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
        let usable = usable(record, members, now)?;
        let level = |index: usize| self.levels.of(members[index].id, now);
        if record.is_none() && roll < 1.0 / EXPLORERS {
            return usable.into_iter().min_by_key(|&index| level(index).map_or(0, |level| level.sites));
        }
        let good = preferred(usable, |index| !has_many_failing(level(index)));
        let check_ms = |index: usize| self.levels.check_ms(&members[index], now);
        let best = BestStart {
            level: good
                .iter()
                .filter_map(|&index| level(index).filter(is_known))
                .min_by(|a, b| a.log_ms.total_cmp(&b.log_ms)),
            check_ms: good.iter().filter_map(|&index| check_ms(index)).min_by(f64::total_cmp),
        };
        let close = preferred(good, |index| best.is_matched_by(level(index), check_ms(index)));
        close.into_iter().min_by(|&a, &b| draw(a).total_cmp(&draw(b)))
    }
}

/// The members of the first class that is not empty: without a fault, crowded, suspect, or failing for the site.
fn usable(record: Option<&SiteRecord>, members: &[SiteMember<'_>], now: i64) -> Option<Vec<usize>> {
    let fails = |index: usize| record.is_some_and(|record| record.fails_on(members[index].id, now));
    let classes: [&dyn Fn(usize) -> bool; 4] = [
        &|index| !members[index].is_suspect && !fails(index) && !members[index].is_crowded,
        &|index| !members[index].is_suspect && !fails(index),
        &|index| !fails(index),
        &|_| true,
    ];
    let classes = classes.iter().map(|is_usable| (0..members.len()).filter(|&index| is_usable(index)));
    classes.map(Iterator::collect::<Vec<_>>).find(|usable| !usable.is_empty())
}

/// Those of the members that are preferred, or all if none is.
fn preferred(members: Vec<usize>, is_preferred: impl Fn(usize) -> bool) -> Vec<usize> {
    let some: Vec<usize> = members.iter().copied().filter(|&index| is_preferred(index)).collect();
    if some.is_empty() { members } else { some }
}

/// The best level and the best check of the members for a new site.
struct BestStart {
    level: Option<NodeLevel>,
    check_ms: Option<f64>,
}

impl BestStart {
    /// Whether a member is about as good. Where its level says little, its check counts too.
    fn is_matched_by(&self, level: Option<NodeLevel>, check_ms: Option<f64>) -> bool {
        match level.filter(is_known) {
            Some(level) => self.is_close(level),
            None => self.passes(check_ms) && level.is_none_or(|level| self.is_close(level)),
        }
    }

    fn is_close(&self, level: NodeLevel) -> bool {
        self.level.is_none_or(|best| {
            let is_unknown = !is_known(&level) && level.clearly_above(best) == 0.0;
            is_unknown || level.log_ms - best.log_ms <= CLOSE_LOG || level.ms() - best.ms() <= CLOSE_MS
        })
    }

    fn passes(&self, check_ms: Option<f64>) -> bool {
        check_ms.zip(self.check_ms).is_none_or(|(own, best)| (own / best).ln() <= CLOSE_CHECK)
    }
}

const fn is_known(level: &NodeLevel) -> bool {
    level.sites >= KNOWN
}

fn has_many_failing(level: Option<NodeLevel>) -> bool {
    level.is_some_and(|level| {
        level.failing >= KNOWN && f64::from(level.failing) > MANY_FAILING * f64::from(level.failing + level.sites)
    })
}
