//! Whose check comes next: at most two at once and one to a server's host, since more would be a
//! burst that is no sign of health. Those in good standing go first: they are quick, and may be
//! asked for proof that others wait for.

use std::time::Instant;

use super::health_state::Standing;
use super::member::Member;
use super::{Action, Fleet};

/// Checks at the same time.
const AT_ONCE: usize = 2;

impl Fleet {
    /// Begins the checks that are due.
    pub(super) fn check_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.network.is_frozen() {
            return;
        }
        let schedule = &self.wanted.schedule;
        let is_due = |(nth, member): (usize, &mut Member)| member.is_check_due(schedule, now).then_some(nth);
        let mut due: Vec<_> = self.members.iter_mut().enumerate().filter_map(is_due).collect();
        due.sort_by_key(|&nth| urgency(&self.members[nth]));
        for nth in due {
            let member = &self.members[nth];
            let Some(ready) = member.ready().filter(|_| self.has_turn(member)).cloned() else { continue };
            actions.push(Action::Check { candidate: member.candidate.clone(), spawn: member.spawn, ready });
            self.members[nth].health.begin_check(now);
        }
    }

    /// When a check is due that may begin then; others wait for one that ends.
    pub(super) fn check_wake_at(&self) -> Option<Instant> {
        let serving = self.members.iter().filter(|member| member.ready().is_some() && self.has_turn(member));
        serving.filter(|_| !self.network.is_frozen()).filter_map(|member| member.health.check_due_at()).min()
    }

    fn has_turn(&self, member: &Member) -> bool {
        let running = || self.members.iter().filter(|member| member.health.checking_since().is_some());
        running().count() < AT_ONCE && running().all(|other| server(other) != server(member))
    }
}

fn urgency(member: &Member) -> (u8, Option<Instant>) {
    let rank = match member.health.standing {
        Standing::Good => 0,
        Standing::New => 1,
        Standing::Suspect | Standing::Accused(_) => 2,
        Standing::Ejected(_) => 3,
    };
    (rank, member.health.check_due_at())
}

/// What counts as one server: its host. On this machine ports are different programs.
fn server(member: &Member) -> (&str, u16) {
    let node = &member.candidate.node;
    let is_here = node.host == "localhost" || node.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    (&node.host, if is_here { node.port } else { 0 })
}
