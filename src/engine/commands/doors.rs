//! Doors: add, change, list, remove.

use std::sync::Arc;

use crate::engine::event_loop::EventLoop;
use crate::gateway::DoorPort;
use crate::model::door::{DoorChanges, DoorView};
use crate::model::doors::ResolvedDoor;
use crate::model::settings::{Door, ExpectedValue, InvalidValue, NodeSelector, Strategy};
use crate::model::{EventKind, Fault, NodeId, Reply};

impl EventLoop {
    /// Adds a door.
    ///
    /// # Errors
    /// Its name is taken, or a value is invalid.
    pub(super) async fn add_door(&mut self, name: &str, changes: DoorChanges) -> Result<Reply, Fault> {
        let mut doors = self.settings.doors.clone();
        doors.push(self.changed_door(Door::named(name), changes)?);
        self.set_doors(doors).await
    }

    /// Changes a door.
    ///
    /// # Errors
    /// There is no such door, or a value is invalid.
    pub(super) async fn edit_door(&mut self, name: &str, changes: DoorChanges) -> Result<Reply, Fault> {
        let place = self.place_of_door(name)?;
        let mut doors = self.settings.doors.clone();
        doors[place] = self.changed_door(doors[place].clone(), changes)?;
        self.set_doors(doors).await
    }

    /// Removes a door; its open connections continue.
    ///
    /// # Errors
    /// There is no such door.
    pub(super) async fn remove_door(&mut self, name: &str) -> Result<Reply, Fault> {
        let place = self.place_of_door(name)?;
        let mut doors = self.settings.doors.clone();
        doors.remove(place);
        self.set_doors(doors).await
    }

    /// The place of a door in the settings.
    ///
    /// # Errors
    /// There is no such door.
    pub(super) fn place_of_door(&self, name: &str) -> Result<usize, Fault> {
        let place = self.settings.doors.iter().position(|door| door.name == name);
        let shown: String = name.chars().take(80).collect();
        place.ok_or_else(|| InvalidValue::new(&shown, ExpectedValue::ExistingDoor).into())
    }

    async fn set_doors(&mut self, doors: Vec<Door>) -> Result<Reply, Fault> {
        self.change(|settings| settings.doors = doors).await?;
        self.activity.note(EventKind::SettingsChanged { keys: vec!["doors".into()] });
        Ok(Reply::Done)
    }

    fn changed_door(&self, door: Door, changes: DoorChanges) -> Result<Door, Fault> {
        let DoorChanges { name, listen, to, fallback, strategy } = changes;
        let listen = match listen.as_deref() {
            None => door.listen,
            Some("") => None,
            Some(addr) => Some(addr.parse().map_err(|_| InvalidValue::new("listen", ExpectedValue::Address))?),
        };
        let to = match to.as_deref() {
            None => door.to,
            Some("") => None,
            Some(text) => Some(self.selector(text)?),
        };
        let strategy = match strategy.as_deref() {
            None => door.strategy,
            Some("") => None,
            Some(word) => {
                let words = Strategy::ALL.map(|strategy| strategy.as_str().to_owned()).to_vec();
                Some(word.parse().map_err(|_| InvalidValue::new("strategy", ExpectedValue::OneOf(words)))?)
            }
        };
        let name = name.unwrap_or(door.name);
        Ok(Door { name, listen, to, fallback: fallback.unwrap_or(door.fallback), strategy })
    }

    /// A selection of nodes as typed: `country:CODE`, `group:NAME`, or a node by its id, the beginning of it, or its name.
    pub(super) fn selector(&self, text: &str) -> Result<NodeSelector, Fault> {
        if text.starts_with("group:") || text.starts_with("country:") {
            return text.parse().map_err(|_| InvalidValue::new("to", ExpectedValue::NodeSelector).into());
        }
        let named = text.strip_prefix("node:").unwrap_or(text);
        Ok(NodeSelector::Node(self.nodes.find(named)?.id.clone()))
    }

    /// The doors, with their state.
    pub(in crate::engine) fn door_views(&self) -> Vec<DoorView> {
        if self.settings.doors.is_empty() {
            return Vec::new();
        }
        let (ports, roster) = (self.listening.door_ports(), self.members.roster());
        let serving: Vec<NodeId> = roster.borrow().upstreams.iter().map(|upstream| upstream.id.clone()).collect();
        let known = self.planner.current().serving.as_ref().map(|serving| Arc::clone(&serving.config.doors));
        let resolved = |name: &str| known.as_ref().and_then(|table| table.find(name)).cloned();
        let views = self.settings.doors.iter().map(|door| self.view(door, resolved(&door.name), &ports, &serving));
        views.collect()
    }

    fn view(
        &self,
        door: &Door,
        resolved: Option<Arc<ResolvedDoor>>,
        ports: &[DoorPort],
        serving: &[NodeId],
    ) -> DoorView {
        let reading = resolved.as_ref().map(|door| door.usage.meter().read()).unwrap_or_default();
        let working = resolved.as_ref().and_then(|door| {
            let nodes = door.nodes.as_ref()?;
            Some(serving.iter().filter(|id| nodes.first.contains(id) || nodes.then.contains(id)).count())
        });
        DoorView {
            door: door.clone(),
            listening: ports.iter().any(|port| *port.name == *door.name),
            node_name: door.to.as_ref().and_then(|to| self.node_name(to)),
            in_use: resolved.as_ref().is_some_and(|door| door.usage.is_started()),
            working,
            active: reading.active,
            total: reading.total,
            up: reading.up,
            down: reading.down,
        }
    }
}
