//! What retransmissions on the way to a node's server add to the times of its sites.
//!
//! A segment that is lost delays what it belongs to by a few round trips at least. The time to the first byte shows that
//! only by chance; the counters of TCP show it for all connections of a node. Each percent counts as 50 ms, as in Surge's
//! smart group. Counts fade, so that a node that sites have left is tried again.

use crate::model::meter::SegmentCounts;

/// Added for each percent of segments that were sent again.
const MS_PER_PERCENT: f64 = 50.0;

/// A higher share counts as this one: the server cannot be reached, which has rules of its own.
const MAX_PERCENT: f64 = 20.0;

/// Number of segments from which a share says something.
const ENOUGH: f64 = 1_000.0;

/// Time in which a count fades to 37 %.
const FADE_MS: f64 = 10.0 * 60_000.0;

/// How often counts are taken.
const EVERY_MS: i64 = 10_000;

/// The segments that were sent to a node's server of late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RecentSegments {
    sent: f64,
    retransmitted: f64,
    /// The counters when they were last read, and the time.
    counted: SegmentCounts,
    at: i64,
}

impl RecentSegments {
    /// None yet: what was counted before may be old.
    pub(super) fn starting_at(counted: SegmentCounts, now: i64) -> Self {
        Self { sent: 0.0, retransmitted: 0.0, counted, at: now }
    }

    /// Adds what was counted since the last time, unless that was a moment ago. Counters that went back start again.
    pub(super) fn add(&mut self, counts: SegmentCounts, now: i64) {
        if (0..EVERY_MS).contains(&(now - self.at)) {
            return;
        }
        let (kept, more) = (self.kept(now), counts.since(self.counted));
        self.sent = self.sent * kept + more.sent as f64;
        self.retransmitted = self.retransmitted * kept + more.retransmitted.min(more.sent) as f64;
        (self.counted, self.at) = (counts, now);
    }

    /// The time to add, in ms; 0 while there are too few segments.
    pub(super) fn added_ms(&self, now: i64) -> f64 {
        if self.sent * self.kept(now) < ENOUGH {
            return 0.0;
        }
        MS_PER_PERCENT * (100.0 * self.retransmitted / self.sent).clamp(0.0, MAX_PERCENT)
    }

    /// Whether the counters were not read for so long that nothing is left.
    pub(super) fn is_old(&self, now: i64) -> bool {
        self.kept(now) < 0.001
    }

    /// The share of the counts that is left. A clock that was set back keeps them.
    fn kept(&self, now: i64) -> f64 {
        (-(now.saturating_sub(self.at).max(0) as f64) / FADE_MS).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn counts(sent: u64, retransmitted: u64) -> SegmentCounts {
        SegmentCounts { sent, retransmitted }
    }

    /// The counters, read every ten seconds; the time that is added after the last one.
    fn added(readings: &[SegmentCounts]) -> f64 {
        let mut recent = RecentSegments::starting_at(SegmentCounts::default(), NOW);
        let times = (1_i64..).map(|nth| NOW + nth * EVERY_MS);
        let last = readings.iter().zip(times).map(|(counts, now)| {
            recent.add(*counts, now);
            now
        });
        let last = last.last().unwrap_or(NOW);
        // Without the last digits, which fading changes.
        recent.added_ms(last).round()
    }

    #[test]
    fn a_percent_is_fifty_milliseconds_once_there_are_enough_segments() {
        assert_eq!(added(&[counts(999, 500)]), 0.0);
        assert_eq!(added(&[counts(1_000, 0)]), 0.0);
        assert_eq!(added(&[counts(1_000, 10)]), 50.0);
        assert_eq!(added(&[counts(2_000, 50)]), 125.0);
    }

    #[test]
    fn no_counter_has_more_effect_than_a_server_that_cannot_be_reached() {
        const MOST: f64 = MS_PER_PERCENT * MAX_PERCENT;
        assert_eq!(added(&[counts(u64::MAX, u64::MAX)]), MOST);
        assert_eq!(added(&[counts(0, u64::MAX)]), 0.0);
        assert_eq!(added(&[counts(1_000, u64::MAX)]), MOST);
        assert_eq!(added(&[counts(u64::MAX, 0), counts(0, 0), counts(0, u64::MAX)]), 0.0);
    }

    #[test]
    fn counters_that_went_back_start_again() {
        assert_eq!(added(&[counts(5_000, 50), counts(10, 9)]), 50.0);
        let again = added(&[counts(5_000, 50), counts(0, 0), counts(5_000, 450)]);
        assert!((245.0..260.0).contains(&again), "{again}");
    }

    #[test]
    fn counts_fade_and_what_was_counted_before_is_left_out() {
        let mut recent = RecentSegments::starting_at(counts(1_000_000, 900_000), NOW);
        recent.add(counts(1_004_000, 900_040), NOW + EVERY_MS);
        assert_eq!(recent.added_ms(NOW + EVERY_MS), 50.0);
        assert_eq!(recent.added_ms(NOW), 50.0, "the clock was set back");
        assert_eq!(recent.added_ms(NOW + 10 * 60_000), 50.0);
        assert_eq!(recent.added_ms(NOW + 20 * 60_000), 0.0);
        assert!(!recent.is_old(NOW + 20 * 60_000));
        assert!(recent.is_old(NOW + 120 * 60_000));
        assert!(recent.is_old(i64::MAX));
    }
}
