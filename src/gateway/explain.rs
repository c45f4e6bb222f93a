//! Explains the choice of a member for a target, without connecting.

use super::Handle;
use super::connect_request::affinity;
use super::learned::{self, LearnedCosts};
use super::selected::{self, SelectedBy};
use super::site;
use super::strategy::{self, SelectionKey};
use super::table::Table;
use crate::model::route::RouteDecision;
use crate::model::site::SitePlacement;
use crate::model::why::RankReason;
use crate::model::{NodeId, Route, Strategy, Target, Upstream};
use crate::os::clock::unix_ms;
use crate::sites::SiteStanding;

/// A member and its rank for a site.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberRank {
    /// The member.
    pub id: NodeId,
    /// Why it has this rank.
    pub because: RankReason,
    /// Time to first byte as weighted by the strategies, in ms.
    pub first_byte_ms: f32,
    /// What the member is for the site, as learned.
    pub standing: SiteStanding,
}

/// The client whose connection is explained.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExplainedClient<'a> {
    /// The name of its program; without it, pins that name a program are not considered.
    pub program: Option<&'a str>,
    /// The name of the door that it uses.
    pub door: Option<&'a str>,
}

impl Handle {
    /// The members that accept connections, in the order in which a connection to this target would try them.
    pub fn explain(&self, target: &Target, client: ExplainedClient<'_>) -> Vec<MemberRank> {
        let (table, limits) = (self.state.table(), self.state.limits());
        let unruled = RouteDecision { route: Route::Pool, rule: None };
        let door = client.door.and_then(|name| limits.doors.find(name)).cloned().map(SelectedBy::Door);
        let pin = || limits.pins.decide(unruled, target, client.program).1.cloned().map(SelectedBy::Pin);
        let selected = door.or_else(pin);
        let table = table.ordered_by(selected.as_ref().and_then(SelectedBy::strategy));
        let (affinity, now_ms) = (affinity(target, None), self.state.now_ms());
        let learned = self.learned(table, target);
        let costs = learned.as_ref().map(LearnedCosts::as_slice);
        let key = SelectionKey { affinity, now_ms, without: &[], learned: costs };
        let Some((selected, nodes)) = selected.as_ref().and_then(|selected| Some((selected, selected.nodes()?))) else {
            return self.with_standing(ranks(table, key), table, target);
        };
        let first_byte_ms = |member: &Upstream| member.meter.first_byte_ms(key.now_ms);
        let chosen = match selected {
            SelectedBy::Pin(_) => RankReason::Pinned,
            SelectedBy::Door(_) => RankReason::Door,
        };
        let because = |member: &Upstream| if member.is_suspect { RankReason::Suspect } else { chosen };
        let mut order: Vec<_> = selected::members(table.every(), SelectionKey { learned: None, ..key }, nodes)
            .map(|member| MemberRank {
                id: member.id.clone(),
                because: because(&member),
                first_byte_ms: first_byte_ms(&member),
                standing: SiteStanding::default(),
            })
            .collect();
        if nodes.then_any {
            let others = ranks(table, key).into_iter();
            let others: Vec<_> = others.filter(|rank| order.iter().all(|pinned| pinned.id != rank.id)).collect();
            order.extend(others);
        }
        order
    }

    /// The costs of the members for a site, as learned; `None` if the strategy does not learn.
    fn learned(&self, table: &Table, target: &Target) -> Option<LearnedCosts> {
        let is_learned = self.state.limits().learns && site::applies_to(table);
        let key = site::site_key(target, None);
        is_learned.then(|| learned::preview(&mut self.state.connections.sites.lock(), table, key, unix_ms()))
    }

    /// Adds what is learned about the site.
    fn with_standing(&self, mut ranks: Vec<MemberRank>, table: &Table, target: &Target) -> Vec<MemberRank> {
        if !self.state.limits().learns || !site::applies_to(table) {
            return ranks;
        }
        let (memory, key, now) = (self.state.connections.sites.lock(), site::site_key(target, None), unix_ms());
        for (turn, rank) in ranks.iter_mut().enumerate() {
            let standing = memory.standing(key, &rank.id, now);
            let is_known = standing.is_some();
            rank.standing = standing.unwrap_or_default();
            rank.because = match (rank.because, rank.standing.placement) {
                (RankReason::Suspect, _) => RankReason::Suspect,
                _ if rank.standing.is_failing => RankReason::SiteFails,
                _ if turn > 0 => RankReason::Strategy,
                (_, Some(SitePlacement::New)) => RankReason::BestForSite,
                (_, Some(SitePlacement::Family)) => RankReason::SameFamily,
                (_, Some(SitePlacement::Faster)) => RankReason::MovedFaster,
                (_, Some(SitePlacement::Failed)) => RankReason::MovedFailed,
                (_, Some(SitePlacement::Gone)) => RankReason::MovedGone,
                (_, None) if is_known => RankReason::Strategy,
                (_, None) => RankReason::NewSite,
            };
        }
        ranks
    }
}

/// The members of the pool, in the order of the strategy.
fn ranks(table: &Table, key: SelectionKey<'_>) -> Vec<MemberRank> {
    let mut order: Vec<_> = strategy::candidates(table, key, &mut rand::rng()).collect();
    // No more than these are ever tried; the rest follows in table order.
    let rest: Vec<_> = (0..table.upstreams.len()).filter(|index| !order.contains(index)).collect();
    order.extend(rest);
    let own = (table.strategy == Strategy::Sticky).then(|| strategy::assigned_member(table, key)).flatten();
    let place = |(turn, index): (usize, usize)| {
        let upstream = &table.upstreams[index];
        let because = match (upstream.is_suspect, own == Some(index)) {
            (true, _) => RankReason::Suspect,
            (false, true) if turn == 0 => RankReason::Assigned,
            (false, true) => RankReason::Crowded,
            (false, false) => RankReason::Strategy,
        };
        let first_byte_ms = upstream.meter.first_byte_ms(key.now_ms);
        MemberRank { id: upstream.id.clone(), because, first_byte_ms, standing: SiteStanding::default() }
    };
    order.into_iter().enumerate().map(place).collect()
}
