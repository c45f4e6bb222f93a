//! Doors, with their state and traffic.

use serde::{Deserialize, Serialize};

use crate::model::settings::{Door, NodeFallback};

/// A door as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorView {
    /// The door.
    #[serde(flatten)]
    pub door: Door,
    /// Whether its port is open; false if it has none.
    pub listening: bool,
    /// The name of the node that it selects; `None` if it selects none, or there is no such node.
    pub node_name: Option<String>,
    /// Whether its members are kept, as while it is in use.
    pub in_use: bool,
    /// The number of its nodes that take connections now; `None` for a door without nodes of its own.
    pub working: Option<usize>,
    /// Open connections.
    pub active: u64,
    /// Connections since the engine's start.
    pub total: u64,
    /// Bytes from clients.
    pub up: u64,
    /// Bytes to clients.
    pub down: u64,
}

impl DoorView {
    /// Whether it is in use and none of its nodes works.
    pub fn is_unserved(&self) -> bool {
        self.in_use && self.working == Some(0)
    }
}

#[cfg(test)]
impl DoorView {
    /// A door for tests: open and in use, with one working node and without traffic.
    pub(crate) fn example(name: &str) -> Self {
        Self {
            door: Door::named(name),
            listening: true,
            node_name: None,
            in_use: true,
            working: Some(1),
            active: 0,
            total: 0,
            up: 0,
            down: 0,
        }
    }
}

/// Changes to a door; `None` keeps a value, and an empty text removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DoorChanges {
    /// New name.
    pub name: Option<String>,
    /// New address of its port.
    pub listen: Option<String>,
    /// New nodes: `country:CODE`, `group:NAME`, or a node as typed.
    pub to: Option<String>,
    /// What happens if none of its nodes works.
    pub fallback: Option<NodeFallback>,
    /// New strategy.
    pub strategy: Option<String>,
}
