//! Whether another node has been clearly better for a site.
//!
//! Clearly means by a fifth and by 30 ms, beyond what chance explains; and not once but [`TIMES`] comparisons in a row,
//! some time after the site came to its node. The evidence: the site's own measurements of both nodes; if it was never on
//! the other one, the levels of both over all sites; if no sites were on the other one of late, the health checks, which
//! load the same pages through every node.

use super::SiteMemory;
use super::choose::SiteMember;
use super::record::{Comparison, SiteRecord};

/// How often a site is compared.
const EVERY_MS: i64 = 10_000;

/// Number of comparisons in a row.
const TIMES: u32 = 3;

/// Shortest time on a node: after the start of a site, and after a move.
const STAY_NEW_MS: i64 = 60_000;
const STAY_MOVED_MS: i64 = 20 * 60_000;

/// The margin: a fifth, and this time.
const RATIO: f64 = 0.8;
const MARGIN_MS: f64 = 30.0;

/// Number of the site's own measurements of a node that are compared.
const SAMPLES: u32 = 5;

/// How recent they must be.
const RECENT_MS: i64 = 15 * 60_000;

/// How much checks may differ by chance, as a logarithm: a third.
const CHECK_MARGIN: f64 = 0.3;

/// Number of sites of each node whose levels are compared.
const SITES: u32 = 4;

impl SiteRecord {
    /// Whether it is time for a comparison.
    pub(super) fn is_comparison_due(&self, now: i64) -> bool {
        now - self.comparison.at >= EVERY_MS
    }

    /// Counts a comparison, in which this member was clearly better; returns it if the site is to move there.
    pub(super) fn compared(&mut self, better: Option<usize>, now: i64) -> Option<usize> {
        let worse = better.map_or(0, |_| self.comparison.worse + 1);
        self.comparison = Comparison { at: now, worse };
        let stay = if self.from.is_none() { STAY_NEW_MS } else { STAY_MOVED_MS };
        better.filter(|_| worse >= TIMES && now - self.since >= stay)
    }
}

impl SiteMemory {
    /// The member that has been clearly better than the site's node, the best one if there are several.
    pub(super) fn better(&self, record: &SiteRecord, members: &[SiteMember<'_>], now: i64) -> Option<usize> {
        let here = members.iter().find(|member| *member.id == record.node)?;
        let others = members.iter().enumerate().filter(|(_, member)| {
            let is_usable = !member.is_suspect && !member.is_crowded && !record.fails_on(member.id, now);
            is_usable && *member.id != record.node
        });
        let expected = others.filter_map(|(index, there)| Some((index, self.expected_ms(record, here, there, now)?)));
        expected.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(index, _)| index)
    }

    /// The time to first byte that the site would have through another member, if that is clearly better.
    fn expected_ms(&self, record: &SiteRecord, here: &SiteMember<'_>, there: &SiteMember<'_>, now: i64) -> Option<f64> {
        let own = record.of_node(here.id).filter(|own| own.samples >= SAMPLES)?;
        let added = [here, there].map(|member| self.levels.retransmission_ms(member.id, now));
        let here_ms = f64::from(own.first_byte_ms) + added[0];
        let checks = self.levels.check_ms(here, now).zip(self.levels.check_ms(there, now)).map(|(a, b)| (a / b).ln());
        if checks.is_some_and(|checks| checks < 0.0) {
            // Whatever was measured before: now it is slower.
            return None;
        }
        let measured = record.of_node(there.id);
        let measured = measured.filter(|it| it.samples >= SAMPLES && now - it.seen_at <= RECENT_MS);
        let expected = match measured {
            Some(measured) if own.rate > 0.0 && measured.rate > 0.0 && measured.rate < own.rate / 2.0 => return None,
            Some(measured) => f64::from(measured.first_byte_ms) + added[1],
            None => here_ms * (-self.difference(here, there, checks, now)?).exp(),
        };
        (expected <= RATIO * here_ms && here_ms - expected >= MARGIN_MS).then_some(expected)
    }

    /// The clear difference between two members over all sites, or else between their checks, as a logarithm.
    fn difference(&self, here: &SiteMember<'_>, there: &SiteMember<'_>, checks: Option<f64>, now: i64) -> Option<f64> {
        let known = |member: &SiteMember<'_>| self.levels.of(member.id, now).filter(|level| level.sites >= SITES);
        match known(here).zip(known(there)) {
            Some((here, there)) => Some(here.clearly_above(there)),
            None => checks.map(|checks| (checks - CHECK_MARGIN).max(0.0)),
        }
    }
}
