//! A signal about a member from real traffic.

use crate::model::node::NodeId;
pub use crate::model::reasons::signal::Signal;

/// A signal about a member from real traffic, sent by the gateway to the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The member's node.
    pub id: NodeId,
    /// What was observed.
    pub signal: Signal,
}
