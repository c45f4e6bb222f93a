//! Routes of connections, and the rules that choose them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::model::reasons::line_error::LineError;

/// A request field that restricts the gateway's direct connections to public addresses: the target was chosen by a
/// remote server. It is not passed on.
pub const PUBLIC_ONLY: &str = "sluice-public-only";

/// The route of a connection: the outbound it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Through a member of the pool.
    Pool,
    /// Directly, without a member.
    Direct,
    /// Blocked: the client gets an error.
    Block,
}

/// The list that a rule is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleSource {
    /// The built-in rules: loopback, local networks, plain host names.
    BuiltIn,
    /// The user's own rules.
    User,
    /// The downloaded rule list.
    List,
    /// The access list.
    Acl,
    /// The pins.
    Pin,
    /// The doors; the line is the number of the door.
    Door,
}

/// The position of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePlace {
    /// The list it is in.
    pub source: RuleSource,
    /// Its line, from 1; 0 if the list has no lines.
    pub line: u32,
}

/// A route, and the rule that chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteDecision {
    /// The route.
    pub route: Route,
    /// The rule; `None` if none matched.
    pub rule: Option<RulePlace>,
}

impl RouteDecision {
    /// Whether an entry of the access list matches.
    pub fn is_listed(self) -> bool {
        self.rule.is_some_and(|rule| rule.source == RuleSource::Acl)
    }

    /// Whether the access list has decided that no node is used.
    pub fn excludes_nodes(self) -> bool {
        self.is_listed() && self.route != Route::Pool
    }
}

/// The placeholder for the gateway's address in a PAC script; it is replaced for each client.
pub const GATEWAY: &str = "GATEWAY";

/// The gateway's routing configuration. Two are equal if they are the same object, regardless of their content.
#[derive(Clone, Debug, Default)]
pub struct RoutingConfig {
    /// Chooses the route of each connection; `None` if all go through the pool.
    pub routes: Option<Arc<dyn Routes>>,
    /// The PAC script for this computer, with [`GATEWAY`] in it; empty if there is none.
    pub script: Arc<str>,
    /// The PAC script for other devices, without the user's own rules; empty if there is none.
    pub shared_script: Arc<str>,
}

impl PartialEq for RoutingConfig {
    fn eq(&self, other: &Self) -> bool {
        let routes = match (&self.routes, &other.routes) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        routes && Arc::ptr_eq(&self.script, &other.script) && Arc::ptr_eq(&self.shared_script, &other.shared_script)
    }
}

impl Eq for RoutingConfig {}

/// A route, and the rule that chose it with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedRoute {
    /// The route.
    pub route: Route,
    /// The rule; `None` if none matched.
    pub rule: Option<RulePlace>,
    /// The text of the rule; empty for built-in rules.
    pub text: String,
}

impl From<RouteDecision> for ExplainedRoute {
    fn from(decision: RouteDecision) -> Self {
        Self { route: decision.route, rule: decision.rule, text: String::new() }
    }
}

/// The text of a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesFile {
    /// Its path, whether or not it exists.
    pub path: String,
    /// Its content; empty if it does not exist.
    pub text: String,
}

/// An invalid line of a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: u32,
    /// Why it is invalid.
    pub reason: LineError,
}

/// The state of the downloaded rule list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListView {
    /// Number of rules.
    pub rules: usize,
    /// Unix time of the download in ms; `None` if there is no list.
    pub fetched_at: Option<i64>,
}

/// Chooses the route of each connection. Called once per connection, so it must not block.
pub trait Routes: fmt::Debug + Send + Sync {
    /// The route to a target. `url` is the whole URL, if the client has sent it.
    fn decide(&self, target: &Target, url: Option<&str>) -> RouteDecision;
}
