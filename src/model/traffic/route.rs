//! Which way a connection goes, and the rule that says so.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::model::reasons::line_error::LineError;

/// A way for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Through a member.
    Pool,
    /// From this machine, past every member.
    Direct,
    /// Nowhere: the client is refused.
    Block,
}

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleSource {
    /// The program's own: this machine, its network, plain host names.
    BuiltIn,
    /// The user's rules.
    User,
    /// The list that is fetched.
    List,
    /// The access list.
    Acl,
}

/// A rule that has matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePlace {
    /// Where it stands.
    pub source: RuleSource,
    /// In which line, from 1; 0 where the source has no lines.
    pub line: u32,
}

/// A way, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The way.
    pub route: Route,
    /// The rule that says so; none where no rule matched.
    pub rule: Option<RulePlace>,
}

/// What a script for browsers has in the place of the gateway's address, which is another one for
/// each client.
pub const GATEWAY: &str = "GATEWAY";

/// What a gateway is told about ways. Two are equal where they are the same, not where they say the same.
#[derive(Clone, Debug, Default)]
pub struct RoutingConfig {
    /// Asked for each connection; none where all go through the pool.
    pub routes: Option<Arc<dyn Routes>>,
    /// The script for browsers on this machine, with [`GATEWAY`] in it; empty where none is to be had.
    pub script: Arc<str>,
    /// The one for other machines, without the user's own rules; empty where none is to be had.
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

/// A way as users are told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The way.
    pub route: Route,
    /// The rule that says so; none where no rule matched.
    pub rule: Option<RulePlace>,
    /// The rule itself, where it has words.
    pub text: String,
}

/// A file of rules, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesFile {
    /// Where it is, or would be.
    pub path: String,
    /// What is in it; empty where there is none.
    pub text: String,
}

/// A line of rules that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLine {
    /// Which, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub reason: LineError,
}

/// What is known of the list of rules that is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListView {
    /// How many rules it has.
    pub rules: usize,
    /// Unix time in ms at which it was fetched; none where there is no list.
    pub fetched_at: Option<i64>,
}

/// Says which way connections go. It is asked once for each, so it answers from memory.
pub trait Routes: fmt::Debug + Send + Sync {
    /// The way to a target. `url` is the whole address, where the client has told it.
    fn way(&self, target: &Target, url: Option<&str>) -> Way;
}
