//! How lists of nodes are fetched.

use serde::{Deserialize, Serialize};

use super::Invalid;

/// How subscriptions are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subscription {
    /// What this program calls itself: some providers choose the form of their list by it. Empty for
    /// its own name.
    pub user_agent: String,
    /// Seconds that a whole answer may take, through the gateway and then directly.
    pub limit_s: u64,
}

impl Default for Subscription {
    fn default() -> Self {
        Self { user_agent: String::new(), limit_s: 60 }
    }
}

impl Subscription {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let is_header =
            self.user_agent.len() <= 256 && self.user_agent.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let wanted = "up to 256 plain characters";
        is_header.then_some(()).ok_or_else(|| Invalid::new("subscription.user_agent", wanted))
    }
}
