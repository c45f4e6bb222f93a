//! Builds the snapshot from the owners of the state.

use std::time::Instant;

use super::event_loop::EventLoop;
use super::publisher::ConnectionEdge;
use super::store::SaveEdge;
use crate::model::EventKind;
use crate::model::settings::{Settings, Strategy};
use crate::model::snapshot::{ClusterView, GatewayView, HealthView, Network, Revisions, Snapshot};

impl EventLoop {
    /// The current state.
    pub(super) fn snapshot(&mut self) -> Snapshot {
        crate::handover::collect();
        let members = self.members.shown(&self.publisher.last().members);
        let network = self.members.network();
        let is_cut = matches!(network, Some(Network::Down | Network::Portal));
        let connected = !is_cut && self.members.is_proven();
        Snapshot {
            connected,
            gateway: self.gateway_view(),
            members,
            doors: self.door_views(),
            nodes: self.nodes.entries().len(),
            health: HealthView { network: network.unwrap_or(if connected { Network::Up } else { Network::Unknown }) },
            fetches: self.fetches.views(),
            revisions: self.revisions(),
            unsaved: self.files.unsaved().cloned(),
            release: self.settings.updates.check.then(|| self.fetches.releases.newer()).flatten(),
            ..wanted(&self.settings)
        }
    }

    fn revisions(&mut self) -> Revisions {
        let nodes = self.nodes.entries().iter().map(|entry| &entry.node);
        self.publisher.revisions().count(&self.settings, nodes, self.subscriptions.states())
    }

    fn gateway_view(&mut self) -> GatewayView {
        let totals = self.listening.totals();
        let (reading, rejected, replayed) = (totals.reading(), totals.rejected(), totals.replayed());
        let (up_rate, down_rate) = self.traffic.rates(reading, Instant::now());
        let addr = self.listening.addr();
        GatewayView {
            addr: addr.unwrap_or_else(|| self.planner.listen(&self.settings)).to_string(),
            listening: addr.is_some(),
            shared: self.listening.shared(),
            http: self.settings.gateway.http_listen.map(|wanted| self.listening.http_view(wanted)),
            active: reading.active,
            total: reading.total,
            rejected,
            replayed,
            up: reading.up,
            down: reading.down,
            up_rate,
            down_rate,
        }
    }

    /// Publishes a changed snapshot, and reports once that requests succeed or fail.
    pub(super) fn publish(&mut self) {
        match self.files.take_edge() {
            None => {}
            Some(SaveEdge::NotSaved(fault)) => self.activity.note(EventKind::NotSaved { fault }),
            Some(SaveEdge::Saved) => self.activity.note(EventKind::Saved),
        }
        let snapshot = self.snapshot();
        self.report_doors(&snapshot);
        let event = match self.publisher.publish(snapshot, Instant::now()) {
            None => return,
            Some(ConnectionEdge::Down) => EventKind::Disconnected,
            Some(ConnectionEdge::Up) => match self.members.proven() {
                Some((id, name)) => EventKind::Connected { id, name },
                None => return,
            },
        };
        self.activity.note(event);
    }

    /// Reports once that no node of a door works, and once that one does again.
    fn report_doors(&mut self, snapshot: &Snapshot) {
        match snapshot.health.network {
            Network::Down | Network::Portal => self.planner.doors.note_outage(),
            Network::Unknown | Network::Up => {
                let events = self.planner.doors.note_service(&snapshot.doors, Instant::now());
                events.into_iter().for_each(|event| self.activity.note(event));
            }
        }
    }

    /// Whether the strategy needs the CPU usage of members.
    pub(super) fn needs_cpu(&self) -> bool {
        let by_cpu = |strategy: Strategy| strategy == Strategy::LeastCpu;
        let doors = self.settings.doors.iter().filter_map(|door| door.strategy);
        (self.settings.cluster.on && by_cpu(self.settings.cluster.strategy)) || doors.into_iter().any(by_cpu)
    }
}

/// The snapshot before the state is known.
pub(super) fn initial() -> Snapshot {
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
        doors: Vec::new(),
        nodes: 0,
        health: HealthView { network: Network::Unknown },
        fetches: Vec::new(),
        revisions: Revisions::default(),
        unsaved: None,
        release: None,
    }
}
