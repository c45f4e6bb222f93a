//! What the rooms report, folded into snapshot and events.

use std::sync::Arc;
use std::time::Instant;

use super::owner::Engine;
use crate::gateway;
use crate::model::settings::{Settings, Strategy};
use crate::model::snapshot::{ClusterView, GatewayView, HealthView, MemberView, Network, Snapshot};
use crate::model::{EventKind, NodeId};
use crate::os::descriptors;
use crate::pool::{self, Report};

/// Moments that are nearer to each other are the same one.
const SAME_MOMENT_MS: u64 = 1_000;

impl Engine {
    /// Takes in what the pool says.
    pub(super) fn fold_pool(&mut self, report: Report) {
        let name = |id: &NodeId| self.book.get(id).map_or_else(|| id.to_string(), |entry| entry.node.label());
        let event = match report {
            Report::Ready { id, took } => {
                EventKind::MemberReady { name: name(&id), id, took_ms: took.as_millis() as u64 }
            }
            Report::Exited { id, status, restart_in } => {
                EventKind::MemberExited { name: name(&id), id, status, restart_in_ms: restart_in.as_millis() as u64 }
            }
            Report::Failed { id, failure } => EventKind::MemberFailed { name: name(&id), id, failure },
            Report::Suspected { id, reason: why } => {
                let (name, reason) = (name(&id), why.to_string());
                EventKind::MemberSuspected { id, name, reason, why: Some(why) }
            }
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
            Report::Checked { id, result } => {
                self.book.note_latency(&id, result.ok());
                return;
            }
        };
        self.activity.note(event);
    }

    /// Takes in what the gateway says.
    pub(super) async fn fold_gateway(&mut self, report: gateway::Report) {
        match report {
            gateway::Report::Outcome(outcome) => self.pool.note(outcome).await,
            gateway::Report::DescriptorsExhausted => {
                self.activity.note(EventKind::DescriptorsExhausted { limit: descriptors::limit() });
            }
            gateway::Report::ConnectionLimitReached => {
                let limit = self.settings.gateway.max_connections;
                self.activity.note(EventKind::ConnectionLimitReached { limit });
            }
        }
    }

    /// All that is true now.
    pub(super) fn snapshot(&mut self) -> Snapshot {
        let views = self.views.borrow_and_update().clone();
        let shown = Arc::clone(&self.snapshots.borrow());
        let before = |view: &pool::MemberStatus| shown.members.iter().find(|member| member.id == view.candidate.id);
        let members: Vec<_> = views.iter().map(|view| member(view, before(view))).collect();
        let is_proven = |view: &pool::MemberStatus| view.state.is_serving() && view.candidate.meter.is_proven();
        let network = self.pool.network();
        let is_cut = matches!(network, Some(Network::Down | Network::Portal));
        let connected = !is_cut && views.iter().any(is_proven);
        let reading = self.totals.reading();
        let (up_rate, down_rate) = self.rates.look(reading, Instant::now());
        let listening = self.gateway.as_ref().map(gateway::Handle::addr);
        let addr = listening.or(self.options.listen).unwrap_or(self.settings.gateway.listen);
        Snapshot {
            connected,
            gateway: GatewayView {
                addr: addr.to_string(),
                listening: listening.is_some(),
                shared: self.shared(),
                http: self.http_view(),
                active: reading.active,
                total: reading.total,
                rejected: self.totals.rejected(),
                replayed: self.totals.replayed(),
                up: reading.up,
                down: reading.down,
                up_rate,
                down_rate,
            },
            members,
            nodes: self.book.entries().len(),
            health: HealthView { network: network.unwrap_or(if connected { Network::Up } else { Network::Unknown }) },
            fetches: self.fetches.views(),
            ..wanted(&self.settings)
        }
    }

    /// Says once that a request went through, and once that nothing does any more.
    pub(super) fn note_connection(&mut self, snapshot: &Snapshot) {
        if snapshot.connected == self.is_connected {
            return;
        }
        self.is_connected = snapshot.connected;
        let views = self.views.borrow().clone();
        let proven = views.iter().find(|view| view.candidate.meter.is_proven());
        self.activity.note(match proven.filter(|_| snapshot.connected) {
            Some(view) => EventKind::Connected { id: view.candidate.id.clone(), name: view.candidate.node.label() },
            None => EventKind::Disconnected,
        });
    }

    /// Whether the strategy asks for the CPU shares of members.
    pub(super) fn needs_cpu(&self) -> bool {
        self.settings.cluster.on && self.settings.cluster.strategy == Strategy::LeastCpu
    }
}

/// The snapshot before the engine has looked around.
pub(super) fn nothing_yet() -> Snapshot {
    wanted(&Settings::default())
}

fn wanted(settings: &Settings) -> Snapshot {
    let cluster = &settings.cluster;
    Snapshot {
        version: env!("CARGO_PKG_VERSION").into(),
        mode: settings.mode,
        active: settings.active,
        connected: false,
        cluster: ClusterView {
            on: cluster.on,
            group: cluster.group.clone(),
            size: cluster.size,
            strategy: cluster.strategy,
        },
        gateway: GatewayView { addr: settings.gateway.listen.to_string(), ..GatewayView::default() },
        members: Vec::new(),
        nodes: 0,
        health: HealthView { network: Network::Unknown },
        fetches: Vec::new(),
    }
}

/// A member as it is told; `before` is what was told of it last.
fn member(view: &pool::MemberStatus, before: Option<&MemberView>) -> MemberView {
    let reading = view.candidate.meter.read();
    let age = i64::try_from(view.since.elapsed().as_millis()).unwrap_or(i64::MAX);
    let since = jiff::Timestamp::now().as_millisecond().saturating_sub(age);
    // From two clocks it comes out a little different each time, which would be news.
    let told = before.filter(|member| member.state == view.state && member.since.abs_diff(since) < SAME_MOMENT_MS);
    MemberView {
        id: view.candidate.id.clone(),
        name: view.candidate.node.label(),
        state: view.state,
        since: told.map_or(since, |member| member.since),
        reason: view.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
        why: view.reason.clone(),
        pid: view.pid,
        addr: view.addr.clone(),
        latency_ms: view.latency.map(|latency| latency.as_millis() as u32),
        first_byte_ms: view.candidate.meter.measured_first_byte_ms(),
        active: reading.active,
        total: reading.total,
        failures: reading.failures,
        up: reading.up,
        down: reading.down,
        cpu: view.candidate.meter.cpu() as f32 / 10.0,
        legacy: view.candidate.node.kind.weakness(),
    }
}
