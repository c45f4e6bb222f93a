//! Pins as the gateway uses them: with the nodes that fit each one.
//!
//! Pins decide after the access list and before the other rules and the strategy: what an entry of the access list
//! sends direct or blocks is final, and what an entry sends through a node is pinned to nodes alone. The first pin that
//! matches applies.

use std::sync::Arc;

use super::node_set::{NodeSet, NodeSets};
use super::route::{Route, RouteDecision, RulePlace, RuleSource};
use super::target::Target;
use crate::model::settings::{Pin, PinTarget, normalized_site};

/// All pins, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinTable {
    pins: Vec<Arc<ResolvedPin>>,
}

/// A pin with the nodes that fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPin {
    /// Its number in the settings, from 1.
    pub place: u32,
    site: Option<String>,
    program: Option<String>,
    outbound: PinnedOutbound,
}

/// Where the connections of a pin go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinnedOutbound {
    /// Not through a node.
    Direct,
    /// Nowhere.
    Block,
    /// Through nodes.
    Nodes(NodeSet),
}

/// The host of a connection, as pins compare it.
struct PinnedHost {
    host: String,
    site: String,
}

impl PinTable {
    /// Resolves pins.
    pub fn resolve(pins: &[Pin], nodes: &mut NodeSets<'_>) -> Self {
        let mut table = Self::default();
        for (place, pin) in (1..).zip(pins) {
            let outbound = outbound(pin, nodes);
            let site = pin.site.as_deref().and_then(normalized_site);
            table.pins.push(Arc::new(ResolvedPin { place, site, program: pin.program.clone(), outbound }));
        }
        table
    }

    /// Whether there are no pins.
    pub fn is_empty(&self) -> bool {
        self.pins.is_empty()
    }

    /// The nodes of all pins, in order.
    pub fn sets(&self) -> impl Iterator<Item = &NodeSet> {
        self.pins.iter().filter_map(|pin| pin.nodes())
    }

    /// The pins, in order.
    pub fn pins(&self) -> &[Arc<ResolvedPin>] {
        &self.pins
    }

    /// Whether any pin names a program.
    pub fn names_programs(&self) -> bool {
        self.pins.iter().any(|pin| pin.program.is_some())
    }

    /// Whether the pin for a target depends on the client's program.
    pub fn needs_program(&self, ruled: RouteDecision, target: &Target) -> bool {
        if !self.names_programs() || ruled.excludes_nodes() {
            return false;
        }
        let host = PinnedHost::of(target);
        let first = self.pins.iter().find(|pin| pin.is_for_site(&host));
        first.is_some_and(|_| {
            let decisive = self.pins.iter().take_while(|pin| pin.program.is_some() || !pin.is_for_site(&host));
            decisive.into_iter().any(|pin| pin.program.is_some() && pin.is_for_site(&host))
        })
    }

    /// The route of a connection, and the pin that chose it, if any. `ruled` is the route without pins.
    pub fn decide(
        &self,
        ruled: RouteDecision,
        target: &Target,
        program: Option<&str>,
    ) -> (RouteDecision, Option<&Arc<ResolvedPin>>) {
        if self.pins.is_empty() || ruled.excludes_nodes() {
            return (ruled, None);
        }
        let host = PinnedHost::of(target);
        let matches = |pin: &&Arc<ResolvedPin>| {
            let is_allowed = !ruled.is_listed() || pin.nodes().is_some();
            is_allowed && pin.is_for_program(program) && pin.is_for_site(&host)
        };
        let Some(pin) = self.pins.iter().find(matches) else { return (ruled, None) };
        let route = match &pin.outbound {
            PinnedOutbound::Direct => Route::Direct,
            PinnedOutbound::Block => Route::Block,
            PinnedOutbound::Nodes(_) => Route::Pool,
        };
        (RouteDecision { route, rule: Some(RulePlace { source: RuleSource::Pin, line: pin.place }) }, Some(pin))
    }
}

impl ResolvedPin {
    /// Its nodes; `None` if its connections go through none.
    pub fn nodes(&self) -> Option<&NodeSet> {
        match &self.outbound {
            PinnedOutbound::Nodes(nodes) => Some(nodes),
            PinnedOutbound::Direct | PinnedOutbound::Block => None,
        }
    }

    fn is_for_site(&self, target: &PinnedHost) -> bool {
        self.site.as_deref().is_none_or(|site| site == target.host || site == target.site)
    }

    fn is_for_program(&self, name: Option<&str>) -> bool {
        self.program.as_deref().is_none_or(|program| name.is_some_and(|name| name.eq_ignore_ascii_case(program)))
    }
}

impl PinnedHost {
    fn of(target: &Target) -> Self {
        let host = target.host().trim_end_matches('.').to_ascii_lowercase();
        Self { host, site: target.site() }
    }
}

fn outbound(pin: &Pin, nodes: &mut NodeSets<'_>) -> PinnedOutbound {
    match &pin.to {
        PinTarget::Direct => PinnedOutbound::Direct,
        PinTarget::Block => PinnedOutbound::Block,
        PinTarget::Nodes(selector) => PinnedOutbound::Nodes(nodes.resolve(selector, pin.fallback)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::node_set::{SelectableNode, quotas};
    use super::*;
    use crate::model::node::NodeId;
    use crate::model::settings::NodeFallback;

    const UNRULED: RouteDecision = RouteDecision { route: Route::Pool, rule: None };

    fn id(text: &str) -> NodeId {
        NodeId::from_text(text)
    }

    fn node(text: &str, group: &str, country: &str) -> SelectableNode {
        SelectableNode { id: id(text), group: group.into(), country: country.parse().ok(), excluded: text == "e0" }
    }

    fn table(pins: &[(&str, &str, NodeFallback)]) -> PinTable {
        let nodes = [
            node("a1", "g", "JP"),
            node("a2", "g", "JP"),
            node("a3", "h", "JP"),
            node("b1", "h", "US"),
            node("e0", "g", "JP"),
        ];
        let pins =
            pins.iter().map(|(traffic, to, fallback)| Pin::parse(traffic, to.parse().unwrap(), *fallback).unwrap());
        PinTable::resolve(&pins.collect::<Vec<_>>(), &mut NodeSets::new(&nodes))
    }

    /// The number of the pin that applies, and the route.
    fn decide(table: &PinTable, ruled: RouteDecision, host: &str, program: Option<&str>) -> (Option<u32>, Route) {
        let (decision, pin) = table.decide(ruled, &Target::from_host(host, 443).unwrap(), program);
        (pin.map(|pin| pin.place), decision.route)
    }

    #[test]
    fn the_first_pin_that_matches_applies() {
        let any = NodeFallback::Any;
        let table = table(&[
            ("www.a.test", "block", any),
            ("app:curl@a.test", "direct", any),
            ("a.test", "country:JP", any),
            ("app:git", "node:b1", any),
            ("192.0.2.1", "direct", any),
        ]);
        let decide = |host, program| decide(&table, UNRULED, host, program);
        assert_eq!(decide("www.a.test", Some("curl")), (Some(1), Route::Block));
        assert_eq!(decide("x.a.test", Some("Curl")), (Some(2), Route::Direct));
        assert_eq!(decide("X.A.Test.", Some("git")), (Some(3), Route::Pool));
        assert_eq!(decide("a.test", None), (Some(3), Route::Pool));
        assert_eq!(decide("b.test", Some("git")), (Some(4), Route::Pool));
        assert_eq!(decide("b.test", Some("gitk")), (None, Route::Pool));
        assert_eq!(decide("nota.test", None), (None, Route::Pool));
        assert_eq!(decide("192.0.2.1", None), (Some(5), Route::Direct));
        let needs = |host| table.needs_program(UNRULED, &Target::from_host(host, 443).unwrap());
        assert!(!needs("www.a.test") && needs("a.test") && needs("b.test"));
        assert!(!PinTable::default().needs_program(UNRULED, &Target::from_host("a.test", 1).unwrap()));
    }

    #[test]
    fn the_access_list_decides_before_pins_and_other_rules_after_them() {
        let table = table(&[("a.test", "direct", NodeFallback::Any), ("app:git", "node:a1", NodeFallback::Any)]);
        let ruled = |source, route| RouteDecision { route, rule: Some(RulePlace { source, line: 1 }) };
        let of = |source, route| decide(&table, ruled(source, route), "a.test", Some("git"));
        assert_eq!(of(RuleSource::Acl, Route::Block), (None, Route::Block));
        assert_eq!(of(RuleSource::Acl, Route::Direct), (None, Route::Direct));
        assert_eq!(of(RuleSource::Acl, Route::Pool), (Some(2), Route::Pool), "the list wants a node");
        assert_eq!(of(RuleSource::User, Route::Pool), (Some(1), Route::Direct));
        let default = RouteDecision { route: Route::Direct, rule: None };
        assert_eq!(decide(&table, default, "b.test", Some("git")), (Some(2), Route::Pool));
    }

    #[test]
    fn a_pin_names_its_nodes_and_those_that_follow() {
        let of = |to: &str, fallback| {
            let table = table(&[("a.test", to, fallback)]);
            let nodes = table.pins()[0].nodes().unwrap().clone();
            let texts = |ids: &[NodeId]| ids.iter().map(NodeId::as_str).collect::<Vec<_>>().join(" ");
            let quotas = quotas(table.sets()).map(|(ids, count)| format!("{count} of {}", texts(&ids)));
            (texts(nodes.first.ids()), texts(nodes.then.ids()), nodes.then_any, quotas.collect::<Vec<_>>().join(", "))
        };
        let want = |a: &str, b: &str, any, c: &str| (a.into(), b.into(), any, c.into());
        assert_eq!(of("node:a1", NodeFallback::Any), want("a1", "", true, "1 of a1"));
        assert_eq!(of("node:a2", NodeFallback::Country), want("a2", "a1 a3", false, "1 of a2, 1 of a1 a3"));
        assert_eq!(of("node:a2", NodeFallback::Group), want("a2", "a1", false, "1 of a2, 1 of a1"));
        assert_eq!(of("node:e0", NodeFallback::Fail), want("e0", "", false, "1 of e0"));
        assert_eq!(of("country:JP", NodeFallback::Fail), want("a1 a2 a3", "", false, "2 of a1 a2 a3"));
        assert_eq!(of("group:h", NodeFallback::Any), want("a3 b1", "", true, "2 of a3 b1"));
        assert_eq!(of("node:99", NodeFallback::Fail), want("", "", false, ""));
    }
}
