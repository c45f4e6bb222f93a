//! One member's health: records checks and signals, and schedules the next check.

use std::time::{Duration, Instant};

use super::health_state::{Edge, FailureRecord, HealthState};
use super::passive::{SignalWeight, Strikes};
use super::timing::{self, CheckTiming};
use crate::model::Failure;
use crate::model::outcome::Signal;

/// From a failed check to the next, while there is no proof.
const RETRY: Duration = Duration::from_secs(3);

/// Minimum time from a passed check to one that is requested for an unanswered connection.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Ejections are forgotten after a member has been healthy for this long.
const RESET_AFTER: Duration = Duration::from_secs(600);

/// A member's health, and its checks.
#[derive(Debug)]
pub(super) struct HealthRecord {
    pub(super) state: HealthState,
    pub(super) strikes: Strikes,
    /// It has carried traffic.
    is_proven: bool,
    healthy_since: Option<Instant>,
    last_pass: Option<Instant>,
    next_check: Option<Instant>,
    /// The next check is made even if there is fresh traffic.
    is_requested: bool,
    checking: Option<RunningCheck>,
    round: u32,
    ejections: u32,
    down_at_last_check: u64,
}

/// A running check.
#[derive(Clone, Copy, Debug)]
struct RunningCheck {
    since: Instant,
    /// The network changed meanwhile: a failure is ignored.
    is_obsolete: bool,
}

impl HealthRecord {
    pub(super) fn new() -> Self {
        Self {
            state: HealthState::New,
            strikes: Strikes::default(),
            is_proven: false,
            healthy_since: None,
            last_pass: None,
            next_check: None,
            is_requested: false,
            checking: None,
            round: 0,
            ejections: 0,
            down_at_last_check: 0,
        }
    }

    /// Whether a check is due. `down` counts the bytes received through the member: fresh traffic is as
    /// good as a check, unless one was requested.
    pub(super) fn is_check_due(&mut self, down: u64, timing: &CheckTiming, now: Instant) -> bool {
        if self.checking.is_some() || self.next_check.is_none_or(|at| at > now) {
            return false;
        }
        if self.state == HealthState::Healthy && !self.is_requested && down > self.down_at_last_check {
            self.down_at_last_check = down;
            self.plan_next(timing, now);
            return false;
        }
        true
    }

    /// Records the start of a check.
    pub(super) fn begin_check(&mut self, now: Instant) {
        self.is_requested = false;
        self.checking = Some(RunningCheck { since: now, is_obsolete: false });
    }

    /// Requests a check as soon as possible after this time.
    pub(super) fn check_at(&mut self, at: Instant) {
        self.is_requested = true;
        self.next_check = Some(self.next_check.map_or(at, |planned| planned.min(at)));
    }

    /// Stops checking until a check is requested; the result of a running one is ignored.
    pub(super) fn pause(&mut self) {
        self.next_check = None;
        self.checking = None;
    }

    /// Resets the checks for a new start of the process or after a drain: no check until it is ready. Earlier failures
    /// are forgotten.
    pub(super) fn reset_checks(&mut self) {
        self.pause();
        self.strikes.forget();
        if self.failing().is_some() {
            self.state = HealthState::Suspect;
        }
    }

    /// When the running check started.
    pub(super) fn checking_since(&self) -> Option<Instant> {
        self.checking.map(|checking| checking.since)
    }

    /// Records a passed check.
    pub(super) fn passed(&mut self, down: u64, timing: &CheckTiming, now: Instant) -> Edge {
        let was = std::mem::replace(&mut self.state, HealthState::Healthy);
        (self.last_pass, self.checking, self.is_proven) = (Some(now), None, true);
        self.strikes.check_passed();
        self.down_at_last_check = down;
        self.plan_next(timing, now);
        match was {
            HealthState::Healthy => {
                if self.healthy_since.is_some_and(|since| now.saturating_duration_since(since) >= RESET_AFTER) {
                    self.ejections = 0;
                }
                return Edge::None;
            }
            HealthState::New => self.healthy_since = Some(now),
            HealthState::Suspect | HealthState::Failing(_) | HealthState::Ejected(_) => {
                self.healthy_since = Some(now);
                return Edge::Recovered;
            }
        }
        Edge::None
    }

    /// Records a failed check.
    pub(super) fn failed(&mut self, failure: Failure, timing: &CheckTiming, now: Instant) -> Edge {
        let was_void = self.checking.take().is_some_and(|checking| checking.is_obsolete);
        if was_void {
            self.check_at(now);
            return Edge::None;
        }
        match &mut self.state {
            HealthState::Ejected(known) => {
                *known = failure;
                self.start_cooldown(timing, now);
                Edge::None
            }
            HealthState::Failing(record) => {
                record.failure = failure;
                record.times += 1;
                self.next_check = Some(now + RETRY);
                Edge::None
            }
            HealthState::New | HealthState::Healthy | HealthState::Suspect => {
                self.next_check = Some(now + RETRY);
                self.mark_failing(FailureRecord { failure, since: now, times: 1 })
            }
        }
    }

    /// A check could not be made because this process lacks resources: it is retried.
    pub(super) fn check_not_made(&mut self, now: Instant) {
        self.checking = None;
        self.next_check = Some(now + RETRY);
    }

    /// Records a signal from real traffic.
    pub(super) fn record_signal(&mut self, signal: Signal, now: Instant) -> Edge {
        if signal == Signal::FirstByte {
            self.answered(now);
            return Edge::None;
        }
        let is_unsuspected = matches!(self.state, HealthState::New | HealthState::Healthy);
        match self.strikes.count(signal, now) {
            SignalWeight::Nothing => return Edge::None,
            SignalWeight::Check if is_unsuspected => {
                // A slow page causes this repeatedly: one check per second is enough.
                self.check_at(self.last_pass.map_or(now, |at| now.max(at + CHECK_INTERVAL)));
                return Edge::None;
            }
            SignalWeight::Strike if is_unsuspected => self.strikes.count_round(now),
            SignalWeight::Suspicion if is_unsuspected => {}
            SignalWeight::Check | SignalWeight::Suspicion | SignalWeight::Strike => return Edge::None,
        }
        self.state = HealthState::Suspect;
        self.healthy_since = None;
        self.check_at(now);
        Edge::Suspected
    }

    fn answered(&mut self, now: Instant) {
        self.strikes.forget();
        match self.state {
            HealthState::New => {
                (self.state, self.is_proven, self.healthy_since) = (HealthState::Healthy, true, Some(now));
            }
            // The running check decides: the byte may belong to an older connection.
            HealthState::Suspect | HealthState::Failing(_) => self.check_at(now),
            HealthState::Healthy | HealthState::Ejected(_) => {}
        }
    }

    /// Marks the member as failing if the signals are sufficient.
    pub(super) fn fail_by_signals(&mut self, usual: Option<Duration>, now: Instant) {
        if self.state != HealthState::Suspect {
            return;
        }
        if let Some((failure, since)) = self.strikes.failure(self.checking_since(), usual, now) {
            // Several signals need no second check.
            self.mark_failing(FailureRecord { failure, since, times: 2 });
        }
    }

    /// Marks the member as failing because transfers through it stall. The proof is part of it: no second check is
    /// needed.
    pub(super) fn fail_by_stall(&mut self, failure: Failure, since: Instant) -> Edge {
        self.mark_failing(FailureRecord { failure, since, times: 2 })
    }

    fn mark_failing(&mut self, record: FailureRecord) -> Edge {
        let was = std::mem::replace(&mut self.state, HealthState::Failing(record));
        self.healthy_since = None;
        match was {
            HealthState::New | HealthState::Healthy => Edge::Suspected,
            HealthState::Suspect | HealthState::Failing(_) | HealthState::Ejected(_) => Edge::None,
        }
    }

    /// Ejects a failing member; returns the failure, none if it is not failing.
    pub(super) fn eject(&mut self, timing: &CheckTiming, now: Instant) -> Option<Failure> {
        let HealthState::Failing(record) = &self.state else { return None };
        let failure = record.failure.clone();
        self.state = HealthState::Ejected(failure.clone());
        self.strikes.forget();
        // The result of a running check is stale then.
        self.checking = None;
        self.start_cooldown(timing, now);
        Some(failure)
    }

    /// Forgets failures: the network was at fault, or has changed. A running check may still pass; if it fails, that is
    /// ignored.
    pub(super) fn forget(&mut self) {
        self.strikes.forget();
        self.ejections = 0;
        if let Some(checking) = &mut self.checking {
            checking.is_obsolete = true;
        }
        match &self.state {
            HealthState::Suspect | HealthState::Failing(_) => {
                self.state = if self.is_proven { HealthState::Healthy } else { HealthState::New };
            }
            HealthState::New | HealthState::Healthy | HealthState::Ejected(_) => {}
        }
    }

    /// The failure that is not proven to be the member's own yet.
    pub(super) fn failing(&self) -> Option<&FailureRecord> {
        match &self.state {
            HealthState::Failing(record) => Some(record),
            HealthState::New | HealthState::Healthy | HealthState::Suspect | HealthState::Ejected(_) => None,
        }
    }

    /// When its last check passed, if it is healthy.
    pub(super) fn last_pass(&self) -> Option<Instant> {
        self.last_pass.filter(|_| self.state == HealthState::Healthy)
    }

    /// Since when it is healthy.
    pub(super) fn healthy_since(&self) -> Option<Instant> {
        self.healthy_since.filter(|_| self.state == HealthState::Healthy)
    }

    /// Whether it has ever carried traffic.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// When the next check is due, unless one is running.
    pub(super) fn check_due_at(&self) -> Option<Instant> {
        self.next_check.filter(|_| self.checking.is_none())
    }

    fn start_cooldown(&mut self, timing: &CheckTiming, now: Instant) {
        self.ejections += 1;
        self.is_requested = false;
        self.next_check = Some(now + timing.jittered(timing::cooldown(self.ejections), self.ejections));
    }

    fn plan_next(&mut self, timing: &CheckTiming, now: Instant) {
        self.is_requested = false;
        self.next_check = timing.heartbeat(self.round).map(|pause| now + pause);
        self.round = self.round.saturating_add(1);
    }
}
