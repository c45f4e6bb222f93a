//! One member's lifecycle: Starting → Serving ⇄ Restarting, and finally Draining.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::Candidate;
use super::super::launch::Ready;
use super::CheckScope;
use super::flap_damper::FlapDamper;
use super::health::HealthRecord;
use super::health_state::{Edge, FailureRecord, HealthState};
use super::passive::TrafficProof;
use super::slow_start::SlowStart;
use super::timing::CheckTiming;
use super::transfer::TransferRecord;
use crate::model::outcome::Signal;
use crate::model::{Failure, FailureCause, NodeId, Reason, Stage};

/// Back-off before a restart: doubles from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// How often a draining member's open connections are counted.
const DRAIN_POLL: Duration = Duration::from_millis(250);

/// How often, while a member fails, the others' byte counters are read for proof that the network works, and for how
/// long; after that the connectivity check decides.
const PROOF_POLL: Duration = Duration::from_millis(200);
const PROOF_LIMIT: Duration = Duration::from_secs(10);

/// The back-off after `times` failures.
pub(super) fn pause(times: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << (times.max(1) - 1).min(16)).min(MAX_PAUSE)
}

/// Which connections use a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberRole {
    /// All: it belongs to the pool.
    Pool,
    /// Those for which certain nodes are selected, as by pins and doors.
    Reserved,
}

/// A member.
pub(super) struct Member {
    pub(super) candidate: Candidate,
    pub(super) role: MemberRole,
    /// Number of the current start of its process.
    pub(super) spawn: u64,
    pub(super) lifecycle: Lifecycle,
    since: Instant,
    reason: Option<Reason>,
    exits: VecDeque<Instant>,
    failed_starts: u32,
    pub(super) health: HealthRecord,
    pub(super) traffic: TrafficProof,
    pub(super) transfers: TransferRecord,
    pub(super) slow_start: SlowStart,
    pub(super) damper: FlapDamper,
    latency: Option<Duration>,
}

/// State of a member's process.
pub(super) enum Lifecycle {
    /// The process is being started.
    Starting,
    /// The process is ready.
    Serving(Ready),
    /// The process will be restarted at this time.
    Restarting { at: Instant },
    /// No new connections; ends with the last open one, or at `until`.
    Draining { ready: Ready, until: Instant },
}

/// What happens to a member that is removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Retired {
    /// It still has open connections.
    Draining,
    /// It had none and can be stopped.
    Finished,
}

impl Member {
    pub(super) fn starting(candidate: Candidate, role: MemberRole, spawn: u64, now: Instant) -> Self {
        Self {
            candidate,
            role,
            spawn,
            lifecycle: Lifecycle::Starting,
            since: now,
            reason: None,
            exits: VecDeque::new(),
            failed_starts: 0,
            health: HealthRecord::new(),
            traffic: TrafficProof::default(),
            transfers: TransferRecord::default(),
            slow_start: SlowStart::NotServing,
            damper: FlapDamper::default(),
            latency: None,
        }
    }

    pub(super) fn id(&self) -> &NodeId {
        &self.candidate.id
    }

    pub(super) fn start(&mut self, spawn: u64, now: Instant) {
        self.spawn = spawn;
        self.enter(Lifecycle::Starting, None, now);
    }

    /// Marks the process as ready; returns how long the start took, none if it was not starting.
    pub(super) fn serve(&mut self, ready: Ready, now: Instant) -> Option<Duration> {
        match &self.lifecycle {
            Lifecycle::Starting => {
                let took = now.saturating_duration_since(self.since);
                self.failed_starts = 0;
                self.health.check_at(now);
                self.enter(Lifecycle::Serving(ready), None, now);
                Some(took)
            }
            Lifecycle::Serving(_) | Lifecycle::Restarting { .. } | Lifecycle::Draining { .. } => None,
        }
    }

    /// Keeps the member, ending a drain; applies changes of the node.
    pub(super) fn keep(&mut self, candidate: Candidate, now: Instant) {
        self.candidate = candidate;
        if let Lifecycle::Draining { ready, .. } = &self.lifecycle {
            self.health.reset_checks();
            self.health.check_at(now);
            self.enter(Lifecycle::Serving(ready.clone()), Some(Reason::Restored), now);
        }
    }

    /// Stops taking new connections.
    pub(super) fn retire(&mut self, until: Instant, reason: Reason, now: Instant) -> Retired {
        match &self.lifecycle {
            Lifecycle::Serving(ready) => {
                self.enter(Lifecycle::Draining { ready: ready.clone(), until }, Some(reason), now);
                Retired::Draining
            }
            Lifecycle::Draining { .. } => Retired::Draining,
            Lifecycle::Starting | Lifecycle::Restarting { .. } => Retired::Finished,
        }
    }

    pub(super) fn restart_after(&mut self, pause: Duration, reason: Reason, now: Instant) {
        self.health.reset_checks();
        self.enter(Lifecycle::Restarting { at: now + pause }, Some(reason), now);
    }

    /// Counts a failed start; returns how many there were since the process was last ready.
    pub(super) fn count_failed_start(&mut self) -> u32 {
        self.failed_starts += 1;
        self.failed_starts
    }

    /// Counts an exit; returns how many there were within the window.
    pub(super) fn count_exit(&mut self, now: Instant, window: Duration) -> usize {
        self.candidate.meter.mark_unproven();
        self.exits.push_back(now);
        self.exits.retain(|&exit| now.saturating_duration_since(exit) <= window);
        self.exits.len()
    }

    /// Reads the byte counter.
    pub(super) fn read_traffic(&mut self, now: Instant) {
        self.traffic.read(self.candidate.meter.read().down, now);
    }

    /// Records the result of a check.
    pub(super) fn note_check(
        &mut self,
        result: &Result<Duration, Failure>,
        schedule: &[Duration],
        now: Instant,
    ) -> Edge {
        let timing = CheckTiming { schedule, id: &self.candidate.id };
        match result {
            Ok(took) => {
                self.latency = Some(*took);
                let meter = &self.candidate.meter;
                meter.pass_check(*took);
                let edge = self.health.passed(meter.read().down, &timing, now);
                self.set_reason(edge, Some(Reason::Recovered), now)
            }
            Err(failure) => {
                self.candidate.meter.mark_unproven();
                let edge = self.health.failed(failure.clone(), &timing, now);
                self.set_reason(edge, Some(Reason::Failed(failure.clone())), now)
            }
        }
    }

    /// Records a signal from real traffic.
    pub(super) fn note_signal(&mut self, signal: Signal, now: Instant) -> Edge {
        if signal == Signal::Stalled {
            self.transfers.note_signal(now);
        }
        let edge = self.health.record_signal(signal, now);
        let is_bad = !matches!(signal, Signal::FirstByte | Signal::Unanswered | Signal::Stopped | Signal::Stalled);
        self.set_reason(edge, is_bad.then_some(Reason::Signal(signal)), now)
    }

    /// Marks the member as failing if the signals from real traffic are sufficient.
    pub(super) fn fail_by_signals(&mut self, now: Instant) {
        if self.ready().is_some() {
            self.health.fail_by_signals(self.latency, now);
        }
    }

    /// Marks the member as failing because transfers through it stall.
    pub(super) fn fail_by_stall(&mut self, since: Instant, now: Instant) -> Edge {
        let failure = Failure::new(Stage::TimeLimit, FailureCause::TransferStalled);
        let edge = self.health.fail_by_stall(failure.clone(), since);
        self.set_reason(edge, Some(Reason::Failed(failure)), now)
    }

    /// What its next check consists of.
    pub(super) fn check_scope(&self) -> CheckScope {
        let failure = match &self.health.state {
            HealthState::Ejected(failure) => Some(failure),
            HealthState::Failing(record) => Some(&record.failure),
            HealthState::New | HealthState::Healthy | HealthState::Suspect => None,
        };
        match failure.map(|failure| &failure.cause) {
            Some(FailureCause::TransferStalled) => CheckScope::PageAndTransfer,
            Some(_) | None => CheckScope::Page,
        }
    }

    /// Ejects a failing member; returns the failure.
    pub(super) fn eject(&mut self, schedule: &[Duration], now: Instant) -> Option<Failure> {
        let timing = CheckTiming { schedule, id: &self.candidate.id };
        let failure = self.health.eject(&timing, now)?;
        self.transfers.forget();
        (self.reason, self.since) = (Some(Reason::Failed(failure.clone())), now);
        Some(failure)
    }

    /// Whether a check is due.
    pub(super) fn is_check_due(&mut self, schedule: &[Duration], now: Instant) -> bool {
        let down = self.candidate.meter.read().down;
        let timing = CheckTiming { schedule, id: &self.candidate.id };
        matches!(self.lifecycle, Lifecycle::Serving(_)) && self.health.is_check_due(down, &timing, now)
    }

    /// Whether it takes new connections: its process is ready and it is not ejected.
    pub(super) fn takes_connections(&self) -> bool {
        self.ready().is_some() && !matches!(self.health.state, HealthState::Ejected(_))
    }

    /// Whether it takes new connections and is healthy.
    pub(super) fn is_healthy(&self) -> bool {
        self.takes_connections() && self.health.state == HealthState::Healthy
    }

    /// Whether it is ejected and no check was started since: a result that arrives now is stale.
    pub(super) fn is_between_checks(&self) -> bool {
        matches!(self.health.state, HealthState::Ejected(_)) && self.health.checking_since().is_none()
    }

    /// The failure that is not proven to be its own yet, while its process is ready.
    pub(super) fn failing(&self) -> Option<&FailureRecord> {
        self.ready().and(self.health.failing())
    }

    /// Whether it is neither draining nor ejected.
    pub(super) fn is_present(&self) -> bool {
        !self.is_retired() && !matches!(self.health.state, HealthState::Ejected(_))
    }

    /// The failure for which it is ejected.
    pub(super) fn ejected_for(&self) -> Option<(NodeId, Failure)> {
        match &self.health.state {
            HealthState::Ejected(failure) if !self.is_retired() => Some((self.id().clone(), failure.clone())),
            HealthState::Ejected(_)
            | HealthState::New
            | HealthState::Healthy
            | HealthState::Suspect
            | HealthState::Failing(_) => None,
        }
    }

    /// Rank when there are too many members: the lowest leaves first.
    pub(super) fn rank(&self) -> u8 {
        match (&self.lifecycle, &self.health.state) {
            (Lifecycle::Serving(_), HealthState::Healthy) => 3,
            (Lifecycle::Serving(_), HealthState::Suspect | HealthState::Failing(_)) => 2,
            (Lifecycle::Serving(_), HealthState::New | HealthState::Ejected(_)) => 1,
            (Lifecycle::Starting | Lifecycle::Restarting { .. } | Lifecycle::Draining { .. }, _) => 0,
        }
    }

    /// Duration of the last passed check.
    pub(super) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// Since when it is in its current state.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Why it is in its current state.
    pub(super) fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    fn set_reason(&mut self, edge: Edge, reason: Option<Reason>, now: Instant) -> Edge {
        match edge {
            Edge::None => {}
            Edge::Suspected | Edge::Recovered => (self.reason, self.since) = (reason, now),
        }
        edge
    }

    /// Whether it is draining.
    pub(super) fn is_retired(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Draining { .. })
    }

    /// Whether it has drained, or its time is up.
    pub(super) fn is_drained(&self, now: Instant) -> bool {
        match &self.lifecycle {
            Lifecycle::Draining { until, .. } => self.candidate.meter.active() == 0 || *until <= now,
            Lifecycle::Starting | Lifecycle::Serving(_) | Lifecycle::Restarting { .. } => false,
        }
    }

    /// When its state changes without input, apart from checks.
    pub(super) fn wake_at(&self, now: Instant) -> Option<Instant> {
        match &self.lifecycle {
            Lifecycle::Starting => None,
            Lifecycle::Serving(_) => {
                let recovery = self.damper.recovery_at(self.health.healthy_since());
                [recovery, self.slow_start.wake_at()].into_iter().flatten().min()
            }
            Lifecycle::Restarting { at } => Some(*at),
            Lifecycle::Draining { until, .. } => Some((*until).min(now + DRAIN_POLL)),
        }
    }

    /// When it must be evaluated again.
    pub(super) fn evaluate_at(&self, now: Instant) -> Option<Instant> {
        let health = self.ready().map(|_| &self.health)?;
        match &health.state {
            HealthState::Suspect => health.strikes.unanswered_at(health.checking_since(), self.latency),
            // Other members' counters may contain proof by then.
            HealthState::Failing(record) => Some(now + PROOF_POLL).filter(|at| *at < record.since + PROOF_LIMIT),
            HealthState::New | HealthState::Healthy | HealthState::Ejected(_) => None,
        }
    }

    /// Its process, if it is ready.
    pub(super) fn ready(&self) -> Option<&Ready> {
        match &self.lifecycle {
            Lifecycle::Serving(ready) => Some(ready),
            Lifecycle::Starting | Lifecycle::Restarting { .. } | Lifecycle::Draining { .. } => None,
        }
    }

    fn enter(&mut self, lifecycle: Lifecycle, reason: Option<Reason>, now: Instant) {
        (self.lifecycle, self.reason, self.since) = (lifecycle, reason, now);
    }
}
