//! Signs that this machine is on another network than before: the way to everywhere has changed, or
//! the machine has slept.
//!
//! On Linux the kernel itself tells of a new default route (rtnetlink). Elsewhere the address is
//! looked at from which this machine would speak to the world; no packet is sent for that. That a
//! machine has slept shows in its clocks: the one for the wall goes on meanwhile. What follows from
//! a change is not decided here.

mod addresses;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::time::{Duration, Instant, SystemTime};

pub use self::addresses::own_addresses;
#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::other as system;

/// A wall clock this far ahead of the running one has gone on while the machine slept. Less is a
/// clock being set right.
const SLEPT: Duration = Duration::from_secs(10);

/// Tells when the way to everywhere has changed.
pub struct Routes(system::Routes);

impl Routes {
    /// Begins to watch. Where the system does not let us, no change is ever told.
    pub fn watch() -> Self {
        Self(system::Routes::watch())
    }

    /// Returns at the next change. Nothing is lost when this is dropped before.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}

/// Two clocks, of which one stands still while the machine sleeps.
pub struct Clocks {
    running: Instant,
    wall: SystemTime,
}

impl Clocks {
    /// As they are now.
    pub fn now() -> Self {
        Self { running: Instant::now(), wall: SystemTime::now() }
    }

    /// Whether the machine has slept since this was asked last.
    pub fn have_slept(&mut self) -> bool {
        let now = Self::now();
        let slept = self.slept_until(&now);
        *self = now;
        slept
    }

    fn slept_until(&self, now: &Self) -> bool {
        // A wall clock that was put back shows no sleep.
        let on_the_wall = now.wall.duration_since(self.wall).unwrap_or_default();
        on_the_wall > now.running.saturating_duration_since(self.running) + SLEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_runs_ahead_has_slept() {
        let start = Clocks::now();
        let after = |running, wall| Clocks {
            running: start.running + Duration::from_secs(running),
            wall: start.wall + Duration::from_secs(wall),
        };
        assert!(!start.slept_until(&after(300, 300)));
        assert!(!start.slept_until(&after(1, 9)), "a clock being set right");
        assert!(start.slept_until(&after(1, 60)));
        assert!(!after(1, 60).slept_until(&after(2, 0)), "a clock being put back");
    }
}
