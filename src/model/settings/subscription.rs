//! How lists of nodes are fetched.

use serde::{Deserialize, Serialize};

/// How subscriptions are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionSettings {
    /// What this program calls itself: some providers choose the form of their list by it. Empty for
    /// its own name.
    pub user_agent: String,
    /// Seconds that a whole answer may take, through the gateway and then directly.
    pub limit_s: u64,
}

impl Default for SubscriptionSettings {
    fn default() -> Self {
        Self { user_agent: String::new(), limit_s: 60 }
    }
}
