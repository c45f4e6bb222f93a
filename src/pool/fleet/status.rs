//! A member as others see it: the gateway, and whoever looks at the status.

use std::sync::Arc;

use super::super::View;
use super::health_state::Standing;
use super::member::{Life, Member};
use super::slow_start::Warmth;
use crate::model::Upstream;
use crate::model::snapshot::MemberState;

impl Member {
    /// As the gateway sees it, if it takes connections.
    pub(super) fn upstream(&self) -> Option<Arc<Upstream>> {
        let ready = self.ready()?;
        let node = &self.candidate.node;
        Some(Arc::new(Upstream {
            id: self.candidate.id.clone(),
            spawn: self.spawn,
            host: node.host.as_str().into(),
            share: (node.weight * self.warmth.percent()).max(1),
            tier: node.tier,
            is_suspect: matches!(self.health.standing, Standing::Suspect | Standing::Accused(_)),
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
            since: self.since(),
            reason: self.reason().cloned(),
            pid: ready.and_then(|ready| ready.pid),
            addr: ready.map(|ready| ready.dial.addr.to_string()),
            latency: self.latency(),
        }
    }

    fn serving_state(&self) -> MemberState {
        match self.health.standing {
            Standing::New | Standing::Good if matches!(self.warmth, Warmth::Warming { .. }) => MemberState::Warming,
            Standing::New | Standing::Good => MemberState::Serving,
            Standing::Suspect | Standing::Accused(_) => MemberState::Suspect,
            Standing::Ejected(_) => MemberState::Ejected,
        }
    }
}
