//! The times of checks: heartbeat, cooldown, and the jitter that spreads them.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::model::NodeId;

/// Cooldown of a node per failure, up to the longest.
pub(super) const COOLDOWN: Duration = Duration::from_secs(30);
pub(super) const MAX_COOLDOWN: Duration = Duration::from_secs(300);

/// The cooldown after this many failures.
pub(super) fn cooldown(times: u32) -> Duration {
    COOLDOWN.saturating_mul(times).min(MAX_COOLDOWN)
}

/// The timing of one member's checks.
pub(super) struct CheckTiming<'a> {
    /// Pauses between its checks; the last repeats.
    pub(super) schedule: &'a [Duration],
    /// The member, which determines the jitter.
    pub(super) id: &'a NodeId,
}

impl CheckTiming<'_> {
    /// The pause after check number `round`.
    pub(super) fn heartbeat(&self, round: u32) -> Option<Duration> {
        let pause = self.schedule.get(round as usize).or(self.schedule.last())?;
        Some(self.jittered(*pause, round))
    }

    /// The time with up to a tenth of jitter.
    pub(super) fn jittered(&self, time: Duration, round: u32) -> Duration {
        let draw = xxh3_64_with_seed(self.id.as_str().as_bytes(), round.into()) % 201;
        time * (900 + draw as u32) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_tenth_and_differs() {
        let ids: Vec<_> = (0..50).map(|nth| NodeId::from_text(&format!("node {nth}"))).collect();
        let schedule = [Duration::from_secs(10), Duration::from_secs(300)];
        let pauses = |round| -> Vec<_> {
            ids.iter().filter_map(|id| CheckTiming { schedule: &schedule, id }.heartbeat(round)).collect()
        };
        for (round, about) in [(0, 10.0), (1, 300.0), (7, 300.0)] {
            let pauses = pauses(round);
            assert!(pauses.iter().all(|pause| (about * 0.9..=about * 1.1).contains(&pause.as_secs_f64())));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
        assert_eq!(pauses(3), pauses(3), "the same every time");
    }

    #[test]
    fn cooldowns_grow_to_a_limit() {
        assert_eq!([1, 2, 10, 99].map(|times| cooldown(times).as_secs()), [30, 60, 300, 300]);
    }
}
