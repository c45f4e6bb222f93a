//! Transfer rates: the increase of a counter over the time between two readings.

use std::time::{Duration, Instant};

use crate::model::meter::MeterReading;

/// No rate is computed for readings further apart than this: it would be out of date.
const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// Bytes per second, from two readings.
#[derive(Default)]
pub(super) struct Rates {
    last: Option<(Instant, MeterReading)>,
    up: u64,
    down: u64,
}

impl Rates {
    /// Adds a reading and returns the rates up and down. A reading shortly after another one is ignored.
    pub(super) fn update(&mut self, reading: MeterReading, now: Instant) -> (u64, u64) {
        let Some((at, before)) = self.last else {
            self.last = Some((now, reading));
            return (0, 0);
        };
        let time = now.saturating_duration_since(at);
        if time < Duration::from_millis(200) {
            return (self.up, self.down);
        }
        let rate = |now: u64, before: u64| (now.saturating_sub(before) as f64 / time.as_secs_f64()) as u64;
        let is_fresh = time <= MAX_INTERVAL;
        self.up = if is_fresh { rate(reading.up, before.up) } else { 0 };
        self.down = if is_fresh { rate(reading.down, before.down) } else { 0 };
        self.last = Some((now, reading));
        (self.up, self.down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(up: u64, down: u64) -> MeterReading {
        MeterReading { up, down, ..MeterReading::default() }
    }

    #[test]
    fn a_rate_is_an_increase_over_time() {
        let start = Instant::now();
        let mut rates = Rates::default();
        assert_eq!(rates.update(reading(0, 0), start), (0, 0));
        assert_eq!(rates.update(reading(1_000, 4_000), start + Duration::from_secs(2)), (500, 2_000));
        assert_eq!(rates.update(reading(9_000, 9_000), start + Duration::from_secs(60)), (0, 0));
    }
}
