//! Detects that the computer was suspended by comparing two clocks, one of which stands still meanwhile. On systems
//! that report a resume, no polling is needed.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::time::Duration;

#[cfg(target_os = "linux")]
use self::linux::{self as system, ClockJumpTimer as SystemTimer};
#[cfg(target_os = "macos")]
use self::macos::{self as system, ClockPoll as SystemTimer};
#[cfg(windows)]
use self::windows::{self as system, ResumeNotices as SystemTimer};

/// Smallest difference of the clocks that counts as a suspend. Connections survive a shorter one, and where wall time
/// is used, it may be an adjustment.
const MIN_SUSPEND: Duration = Duration::from_secs(10);

/// Two clocks at one moment, each with an origin of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    /// Stands still during a suspend.
    pub(super) monotonic: Duration,
    /// Continues during a suspend.
    pub(super) boot: Duration,
}

/// Detects suspends.
pub struct SuspendMonitor {
    last: Clocks,
    system: SystemTimer,
}

impl SuspendMonitor {
    /// Starts watching.
    pub fn watch() -> Self {
        Self { last: system::read(), system: SystemTimer::new() }
    }

    /// Whether the computer was suspended since the last call.
    pub fn was_suspended(&mut self) -> bool {
        let now = system::read();
        is_suspend(std::mem::replace(&mut self.last, now), now)
    }

    /// Returns when the computer may have resumed; false alarms are possible. Cancel safe.
    pub async fn maybe_resumed(&mut self) {
        self.system.fired().await;
    }
}

fn is_suspend(before: Clocks, now: Clocks) -> bool {
    // A clock that was set back does not indicate a suspend.
    let boot = now.boot.saturating_sub(before.boot);
    boot > now.monotonic.saturating_sub(before.monotonic) + MIN_SUSPEND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_ahead_shows_a_suspend() {
        let at =
            |monotonic, boot| Clocks { monotonic: Duration::from_secs(monotonic), boot: Duration::from_secs(boot) };
        let start = at(1_000, 5_000);
        assert!(!is_suspend(start, at(1_300, 5_300)), "awake for five minutes");
        assert!(!is_suspend(start, at(1_001, 5_009)), "a clock is adjusted by seconds");
        assert!(!is_suspend(start, at(1_000, 5_010)));
        assert!(is_suspend(start, at(1_000, 5_011)));
        assert!(is_suspend(start, at(1_001, 5_060)), "suspended for almost a minute");
        assert!(is_suspend(start, at(1_300, 9_000)), "suspended between two long times awake");
        assert!(!is_suspend(at(1_001, 5_060), at(1_002, 5_000)), "a clock is set back");
        assert!(!is_suspend(at(1_001, 5_060), at(0, 0)), "both clocks restart");
    }

    #[tokio::test]
    async fn without_a_suspend_nothing_is_reported() {
        let mut sleep = SuspendMonitor::watch();
        assert!(!sleep.was_suspended());
        let fired = tokio::time::timeout(Duration::from_millis(300), sleep.maybe_resumed()).await;
        assert!(fired.is_err(), "it fired without a suspend");
        assert!(!sleep.was_suspended());
    }
}
