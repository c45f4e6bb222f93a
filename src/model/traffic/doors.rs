//! Doors as the gateway uses them: with the nodes that fit each one, and whether they are in use.
//!
//! Members for a door are kept only while it is in use: its first connection requests them, and they leave some time
//! after its last one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::meter::Meter;
use super::node_set::{NodeSet, NodeSets};
use super::route::{Route, RouteDecision, RulePlace, RuleSource};
use crate::model::settings::{Door, Strategy};

/// All doors, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoorTable(Vec<Arc<ResolvedDoor>>);

/// A door with the nodes that fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedDoor {
    /// Its number in the settings, from 1.
    pub place: u32,
    /// Its name.
    pub name: Box<str>,
    /// Its nodes; `None` for those of the pool.
    pub nodes: Option<NodeSet>,
    /// Its strategy; `None` for that of load balancing.
    pub strategy: Option<Strategy>,
    /// Its use.
    pub usage: Arc<DoorUse>,
}

/// The use of a door. Two are equal if they are the same object.
#[derive(Debug, Default)]
pub struct DoorUse {
    meter: Arc<Meter>,
    /// Whether its members are kept.
    is_started: AtomicBool,
    /// Whether a connection has requested its members.
    is_requested: AtomicBool,
}

impl PartialEq for DoorUse {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for DoorUse {}

impl DoorTable {
    /// Resolves doors; `usage` returns the use of the door with this name.
    pub fn resolve(doors: &[Door], nodes: &mut NodeSets<'_>, mut usage: impl FnMut(&str) -> Arc<DoorUse>) -> Self {
        let mut resolve = |(place, door): (u32, &Door)| {
            Arc::new(ResolvedDoor {
                place,
                name: door.name.as_str().into(),
                nodes: door.to.as_ref().map(|to| nodes.resolve(to, door.fallback)),
                strategy: door.strategy,
                usage: usage(&door.name),
            })
        };
        Self((1..).zip(doors).map(&mut resolve).collect())
    }

    /// The doors, in order.
    pub fn doors(&self) -> &[Arc<ResolvedDoor>] {
        &self.0
    }

    /// The door with this name.
    pub fn find(&self, name: &str) -> Option<&Arc<ResolvedDoor>> {
        self.0.iter().find(|door| *door.name == *name)
    }

    /// The strategies of doors, each once.
    pub fn strategies(&self) -> Vec<Strategy> {
        let mut strategies: Vec<_> = self.0.iter().filter_map(|door| door.strategy).collect();
        strategies.sort_by_key(|strategy| strategy.as_str());
        strategies.dedup();
        strategies
    }

    /// The nodes of the doors whose members are kept.
    pub fn started_sets(&self) -> impl Iterator<Item = &NodeSet> {
        self.0.iter().filter(|door| door.usage.is_started()).filter_map(|door| door.nodes.as_ref())
    }
}

impl ResolvedDoor {
    /// The route of a connection through this door; `ruled` is its route by the rules.
    pub fn decide(&self, ruled: RouteDecision) -> RouteDecision {
        decide(ruled, self.place)
    }
}

/// The route of a connection through the door with this number. Only the access list is above it.
pub fn decide(ruled: RouteDecision, place: u32) -> RouteDecision {
    if ruled.excludes_nodes() {
        return ruled;
    }
    RouteDecision { route: Route::Pool, rule: Some(RulePlace { source: RuleSource::Door, line: place }) }
}

impl DoorUse {
    /// The counters of the door.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Whether its members are kept.
    pub fn is_started(&self) -> bool {
        self.is_started.load(Relaxed)
    }

    /// Notes that its members are kept from now on.
    pub fn start(&self) {
        self.is_started.store(true, Relaxed);
        self.is_requested.store(false, Relaxed);
    }

    /// Notes that its members are not kept any more.
    pub fn stop(&self) {
        self.is_started.store(false, Relaxed);
    }

    /// Requests its members. Returns whether that must be reported: they are not kept, and nobody has requested them.
    pub fn request(&self) -> bool {
        !self.is_started() && !self.is_requested.swap(true, Relaxed)
    }

    /// Takes the request back: it could not be reported.
    pub fn forget_request(&self) {
        self.is_requested.store(false, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_requested_once_until_they_are_kept() {
        let usage = DoorUse::default();
        assert!(usage.request() && !usage.request());
        usage.start();
        assert!(!usage.request() && usage.is_started());
        usage.stop();
        assert!(usage.request());
    }

    #[test]
    fn only_the_access_list_is_above_a_door() {
        let table = DoorTable::resolve(&[Door::named("a")], &mut NodeSets::new(&[]), |_| Arc::default());
        let route = |source: Option<RuleSource>, route| {
            let rule = source.map(|source| RulePlace { source, line: 7 });
            let decision = table.find("a").unwrap().decide(RouteDecision { route, rule });
            (decision.route, decision.rule.unwrap().source)
        };
        assert_eq!(route(Some(RuleSource::Acl), Route::Block), (Route::Block, RuleSource::Acl));
        assert_eq!(route(Some(RuleSource::Acl), Route::Direct), (Route::Direct, RuleSource::Acl));
        assert_eq!(route(Some(RuleSource::Acl), Route::Pool), (Route::Pool, RuleSource::Door));
        assert_eq!(route(Some(RuleSource::User), Route::Direct), (Route::Pool, RuleSource::Door));
        assert_eq!(route(None, Route::Direct), (Route::Pool, RuleSource::Door));
    }
}
