//! `why`: what the gateway would do with a site, and what the pool knows of each member.

use crate::engine::event_loop::EventLoop;
use crate::model::settings::{Invalid, Wanted};
use crate::model::why::{RankReason, RankedMember, Why};
use crate::model::{Cause, Fault, FaultCode, Nobody, Reply, Target};

/// The port that a site is asked about where none is named; no strategy looks at it.
const PORT: u16 = 443;

impl EventLoop {
    /// Which member serves a host, and why.
    ///
    /// # Errors
    /// The name is no host's; the gateway is closed, so that nobody is served.
    pub(super) fn why(&mut self, host: &str) -> Result<Reply, Fault> {
        let target = Target::from_host(host, PORT).filter(|_| !host.contains(['/', ' ']));
        let target =
            target.ok_or_else(|| Fault::of(FaultCode::BadMessage, Cause::Setting(Invalid::new(host, Wanted::Host))))?;
        let ranked = self
            .listening
            .explain(&target)
            .ok_or_else(|| Fault::of(FaultCode::NoNode, Cause::Nobody(Nobody::Closed)))?;
        let mut members = self.snapshot().members;
        let mut places = Vec::new();
        for (turn, ranked) in ranked.into_iter().enumerate() {
            // The pool may have taken it back since the gateway read the roster.
            let Some(index) = members.iter().position(|member| member.id == ranked.id) else { continue };
            let member = members.remove(index);
            let weighed_ms = ranked.first_byte_ms as u32;
            places.push(RankedMember { turn: Some(turn + 1), because: ranked.because, weighed_ms, member });
        }
        let others = members.into_iter();
        places.extend(others.map(|member| RankedMember {
            turn: None,
            because: RankReason::NotServing,
            weighed_ms: 0,
            member,
        }));
        let ruling = self.rules.ruling(&target);
        let strategy = self.settings.cluster.strategy;
        Ok(Reply::Why(Why { site: target.site(), ruling, strategy, members: places }))
    }
}
