//! macOS: the standard library's clock stands still during a suspend; wall time, which continues, is polled.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::{Interval, MissedTickBehavior};

use super::Clocks;

/// Polling interval: a poll only reads two clocks.
const INTERVAL: Duration = Duration::from_secs(5);

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(super) fn read() -> Clocks {
    Clocks { monotonic: ORIGIN.elapsed(), boot: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() }
}

/// Fires at the polling interval.
pub(super) struct ClockPoll(Interval);

impl ClockPoll {
    pub(super) fn new() -> Self {
        let begin = tokio::time::Instant::now() + INTERVAL;
        let mut interval = tokio::time::interval_at(begin, INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(interval)
    }

    pub(super) async fn fired(&mut self) {
        self.0.tick().await;
    }
}
