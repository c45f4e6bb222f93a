//! A user interface's copy of the engine's state. Pure: it takes messages and returns what to fetch.
//!
//! The engine sends a [`Snapshot`] with each change. The settings and the lists of nodes and subscriptions are too
//! large for it; it contains their revision numbers ([`Revisions`]) instead. The replica compares these numbers with
//! those of its copies and requests what has changed: one fetch for each change, and never two at the same time for the
//! same resource.

use std::sync::Arc;

use crate::model::settings::Settings;
use crate::model::snapshot::{NodeView, Revisions};
use crate::model::subscription::SubscriptionView;
use crate::model::{Command, Event, EventKind, Fault, Reply, Snapshot};

/// A part of the state that is fetched with a separate call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// All settings.
    Settings,
    /// The list of nodes.
    Nodes,
    /// The list of subscriptions.
    Subscriptions,
}

impl Resource {
    const ALL: [Self; 3] = [Self::Settings, Self::Nodes, Self::Subscriptions];

    /// The command that fetches it.
    pub fn command(self) -> Command {
        match self {
            Self::Settings => Command::Get { key: None },
            Self::Nodes => Command::Nodes,
            Self::Subscriptions => Command::Subscriptions,
        }
    }

    fn revision(self, revisions: &Revisions) -> u64 {
        match self {
            Self::Settings => revisions.settings,
            Self::Nodes => revisions.nodes,
            Self::Subscriptions => revisions.subscriptions,
        }
    }
}

/// Whether an engine is running.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineStatus {
    /// Not known yet.
    Connecting,
    /// It is running; this is its latest snapshot.
    Running(Arc<Snapshot>),
    /// No engine can be reached, with the reason.
    Unavailable(Fault),
}

/// How current a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Freshness {
    /// No copy from this engine.
    #[default]
    Missing,
    /// Being fetched; the engine had this revision when the request was sent.
    Fetching(u64),
    /// A copy of this revision or a later one.
    Held(u64),
}

/// The copy of the engine's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// Whether an engine is running, with its latest snapshot.
    pub status: EngineStatus,
    /// All settings, with secrets masked as `***`. `None` until they have been fetched.
    pub settings: Option<Settings>,
    /// All nodes, in the user's order.
    pub nodes: Vec<NodeView>,
    /// Incremented each time [`Replica::nodes`] changes.
    pub nodes_version: u64,
    /// All subscriptions. `None` until they have been fetched.
    pub subscriptions: Option<Vec<SubscriptionView>>,
    /// Why the engine could not apply the settings; `None` once it has.
    pub fault: Option<Fault>,
    freshness: [Freshness; 3],
}

impl Default for Replica {
    fn default() -> Self {
        Self {
            status: EngineStatus::Connecting,
            settings: None,
            nodes: Vec::new(),
            nodes_version: 0,
            subscriptions: None,
            fault: None,
            freshness: [Freshness::Missing; 3],
        }
    }
}

impl Replica {
    /// The latest snapshot, while an engine is running.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.status {
            EngineStatus::Running(snapshot) => Some(snapshot),
            EngineStatus::Connecting | EngineStatus::Unavailable(_) => None,
        }
    }

    /// A connection to an engine was made; `past` are its events so far.
    pub fn on_connected(&mut self, past: &[Event]) {
        self.fault = None;
        self.freshness = [Freshness::Missing; 3];
        past.iter().for_each(|event| self.on_event(event));
    }

    /// The connection ended, or could not be made.
    pub fn on_disconnected(&mut self, fault: Fault) {
        self.fault = None;
        self.freshness = [Freshness::Missing; 3];
        self.status = EngineStatus::Unavailable(fault);
    }

    /// Stores a snapshot; returns the resources to fetch because of it.
    #[must_use = "no one else fetches it"]
    pub fn on_snapshot(&mut self, snapshot: Arc<Snapshot>) -> Vec<Resource> {
        self.status = EngineStatus::Running(snapshot);
        let mut wanted = Vec::new();
        for resource in Resource::ALL {
            if self.is_outdated(resource) {
                wanted.extend(self.refresh(resource));
            }
        }
        wanted
    }

    /// Handles an event.
    pub fn on_event(&mut self, event: &Event) {
        if let EventKind::NotApplied { fault } = &event.kind {
            self.fault = Some(fault.clone());
        } else if let EventKind::GatewayOpened { .. } = &event.kind {
            self.fault = None;
        }
    }

    /// Stores the reply to a fetch; `None` if it failed. Returns the resource if it has changed again meanwhile.
    #[must_use = "no one else fetches it"]
    pub fn on_fetched(&mut self, resource: Resource, reply: Option<Reply>) -> Option<Resource> {
        let Freshness::Fetching(revision) = self.freshness[resource as usize] else { return None };
        self.freshness[resource as usize] = match reply {
            Some(reply) => {
                self.store(reply);
                Freshness::Held(revision)
            }
            // The next snapshot requests it again.
            None => return self.forget(resource),
        };
        if self.is_outdated(resource) { self.refresh(resource) } else { None }
    }

    /// Requests a resource whose revision has not changed: its figures (traffic, latency) change without one.
    #[must_use = "no one else fetches it"]
    pub fn refresh(&mut self, resource: Resource) -> Option<Resource> {
        let revision = resource.revision(&self.snapshot()?.revisions);
        let freshness = &mut self.freshness[resource as usize];
        match freshness {
            Freshness::Fetching(_) => None,
            Freshness::Missing | Freshness::Held(_) => {
                *freshness = Freshness::Fetching(revision);
                Some(resource)
            }
        }
    }

    fn is_outdated(&self, resource: Resource) -> bool {
        let Some(snapshot) = self.snapshot() else { return false };
        match self.freshness[resource as usize] {
            Freshness::Missing => true,
            Freshness::Fetching(_) => false,
            Freshness::Held(revision) => revision != resource.revision(&snapshot.revisions),
        }
    }

    fn forget(&mut self, resource: Resource) -> Option<Resource> {
        self.freshness[resource as usize] = Freshness::Missing;
        None
    }

    fn store(&mut self, reply: Reply) {
        if let Reply::Settings(rows) = reply {
            self.settings = Some(Settings::of_listing(&rows));
        } else if let Reply::Nodes(nodes) = reply {
            self.nodes_version += u64::from(nodes != self.nodes);
            self.nodes = nodes;
        } else if let Reply::Subscriptions(views) = reply {
            self.subscriptions = Some(views);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultCode;

    fn snapshot(revisions: Revisions) -> Arc<Snapshot> {
        Arc::new(Snapshot { revisions, ..Snapshot::example() })
    }

    fn revisions(settings: u64, nodes: u64, subscriptions: u64) -> Revisions {
        Revisions { settings, nodes, subscriptions }
    }

    fn nodes(names: &[&str]) -> Option<Reply> {
        let view = |name: &&str| NodeView::example(&format!("{:012x}", name.len()), name);
        Some(Reply::Nodes(names.iter().map(view).collect()))
    }

    /// A replica with a copy of everything at these revisions.
    fn current(at: Revisions) -> Replica {
        let mut replica = Replica::default();
        for resource in replica.on_snapshot(snapshot(at)) {
            let reply = match resource {
                Resource::Settings => Some(Reply::Settings(Settings::default().listing())),
                Resource::Nodes => nodes(&["Tokyo"]),
                Resource::Subscriptions => Some(Reply::Subscriptions(Vec::new())),
            };
            assert_eq!(replica.on_fetched(resource, reply), None);
        }
        replica
    }

    #[test]
    fn a_change_is_fetched_once() {
        let mut replica = current(revisions(3, 7, 0));
        assert_eq!(replica.on_snapshot(snapshot(revisions(3, 7, 0))), [], "nothing has changed");
        assert_eq!(replica.on_snapshot(snapshot(revisions(3, 8, 0))), [Resource::Nodes]);
        assert_eq!(replica.on_snapshot(snapshot(revisions(3, 8, 0))), [], "it is being fetched");
        assert_eq!(replica.on_fetched(Resource::Nodes, nodes(&["Tokyo", "Lima"])), None);
        assert_eq!(replica.on_snapshot(snapshot(revisions(3, 8, 0))), [], "it was fetched");
        assert_eq!((replica.nodes.len(), replica.nodes_version), (2, 2));
    }

    #[test]
    fn changes_during_a_fetch_are_fetched_afterwards() {
        let mut replica = current(revisions(1, 1, 1));
        assert_eq!(replica.on_snapshot(snapshot(revisions(2, 1, 1))), [Resource::Settings]);
        assert_eq!(replica.on_snapshot(snapshot(revisions(4, 1, 1))), []);
        let reply = || Some(Reply::Settings(Settings::default().listing()));
        assert_eq!(replica.on_fetched(Resource::Settings, reply()), Some(Resource::Settings));
        assert_eq!(replica.on_fetched(Resource::Settings, reply()), None);
    }

    #[test]
    fn a_fetch_that_failed_is_repeated_with_the_next_snapshot() {
        let mut replica = current(revisions(1, 1, 1));
        assert_eq!(replica.on_snapshot(snapshot(revisions(1, 2, 1))), [Resource::Nodes]);
        assert_eq!(replica.on_fetched(Resource::Nodes, None), None);
        assert_eq!(replica.on_snapshot(snapshot(revisions(1, 2, 1))), [Resource::Nodes]);
    }

    #[test]
    fn a_new_engine_is_fetched_completely() {
        let mut replica = current(revisions(1, 1, 1));
        replica.on_disconnected(Fault::new(FaultCode::Ended, ""));
        assert_eq!(replica.refresh(Resource::Nodes), None);
        assert_eq!(replica.snapshot(), None);
        replica.on_connected(&[]);
        assert_eq!(replica.on_snapshot(snapshot(revisions(1, 1, 1))), Resource::ALL);
    }

    #[test]
    fn figures_are_refreshed_without_a_new_revision() {
        let mut replica = current(revisions(1, 1, 1));
        assert_eq!(replica.refresh(Resource::Nodes), Some(Resource::Nodes));
        assert_eq!(replica.refresh(Resource::Nodes), None, "one at a time");
        assert_eq!(replica.on_fetched(Resource::Nodes, nodes(&["Tokyo"])), None);
        assert_eq!(replica.nodes_version, 1, "the same list");
    }

    #[test]
    fn a_fault_lasts_until_the_gateway_opens() {
        let fault = Fault::new(FaultCode::PortInUse, "");
        let event = |kind| Event { at: 0, kind };
        let mut replica = Replica::default();
        replica.on_connected(&[event(EventKind::NotApplied { fault: fault.clone() })]);
        assert_eq!(replica.fault, Some(fault));
        replica.on_event(&event(EventKind::GatewayOpened { addr: "127.0.0.1:1080".into() }));
        assert_eq!(replica.fault, None);
    }
}
