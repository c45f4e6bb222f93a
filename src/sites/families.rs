//! Families: sites that one program opens together share a node, so that a service sees one exit address.
//!
//! The first site that a program opens after a pause leads; those that follow within [`TOGETHER_MS`] are opened with
//! it. A new site begins on the node of its leader. One that was opened with the same leader several times in a row
//! follows it from then on, and takes it along if the site itself fails; one that many sites have in common, such as an
//! advertiser, follows none.

use std::collections::HashMap;

use super::choose::{SiteMember, SiteRequest};
use super::record::{FamilyTie, SiteRecord};
use super::{SiteKey, SiteMemory};
use crate::model::site::SitePlacement;

/// How long after its leader a site is opened together with it.
const TOGETHER_MS: i64 = 3_000;

/// A connection after this time without one begins a new visit.
const VISIT_MS: i64 = 10_000;

/// Number of visits in a row with one leader after which a site follows it.
const FIRM: u32 = 3;

/// Number of visits of a site whose program is looked up.
const LOOKED_UP: u32 = 6;

/// Maximum number of clients.
const MAX_CLIENTS: usize = 256;

/// The site that each client opened first in its current visit, and when.
#[derive(Debug, Default)]
pub(super) struct Families(HashMap<u64, (SiteKey, i64)>);

impl Families {
    /// The leader of a site that a client opens now; the site itself leads if there is none.
    fn opened(&mut self, client: u64, key: SiteKey, now: i64) -> Option<SiteKey> {
        if let Some((leader, since)) = self.0.get(&client)
            && (0..=TOGETHER_MS).contains(&(now - since))
        {
            return Some(*leader).filter(|leader| *leader != key);
        }
        if self.0.len() >= MAX_CLIENTS {
            self.0.retain(|_, (_, since)| (0..=TOGETHER_MS).contains(&(now - *since)));
        }
        if self.0.len() < MAX_CLIENTS {
            self.0.insert(client, (key, now));
        }
        None
    }

    fn current(&self, client: u64, now: i64) -> Option<SiteKey> {
        self.0.get(&client).filter(|(_, since)| (0..=TOGETHER_MS).contains(&(now - since))).map(|(leader, _)| *leader)
    }
}

impl SiteMemory {
    /// Whether a connection to a site depends on the client's program: the site is new, or it is not clear yet whether
    /// it follows another one.
    pub fn needs_client(&self, key: SiteKey, now: i64) -> bool {
        self.sites.get(&key).is_none_or(|record| {
            let is_visit = now - record.used_at >= VISIT_MS;
            is_visit && record.tie.together < FIRM && record.tie.visits < LOOKED_UP
        })
    }

    /// Notes which site a client opens, once per visit.
    pub(super) fn note_client(&mut self, request: SiteRequest<'_>, now: i64) {
        let Some(client) = request.client else { return };
        let record = self.sites.get_mut(&request.key);
        let is_visit = record.as_ref().is_none_or(|record| now - record.used_at >= VISIT_MS);
        if !is_visit {
            return;
        }
        let leader = self.families.opened(client, request.key, now);
        let Some(record) = record else { return };
        let tie = record.tie;
        let together = match leader {
            Some(leader) if tie.leader == Some(leader) => tie.together + 1,
            Some(_) => 1,
            None => 0,
        };
        record.tie = FamilyTie { leader, together, visits: tie.visits + 1 };
    }

    /// The member of the site that leads a new one.
    pub(super) fn leader_node(
        &self,
        request: SiteRequest<'_>,
        members: &[SiteMember<'_>],
        now: i64,
    ) -> Option<(usize, SiteKey)> {
        let leader = self.families.current(request.client?, now).filter(|leader| *leader != request.key)?;
        let node = &self.sites.get(&leader)?.node;
        let index = members.iter().position(|member| member.id == node && !member.is_suspect && !member.is_crowded)?;
        Some((index, leader))
    }

    /// The site that a site follows.
    pub(super) fn leader_of(&self, record: &SiteRecord) -> Option<SiteKey> {
        let leader = record.tie.leader.filter(|_| record.tie.together >= FIRM)?;
        // One that follows itself does not lead.
        self.sites.get(&leader).filter(|leader| leader.tie.together < FIRM).map(|_| leader)
    }

    /// Moves a site to the node of the one that it follows.
    pub(super) fn follow_leader(&mut self, key: SiteKey, members: &[SiteMember<'_>], now: i64) {
        let leader = self.leader_of(&self.sites[&key]).and_then(|leader| self.sites.get(&leader));
        let Some(node) = leader.map(|leader| leader.node.clone()) else { return };
        let is_served = members.iter().any(|member| *member.id == node);
        if let Some(record) = self.sites.get_mut(&key).filter(|record| is_served && !record.fails_on(&node, now)) {
            record.move_to(&node, SitePlacement::Family, now);
        }
    }
}
