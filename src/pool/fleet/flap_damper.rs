//! What was told of a member, so that one that flaps does not flood whoever listens.
//!
//! Bad news is told at once, and once; that all is well again only when it has been for a while. So
//! a member that goes up and down every few seconds is told of once, and again when it has settled.

use std::time::{Duration, Instant};

/// How long a member has to be well before that is told.
pub(super) const STEADY: Duration = Duration::from_secs(30);

/// Suspicion is told no sooner than this after the last word about the member.
const QUIET: Duration = Duration::from_secs(60);

/// What is known of a member outside.
#[derive(Debug, Default)]
pub(super) struct Told {
    level: Level,
    at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Well,
    Suspected,
    Ejected,
}

impl Told {
    /// Whether suspicion is news.
    pub(super) fn suspected(&mut self, now: Instant) -> bool {
        let is_quiet = self.at.is_none_or(|at| now.saturating_duration_since(at) >= QUIET);
        is_quiet && self.rise_to(Level::Suspected, now)
    }

    /// Whether an ejection is news.
    pub(super) fn ejected(&mut self, now: Instant) -> bool {
        self.rise_to(Level::Ejected, now)
    }

    /// Whether that it has been well since then is news.
    pub(super) fn well_since(&mut self, since: Option<Instant>, now: Instant) -> bool {
        self.well_at(since).is_some_and(|at| at <= now) && self.well(now)
    }

    /// Whether that it is well, for certain, is news.
    pub(super) fn well(&mut self, now: Instant) -> bool {
        let is_news = self.level != Level::Well;
        if is_news {
            (self.level, self.at) = (Level::Well, Some(now));
        }
        is_news
    }

    /// When it will have been well for long enough.
    pub(super) fn well_at(&self, since: Option<Instant>) -> Option<Instant> {
        since.filter(|_| self.level != Level::Well).map(|since| since + STEADY)
    }

    fn rise_to(&mut self, level: Level, now: Instant) -> bool {
        let is_news = self.level < level;
        if is_news {
            (self.level, self.at) = (level, Some(now));
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_flaps_is_told_of_when_it_has_settled() {
        let start = Instant::now();
        let mut told = Told::default();
        let mut news = Vec::new();
        for second in 0..600 {
            let now = start + Duration::from_secs(second);
            // Ejected, back after the shortest rest, and again as soon as that was told.
            let since = (second % 61 >= 30).then(|| start + Duration::from_secs(second / 61 * 61 + 30));
            let is_news = match since {
                None => told.ejected(now),
                Some(_) => told.well_since(since, now),
            };
            if is_news {
                news.push(second);
            }
        }
        assert!(news.windows(3).all(|three| three[2] - three[0] > 60), "at most two a minute: {news:?}");
        let mut told = Told::default();
        let flaps = (0..120).filter(|nth| {
            let now = start + Duration::from_secs(nth * 5);
            if nth % 2 == 0 { told.suspected(now) } else { told.well_since(Some(now), now) }
        });
        assert_eq!(flaps.count(), 1, "every 5 s up and down");
    }
}
