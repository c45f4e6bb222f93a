//! Explains the choice of a member for a target, without connecting.

use super::Handle;
use super::open::affinity;
use super::strategy::{self, SelectionKey};
use crate::model::why::RankReason;
use crate::model::{NodeId, Strategy, Target};

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
    /// The members that accept connections, in the order in which a connection to this target would try them.
    pub fn explain(&self, target: &Target) -> Vec<MemberRank> {
        let table = self.state.table();
        let key = SelectionKey { affinity: affinity(target, None), now_ms: self.state.now_ms(), without: &[] };
        let mut order: Vec<_> = strategy::candidates(&table, key, &mut rand::rng()).collect();
        // No more than these are ever tried; the rest follows in table order.
        let rest: Vec<_> = (0..table.upstreams.len()).filter(|index| !order.contains(index)).collect();
        order.extend(rest);
        let own = (table.strategy == Strategy::Sticky).then(|| strategy::assigned_member(&table, key)).flatten();
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
}
