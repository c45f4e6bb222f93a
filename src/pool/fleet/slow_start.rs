//! Slow start: a member that begins to serve beside older ones takes a small share that grows.
//!
//! A node that has just proven itself with one small page may still be weak, and caches and
//! connections on the way are cold. Where all are equally young there is nobody to carry the rest,
//! and all have their full share at once.

use std::time::{Duration, Instant};

use super::Fleet;

/// How long a slow start takes, and in how many steps the share grows.
pub(super) const WARM_UP: Duration = Duration::from_secs(30);
const STEPS: u32 = 10;

/// The share at the start, in percent.
const FIRST_SHARE: u32 = 10;

/// How warm a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Warmth {
    /// It has not begun to serve.
    Cold,
    /// It serves with a growing share.
    Warming { since: Instant, step: u32 },
    /// It serves with its full share.
    Warm { since: Instant },
}

impl Warmth {
    /// Its share in hundredths of its weight.
    pub(super) fn percent(self) -> u32 {
        match self {
            Self::Warming { step, .. } => FIRST_SHARE + (100 - FIRST_SHARE) * step / STEPS,
            Self::Cold | Self::Warm { .. } => 100,
        }
    }

    /// When the share grows next.
    pub(super) fn wake_at(self) -> Option<Instant> {
        match self {
            Self::Warming { since, step } => Some(since + WARM_UP * (step + 1) / STEPS),
            Self::Cold | Self::Warm { .. } => None,
        }
    }

    /// Whether it is old enough to carry what a new one does not.
    fn is_old(self, now: Instant) -> bool {
        match self {
            Self::Cold => false,
            Self::Warming { since, .. } | Self::Warm { since } => now.saturating_duration_since(since) >= WARM_UP,
        }
    }

    fn begin(&mut self, beside_older: Beside, now: Instant) {
        *self = match beside_older {
            Beside::Older => Self::Warming { since: now, step: 0 },
            Beside::Nobody => Self::Warm { since: now },
        };
    }

    fn grow(&mut self, now: Instant) {
        let Self::Warming { since, .. } = *self else { return };
        let passed = now.saturating_duration_since(since);
        let step = (passed.as_millis() * u128::from(STEPS) / WARM_UP.as_millis()) as u32;
        *self = if step >= STEPS { Self::Warm { since } } else { Self::Warming { since, step } };
    }
}

/// Who else serves.
#[derive(Clone, Copy)]
enum Beside {
    Older,
    Nobody,
}

impl Fleet {
    /// Lets shares grow; says whether one has.
    pub(super) fn warm(&mut self, now: Instant) -> bool {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        let beside = if serving().any(|member| member.warmth.is_old(now)) { Beside::Older } else { Beside::Nobody };
        let mut has_grown = false;
        for member in &mut self.members {
            let before = member.warmth;
            if !member.takes_connections() {
                if member.ready().is_some() {
                    member.warmth = Warmth::Cold;
                }
            } else if before == Warmth::Cold && member.health.is_proven() {
                member.warmth.begin(beside, now);
            } else {
                member.warmth.grow(now);
            }
            has_grown |= member.warmth != before;
        }
        has_grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_from_a_tenth_to_the_whole_and_then_rests() {
        let start = Instant::now();
        let mut warmth = Warmth::Cold;
        warmth.begin(Beside::Older, start);
        let mut shares = vec![warmth.percent()];
        while let Some(at) = warmth.wake_at() {
            warmth.grow(at);
            shares.push(warmth.percent());
        }
        assert_eq!(shares, [10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100]);
        assert_eq!(warmth, Warmth::Warm { since: start });
        assert!(warmth.is_old(start + WARM_UP) && !warmth.is_old(start + WARM_UP / 2));
    }
}
