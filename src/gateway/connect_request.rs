//! What a client requests, as far as members are selected by it.

use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::learned::RequestedSite;
use super::selected::SelectedBy;
use crate::model::{Strategy, Target};

/// A client's request, for the selection of a member.
#[derive(Clone, Debug)]
pub(super) struct ConnectRequest {
    /// The target.
    pub(super) target: Target,
    /// The SOCKS user name: connections of different users are isolated, as in Tor. It may name a door.
    pub(super) user: Option<Box<str>>,
    /// Its site, if the strategy learns.
    pub(super) site: Option<Arc<RequestedSite>>,
    /// What selects its members, if anything but the strategy does.
    pub(super) selected: Option<Arc<SelectedBy>>,
}

impl ConnectRequest {
    /// A request for which neither door nor pin was looked up yet.
    pub(super) fn new(target: Target, user: Option<Box<str>>) -> Self {
        Self { target, user, selected: None, site: None }
    }

    /// The strategy that orders its members, if it is not that of the pool.
    pub(super) fn strategy(&self) -> Option<Strategy> {
        self.selected.as_deref().and_then(SelectedBy::strategy)
    }
}

/// The key that connections of one SOCKS user to one site have in common.
pub(super) fn affinity(target: &Target, user: Option<&str>) -> u64 {
    let user = user.map_or(0, |user| xxh3_64(user.as_bytes()));
    xxh3_64_with_seed(target.site().as_bytes(), user)
}
