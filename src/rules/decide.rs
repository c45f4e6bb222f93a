//! All rule lists together, in order.
//!
//! Loopback is always direct. Then the user's rules decide, then local networks are direct, then the downloaded list
//! decides. Anything else is direct.

use std::sync::Arc;

use super::list::{RuleAction, RuleList};
use super::local_hosts;
use super::request_url::RequestUrl;
use crate::model::route::{RulePlace, RuleSource};

/// The user's rules, followed by the downloaded list.
#[derive(Clone, Debug, Default)]
pub struct LayeredRules {
    /// The user's rules.
    pub user: Arc<RuleList>,
    /// The downloaded list.
    pub list: Arc<RuleList>,
}

/// A decision, and the rule that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether to use the proxy.
    pub action: RuleAction,
    /// The rule; `None` if none matched.
    pub rule: Option<RulePlace>,
}

impl LayeredRules {
    /// Decides for a URL.
    pub fn decide(&self, url: &RequestUrl) -> Decision {
        let built_in =
            || Decision { action: RuleAction::Direct, rule: Some(RulePlace { source: RuleSource::BuiltIn, line: 0 }) };
        let ask = |list: &RuleList, source| {
            let found = list.find(url)?;
            Some(Decision { action: found.action, rule: Some(RulePlace { source, line: found.line }) })
        };
        if local_hosts::is_loopback_host(url.host()) {
            return built_in();
        }
        ask(&self.user, RuleSource::User)
            .or_else(|| local_hosts::is_local_network(url.host()).then(built_in))
            .or_else(|| ask(&self.list, RuleSource::List))
            .unwrap_or(Decision { action: RuleAction::Direct, rule: None })
    }

    /// The text of a rule.
    pub fn text(&self, place: RulePlace) -> Option<&str> {
        match place.source {
            RuleSource::User => self.user.text(place.line),
            RuleSource::List => self.list.text(place.line),
            RuleSource::BuiltIn | RuleSource::Acl | RuleSource::Pin | RuleSource::Door => None,
        }
    }
}
