//! One member's health: takes in checks and signs, keeps its standing and says when to check next.

use std::time::{Duration, Instant};

use super::health_state::{Charge, Edge, Standing};
use super::passive::{Sign, Strikes};
use super::timing::{self, Pace};
use crate::model::Failure;
use crate::model::outcome::Signal;

/// How soon a member that failed without proof is looked at again.
const RETRY: Duration = Duration::from_secs(3);

/// Pause between a check that passed and one for a connection that nobody answered.
const A_WHILE: Duration = Duration::from_secs(1);

/// Who has been good for this long starts with a clean record.
const CLEAN: Duration = Duration::from_secs(600);

/// What is known of a member's health.
#[derive(Debug)]
pub(super) struct Health {
    pub(super) standing: Standing,
    pub(super) strikes: Strikes,
    /// Something has gone through it since it was started first.
    is_proven: bool,
    good_since: Option<Instant>,
    last_pass: Option<Instant>,
    next_check: Option<Instant>,
    /// The next check is made whatever traffic there was.
    is_summoned: bool,
    checking: Option<Checking>,
    round: u32,
    ejections: u32,
    down_at_last_look: u64,
}

/// A check on its way.
#[derive(Clone, Copy, Debug)]
struct Checking {
    since: Instant,
    /// The network changed meanwhile: that it fails says nothing.
    is_void: bool,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            standing: Standing::New,
            strikes: Strikes::default(),
            is_proven: false,
            good_since: None,
            last_pass: None,
            next_check: None,
            is_summoned: false,
            checking: None,
            round: 0,
            ejections: 0,
            down_at_last_look: 0,
        }
    }

    /// Whether a check is due. `down` is what has come back through the member so far: fresh
    /// traffic is as good as a check, unless one was asked for.
    pub(super) fn is_check_due(&mut self, down: u64, pace: &Pace, now: Instant) -> bool {
        if self.checking.is_some() || self.next_check.is_none_or(|at| at > now) {
            return false;
        }
        if self.standing == Standing::Good && !self.is_summoned && down > self.down_at_last_look {
            self.down_at_last_look = down;
            self.plan_next(pace, now);
            return false;
        }
        true
    }

    /// A check is on its way.
    pub(super) fn begin_check(&mut self, now: Instant) {
        self.is_summoned = false;
        self.checking = Some(Checking { since: now, is_void: false });
    }

    /// Has the member checked as soon as possible after a moment, whatever traffic there was.
    pub(super) fn check_at(&mut self, at: Instant) {
        self.is_summoned = true;
        self.next_check = Some(self.next_check.map_or(at, |planned| planned.min(at)));
    }

    /// No check until somebody asks for one; how one ends that is on its way is not taken in.
    pub(super) fn pause(&mut self) {
        self.next_check = None;
        self.checking = None;
    }

    /// Its program has ended, or it is wanted again: no check until it is ready, and what it is
    /// accused of is an old story until it shows again.
    pub(super) fn begin_anew(&mut self) {
        self.pause();
        self.strikes.forget();
        if self.charge().is_some() {
            self.standing = Standing::Suspect;
        }
    }

    /// Since when a check is on its way.
    pub(super) fn checking_since(&self) -> Option<Instant> {
        self.checking.map(|checking| checking.since)
    }

    /// Takes in a good check.
    pub(super) fn passed(&mut self, down: u64, pace: &Pace, now: Instant) -> Edge {
        let was = std::mem::replace(&mut self.standing, Standing::Good);
        (self.last_pass, self.checking, self.is_proven) = (Some(now), None, true);
        self.strikes.acquit();
        self.down_at_last_look = down;
        self.plan_next(pace, now);
        match was {
            Standing::Good => {
                if self.good_since.is_some_and(|since| now.saturating_duration_since(since) >= CLEAN) {
                    self.ejections = 0;
                }
                return Edge::None;
            }
            Standing::New => self.good_since = Some(now),
            Standing::Suspect | Standing::Accused(_) | Standing::Ejected(_) => {
                self.good_since = Some(now);
                return Edge::Recovered;
            }
        }
        Edge::None
    }

    /// Takes in a failed check.
    pub(super) fn failed(&mut self, failure: Failure, pace: &Pace, now: Instant) -> Edge {
        let was_void = self.checking.take().is_some_and(|checking| checking.is_void);
        if was_void {
            self.check_at(now);
            return Edge::None;
        }
        match &mut self.standing {
            Standing::Ejected(known) => {
                *known = failure;
                self.rest(pace, now);
                Edge::None
            }
            Standing::Accused(charge) => {
                charge.failure = failure;
                charge.times += 1;
                self.next_check = Some(now + RETRY);
                Edge::None
            }
            Standing::New | Standing::Good | Standing::Suspect => {
                self.next_check = Some(now + RETRY);
                self.accuse(Charge { failure, since: now, times: 1 })
            }
        }
    }

    /// Takes in a sign from real traffic.
    pub(super) fn noted(&mut self, signal: Signal, now: Instant) -> Edge {
        if signal == Signal::FirstByte {
            self.answered(now);
            return Edge::None;
        }
        let is_above_suspicion = matches!(self.standing, Standing::New | Standing::Good);
        match self.strikes.count(signal, now) {
            Sign::Nothing => return Edge::None,
            Sign::Question if is_above_suspicion => {
                // A page that is slow asks again and again: a check a second is enough.
                self.check_at(self.last_pass.map_or(now, |at| now.max(at + A_WHILE)));
                return Edge::None;
            }
            Sign::Strike if is_above_suspicion => self.strikes.count_round(now),
            Sign::Doubt if is_above_suspicion => {}
            Sign::Question | Sign::Doubt | Sign::Strike => return Edge::None,
        }
        self.standing = Standing::Suspect;
        self.good_since = None;
        self.check_at(now);
        Edge::Suspected
    }

    fn answered(&mut self, now: Instant) {
        self.strikes.forget();
        match self.standing {
            Standing::New => {
                (self.standing, self.is_proven, self.good_since) = (Standing::Good, true, Some(now));
            }
            // The check that is on its way decides: one byte may have been an older connection's.
            Standing::Suspect | Standing::Accused(_) => self.check_at(now),
            Standing::Good | Standing::Ejected(_) => {}
        }
    }

    /// Makes a case of the signs, where they are enough for one.
    pub(super) fn accuse_by_signs(&mut self, usual: Option<Duration>, now: Instant) {
        if self.standing != Standing::Suspect {
            return;
        }
        if let Some((failure, since)) = self.strikes.case(self.checking_since(), usual, now) {
            // Signs that are enough need no second check to be sure.
            self.accuse(Charge { failure, since, times: 2 });
        }
    }

    fn accuse(&mut self, charge: Charge) -> Edge {
        let was = std::mem::replace(&mut self.standing, Standing::Accused(charge));
        self.good_since = None;
        match was {
            Standing::New | Standing::Good => Edge::Suspected,
            Standing::Suspect | Standing::Accused(_) | Standing::Ejected(_) => Edge::None,
        }
    }

    /// Ejects it for what it is accused of; says what that is. None where it is not.
    pub(super) fn eject(&mut self, pace: &Pace, now: Instant) -> Option<Failure> {
        let Standing::Accused(charge) = &self.standing else { return None };
        let failure = charge.failure.clone();
        self.standing = Standing::Ejected(failure.clone());
        self.strikes.forget();
        // How a check ends that is on its way is old news then.
        self.checking = None;
        self.rest(pace, now);
        Some(failure)
    }

    /// Forgets all that was held against it: the network was at fault, or is another now. A check
    /// on its way may still pass; that it fails says nothing.
    pub(super) fn forget(&mut self) {
        self.strikes.forget();
        self.ejections = 0;
        if let Some(checking) = &mut self.checking {
            checking.is_void = true;
        }
        match &self.standing {
            Standing::Suspect | Standing::Accused(_) => {
                self.standing = if self.is_proven { Standing::Good } else { Standing::New };
            }
            Standing::New | Standing::Good | Standing::Ejected(_) => {}
        }
    }

    /// What it is accused of.
    pub(super) fn charge(&self) -> Option<&Charge> {
        match &self.standing {
            Standing::Accused(charge) => Some(charge),
            Standing::New | Standing::Good | Standing::Suspect | Standing::Ejected(_) => None,
        }
    }

    /// When its last check passed, if it stands well.
    pub(super) fn last_pass(&self) -> Option<Instant> {
        self.last_pass.filter(|_| self.standing == Standing::Good)
    }

    /// Since when it stands well.
    pub(super) fn good_since(&self) -> Option<Instant> {
        self.good_since.filter(|_| self.standing == Standing::Good)
    }

    /// Whether something has gone through it.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// When a check is due, unless one is on its way.
    pub(super) fn check_due_at(&self) -> Option<Instant> {
        self.next_check.filter(|_| self.checking.is_none())
    }

    fn rest(&mut self, pace: &Pace, now: Instant) {
        self.ejections += 1;
        self.is_summoned = false;
        self.next_check = Some(now + pace.jittered(timing::rest(self.ejections), self.ejections));
    }

    fn plan_next(&mut self, pace: &Pace, now: Instant) {
        self.is_summoned = false;
        self.next_check = pace.heartbeat(self.round).map(|pause| now + pause);
        self.round = self.round.saturating_add(1);
    }
}
