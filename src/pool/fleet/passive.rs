//! What real traffic says: strikes against a member, and bytes that came back through others.
//!
//! A strike is a failure on a real connection where another member did not fail. Alone it has the
//! member checked; a case is made of strikes where the check says nothing for longer than it should
//! (a server that swallows everything), or passes again and again while real traffic fails (one
//! that lets the check's page through). An answer on a real connection wipes all strikes out.
//!
//! Bytes that come back through another member are proof that the network works, if they came
//! *after* the trouble began. The counter has no clock, so it is read whenever something happens,
//! and growth between two readings is known to be later than the first of them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::model::outcome::Signal;
use crate::model::{Failure, Stage, Trouble};

/// Empty closes in a row that raise a doubt: a page that is down causes one now and then.
const EMPTY_CLOSES: u32 = 2;

/// A page that is down and is asked for all the time raises no more than one doubt in this time.
const DOUBT_AGAIN: Duration = Duration::from_secs(30);

/// Strikes count this long.
const FRESH: Duration = Duration::from_secs(10);

/// A check that follows a strike is expected to answer within this, or three times what the
/// member's last one took; but no longer than the last of the three.
const UNANSWERED: Duration = Duration::from_millis(1_500);
const LONGEST_UNANSWERED: Duration = Duration::from_secs(4);

/// So often within a minute struck, checked, found good and struck again, without one answer in
/// between, is a case.
const ROUNDS: usize = 3;
const ROUNDS_WITHIN: Duration = Duration::from_secs(60);

/// How much a signal weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing.
    Nothing,
    /// It has the member checked; nothing is held against it.
    Question,
    /// It makes the member suspect until its check. Nothing else follows: the page may be at fault.
    Doubt,
    /// It makes the member suspect, and strikes add up.
    Strike,
}

/// Strikes against one member.
#[derive(Debug, Default)]
pub(super) struct Strikes {
    times: VecDeque<Instant>,
    last: Option<Signal>,
    empty_closes: u32,
    doubted: Option<Instant>,
    rounds: VecDeque<Instant>,
}

impl Strikes {
    /// Counts a signal; says how much it weighs.
    pub(super) fn count(&mut self, signal: Signal, now: Instant) -> Sign {
        match signal {
            Signal::FirstByte => Sign::Nothing,
            Signal::Unanswered => Sign::Question,
            Signal::ClosedEmpty => {
                self.empty_closes += 1;
                let is_old = self.doubted.is_none_or(|at| now.saturating_duration_since(at) >= DOUBT_AGAIN);
                if self.empty_closes < EMPTY_CLOSES || !is_old {
                    return Sign::Nothing;
                }
                self.doubted = Some(now);
                Sign::Doubt
            }
            Signal::ClosedAlone
            | Signal::WrongAnswer
            | Signal::Silent
            | Signal::ConnectFailed
            | Signal::HandshakeFailed => {
                self.last = Some(signal);
                self.times.push_back(now);
                self.times.retain(|&time| now.saturating_duration_since(time) <= FRESH);
                Sign::Strike
            }
        }
    }

    /// Counts that a member without fault came under suspicion.
    pub(super) fn count_round(&mut self, now: Instant) {
        self.rounds.push_back(now);
        self.rounds.retain(|&time| now.saturating_duration_since(time) <= ROUNDS_WITHIN);
    }

    /// A check passed: the strikes are explained otherwise, unless they come again.
    pub(super) fn acquit(&mut self) {
        self.times.clear();
        self.empty_closes = 0;
    }

    /// Real traffic is answered: nothing was wrong.
    pub(super) fn forget(&mut self) {
        *self = Self { doubted: self.doubted, ..Self::default() };
    }

    /// What they add up to, and since when; none where they are not enough. `checking` is since
    /// when a check is on its way, `usual` what the last one took.
    pub(super) fn case(
        &self,
        checking: Option<Instant>,
        usual: Option<Duration>,
        now: Instant,
    ) -> Option<(Failure, Instant)> {
        let (&first, &last) = (self.times.front()?, self.times.back()?);
        let seen = self.last?;
        let stage = stage(seen);
        if self.rounds.len() >= ROUNDS {
            return Some((Failure::known(stage, Trouble::Again(seen)), last));
        }
        let is_unanswered = self.unanswered_at(checking, usual).is_some_and(|at| at <= now);
        is_unanswered.then(|| (Failure::known(stage, Trouble::Unanswered(seen)), first))
    }

    /// When a check on its way counts as unanswered, while there are strikes.
    pub(super) fn unanswered_at(&self, checking: Option<Instant>, usual: Option<Duration>) -> Option<Instant> {
        let patience = usual.map_or(UNANSWERED, |usual| (usual * 3).clamp(UNANSWERED, LONGEST_UNANSWERED));
        checking.filter(|_| !self.times.is_empty()).map(|since| since + patience)
    }
}

/// What a sign says, and of which stage.
pub(super) fn stage(signal: Signal) -> Stage {
    match signal {
        Signal::FirstByte | Signal::Unanswered | Signal::Silent => Stage::TimeLimit,
        Signal::ClosedEmpty | Signal::ClosedAlone | Signal::HandshakeFailed => Stage::Handshake,
        Signal::WrongAnswer => Stage::Destination,
        Signal::ConnectFailed => Stage::Tcp,
    }
}

/// What came back through one member, as last read.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    read: Option<(u64, Instant)>,
    grew_after: Option<Instant>,
}

impl Traffic {
    /// Reads its counter.
    pub(super) fn read(&mut self, down: u64, now: Instant) {
        if let Some((before, at)) = self.read
            && down > before
        {
            self.grew_after = Some(at);
        }
        self.read = Some((down, now));
    }

    /// Whether something is known to have come back after a moment.
    pub(super) fn came_after(&self, moment: Instant) -> bool {
        self.grew_after.is_some_and(|at| at >= moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn growth_counts_from_the_reading_before() {
        let start = Instant::now();
        let mut traffic = Traffic::default();
        traffic.read(100, start);
        assert!(!traffic.came_after(start), "what was there before is no sign");
        traffic.read(200, start + SECOND);
        assert!(traffic.came_after(start) && !traffic.came_after(start + SECOND));
        traffic.read(200, start + SECOND * 2);
        assert!(!traffic.came_after(start + SECOND));
    }

    #[test]
    fn a_page_that_is_down_is_a_doubt_now_and_then_and_never_a_case() {
        let start = Instant::now();
        let mut strikes = Strikes::default();
        let signs: Vec<_> = (0..50).map(|second| strikes.count(Signal::ClosedEmpty, start + SECOND * second)).collect();
        let doubts: Vec<_> = (0..50).filter(|&second| signs[second] == Sign::Doubt).collect();
        assert_eq!(doubts, [1, 31]);
        assert_eq!(strikes.case(Some(start), None, start + SECOND * 60), None);
    }

    #[test]
    fn a_strike_and_an_unanswered_check_make_a_case() {
        let start = Instant::now();
        let mut strikes = Strikes::default();
        assert_eq!(strikes.count(Signal::Silent, start), Sign::Strike);
        assert_eq!(strikes.case(Some(start), None, start + SECOND), None);
        let (failure, since) = strikes.case(Some(start), None, start + SECOND * 2).unwrap();
        assert!(failure.detail.contains("no answer came in the time"), "{failure}");
        assert_eq!(since, start);
        assert_eq!(strikes.case(Some(start), Some(SECOND), start + SECOND * 2), None, "its checks are slow");
        assert_eq!(strikes.case(None, None, start + SECOND * 2), None);
        strikes.forget();
        assert_eq!(strikes.case(Some(start), None, start + SECOND * 2), None);
    }
}
