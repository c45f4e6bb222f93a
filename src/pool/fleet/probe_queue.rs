//! The order of checks: at most two at once and one per server host, since a burst would distort the measurements.
//! Healthy members go first: they are quick, and their result may be the proof that others wait for.

use std::time::Instant;

use super::health_state::HealthState;
use super::member::Member;
use super::{Fleet, FleetAction};

/// Maximum number of concurrent checks.
const MAX_CONCURRENT: usize = 2;

impl Fleet {
    /// Starts the checks that are due.
    pub(super) fn check_due(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        if self.network.is_frozen() {
            return;
        }
        let schedule = &self.spec.schedule;
        let is_due = |(nth, member): (usize, &mut Member)| member.is_check_due(schedule, now).then_some(nth);
        let mut due: Vec<_> = self.members.iter_mut().enumerate().filter_map(is_due).collect();
        due.sort_by_key(|&nth| urgency(&self.members[nth]));
        for nth in due {
            let member = &self.members[nth];
            let Some(ready) = member.ready().filter(|_| self.has_probe_slot(member)).cloned() else { continue };
            let (candidate, spawn, scope) = (member.candidate.clone(), member.spawn, member.check_scope());
            actions.push(FleetAction::Check { candidate, spawn, ready, scope });
            self.members[nth].health.begin_check(now);
        }
    }

    /// When the next check is due that does not wait for another one to end.
    pub(super) fn check_wake_at(&self) -> Option<Instant> {
        let serving = self.members.iter().filter(|member| member.ready().is_some() && self.has_probe_slot(member));
        serving.filter(|_| !self.network.is_frozen()).filter_map(|member| member.health.check_due_at()).min()
    }

    fn has_probe_slot(&self, member: &Member) -> bool {
        let running = || self.members.iter().filter(|member| member.health.checking_since().is_some());
        running().count() < MAX_CONCURRENT && running().all(|other| server(other) != server(member))
    }
}

fn urgency(member: &Member) -> (u8, Option<Instant>) {
    let rank = match member.health.state {
        HealthState::Healthy => 0,
        HealthState::New => 1,
        HealthState::Suspect | HealthState::Failing(_) => 2,
        HealthState::Ejected(_) => 3,
    };
    (rank, member.health.check_due_at())
}

/// The identity of a server: the host, and on this machine also the port.
fn server(member: &Member) -> (&str, u16) {
    let node = &member.candidate.node;
    let is_local = node.host == "localhost" || node.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    (&node.host, if is_local { node.port } else { 0 })
}
