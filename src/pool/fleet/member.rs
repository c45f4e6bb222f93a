//! One member's life: Starting → Serving ⇄ Restarting, and Draining on the way out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::launch::Ready;
use super::super::{Candidate, View};
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

    pub(super) fn note_check(&mut self, result: &Result<Duration, Failure>) {
        match result {
            Ok(took) => {
                self.latency = Some(*took);
                self.candidate.meter.prove();
                self.reason = String::new();
            }
            Err(failure) => {
                self.candidate.meter.doubt();
                self.reason = failure.to_string();
            }
        }
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
            Life::Starting | Life::Serving(_) => None,
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
            dial: ready.dial.clone(),
            meter: Arc::clone(&self.candidate.meter),
        }))
    }

    pub(super) fn view(&self) -> View {
        let (state, ready) = match &self.life {
            Life::Starting => (MemberState::Starting, None),
            Life::Serving(ready) => (MemberState::Serving, Some(ready)),
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

    fn enter(&mut self, life: Life, reason: String, now: Instant) {
        (self.life, self.reason, self.since) = (life, reason, now);
    }
}
