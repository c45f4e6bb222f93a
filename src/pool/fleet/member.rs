//! One member's life: Starting → Serving ⇄ Restarting, and Draining on the way out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::Candidate;
use super::super::launch::Ready;
use super::flap_damper::Told;
use super::health::Health;
use super::health_state::{Charge, Edge, Standing};
use super::passive::Traffic;
use super::slow_start::Warmth;
use super::timing::Pace;
use crate::model::outcome::Signal;
use crate::model::{Failure, NodeId, Reason};

/// Shortest pause before another start; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often a member that leaves is looked at, to end it soon after its last connection.
const DRAIN_LOOK: Duration = Duration::from_millis(250);

/// How often, while a member is accused, the counters of others are looked at for proof that the
/// network works, and for how long; after that the next look at the network has to say.
const PROOF_LOOK: Duration = Duration::from_millis(200);
const PROOF_LIMIT: Duration = Duration::from_secs(10);

/// The pause before start number `times + 1` after as many failures.
pub(super) fn pause(times: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << (times.max(1) - 1).min(16)).min(LONGEST_PAUSE)
}

/// A member of the pool.
pub(super) struct Member {
    pub(super) candidate: Candidate,
    /// Which start of its program this is.
    pub(super) spawn: u64,
    pub(super) life: Life,
    since: Instant,
    reason: Option<Reason>,
    exits: VecDeque<Instant>,
    failed_starts: u32,
    pub(super) health: Health,
    pub(super) traffic: Traffic,
    pub(super) warmth: Warmth,
    pub(super) told: Told,
    latency: Option<Duration>,
}

/// Where a member is in its life.
pub(super) enum Life {
    /// Its program is being started.
    Starting,
    /// It takes connections.
    Serving(Ready),
    /// It is started again at a time.
    Restarting { at: Instant },
    /// It takes no new connections and ends when the open ones have, or at a time.
    Draining { ready: Ready, until: Instant },
}

/// What became of a member that is to leave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Retired {
    /// Its open connections live on.
    Draining,
    /// It had none.
    Over,
}

impl Member {
    pub(super) fn starting(candidate: Candidate, spawn: u64, now: Instant) -> Self {
        Self {
            candidate,
            spawn,
            life: Life::Starting,
            since: now,
            reason: None,
            exits: VecDeque::new(),
            failed_starts: 0,
            health: Health::new(),
            traffic: Traffic::default(),
            warmth: Warmth::Cold,
            told: Told::default(),
            latency: None,
        }
    }

    pub(super) fn id(&self) -> &NodeId {
        &self.candidate.id
    }

    pub(super) fn start(&mut self, spawn: u64, now: Instant) {
        self.spawn = spawn;
        self.enter(Life::Starting, None, now);
    }

    /// Begins to take connections; says how long the start took. None if it was not starting.
    pub(super) fn serve(&mut self, ready: Ready, now: Instant) -> Option<Duration> {
        match &self.life {
            Life::Starting => {
                let took = now.saturating_duration_since(self.since);
                self.failed_starts = 0;
                self.health.check_at(now);
                self.enter(Life::Serving(ready), None, now);
                Some(took)
            }
            Life::Serving(_) | Life::Restarting { .. } | Life::Draining { .. } => None,
        }
    }

    /// Stays, or comes back from draining; takes over what the user changed about the node.
    pub(super) fn keep(&mut self, candidate: Candidate, now: Instant) {
        self.candidate = candidate;
        if let Life::Draining { ready, .. } = &self.life {
            self.health.begin_anew();
            self.health.check_at(now);
            self.enter(Life::Serving(ready.clone()), Some(Reason::WantedAgain), now);
        }
    }

    /// Takes no new connections from now on. A member that serves none yet is over at once.
    pub(super) fn retire(&mut self, until: Instant, reason: Reason, now: Instant) -> Retired {
        match &self.life {
            Life::Serving(ready) => {
                self.enter(Life::Draining { ready: ready.clone(), until }, Some(reason), now);
                Retired::Draining
            }
            Life::Draining { .. } => Retired::Draining,
            Life::Starting | Life::Restarting { .. } => Retired::Over,
        }
    }

    pub(super) fn restart_after(&mut self, pause: Duration, reason: Reason, now: Instant) {
        self.health.begin_anew();
        self.enter(Life::Restarting { at: now + pause }, Some(reason), now);
    }

    /// Counts a failed start; says how many there were since it last was ready.
    pub(super) fn count_failed_start(&mut self) -> u32 {
        self.failed_starts += 1;
        self.failed_starts
    }

    /// Counts an exit; says how many there were within the window.
    pub(super) fn count_exit(&mut self, now: Instant, window: Duration) -> usize {
        self.candidate.meter.doubt();
        self.exits.push_back(now);
        self.exits.retain(|&exit| now.saturating_duration_since(exit) <= window);
        self.exits.len()
    }

    /// Reads its counters: what came back through it may prove something.
    pub(super) fn read_traffic(&mut self, now: Instant) {
        self.traffic.read(self.candidate.meter.read().down, now);
    }

    /// Takes in how a check went.
    pub(super) fn note_check(
        &mut self,
        result: &Result<Duration, Failure>,
        schedule: &[Duration],
        now: Instant,
    ) -> Edge {
        let pace = Pace { schedule, id: &self.candidate.id };
        match result {
            Ok(took) => {
                self.latency = Some(*took);
                let meter = &self.candidate.meter;
                meter.prove();
                let edge = self.health.passed(meter.read().down, &pace, now);
                self.stand(edge, Some(Reason::PassesAgain), now)
            }
            Err(failure) => {
                self.candidate.meter.doubt();
                let edge = self.health.failed(failure.clone(), &pace, now);
                self.stand(edge, Some(Reason::Failed(failure.clone())), now)
            }
        }
    }

    /// Takes in what the gateway saw.
    pub(super) fn note_signal(&mut self, signal: Signal, now: Instant) -> Edge {
        let edge = self.health.noted(signal, now);
        let is_bad = !signal.words().is_empty();
        self.stand(edge, is_bad.then_some(Reason::Seen(signal)), now)
    }

    /// Makes a case of what the gateway saw, where that is enough for one.
    pub(super) fn accuse_by_signs(&mut self, now: Instant) {
        if self.ready().is_some() {
            self.health.accuse_by_signs(self.latency, now);
        }
    }

    /// Ejects it for what it is accused of; says what that was.
    pub(super) fn eject(&mut self, schedule: &[Duration], now: Instant) -> Option<Failure> {
        let pace = Pace { schedule, id: &self.candidate.id };
        let failure = self.health.eject(&pace, now)?;
        (self.reason, self.since) = (Some(Reason::Failed(failure.clone())), now);
        Some(failure)
    }

    /// Whether a check of it is due.
    pub(super) fn is_check_due(&mut self, schedule: &[Duration], now: Instant) -> bool {
        let down = self.candidate.meter.read().down;
        let pace = Pace { schedule, id: &self.candidate.id };
        matches!(self.life, Life::Serving(_)) && self.health.is_check_due(down, &pace, now)
    }

    /// Whether it takes new connections: it runs and is not ejected.
    pub(super) fn takes_connections(&self) -> bool {
        self.ready().is_some() && !matches!(self.health.standing, Standing::Ejected(_))
    }

    /// Whether it takes connections and its last check was good.
    pub(super) fn is_good(&self) -> bool {
        self.takes_connections() && self.health.standing == Standing::Good
    }

    /// Whether it is ejected and no check of it was begun since: what ends now began before.
    pub(super) fn is_between_checks(&self) -> bool {
        matches!(self.health.standing, Standing::Ejected(_)) && self.health.checking_since().is_none()
    }

    /// What it is accused of, while it takes connections.
    pub(super) fn charge(&self) -> Option<&Charge> {
        self.ready().and(self.health.charge())
    }

    /// Whether it belongs to the pool: it is neither on its way out nor ejected.
    pub(super) fn is_present(&self) -> bool {
        !self.is_retired() && !matches!(self.health.standing, Standing::Ejected(_))
    }

    /// What it is ejected for.
    pub(super) fn ejected_for(&self) -> Option<(NodeId, Failure)> {
        match &self.health.standing {
            Standing::Ejected(failure) if !self.is_retired() => Some((self.id().clone(), failure.clone())),
            Standing::Ejected(_) | Standing::New | Standing::Good | Standing::Suspect | Standing::Accused(_) => None,
        }
    }

    /// How much it is worth keeping: the lowest goes first.
    pub(super) fn rank(&self) -> u8 {
        match (&self.life, &self.health.standing) {
            (Life::Serving(_), Standing::Good) => 3,
            (Life::Serving(_), Standing::Suspect | Standing::Accused(_)) => 2,
            (Life::Serving(_), Standing::New | Standing::Ejected(_)) => 1,
            (Life::Starting | Life::Restarting { .. } | Life::Draining { .. }, _) => 0,
        }
    }

    /// Duration of the last good check.
    pub(super) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// Since when it is as it is.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Why it is as it is.
    pub(super) fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    fn stand(&mut self, edge: Edge, reason: Option<Reason>, now: Instant) -> Edge {
        match edge {
            Edge::None => {}
            Edge::Suspected | Edge::Recovered => (self.reason, self.since) = (reason, now),
        }
        edge
    }

    /// Whether it is on its way out.
    pub(super) fn is_retired(&self) -> bool {
        matches!(self.life, Life::Draining { .. })
    }

    /// Whether it was to leave and can be ended now.
    pub(super) fn is_drained(&self, now: Instant) -> bool {
        match &self.life {
            Life::Draining { until, .. } => self.candidate.meter.active() == 0 || *until <= now,
            Life::Starting | Life::Serving(_) | Life::Restarting { .. } => false,
        }
    }

    /// When something about it changes by itself, checks apart.
    pub(super) fn wake_at(&self, now: Instant) -> Option<Instant> {
        match &self.life {
            Life::Starting => None,
            Life::Serving(_) => {
                let told = self.told.well_at(self.health.good_since());
                [told, self.warmth.wake_at()].into_iter().flatten().min()
            }
            Life::Restarting { at } => Some(*at),
            Life::Draining { until, .. } => Some((*until).min(now + DRAIN_LOOK)),
        }
    }

    /// When there may be more to judge it by.
    pub(super) fn judge_at(&self, now: Instant) -> Option<Instant> {
        let health = self.ready().map(|_| &self.health)?;
        match &health.standing {
            Standing::Suspect => health.strikes.unanswered_at(health.checking_since(), self.latency),
            // Others are looked at for proof.
            Standing::Accused(charge) => Some(now + PROOF_LOOK).filter(|at| *at < charge.since + PROOF_LIMIT),
            Standing::New | Standing::Good | Standing::Ejected(_) => None,
        }
    }

    /// What of its program can be spoken to.
    pub(super) fn ready(&self) -> Option<&Ready> {
        match &self.life {
            Life::Serving(ready) => Some(ready),
            Life::Starting | Life::Restarting { .. } | Life::Draining { .. } => None,
        }
    }

    fn enter(&mut self, life: Life, reason: Option<Reason>, now: Instant) {
        (self.life, self.reason, self.since) = (life, reason, now);
    }
}
