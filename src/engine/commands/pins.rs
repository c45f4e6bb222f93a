//! Pins: add, list, remove; and what they change about the route of a site.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::engine::desired_members;
use crate::engine::event_loop::{EventLoop, Input};
use crate::gateway::ExplainedClient;
use crate::model::doors;
use crate::model::pin::PinView;
use crate::model::pins::ResolvedPin;
use crate::model::route::{ExplainedRoute, RouteDecision};
use crate::model::settings::{ExpectedValue, InvalidValue, MAX_PINS, NodeFallback, NodeSelector, Pin, PinTarget};
use crate::model::{EventKind, Fault, NodeId, Reply, Target};

/// Longest time until the end of a pin is checked again.
const RECHECK: Duration = Duration::from_secs(600);

impl EventLoop {
    /// Adds a pin, or replaces the one for the same traffic, and also one with an end; `place` is its number from 1.
    ///
    /// # Errors
    /// The traffic, the target or the number is invalid.
    pub(super) async fn pin(
        &mut self,
        traffic: &str,
        to: &str,
        fallback: NodeFallback,
        place: Option<usize>,
    ) -> Result<Reply, Fault> {
        let pin = Pin::parse(traffic, self.pin_target(to)?, fallback)?;
        let mut pins = self.settings.pins.clone();
        pins.retain(|other| other.until.is_none() || !other.is_for(traffic));
        let current = pins.iter().position(|other| other.is_for(traffic));
        if let Some(current) = current {
            pins.remove(current);
        }
        let place = place.map(|place| place.wrapping_sub(1)).or(current).unwrap_or(pins.len());
        if place > pins.len() || pins.len() >= MAX_PINS {
            let high = (pins.len() + 1).min(MAX_PINS) as u64;
            return Err(InvalidValue::new("at", ExpectedValue::Number { low: 1, high }).into());
        }
        pins.insert(place, pin);
        self.set_pins(pins).await
    }

    /// Removes a pin. Of two, one of which has an end, the other one stays.
    ///
    /// # Errors
    /// There is no pin for this traffic.
    pub(super) async fn unpin(&mut self, traffic: &str) -> Result<Reply, Fault> {
        let mut pins = self.settings.pins.clone();
        let Some(place) = pins.iter().position(|pin| pin.is_for(traffic)) else {
            let shown: String = traffic.chars().take(80).collect();
            return Err(InvalidValue::new(&shown, ExpectedValue::ExistingPin).into());
        };
        pins.remove(place);
        self.set_pins(pins).await
    }

    /// When the next pin ends, or when it is checked again: the clock may be set, and a suspended machine's timers wait.
    /// None while one waits to be removed.
    pub(in crate::engine) fn next_pin_end(&self, now: Instant) -> Option<Instant> {
        if self.inbox.deferred.iter().any(|input| matches!(input, Input::PinsDue)) {
            return None;
        }
        let until = self.settings.pins.iter().filter_map(|pin| pin.until).min()?;
        let left = until.duration_since(Timestamp::now());
        Some(now + Duration::try_from(left).unwrap_or_default().min(RECHECK))
    }

    /// Removes pins that have ended.
    pub(in crate::engine) async fn end_pins(&mut self, now: Timestamp) {
        let (ended, kept): (Vec<_>, Vec<_>) = self.settings.pins.iter().cloned().partition(|pin| pin.has_ended(now));
        if ended.is_empty() {
            return;
        }
        if let Err(fault) = self.set_pins(kept.clone()).await {
            tracing::warn!(%fault, "pins that have ended were not removed");
            // They are not tried again and again; the next change applies it.
            self.settings.pins = kept;
        }
        for pin in ended {
            let to = match &pin.to {
                PinTarget::Nodes(nodes) => self.node_name(nodes),
                PinTarget::Direct | PinTarget::Block => None,
            };
            self.activity.note(EventKind::PinEnded { to: to.unwrap_or_else(|| pin.to.to_string()) });
        }
    }

    pub(super) async fn set_pins(&mut self, pins: Vec<Pin>) -> Result<Reply, Fault> {
        self.change(|settings| settings.pins = pins).await?;
        self.activity.note(EventKind::SettingsChanged { keys: vec!["pins".into()] });
        Ok(Reply::Done)
    }

    /// The pins, with the number of their nodes that take connections.
    pub(super) fn pins(&self) -> Reply {
        let table = desired_members::pin_table(&self.settings, &self.nodes);
        let roster = self.members.roster();
        let roster = roster.borrow();
        let takes_connections = |id: &&NodeId| roster.upstreams.iter().any(|upstream| upstream.id == **id);
        let view = |(pin, resolved): (&Pin, &Arc<ResolvedPin>)| {
            let name = match &pin.to {
                PinTarget::Nodes(nodes) => self.node_name(nodes),
                PinTarget::Direct | PinTarget::Block => None,
            };
            let working = resolved.nodes().map(|nodes| nodes.first.ids().iter().filter(takes_connections).count());
            PinView { pin: pin.clone(), name, working }
        };
        Reply::Pins(self.settings.pins.iter().zip(table.pins()).map(view).collect())
    }

    /// The route of a target by rules, doors and pins. Without a program, pins that name one are not considered.
    pub(super) fn pinned_route(
        &self,
        ruled: ExplainedRoute,
        target: &Target,
        client: ExplainedClient<'_>,
    ) -> ExplainedRoute {
        let decision = RouteDecision { route: ruled.route, rule: ruled.rule };
        if let Some(name) = client.door {
            let place = self.settings.doors.iter().position(|door| door.name == name).unwrap_or_default();
            let decision = doors::decide(decision, place as u32 + 1);
            let is_door = decision.rule != ruled.rule;
            return if is_door { ExplainedRoute { text: name.to_owned(), ..decision.into() } } else { ruled };
        }
        let table = desired_members::pin_table(&self.settings, &self.nodes);
        let (decision, Some(found)) = table.decide(decision, target, client.program) else { return ruled };
        let pin = self.settings.pins.get(found.place as usize - 1);
        let text = pin.map(|pin| self.describe(pin)).unwrap_or_default();
        ExplainedRoute { text, ..decision.into() }
    }

    /// A pin, with the name of its node in place of the id.
    fn describe(&self, pin: &Pin) -> String {
        let name = match &pin.to {
            PinTarget::Nodes(nodes) => self.node_name(nodes),
            PinTarget::Direct | PinTarget::Block => None,
        };
        name.map_or_else(|| pin.to_string(), |name| format!("{} → {name}", pin.traffic()))
    }

    /// The name of the node, if a single one is selected and exists.
    pub(super) fn node_name(&self, nodes: &NodeSelector) -> Option<String> {
        nodes.node().and_then(|id| self.nodes.get(id)).map(|entry| entry.node.label())
    }

    /// A target as typed: a word, or a node by its id, the beginning of it, or its name.
    fn pin_target(&self, text: &str) -> Result<PinTarget, Fault> {
        match text {
            "direct" => Ok(PinTarget::Direct),
            "block" => Ok(PinTarget::Block),
            nodes => Ok(PinTarget::Nodes(self.selector(nodes)?)),
        }
    }
}
