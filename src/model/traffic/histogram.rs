//! A decaying histogram of durations, for percentiles.
//!
//! Buckets of half an octave, so that a percentile is exact to a factor of 1.4. After [`MAX_SAMPLES`] samples all
//! buckets are halved, so that the last few hundred samples dominate.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// From less than 1 ms to more than 23 s.
const BUCKETS: usize = 30;

/// Minimum number of samples for a 95th percentile.
const MIN_SAMPLES: u32 = 8;

/// Number of samples after which all buckets are halved.
const MAX_SAMPLES: u32 = 512;

/// A decaying histogram of durations.
#[derive(Debug, Default)]
pub struct DurationHistogram {
    buckets: [AtomicU32; BUCKETS],
    count: AtomicU32,
}

impl DurationHistogram {
    /// Adds a duration in ms.
    pub fn observe(&self, ms: f32) {
        let bucket = (2.0 * ms.max(1.0).log2()) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Relaxed);
        if self.count.fetch_add(1, Relaxed) + 1 >= MAX_SAMPLES {
            self.halve();
        }
    }

    /// The 95th percentile; `None` before there are enough samples.
    pub fn p95(&self) -> Option<Duration> {
        let counts = self.buckets.each_ref().map(|bucket| bucket.load(Relaxed));
        let total: u32 = counts.iter().sum();
        if total < MIN_SAMPLES {
            return None;
        }
        let mut above = total;
        let bucket = counts.iter().position(|count| {
            above -= count;
            above * 20 <= total
        });
        let upper_ms = 2f32.powf((bucket.unwrap_or(BUCKETS - 1) + 1) as f32 / 2.0);
        Some(Duration::from_secs_f32(upper_ms / 1_000.0))
    }

    // Samples that are added meanwhile may be lost or counted twice, which does not change the percentile noticeably.
    fn halve(&self) {
        let mut left = 0;
        for bucket in &self.buckets {
            let half = bucket.load(Relaxed) / 2;
            bucket.store(half, Relaxed);
            left += half;
        }
        self.count.store(left, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p95_ms(samples: &[(usize, f32)]) -> Option<u128> {
        let histogram = DurationHistogram::default();
        samples.iter().for_each(|&(times, ms)| (0..times).for_each(|_| histogram.observe(ms)));
        histogram.p95().map(|usual| usual.as_millis())
    }

    #[test]
    fn the_95th_percentile_is_exact_to_a_bucket() {
        assert_eq!(p95_ms(&[]), None);
        assert_eq!(p95_ms(&[(7, 100.0)]), None);
        assert_eq!(p95_ms(&[(8, 100.0)]), Some(128));
        assert_eq!(p95_ms(&[(95, 100.0), (5, 5_000.0)]), Some(128));
        assert_eq!(p95_ms(&[(90, 100.0), (10, 5_000.0)]), Some(5_792));
        assert_eq!(p95_ms(&[(10, 0.0)]), Some(1));
        assert_eq!(p95_ms(&[(10, 1e9)]), Some(32_768));
    }

    #[test]
    fn old_samples_decay() {
        assert_eq!(p95_ms(&[(1_000, 5_000.0), (3_000, 100.0)]), Some(128));
    }
}
