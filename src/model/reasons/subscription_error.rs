//! Why a subscription is invalid.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

/// Longest interval between two updates of a subscription, in hours: a year.
pub const MAX_INTERVAL_H: u64 = 8_760;

/// Longest name of a subscription, in bytes.
pub const MAX_NAME: usize = 256;

messages! {
    /// Why a subscription is invalid. Contains no URL.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum SubscriptionError {
        /// Its URL cannot be fetched.
#[serde(rename = "no-address")]
        InvalidUrl = "subscription-error-invalid-url",
        /// Another subscription has the URL.
#[serde(rename = "known-address")]
        DuplicateUrl(name: String) = "subscription-error-duplicate-url",
        /// Its name is empty, too long, or not a single line.
        Name = "subscription-error-name" [most = MAX_NAME],
        /// Another subscription has the name.
#[serde(rename = "known-name")]
        DuplicateName(name: String) = "subscription-error-duplicate-name",
        /// Its interval is too long.
        Interval = "subscription-error-interval" [most = MAX_INTERVAL_H],
    }
}
