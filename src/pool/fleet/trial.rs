//! Who is at fault, and who goes: what checks and real traffic mean for the whole pool.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::super::Report;
use super::member::{Member, Retired};
use super::standing::{Edge, Standing};
use super::{Action, Fleet};
use crate::model::event::Eviction;
use crate::model::outcome::Signal;
use crate::model::{Failure, NodeId};

impl Fleet {
    /// Takes in how a check through a member went.
    pub(super) fn checked(
        &mut self,
        id: &NodeId,
        spawn: u64,
        result: Result<Duration, Failure>,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        let schedule = self.wanted.schedule.clone();
        let Some(member) = self.find(id, spawn) else { return };
        let edge = member.note_check(&result, &schedule, now);
        actions.push(Action::Publish);
        actions.push(Action::Report(Report::Checked { id: id.clone(), result }));
        actions.extend(told(edge, member).map(Action::Report));
    }

    /// Takes in what the gateway saw of a member.
    pub(super) fn noted(&mut self, id: &NodeId, signal: Signal, now: Instant, actions: &mut Vec<Action>) {
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        let before = member.health.standing.clone();
        let edge = member.note_signal(signal, now);
        if member.health.standing != before {
            actions.push(Action::Publish);
        }
        actions.extend(told(edge, member).map(Action::Report));
    }

    /// Ejects the members that failed a check, where another one's check proves that it is them.
    /// Where there is no fresh proof, those in good standing are asked for one.
    pub(super) fn judge(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if !self.members.iter().any(Member::is_accused) {
            return;
        }
        let witnesses = || self.members.iter().filter(|member| member.takes_connections());
        if !witnesses().any(|member| member.health.is_proof(now)) {
            let good = self.members.iter_mut().filter(|member| member.is_good());
            good.for_each(|member| member.health.check_at(now));
            return;
        }
        for member in self.members.iter_mut().filter(|member| member.is_accused()) {
            if let Some(failure) = member.eject(now) {
                actions.push(Action::Publish);
                actions.push(Action::Report(Report::Ejected { id: member.id().clone(), failure }));
            }
        }
    }

    /// Lets ejected members go once as many others work as are wanted, and those that are too many
    /// once one of them has come back.
    pub(super) fn settle(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.wanted.size == 0 {
            return;
        }
        let good = || self.members.iter().filter(|member| member.is_good());
        if good().count() >= self.wanted.size {
            let newest = good().max_by_key(|member| member.spawn).map(|member| member.id().clone());
            while let Some((id, failure)) = self.members.iter().find_map(Member::ejected_for) {
                self.put_on_bench(&id, now);
                self.let_go(&id, "failed its checks", now, actions);
                let reason = Eviction::CheckFailed { failure };
                actions.push(Action::Report(Report::Evicted { id, reason, replacement: newest.clone() }));
            }
        }
        while self.present() > self.wanted.size {
            let present = self.members.iter().filter(|member| member.is_present());
            let worst = present.min_by_key(|member| (member.rank(), Reverse(member.spawn)));
            let Some(id) = worst.map(|member| member.id().clone()) else { return };
            self.let_go(&id, "one more than wanted", now, actions);
        }
    }

    /// Begins the checks that are due.
    pub(super) fn check_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for member in &mut self.members {
            if let Some(ready) = member.begin_check(&self.wanted.schedule, now) {
                actions.push(Action::Check { candidate: member.candidate.clone(), spawn: member.spawn, ready });
            }
        }
    }

    fn let_go(&mut self, id: &NodeId, reason: &str, now: Instant, actions: &mut Vec<Action>) {
        let until = now + self.wanted.drain_limit;
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        if member.retire(until, reason, now) == Retired::Over {
            actions.push(Action::Stop { id: id.clone(), spawn: member.spawn });
            self.remove(id);
        }
        actions.push(Action::Publish);
    }
}

impl Member {
    /// Whether it takes connections and its last check was good.
    fn is_good(&self) -> bool {
        self.takes_connections() && self.health.standing == Standing::Good
    }
}

/// What an edge is to be told as.
fn told(edge: Edge, member: &Member) -> Option<Report> {
    let id = member.id().clone();
    match edge {
        Edge::None => None,
        Edge::Suspected => Some(Report::Suspected { id, reason: member.reason().to_owned() }),
        Edge::Recovered => Some(Report::Recovered { id }),
    }
}
