//! Passive health checks: signals from real traffic.
//!
//! A strike is a failure on a real connection where another member did not fail. A single one triggers a check of the
//! member. Strikes amount to a failure if that check stays unanswered (a server that drops everything), or passes
//! repeatedly while connections are closed or refused (one that only lets the check's page through). Silence alone is
//! not a failure while checks pass: the page may be slow. A response on a real connection clears all strikes.
//!
//! Bytes received through another member are proof that the network works, if they arrived *after* the failure began.
//! The counter has no timestamps: it is read on every input, and growth between two readings is known to be later than
//! the first one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::model::outcome::Signal;
use crate::model::{Failure, FailureCause, Stage};

/// Consecutive empty closes that make a member suspect; a page that is down causes one now and then.
const EMPTY_CLOSES: u32 = 2;

/// Minimum time between two suspicions because of a page that is down and requested all the time.
const SUSPICION_INTERVAL: Duration = Duration::from_secs(30);

/// How long strikes count.
const FRESH: Duration = Duration::from_secs(10);

/// Time limit of the check after a strike: three times the last latency, within these bounds.
const UNANSWERED: Duration = Duration::from_millis(1_500);
const MAX_UNANSWERED: Duration = Duration::from_secs(4);

/// Number of rounds of a strike and a passed check, without a response in between, that amount to a failure.
const ROUNDS: usize = 3;
const ROUNDS_WITHIN: Duration = Duration::from_secs(60);

/// The weight of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignalWeight {
    /// None.
    Nothing,
    /// The member is checked.
    Check,
    /// The member is suspect until its check, and no longer: the page may be at fault.
    Suspicion,
    /// The member is suspect, and strikes add up.
    Strike,
}

/// Strikes against one member.
#[derive(Debug, Default)]
pub(super) struct Strikes {
    times: VecDeque<Instant>,
    last: Option<Signal>,
    empty_closes: u32,
    suspected_at: Option<Instant>,
    rounds: VecDeque<Instant>,
}

impl Strikes {
    /// Counts a signal; returns its weight.
    pub(super) fn count(&mut self, signal: Signal, now: Instant) -> SignalWeight {
        match signal {
            Signal::FirstByte => SignalWeight::Nothing,
            Signal::Unanswered | Signal::Stopped | Signal::Stalled => SignalWeight::Check,
            Signal::ClosedEmpty => {
                self.empty_closes += 1;
                let is_old = self.suspected_at.is_none_or(|at| now.saturating_duration_since(at) >= SUSPICION_INTERVAL);
                if self.empty_closes < EMPTY_CLOSES || !is_old {
                    return SignalWeight::Nothing;
                }
                self.suspected_at = Some(now);
                SignalWeight::Suspicion
            }
            Signal::ClosedAlone
            | Signal::WrongAnswer
            | Signal::Silent
            | Signal::ConnectFailed
            | Signal::HandshakeFailed => {
                self.last = Some(signal);
                self.times.push_back(now);
                self.times.retain(|&time| now.saturating_duration_since(time) <= FRESH);
                SignalWeight::Strike
            }
        }
    }

    /// Counts a strike against a member that was not suspect.
    pub(super) fn count_round(&mut self, now: Instant) {
        self.rounds.push_back(now);
        self.rounds.retain(|&time| now.saturating_duration_since(time) <= ROUNDS_WITHIN);
    }

    /// A check passed: clears the strikes, but not the rounds.
    pub(super) fn check_passed(&mut self) {
        self.times.clear();
        self.empty_closes = 0;
    }

    /// A response on real traffic: clears everything.
    pub(super) fn forget(&mut self) {
        *self = Self { suspected_at: self.suspected_at, ..Self::default() };
    }

    /// The failure that the strikes amount to, and since when; none if they are not sufficient. `checking` is when the
    /// running check started, `usual` how long the last one took.
    pub(super) fn failure(
        &self,
        checking: Option<Instant>,
        usual: Option<Duration>,
        now: Instant,
    ) -> Option<(Failure, Instant)> {
        let (&first, &last) = (self.times.front()?, self.times.back()?);
        let seen = self.last?;
        let stage = stage(seen);
        if self.rounds.len() >= ROUNDS && seen != Signal::Silent {
            return Some((Failure::new(stage, FailureCause::Again(seen)), last));
        }
        let is_unanswered = self.unanswered_at(checking, usual).is_some_and(|at| at <= now);
        is_unanswered.then(|| (Failure::new(stage, FailureCause::Unanswered(seen)), first))
    }

    /// When the running check counts as unanswered, while there are strikes.
    pub(super) fn unanswered_at(&self, checking: Option<Instant>, usual: Option<Duration>) -> Option<Instant> {
        let limit = usual.map_or(UNANSWERED, |usual| (usual * 3).clamp(UNANSWERED, MAX_UNANSWERED));
        checking.filter(|_| !self.times.is_empty()).map(|since| since + limit)
    }
}

/// The stage that a signal refers to.
pub(super) fn stage(signal: Signal) -> Stage {
    match signal {
        Signal::FirstByte | Signal::Unanswered | Signal::Silent => Stage::TimeLimit,
        Signal::Stopped | Signal::Stalled => Stage::TimeLimit,
        Signal::ClosedEmpty | Signal::ClosedAlone | Signal::HandshakeFailed => Stage::Handshake,
        Signal::WrongAnswer => Stage::Destination,
        Signal::ConnectFailed => Stage::Tcp,
    }
}

/// Bytes received through one member, as last read.
#[derive(Debug, Default)]
pub(super) struct TrafficProof {
    read: Option<(u64, Instant)>,
    grew_after: Option<Instant>,
}

impl TrafficProof {
    /// Takes a reading of the counter.
    pub(super) fn read(&mut self, down: u64, now: Instant) {
        if let Some((before, at)) = self.read
            && down > before
        {
            self.grew_after = Some(at);
        }
        self.read = Some((down, now));
    }

    /// Whether something is known to have been received after this time.
    pub(super) fn received_after(&self, moment: Instant) -> bool {
        self.grew_after.is_some_and(|at| at >= moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn growth_counts_from_the_previous_reading() {
        let start = Instant::now();
        let mut traffic = TrafficProof::default();
        traffic.read(100, start);
        assert!(!traffic.received_after(start), "bytes from before are no proof");
        traffic.read(200, start + SECOND);
        assert!(traffic.received_after(start) && !traffic.received_after(start + SECOND));
        traffic.read(200, start + SECOND * 2);
        assert!(!traffic.received_after(start + SECOND));
    }

    #[test]
    fn a_page_that_is_down_never_makes_a_member_fail() {
        let start = Instant::now();
        let mut strikes = Strikes::default();
        let signs: Vec<_> = (0..50).map(|second| strikes.count(Signal::ClosedEmpty, start + SECOND * second)).collect();
        let suspicions: Vec<_> = (0..50).filter(|&second| signs[second] == SignalWeight::Suspicion).collect();
        assert_eq!(suspicions, [1, 31]);
        assert_eq!(strikes.failure(Some(start), None, start + SECOND * 60), None);
    }

    #[test]
    fn a_strike_and_an_unanswered_check_make_a_failure() {
        let start = Instant::now();
        let mut strikes = Strikes::default();
        assert_eq!(strikes.count(Signal::Silent, start), SignalWeight::Strike);
        assert_eq!(strikes.failure(Some(start), None, start + SECOND), None);
        let (failure, since) = strikes.failure(Some(start), None, start + SECOND * 2).unwrap();
        assert!(failure.to_string().contains("no response within its usual time"), "{failure}");
        assert_eq!(since, start);
        assert_eq!(strikes.failure(Some(start), Some(SECOND), start + SECOND * 2), None, "its checks are slow");
        assert_eq!(strikes.failure(None, None, start + SECOND * 2), None);
        strikes.forget();
        assert_eq!(strikes.failure(Some(start), None, start + SECOND * 2), None);
    }
}
