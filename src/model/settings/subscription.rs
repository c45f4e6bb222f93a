//! Settings for the download of subscriptions.

use serde::{Deserialize, Serialize};

/// Settings for the download of subscriptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionSettings {
    /// The `User-Agent` header, by which some providers choose the format of the list. Empty for the default.
    pub user_agent: String,
    /// Time limit for a response in seconds, through the gateway and again directly.
    pub limit_s: u64,
}

impl Default for SubscriptionSettings {
    fn default() -> Self {
        Self { user_agent: String::new(), limit_s: 60 }
    }
}
