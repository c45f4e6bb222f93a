//! Slow start: a member that starts to serve beside established ones gets a small share that grows.
//!
//! A node that has passed one check may still be weak, and its caches and connections are cold. If all members are new,
//! none is established, and all get their full share.

use std::time::{Duration, Instant};

use super::Fleet;

/// How long a slow start takes, and in how many steps the share grows.
pub(super) const WARM_UP: Duration = Duration::from_secs(30);
const STEPS: u32 = 10;

/// The share at the start, in percent.
const FIRST_SHARE: u32 = 10;

/// Progress of a member's slow start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlowStart {
    /// The member is not in use.
    NotServing,
    /// Its share grows.
    Warming { since: Instant, step: u32 },
    /// It has its full share.
    Complete { since: Instant },
}

impl SlowStart {
    /// The share, in percent of the node's weight.
    pub(super) fn percent(self) -> u32 {
        match self {
            Self::Warming { step, .. } => FIRST_SHARE + (100 - FIRST_SHARE) * step / STEPS,
            Self::NotServing | Self::Complete { .. } => 100,
        }
    }

    /// When the share grows next.
    pub(super) fn wake_at(self) -> Option<Instant> {
        match self {
            Self::Warming { since, step } => Some(since + WARM_UP * (step + 1) / STEPS),
            Self::NotServing | Self::Complete { .. } => None,
        }
    }

    /// Whether it is established, and can take the traffic that a new member does not get yet.
    fn is_established(self, now: Instant) -> bool {
        match self {
            Self::NotServing => false,
            Self::Warming { since, .. } | Self::Complete { since } => now.saturating_duration_since(since) >= WARM_UP,
        }
    }

    fn begin(&mut self, peers: Peers, now: Instant) {
        *self = match peers {
            Peers::Established => Self::Warming { since: now, step: 0 },
            Peers::None => Self::Complete { since: now },
        };
    }

    fn grow(&mut self, now: Instant) {
        let Self::Warming { since, .. } = *self else { return };
        let passed = now.saturating_duration_since(since);
        let step = (passed.as_millis() * u128::from(STEPS) / WARM_UP.as_millis()) as u32;
        *self = if step >= STEPS { Self::Complete { since } } else { Self::Warming { since, step } };
    }
}

/// The other members in use.
#[derive(Clone, Copy)]
enum Peers {
    Established,
    None,
}

impl Fleet {
    /// Advances slow starts; returns whether a share has changed.
    pub(super) fn advance_slow_starts(&mut self, now: Instant) -> bool {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        let peers = if serving().any(|member| member.slow_start.is_established(now)) {
            Peers::Established
        } else {
            Peers::None
        };
        let mut has_changed = false;
        for member in &mut self.members {
            let before = member.slow_start;
            if !member.takes_connections() {
                if member.ready().is_some() {
                    member.slow_start = SlowStart::NotServing;
                }
            } else if before == SlowStart::NotServing && member.health.is_proven() {
                member.slow_start.begin(peers, now);
            } else {
                member.slow_start.grow(now);
            }
            has_changed |= member.slow_start != before;
        }
        has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_from_a_tenth_to_all() {
        let start = Instant::now();
        let mut slow_start = SlowStart::NotServing;
        slow_start.begin(Peers::Established, start);
        let mut shares = vec![slow_start.percent()];
        while let Some(at) = slow_start.wake_at() {
            slow_start.grow(at);
            shares.push(slow_start.percent());
        }
        assert_eq!(shares, [10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100]);
        assert_eq!(slow_start, SlowStart::Complete { since: start });
        assert!(slow_start.is_established(start + WARM_UP) && !slow_start.is_established(start + WARM_UP / 2));
    }
}
