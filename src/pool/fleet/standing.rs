//! How far a member can be trusted: what its checks and its real traffic have shown.
//!
//! New → Good ⇄ Suspect → Ejected. One sign of trouble makes a member suspect: it is checked at
//! once, and only asked when no better one is left. A failed check (two pages, both failed) ejects
//! it, but only with proof that the fault is its own: another member's check has just succeeded.
//! Without proof everything may be the user's own network, and nobody is ejected.

use std::time::{Duration, Instant};

use crate::model::Failure;
use crate::model::outcome::Signal;

/// How long another member's good check proves that the network and the pages work.
pub(super) const PROOF: Duration = Duration::from_secs(15);

/// Empty closes in a row that make a member suspect: a page that is down causes one now and then.
const EMPTY_CLOSES: u32 = 2;

/// How soon a member that failed without proof is looked at again.
const RETRY: Duration = Duration::from_secs(3);

/// How long an ejected member rests before it is tried again: this, times how often it was.
const REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// What is known of a member's health.
#[derive(Debug)]
pub(super) struct Health {
    pub(super) standing: Standing,
    last_good: Option<Instant>,
    next_check: Option<Instant>,
    round: usize,
    is_checking: bool,
    empty_closes: u32,
    ejections: u32,
    down_at_last_look: u64,
}

/// How far a member can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing has gone through it yet.
    New,
    /// Something has.
    Good,
    /// A sign of trouble; after a failed check with what failed.
    Suspect(Option<Failure>),
    /// It failed and another did not: no traffic.
    Ejected(Failure),
}

/// What a check or a sign changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Nothing worth telling.
    None,
    /// It became suspect.
    Suspected,
    /// It came back.
    Recovered,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            standing: Standing::New,
            last_good: None,
            next_check: None,
            round: 0,
            is_checking: false,
            empty_closes: 0,
            ejections: 0,
            down_at_last_look: 0,
        }
    }

    /// Whether a check is due; it then counts as running. `down` is what has come back through the
    /// member so far: fresh traffic is as good as a check.
    pub(super) fn begin_check(&mut self, down: u64, schedule: &[Duration], now: Instant) -> Due {
        if self.is_checking || self.next_check.is_none_or(|at| at > now) {
            return Due::No;
        }
        if self.standing == Standing::Good && down > self.down_at_last_look {
            self.down_at_last_look = down;
            self.plan_next(schedule, now);
            return Due::No;
        }
        self.is_checking = true;
        Due::Yes
    }

    /// Has the member checked as soon as possible.
    pub(super) fn check_at(&mut self, at: Instant) {
        self.next_check = Some(self.next_check.map_or(at, |planned| planned.min(at)));
    }

    /// No check until its program is ready again; one that runs is about an earlier program.
    pub(super) fn pause(&mut self) {
        self.next_check = None;
        self.is_checking = false;
    }

    /// Takes in a good check.
    pub(super) fn passed(&mut self, down: u64, schedule: &[Duration], now: Instant) -> Edge {
        let was = std::mem::replace(&mut self.standing, Standing::Good);
        (self.last_good, self.is_checking, self.empty_closes) = (Some(now), false, 0);
        self.down_at_last_look = down;
        self.plan_next(schedule, now);
        match was {
            Standing::New | Standing::Good => Edge::None,
            Standing::Suspect(_) | Standing::Ejected(_) => Edge::Recovered,
        }
    }

    /// Takes in a failed check. Whether the fault is its own is for the fleet to say.
    pub(super) fn failed(&mut self, failure: Failure, now: Instant) -> Edge {
        self.is_checking = false;
        match &mut self.standing {
            Standing::Ejected(known) => {
                *known = failure;
                self.rest(now);
                Edge::None
            }
            Standing::New => {
                self.next_check = Some(now + RETRY);
                self.standing = Standing::Suspect(Some(failure));
                Edge::Suspected
            }
            Standing::Good | Standing::Suspect(_) => {
                self.next_check = Some(now + RETRY);
                let was = std::mem::replace(&mut self.standing, Standing::Suspect(Some(failure)));
                if was == Standing::Good { Edge::Suspected } else { Edge::None }
            }
        }
    }

    /// Takes in a sign from real traffic.
    pub(super) fn noted(&mut self, signal: Signal, now: Instant) -> Edge {
        let is_trouble = match signal {
            Signal::FirstByte => {
                self.empty_closes = 0;
                return self.answered(now);
            }
            Signal::Unanswered => {
                self.check_at(now);
                return Edge::None;
            }
            Signal::ClosedEmpty => {
                self.empty_closes += 1;
                self.empty_closes >= EMPTY_CLOSES
            }
            Signal::ClosedAlone | Signal::Silent | Signal::ConnectFailed | Signal::HandshakeFailed => true,
        };
        if !is_trouble {
            return Edge::None;
        }
        match self.standing {
            Standing::New | Standing::Good => {
                self.standing = Standing::Suspect(None);
                self.check_at(now);
                Edge::Suspected
            }
            Standing::Suspect(_) | Standing::Ejected(_) => Edge::None,
        }
    }

    fn answered(&mut self, now: Instant) -> Edge {
        match self.standing {
            Standing::New => {
                self.standing = Standing::Good;
                Edge::None
            }
            // The check that is on its way decides: one byte may have been an older connection's.
            Standing::Suspect(_) => {
                self.check_at(now);
                Edge::None
            }
            Standing::Good | Standing::Ejected(_) => Edge::None,
        }
    }

    /// Ejects it for the failure it is suspected of; says which. None where it has none.
    pub(super) fn eject(&mut self, now: Instant) -> Option<Failure> {
        let Standing::Suspect(Some(failure)) = &self.standing else { return None };
        let failure = failure.clone();
        self.standing = Standing::Ejected(failure.clone());
        self.rest(now);
        Some(failure)
    }

    /// Whether its last check was good, not long ago.
    pub(super) fn is_proof(&self, now: Instant) -> bool {
        self.standing == Standing::Good && self.last_good.is_some_and(|at| now.saturating_duration_since(at) <= PROOF)
    }

    /// When a check is due.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.next_check.filter(|_| !self.is_checking)
    }

    fn rest(&mut self, now: Instant) {
        self.ejections += 1;
        self.next_check = Some(now + (REST * self.ejections).min(LONGEST_REST));
    }

    fn plan_next(&mut self, schedule: &[Duration], now: Instant) {
        let pause = schedule.get(self.round).or(schedule.last()).copied();
        self.round += 1;
        self.next_check = pause.map(|pause| now + pause);
    }
}

/// Whether a check is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Yes,
    No,
}
