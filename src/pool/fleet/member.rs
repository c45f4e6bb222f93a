//! One member's life: Starting → Serving ⇄ Restarting, and Draining on the way out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::launch::Ready;
use super::super::{Candidate, View};
use super::standing::{Due, Edge, Health, Standing};
use crate::model::outcome::Signal;
use crate::model::snapshot::MemberState;
use crate::model::{Failure, NodeId, Upstream};

/// Shortest pause before another start; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often a member that leaves is looked at, to end it soon after its last connection.
const DRAIN_LOOK: Duration = Duration::from_millis(250);

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
    reason: String,
    exits: VecDeque<Instant>,
    failed_starts: u32,
    pub(super) health: Health,
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
            reason: String::new(),
            exits: VecDeque::new(),
            failed_starts: 0,
            health: Health::new(),
            latency: None,
        }
    }

    pub(super) fn id(&self) -> &NodeId {
        &self.candidate.id
    }

    pub(super) fn start(&mut self, spawn: u64, now: Instant) {
        self.spawn = spawn;
        self.enter(Life::Starting, String::new(), now);
    }

    /// Begins to take connections; says how long the start took. None if it was not starting.
    pub(super) fn serve(&mut self, ready: Ready, now: Instant) -> Option<Duration> {
        match &self.life {
            Life::Starting => {
                let took = now.saturating_duration_since(self.since);
                self.failed_starts = 0;
                self.health.check_at(now);
                self.enter(Life::Serving(ready), String::new(), now);
                Some(took)
            }
            Life::Serving(_) | Life::Restarting { .. } | Life::Draining { .. } => None,
        }
    }

    /// Stays, or comes back from draining; takes over what the user changed about the node.
    pub(super) fn keep(&mut self, candidate: Candidate, now: Instant) {
        self.candidate = candidate;
        if let Life::Draining { ready, .. } = &self.life {
            self.enter(Life::Serving(ready.clone()), "wanted again".into(), now);
        }
    }

    /// Takes no new connections from now on. A member that serves none yet is over at once.
    pub(super) fn retire(&mut self, until: Instant, reason: &str, now: Instant) -> Retired {
        match &self.life {
            Life::Serving(ready) => {
                self.enter(Life::Draining { ready: ready.clone(), until }, reason.into(), now);
                Retired::Draining
            }
            Life::Draining { .. } => Retired::Draining,
            Life::Starting | Life::Restarting { .. } => Retired::Over,
        }
    }

    pub(super) fn restart_after(&mut self, pause: Duration, reason: String, now: Instant) {
        self.health.pause();
        self.enter(Life::Restarting { at: now + pause }, reason, now);
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

    /// Takes in how a check went.
    pub(super) fn note_check(
        &mut self,
        result: &Result<Duration, Failure>,
        schedule: &[Duration],
        now: Instant,
    ) -> Edge {
        match result {
            Ok(took) => {
                self.latency = Some(*took);
                let meter = &self.candidate.meter;
                meter.prove();
                let edge = self.health.passed(meter.read().down, schedule, now);
                self.stand(edge, String::new(), now)
            }
            Err(failure) => {
                self.candidate.meter.doubt();
                let edge = self.health.failed(failure.clone(), now);
                self.stand(edge, failure.to_string(), now)
            }
        }
    }

    /// Takes in what the gateway saw.
    pub(super) fn note_signal(&mut self, signal: Signal, now: Instant) -> Edge {
        let edge = self.health.noted(signal, now);
        let reason = match signal {
            Signal::FirstByte | Signal::Unanswered => "",
            Signal::ClosedEmpty => "it closed connections without an answer",
            Signal::ConnectFailed => "its server does not take connections",
            Signal::ClosedAlone => "it closed a connection where another node answered",
            Signal::Silent => "no answer came in the time its answers take",
            Signal::HandshakeFailed => "its handshake failed",
        };
        self.stand(edge, reason.into(), now)
    }

    /// Ejects it for what its check failed for; says what that was.
    pub(super) fn eject(&mut self, now: Instant) -> Option<Failure> {
        let failure = self.health.eject(now)?;
        (self.reason, self.since) = (failure.to_string(), now);
        Some(failure)
    }

    /// Begins a check if one is due.
    pub(super) fn begin_check(&mut self, schedule: &[Duration], now: Instant) -> Option<Ready> {
        let ready = self.ready()?.clone();
        let down = self.candidate.meter.read().down;
        (self.health.begin_check(down, schedule, now) == Due::Yes).then_some(ready)
    }

    /// Whether it takes new connections: it runs and is not ejected.
    pub(super) fn takes_connections(&self) -> bool {
        self.ready().is_some() && !matches!(self.health.standing, Standing::Ejected(_))
    }

    /// Whether it failed a check and it is open whose fault that is.
    pub(super) fn is_accused(&self) -> bool {
        self.ready().is_some() && matches!(self.health.standing, Standing::Suspect(Some(_)))
    }

    /// Whether it holds a place in the pool.
    pub(super) fn is_present(&self) -> bool {
        !self.is_retired() && !matches!(self.health.standing, Standing::Ejected(_))
    }

    /// What it is ejected for.
    pub(super) fn ejected_for(&self) -> Option<(NodeId, Failure)> {
        match &self.health.standing {
            Standing::Ejected(failure) if !self.is_retired() => Some((self.id().clone(), failure.clone())),
            Standing::Ejected(_) | Standing::New | Standing::Good | Standing::Suspect(_) => None,
        }
    }

    /// How much it is worth keeping: the lowest goes first.
    pub(super) fn rank(&self) -> u8 {
        match (&self.life, &self.health.standing) {
            (Life::Serving(_), Standing::Good) => 3,
            (Life::Serving(_), Standing::Suspect(_)) => 2,
            (Life::Serving(_), Standing::New | Standing::Ejected(_)) => 1,
            (Life::Starting | Life::Restarting { .. } | Life::Draining { .. }, _) => 0,
        }
    }

    /// Why it is as it is.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    fn stand(&mut self, edge: Edge, reason: String, now: Instant) -> Edge {
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

    pub(super) fn wake_at(&self, now: Instant) -> Option<Instant> {
        match &self.life {
            Life::Starting => None,
            Life::Serving(_) => self.health.wake_at(),
            Life::Restarting { at } => Some(*at),
            Life::Draining { until, .. } => Some((*until).min(now + DRAIN_LOOK)),
        }
    }

    /// What of its program can be spoken to.
    pub(super) fn ready(&self) -> Option<&Ready> {
        match &self.life {
            Life::Serving(ready) => Some(ready),
            Life::Starting | Life::Restarting { .. } | Life::Draining { .. } => None,
        }
    }

    /// As the gateway sees it, if it takes connections.
    pub(super) fn upstream(&self) -> Option<Arc<Upstream>> {
        let ready = self.ready()?;
        let node = &self.candidate.node;
        Some(Arc::new(Upstream {
            id: self.candidate.id.clone(),
            spawn: self.spawn,
            host: node.host.as_str().into(),
            share: node.weight * 100,
            tier: node.tier,
            is_suspect: matches!(self.health.standing, Standing::Suspect(_)),
            dial: ready.dial.clone(),
            meter: Arc::clone(&self.candidate.meter),
        }))
    }

    pub(super) fn view(&self) -> View {
        let (state, ready) = match &self.life {
            Life::Starting => (MemberState::Starting, None),
            Life::Serving(ready) => (self.serving_state(), Some(ready)),
            Life::Restarting { .. } => (MemberState::Restarting, None),
            Life::Draining { ready, .. } => (MemberState::Draining, Some(ready)),
        };
        View {
            candidate: self.candidate.clone(),
            state,
            since: self.since,
            reason: self.reason.clone(),
            pid: ready.and_then(|ready| ready.pid),
            addr: ready.map(|ready| ready.dial.addr.to_string()),
            latency: self.latency,
        }
    }

    fn serving_state(&self) -> MemberState {
        match self.health.standing {
            Standing::New | Standing::Good => MemberState::Serving,
            Standing::Suspect(_) => MemberState::Suspect,
            Standing::Ejected(_) => MemberState::Ejected,
        }
    }

    fn enter(&mut self, life: Life, reason: String, now: Instant) {
        (self.life, self.reason, self.since) = (life, reason, now);
    }
}
