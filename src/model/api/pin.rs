//! Pins, with the state of their nodes.

use serde::{Deserialize, Serialize};

use crate::model::settings::Pin;

/// A pin as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinView {
    /// The pin.
    #[serde(flatten)]
    pub pin: Pin,
    /// The name of the node that it names; `None` if it names none, or there is no such node.
    pub name: Option<String>,
    /// The number of its nodes that take connections now; `None` if its connections go through none.
    pub working: Option<usize>,
}
