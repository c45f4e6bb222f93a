//! What the gateway saw of a member on real traffic.

use crate::model::node::NodeId;
pub use crate::model::reasons::signal::Signal;

/// What the gateway saw of a member on real traffic; it tells the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which member.
    pub id: NodeId,
    /// What was seen.
    pub signal: Signal,
}
