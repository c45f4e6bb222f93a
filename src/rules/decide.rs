//! All lists together, in the order in which they are asked.
//!
//! This machine never goes through a server. Then the user's rules say; then the networks around this
//! machine go direct; then the fetched list says. What nothing matches goes direct.

use std::sync::Arc;

use super::list::{List, Verdict};
use super::own;
use super::subject::Subject;
use crate::model::route::{RulePlace, RuleSource};

/// The user's rules over a fetched list.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The user's.
    pub user: Arc<List>,
    /// The fetched one.
    pub list: Arc<List>,
}

/// What is decided, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Through the proxy or not.
    pub verdict: Verdict,
    /// The rule; none where nothing matched.
    pub rule: Option<RulePlace>,
}

impl Rules {
    /// What is to be done with an address.
    pub fn decide(&self, subject: &Subject) -> Decision {
        let built_in =
            || Decision { verdict: Verdict::Direct, rule: Some(RulePlace { source: RuleSource::BuiltIn, line: 0 }) };
        let ask = |list: &List, source| {
            let found = list.find(subject)?;
            Some(Decision { verdict: found.verdict, rule: Some(RulePlace { source, line: found.line }) })
        };
        if own::is_this_machine(subject.host()) {
            return built_in();
        }
        ask(&self.user, RuleSource::User)
            .or_else(|| own::is_near(subject.host()).then(built_in))
            .or_else(|| ask(&self.list, RuleSource::List))
            .unwrap_or(Decision { verdict: Verdict::Direct, rule: None })
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
