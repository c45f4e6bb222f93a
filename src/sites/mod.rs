//! What real connections have shown about sites: which node serves each one, and how well others did.
//!
//! A site is a registrable domain ([`SiteKey`]); with SOCKS users, one per user. [`SiteMemory`] has a record per site:
//! its node, why it is that one, and per node the time to first byte, the rate of large transfers, and failures of the
//! site where another node had none ([`evidence`]). The rules are pure functions of this evidence and the time:
//!
//! - A site stays on its node while that serves it ([`choose`]). It moves if the site fails there and not elsewhere, or
//!   if another node has been clearly better for a while ([`better`]).
//! - A new site begins on a node that did well of late ([`levels`], [`start`]); some explore another one. No site that
//!   was used before ever explores.
//! - To the times of a node is added what retransmissions on the way to its server cost ([`retransmissions`]).
//! - Sites that one program opens together share a node ([`families`]).
//!
//! The memory is bounded: [`MAX_SITES`] sites, for [`KEPT_MS`] after their last use. Times are Unix times in ms.

mod better;
mod choose;
mod evidence;
mod families;
mod file;
mod levels;
mod record;
mod report;
mod retransmissions;
mod shared;
mod start;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU64;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub use self::choose::{SiteMember, SiteRequest};
pub use self::evidence::{Observation, SiteFailure};
use self::families::Families;
pub use self::file::SiteFile;
use self::levels::NodeLevels;
use self::record::SiteRecord;
pub use self::report::SiteStanding;
pub use self::shared::SharedSites;
use crate::model::NodeId;

/// Maximum number of sites; the one that was used least recently makes room.
pub const MAX_SITES: usize = 2_000;

/// How long a site is kept after its last use: 30 days.
pub const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// The identity of a site, for one SOCKS user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteKey(NonZeroU64);

impl SiteKey {
    /// The site with this name, for a SOCKS user or for all clients without one.
    pub fn new(name: &str, user: Option<&str>) -> Self {
        let user = user.map_or(0, |user| xxh3_64(user.as_bytes()));
        Self::of_hash(xxh3_64_with_seed(name.as_bytes(), user))
    }

    /// The site with this hash.
    pub fn of_hash(hash: u64) -> Self {
        Self(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MIN))
    }

    /// Its hash.
    pub fn hash(self) -> u64 {
        self.0.get()
    }
}

/// All sites, and what follows from them about the nodes.
#[derive(Debug, Default)]
pub struct SiteMemory {
    sites: HashMap<SiteKey, SiteRecord>,
    levels: NodeLevels,
    families: Families,
    /// For each node with a failure since its last response: the site that failed, and when.
    failing: HashMap<NodeId, (SiteKey, i64)>,
    is_changed: bool,
}

impl SiteMemory {
    /// Number of sites.
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// Whether no site is known.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// Forgets a site by its name; returns whether it was known.
    pub fn forget(&mut self, name: &str) -> bool {
        let before = self.sites.len();
        self.sites.retain(|_, record| &*record.name != name);
        let is_known = self.sites.len() < before;
        self.is_changed |= is_known;
        is_known
    }

    /// Forgets everything; returns the number of sites.
    pub fn forget_all(&mut self) -> usize {
        let count = self.sites.len();
        *self = Self { is_changed: true, ..Self::default() };
        count
    }

    /// Applies what is known about a node to its new id.
    pub fn rename(&mut self, old: &NodeId, new: &NodeId) {
        for record in self.sites.values_mut() {
            record.rename(old, new);
        }
        self.is_changed = true;
    }

    /// Removes what is too old, and the oldest until there is room for one more.
    fn make_room(&mut self, now: i64) {
        if self.sites.len() < MAX_SITES {
            return;
        }
        self.sites.retain(|_, record| now - record.used_at <= KEPT_MS);
        while self.sites.len() >= MAX_SITES {
            let oldest = self.sites.iter().min_by_key(|(key, record)| (record.used_at, **key)).map(|(key, _)| *key);
            let Some(oldest) = oldest else { return };
            self.sites.remove(&oldest);
        }
    }
}
