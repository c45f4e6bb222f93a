//! Nodes for tests.

use crate::model::NodeId;
use crate::model::snapshot::NodeView;

/// A node of a name in a group.
pub(super) fn node(name: &str, group: &str) -> NodeView {
    let id: String = name.bytes().chain([0; 6]).take(6).map(|byte| format!("{byte:02x}")).collect();
    NodeView {
        id: NodeId::from_text(&id),
        name: name.into(),
        group: group.into(),
        kind: "ss".into(),
        host: format!("{}.example", name.to_lowercase()),
        port: 8388,
        method: "aes-256-gcm".into(),
        plugin: String::new(),
        protocol: String::new(),
        obfs: String::new(),
        legacy: None,
        excluded: false,
        weight: 1,
        tier: 0,
        latency_ms: None,
        history: Vec::new(),
        up: 0,
        down: 0,
        up_today: 0,
        down_today: 0,
        recency: None,
    }
}
