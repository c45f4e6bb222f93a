//! Why a site is served by a certain member.

use serde::{Deserialize, Serialize};

use super::snapshot::MemberView;
use crate::model::settings::Strategy;
use crate::model::traffic::route::ExplainedRoute;

/// The members that a new connection to a site would try, in order, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The site: the registrable domain, or the address.
    pub site: String,
    /// The route of the site, and the rule that chose it.
    pub ruling: ExplainedRoute,
    /// The load balancing strategy.
    pub strategy: Strategy,
    /// Members that take connections, in the order in which they would be tried; then all others.
    pub members: Vec<RankedMember>,
}

/// The result of testing an address against the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTestResult {
    /// The route in the PAC script.
    pub script: ExplainedRoute,
    /// The route at the gateway.
    pub gateway: ExplainedRoute,
}

/// A member's rank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedMember {
    /// Its rank, from 1; `None` if it takes no connections.
    pub turn: Option<usize>,
    /// Why it has that rank.
    pub because: RankReason,
    /// Its time to first byte in ms as weighted by the strategies; it decays towards 0 without new measurements.
    pub weighed_ms: u32,
    /// The site's mean time to first byte through it in ms, if `smart` has measured that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_ms: Option<u32>,
    /// The name of the node that the site was on before, if `smart` has moved it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// The member.
    #[serde(flatten)]
    pub member: MemberView,
}

/// Why a member has its rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RankReason {
    /// The strategy ranks it there.
    Strategy,
    /// A pin names it.
    Pinned,
    /// The door selects it.
    Door,
    /// The site is assigned to it: all its connections go there.
    #[serde(rename = "own-member")]
    Assigned,
    /// The site is assigned to it, but it has too many open connections, so that others help.
    Crowded,
    /// The best one for this site, as learned.
    BestForSite,
    /// The site is new, and begins here.
    NewSite,
    /// The site was opened together with another one, which is here.
    SameFamily,
    /// The site has moved here because it was clearly faster.
    MovedFaster,
    /// The site has moved here because it failed on the node before.
    MovedFailed,
    /// The site has moved here because the node before took no connections.
    MovedGone,
    /// The site fails here, and not on other nodes.
    SiteFails,
    /// It may be failing: it is tried after all others.
    Suspect,
    /// It takes no connections.
    NotServing,
}
