//! Converts reports of pool and gateway to events.

use std::time::Instant;

use super::event_loop::EventLoop;
use crate::gateway;
use crate::model::{EventKind, NodeId};
use crate::os::descriptors;
use crate::pool::Report;

impl EventLoop {
    /// Handles a report of the pool.
    pub(super) fn on_pool(&mut self, report: Report) {
        let name = |id: &NodeId| self.nodes.get(id).map_or_else(|| id.to_string(), |entry| entry.node.label());
        let event = match report {
            Report::Ready { id, took } => {
                EventKind::MemberReady { name: name(&id), id, took_ms: took.as_millis() as u64 }
            }
            Report::Exited { id, status, restart_in } => {
                EventKind::MemberExited { name: name(&id), id, status, restart_in_ms: restart_in.as_millis() as u64 }
            }
            Report::Failed { id, failure } => EventKind::MemberFailed { name: name(&id), id, failure },
            Report::Suspected { id, reason: why } => EventKind::MemberSuspected { name: name(&id), id, why },
            Report::Ejected { id, failure } => EventKind::MemberEjected { name: name(&id), id, failure },
            Report::Recovered { id } => EventKind::MemberRecovered { name: name(&id), id },
            Report::Evicted { id, reason, replacement } => {
                let replacement = replacement.as_ref().map(name);
                EventKind::MemberEvicted { name: name(&id), id, reason, replacement }
            }
            Report::Short { have, want } => EventKind::PoolShort { have, want },
            Report::NetworkDown => EventKind::NetworkDown,
            Report::CaptivePortal { location } => EventKind::CaptivePortal { location },
            Report::NetworkBack => EventKind::NetworkBack,
            Report::AllNodesFail { members } => EventKind::AllNodesFail { members },
            Report::DescriptorsExhausted => EventKind::DescriptorsExhausted { limit: descriptors::limit() },
            Report::Checked { id, result } => {
                self.nodes.note_latency(&id, result.ok());
                return;
            }
        };
        self.activity.note(event);
    }

    /// Starts the members of a door.
    async fn start_door(&mut self, name: &str) {
        if self.planner.doors.start(name, Instant::now()) {
            self.apply_doors().await;
        }
    }

    /// Starts the members of doors in use, and lets those of others go.
    pub(super) async fn apply_doors(&mut self) {
        let settings = self.settings.clone();
        if let Err(fault) = self.apply_to_rooms(&settings).await {
            tracing::warn!(%fault, "the members of a door were not changed");
        }
    }

    /// Handles a report of the gateway.
    pub(super) async fn on_gateway(&mut self, report: gateway::Report) {
        self.activity.note(match report {
            gateway::Report::DoorUsed { name } => return self.start_door(&name).await,
            gateway::Report::DescriptorsExhausted => EventKind::DescriptorsExhausted { limit: descriptors::limit() },
            gateway::Report::ConnectionLimitReached => {
                EventKind::ConnectionLimitReached { limit: self.settings.gateway.max_connections }
            }
            gateway::Report::LoginsRefused { peer, count } => {
                EventKind::LoginsRefused { address: peer.to_string(), count }
            }
        });
    }
}
