//! Validation of subscriptions, with regard to the existing ones.

use super::SubscriptionStore;
use crate::locale::is_hidden;
use crate::model::Secret;
use crate::model::subscription::{MAX_INTERVAL_H, MAX_NAME, SubscriptionError};
use crate::subscription::address;

impl SubscriptionStore {
    /// Validates a new subscription.
    pub(in crate::engine) fn check_new(
        &self,
        url: &Secret,
        name: Option<&str>,
        update_h: Option<u64>,
    ) -> Result<(), SubscriptionError> {
        // No subscription has this key.
        self.check(0, Some(url), name, update_h)
    }

    /// Validates changes to the subscription with this key.
    pub(in crate::engine) fn check(
        &self,
        key: u64,
        url: Option<&Secret>,
        name: Option<&str>,
        update_h: Option<u64>,
    ) -> Result<(), SubscriptionError> {
        let mut others = self.kept.iter().filter(|kept| kept.key != key).map(|kept| &kept.subscription);
        if let Some(url) = url {
            address::parse(url.expose())?;
            if let Some(same) = others.clone().find(|other| other.url == *url) {
                return Err(SubscriptionError::DuplicateUrl(same.name.clone()));
            }
        }
        if let Some(name) = name {
            let is_plain = !name.is_empty() && name.len() <= MAX_NAME && !name.contains(is_hidden);
            if !is_plain {
                return Err(SubscriptionError::Name);
            }
            if others.any(|other| other.name == name) {
                return Err(SubscriptionError::DuplicateName(name.into()));
            }
        }
        if update_h.is_some_and(|hours| hours > MAX_INTERVAL_H) {
            return Err(SubscriptionError::Interval);
        }
        Ok(())
    }
}
