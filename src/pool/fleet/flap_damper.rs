//! Flap damping: limits what is reported about a member that goes up and down.
//!
//! A failure is reported at once, and once; recovery only after the member has been healthy for a
//! while. So a member that flaps every few seconds is reported once, and again when it has settled.

use std::time::{Duration, Instant};

/// How long a member has to be healthy before its recovery is reported.
pub(super) const STEADY: Duration = Duration::from_secs(30);

/// Minimum time between the last report about a member and a report of suspicion.
const QUIET: Duration = Duration::from_secs(60);

/// The last report about a member.
#[derive(Debug, Default)]
pub(super) struct FlapDamper {
    level: Reported,
    at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Reported {
    #[default]
    Healthy,
    Suspected,
    Ejected,
}

impl FlapDamper {
    /// Whether to report suspicion.
    pub(super) fn suspected(&mut self, now: Instant) -> bool {
        let is_quiet = self.at.is_none_or(|at| now.saturating_duration_since(at) >= QUIET);
        is_quiet && self.rise_to(Reported::Suspected, now)
    }

    /// Whether to report an ejection.
    pub(super) fn ejected(&mut self, now: Instant) -> bool {
        self.rise_to(Reported::Ejected, now)
    }

    /// Whether to report recovery, given since when the member is healthy.
    pub(super) fn recovered_since(&mut self, since: Option<Instant>, now: Instant) -> bool {
        self.recovery_at(since).is_some_and(|at| at <= now) && self.recovered(now)
    }

    /// Whether to report recovery at once.
    pub(super) fn recovered(&mut self, now: Instant) -> bool {
        let is_due = self.level != Reported::Healthy;
        if is_due {
            (self.level, self.at) = (Reported::Healthy, Some(now));
        }
        is_due
    }

    /// When recovery is to be reported.
    pub(super) fn recovery_at(&self, since: Option<Instant>) -> Option<Instant> {
        since.filter(|_| self.level != Reported::Healthy).map(|since| since + STEADY)
    }

    fn rise_to(&mut self, level: Reported, now: Instant) -> bool {
        let is_due = self.level < level;
        if is_due {
            (self.level, self.at) = (level, Some(now));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flapping_member_is_reported_when_it_has_settled() {
        let start = Instant::now();
        let mut damper = FlapDamper::default();
        let mut reports = Vec::new();
        for second in 0..600 {
            let now = start + Duration::from_secs(second);
            // Ejected, back after the shortest cooldown, and again as soon as that was reported.
            let since = (second % 61 >= 30).then(|| start + Duration::from_secs(second / 61 * 61 + 30));
            let is_due = match since {
                None => damper.ejected(now),
                Some(_) => damper.recovered_since(since, now),
            };
            if is_due {
                reports.push(second);
            }
        }
        assert!(reports.windows(3).all(|three| three[2] - three[0] > 60), "at most two a minute: {reports:?}");
        let mut damper = FlapDamper::default();
        let flaps = (0..120).filter(|nth| {
            let now = start + Duration::from_secs(nth * 5);
            if nth % 2 == 0 { damper.suspected(now) } else { damper.recovered_since(Some(now), now) }
        });
        assert_eq!(flaps.count(), 1, "every 5 s up and down");
    }
}
