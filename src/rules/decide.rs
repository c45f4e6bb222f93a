//! All lists together, in order.
//!
//! This machine is always direct. Then the user's rules decide, then local networks are direct, then the
//! fetched list decides. What nothing matches is direct.

use std::sync::Arc;

use super::list::{RuleAction, RuleList};
use super::local_hosts;
use super::request_url::RequestUrl;
use crate::model::route::{RulePlace, RuleSource};

/// The user's rules over a fetched list.
#[derive(Clone, Debug, Default)]
pub struct LayeredRules {
    /// The user's.
    pub user: Arc<RuleList>,
    /// The fetched one.
    pub list: Arc<RuleList>,
}

/// What is decided, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Through the proxy or not.
    pub action: RuleAction,
    /// The rule; none where nothing matched.
    pub rule: Option<RulePlace>,
}

impl LayeredRules {
    /// What is to be done with an address.
    pub fn decide(&self, url: &RequestUrl) -> Decision {
        let built_in =
            || Decision { action: RuleAction::Direct, rule: Some(RulePlace { source: RuleSource::BuiltIn, line: 0 }) };
        let ask = |list: &RuleList, source| {
            let found = list.find(url)?;
            Some(Decision { action: found.action, rule: Some(RulePlace { source, line: found.line }) })
        };
        if local_hosts::is_this_machine(url.host()) {
            return built_in();
        }
        ask(&self.user, RuleSource::User)
            .or_else(|| local_hosts::is_near(url.host()).then(built_in))
            .or_else(|| ask(&self.list, RuleSource::List))
            .unwrap_or(Decision { action: RuleAction::Direct, rule: None })
    }

    /// The text of a rule that has matched.
    pub fn text(&self, place: RulePlace) -> Option<&str> {
        match place.source {
            RuleSource::User => self.user.text(place.line),
            RuleSource::List => self.list.text(place.line),
            RuleSource::BuiltIn | RuleSource::Acl => None,
        }
    }
}
