//! Whether the machine has slept. Of two clocks one stands still meanwhile; and where the system says so, the
//! one who waits for it is woken when the machine is.

use std::time::Duration;

#[cfg(target_os = "linux")]
use super::linux_sleep as system;
#[cfg(not(target_os = "linux"))]
use super::other_sleep as system;

/// A clock this far ahead of the other has gone on while the machine slept. Less is a pause that
/// connections outlive, and where the wall's clock has to do, that being set right.
const SLEPT: Duration = Duration::from_secs(10);

/// Two clocks at one moment, each since a beginning of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// The one that stands still while the machine sleeps.
    pub(super) awake: Duration,
    /// The one that goes on.
    pub(super) always: Duration,
}

/// Knows whether the machine has slept.
pub struct Sleep {
    last: Reading,
    system: system::Alarm,
}

impl Sleep {
    /// Begins to watch.
    pub fn watch() -> Self {
        Self { last: system::read(), system: system::Alarm::new() }
    }

    /// Whether the machine has slept since this was asked last.
    pub fn has_been(&mut self) -> bool {
        let now = system::read();
        slept(std::mem::replace(&mut self.last, now), now)
    }

    /// Returns when the machine may have slept: soon after it is awake again, and now and then for nothing. Nothing is
    /// lost when this is dropped before.
    pub async fn may_be_over(&mut self) {
        self.system.rings().await;
    }
}

fn slept(before: Reading, now: Reading) -> bool {
    // A clock that was put back shows no sleep.
    let always = now.always.saturating_sub(before.always);
    always > now.awake.saturating_sub(before.awake) + SLEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_ahead_has_slept() {
        let at = |awake, always| Reading { awake: Duration::from_secs(awake), always: Duration::from_secs(always) };
        let start = at(1_000, 5_000);
        assert!(!slept(start, at(1_300, 5_300)), "five minutes awake");
        assert!(!slept(start, at(1_001, 5_009)), "a clock being set right");
        assert!(!slept(start, at(1_000, 5_010)));
        assert!(slept(start, at(1_000, 5_011)));
        assert!(slept(start, at(1_001, 5_060)), "a minute, of which a second awake");
        assert!(slept(start, at(1_300, 9_000)), "a nap between two long times awake");
        assert!(!slept(at(1_001, 5_060), at(1_002, 5_000)), "a clock being put back");
        assert!(!slept(at(1_001, 5_060), at(0, 0)), "clocks that begin anew");
    }

    #[tokio::test]
    async fn who_is_awake_has_not_slept_and_is_not_woken() {
        let mut sleep = Sleep::watch();
        assert!(!sleep.has_been());
        let rung = tokio::time::timeout(Duration::from_millis(300), sleep.may_be_over()).await;
        assert!(rung.is_err(), "it rings while nothing happens");
        assert!(!sleep.has_been());
    }
}
