//! Why a site is served by the member that serves it.

use serde::{Deserialize, Serialize};

use super::snapshot::MemberView;
use crate::model::settings::Strategy;
use crate::model::traffic::route::Ruling;

/// Which members a connection to a site would be given to now, and what that depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The site: the registrable domain, or the address.
    pub site: String,
    /// Whether a member is asked at all.
    pub ruling: Ruling,
    /// How members are ordered.
    pub strategy: Strategy,
    /// Those that take connections, in the order in which they would be asked; then the others.
    pub members: Vec<Place>,
}

/// What the rules say of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    /// To a browser that goes by the script.
    pub script: Ruling,
    /// At the gateway, to whoever gets there.
    pub gateway: Ruling,
}

/// A member's place in the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Its turn, from 1; none for a member that takes no connections.
    pub turn: Option<usize>,
    /// Why it has that turn.
    pub because: Because,
    /// Its time to first byte as the strategies weigh it now, in ms: it fades while nothing is measured.
    /// 0 before that.
    pub weighed_ms: u32,
    /// The member.
    #[serde(flatten)]
    pub member: MemberView,
}

/// Why a member has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The strategy puts it there.
    Strategy,
    /// It is the site's own member: all its connections go there.
    OwnMember,
    /// It is the site's own member, but so many connections are open through it that others help.
    Crowded,
    /// Something is wrong with it: it is asked after all others.
    Suspect,
    /// It takes no connections.
    NotServing,
}
