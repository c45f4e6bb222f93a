//! Views of a member for the gateway and for the status.

use std::sync::Arc;

use super::super::MemberStatus;
use super::health_state::HealthState;
use super::member::{Lifecycle, Member, MemberRole};
use super::slow_start::SlowStart;
use crate::model::Upstream;
use crate::model::snapshot::MemberState;

impl Member {
    /// The member as an upstream, if its process is ready.
    pub(super) fn upstream(&self) -> Option<Arc<Upstream>> {
        let ready = self.ready()?;
        let node = &self.candidate.node;
        Some(Arc::new(Upstream {
            id: self.candidate.id.clone(),
            spawn: self.spawn,
            host: node.host.as_str().into(),
            share: (node.weight * self.slow_start.percent()).max(1),
            tier: node.tier,
            is_reserved: self.role == MemberRole::Reserved,
            is_suspect: matches!(self.health.state, HealthState::Suspect | HealthState::Failing(_)),
            dial: ready.dial.clone(),
            meter: Arc::clone(&self.candidate.meter),
        }))
    }

    pub(super) fn status(&self) -> MemberStatus {
        let (state, ready) = match &self.lifecycle {
            Lifecycle::Starting => (MemberState::Starting, None),
            Lifecycle::Serving(ready) => (self.serving_state(), Some(ready)),
            Lifecycle::Restarting { .. } => (MemberState::Restarting, None),
            Lifecycle::Draining { ready, .. } => (MemberState::Draining, Some(ready)),
        };
        MemberStatus {
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
        match self.health.state {
            HealthState::New | HealthState::Healthy if matches!(self.slow_start, SlowStart::Warming { .. }) => {
                MemberState::Warming
            }
            HealthState::New | HealthState::Healthy => MemberState::Serving,
            HealthState::Suspect | HealthState::Failing(_) => MemberState::Suspect,
            HealthState::Ejected(_) => MemberState::Ejected,
        }
    }
}
