//! `why`: the members that the gateway would try for a site, with the pool's state of each.

use crate::engine::event_loop::EventLoop;
use crate::gateway::{ExplainedClient, MemberRank};
use crate::model::settings::{ExpectedValue, InvalidValue};
use crate::model::why::{RankReason, RankedMember, Why};
use crate::model::{Cause, Fault, FaultCode, NoNodeReason, Reply, Target};
use crate::sites::SiteStanding;

/// The port if none is given; no strategy depends on it.
const PORT: u16 = 443;

impl EventLoop {
    /// Which member serves a host, and why.
    ///
    /// # Errors
    /// The host name is invalid, there is no such door, or the gateway is not listening.
    pub(super) fn why(&mut self, host: &str, client: ExplainedClient<'_>) -> Result<Reply, Fault> {
        let door = client.door.map(|name| self.place_of_door(name)).transpose()?;
        let target = Target::from_host(host, PORT).filter(|_| !host.contains(['/', ' ']));
        let target = target.ok_or_else(|| {
            Fault::of(FaultCode::BadMessage, Cause::Setting(InvalidValue::new(host, ExpectedValue::Host)))
        })?;
        let ranked = self
            .listening
            .explain(&target, client)
            .ok_or_else(|| Fault::of(FaultCode::NoNode, Cause::NoNode(NoNodeReason::Closed)))?;
        let members = self.ranked_members(ranked);
        let ruling = self.pinned_route(self.rules.explain_route(&target), &target, client);
        let door = door.and_then(|place| self.settings.doors[place].strategy);
        let strategy = door.unwrap_or(self.settings.cluster.strategy);
        Ok(Reply::Why(Why { site: target.site(), ruling, strategy, members }))
    }

    /// All members, those in the gateway's order first.
    fn ranked_members(&mut self, ranked: Vec<MemberRank>) -> Vec<RankedMember> {
        let mut members = self.snapshot().members;
        let mut places = Vec::new();
        for (turn, ranked) in ranked.into_iter().enumerate() {
            // The pool may have removed it since the gateway read the roster.
            let Some(index) = members.iter().position(|member| member.id == ranked.id) else { continue };
            let member = members.remove(index);
            let weighed_ms = ranked.first_byte_ms as u32;
            let SiteStanding { first_byte_ms, from, .. } = ranked.standing;
            places.push(RankedMember {
                turn: Some(turn + 1),
                because: ranked.because,
                weighed_ms,
                site_ms: first_byte_ms.map(|ms| ms.round() as u32),
                moved_from: from.map(|id| self.nodes.get(&id).map_or_else(|| id.to_string(), |it| it.node.label())),
                member,
            });
        }
        let others = members.into_iter();
        places.extend(others.map(|member| RankedMember {
            turn: None,
            because: RankReason::NotServing,
            weighed_ms: 0,
            site_ms: None,
            moved_from: None,
            member,
        }));
        places
    }
}
