//! Where the system does not tell: the wall's clock goes on during sleep, and it is looked at now and then.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::{Interval, MissedTickBehavior};

use super::sleep::Reading;

/// How often: two looks at clocks, no more.
const LOOK_EVERY: Duration = Duration::from_secs(5);

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(super) fn read() -> Reading {
    Reading { awake: BEGINNING.elapsed(), always: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() }
}

/// Rings now and then.
pub(super) struct Alarm(Interval);

impl Alarm {
    pub(super) fn new() -> Self {
        let begin = tokio::time::Instant::now() + LOOK_EVERY;
        let mut looks = tokio::time::interval_at(begin, LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(looks)
    }

    pub(super) async fn rings(&mut self) {
        self.0.tick().await;
    }
}
