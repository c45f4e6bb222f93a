//! Explains the choice of a member for a target, without connecting.

use super::Handle;
use super::open::affinity;
use super::pinned;
use super::strategy::{self, SelectionKey};
use super::table::Table;
use crate::model::route::RouteDecision;
use crate::model::why::RankReason;
use crate::model::{NodeId, Route, Strategy, Target, Upstream};

/// A member and its rank for a site.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberRank {
    /// The member.
    pub id: NodeId,
    /// Why it has this rank.
    pub because: RankReason,
    /// Time to first byte as weighted by the strategies, in ms.
    pub first_byte_ms: f32,
}

impl Handle {
    /// The members that accept connections, in the order in which a connection to this target would try them. Pins that
    /// name a program are not considered.
    pub fn explain(&self, target: &Target) -> Vec<MemberRank> {
        let (table, limits) = (self.state.table(), self.state.limits());
        let unruled = RouteDecision { route: Route::Pool, rule: None };
        let (_, pin) = limits.pins.decide(unruled, target, None);
        let key = SelectionKey { affinity: affinity(target, None), now_ms: self.state.now_ms(), without: &[] };
        let Some(nodes) = pin.and_then(|pin| pin.nodes()) else { return ranks(&table, key) };
        let first_byte_ms = |member: &Upstream| member.meter.first_byte_ms(key.now_ms);
        let because = |member: &Upstream| if member.is_suspect { RankReason::Suspect } else { RankReason::Pinned };
        let mut order: Vec<_> = pinned::members(table.every(), key, nodes)
            .map(|member| MemberRank {
                id: member.id.clone(),
                because: because(&member),
                first_byte_ms: first_byte_ms(&member),
            })
            .collect();
        if nodes.then_any {
            let others = ranks(&table, key).into_iter();
            let others: Vec<_> = others.filter(|rank| order.iter().all(|pinned| pinned.id != rank.id)).collect();
            order.extend(others);
        }
        order
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
        MemberRank { id: upstream.id.clone(), because, first_byte_ms: upstream.meter.first_byte_ms(key.now_ms) }
    };
    order.into_iter().enumerate().map(place).collect()
}
