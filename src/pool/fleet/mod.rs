//! Who is in the pool: the rules, without a process, a socket or a clock.
//!
//! [`Fleet::on`] is told one thing that happened and what time it is, and says what to do, in
//! order. Programs are [`lifecycle`]'s, places and rests [`slots`]'; whose fault a failure is, [`ejection`]
//! says, of what [`health`] and [`passive`] know, with [`network`] for when nobody is proven to work.
//! A shown share grows in [`slow_start`], what was told of a member is in [`flap_damper`].
//!
//! The member with the number `spawn` is one start of a program: what is said about an
//! earlier start is old news and ignored. A node that leaves for a fault is benched: it comes back
//! by itself, after a pause that grows with each time.

mod ejection;
mod flap_damper;
mod health;
mod health_state;
mod lifecycle;
mod member;
mod network;
mod passive;
mod probe_queue;
mod slots;
mod slow_start;
mod status;
#[cfg(test)]
mod tests;
mod timing;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::member::Member;
use self::network::OwnNetwork;
pub(crate) use self::network::Verdict;
use self::slots::Bench;
use super::launch::Ready;
use super::{Candidate, Report, View, Wanted};
use crate::model::outcome::Signal;
use crate::model::snapshot::Network;
use crate::model::{Exit, Failure, NodeId, Roster};

/// One thing that happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// The user wants another pool.
    Wanted(Wanted),
    /// A program is ready.
    Ready { id: NodeId, spawn: u64, ready: Ready },
    /// A program could not be started.
    StartFailed { id: NodeId, spawn: u64, failure: Failure },
    /// A program that was ready has ended by itself.
    Exited { id: NodeId, spawn: u64, status: Exit },
    /// A check through a member has ended.
    Checked { id: NodeId, spawn: u64, result: Result<Duration, Failure> },
    /// The gateway saw something of a member on real traffic.
    Noted { id: NodeId, signal: Signal },
    /// A direct look at the network has ended.
    Looked(Verdict),
    /// This machine is on another network than before, or has slept.
    NetworkChanged,
    /// Time has passed.
    Tick,
}

/// One thing to do.
#[derive(Debug)]
pub(crate) enum Action {
    /// Start a program.
    Launch { candidate: Candidate, spawn: u64 },
    /// End a program.
    Stop { id: NodeId, spawn: u64 },
    /// Ask for a page through a member.
    Check { candidate: Candidate, spawn: u64, ready: Ready },
    /// Look at this machine's own network, past all members; `servers` are theirs, as host and port.
    LookAtNetwork { servers: Vec<(String, u16)> },
    /// The members changed: tell the gateway and the engine.
    Publish,
    /// Tell the engine.
    Report(Report),
}

/// Who is in the pool.
#[derive(Default)]
pub(crate) struct Fleet {
    wanted: Wanted,
    members: Vec<Member>,
    bench: HashMap<NodeId, Bench>,
    gone: Vec<NodeId>,
    network: OwnNetwork,
    spawns: u64,
    /// Fewer members than wanted: it was told.
    is_short: bool,
    /// There are places that no node could be found for.
    has_free_places: bool,
    /// The network works and no member does: it was told.
    all_fail: bool,
}

impl Fleet {
    /// Takes in what happened and says what to do.
    pub(crate) fn on(&mut self, input: Input, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        self.gone.clear();
        match input {
            Input::Wanted(wanted) => self.want(wanted, now, &mut actions),
            Input::Ready { id, spawn, ready } => self.ready(&id, spawn, ready, now, &mut actions),
            Input::StartFailed { id, spawn, failure } => self.start_failed(&id, spawn, failure, now, &mut actions),
            Input::Exited { id, spawn, status } => self.exited(&id, spawn, status, now, &mut actions),
            Input::Checked { id, spawn, result } => self.checked(&id, spawn, result, now, &mut actions),
            Input::Noted { id, signal } => self.noted(&id, signal, now, &mut actions),
            Input::Looked(verdict) => self.looked(verdict, now, &mut actions),
            Input::NetworkChanged => self.network_changed(now, &mut actions),
            Input::Tick => {}
        }
        self.members.iter_mut().for_each(|member| member.read_traffic(now));
        if self.network.is_frozen() {
            self.watch_freeze(now, &mut actions);
        } else {
            self.judge(now, &mut actions);
        }
        self.settle(now, &mut actions);
        self.restart_due(now, &mut actions);
        self.finish_drained(now, &mut actions);
        self.fill(now, &mut actions);
        self.check_due(now, &mut actions);
        self.tell_recovered(now, &mut actions);
        if self.warm(now) {
            actions.push(Action::Publish);
        }
        actions
    }

    /// When to say [`Input::Tick`] at the latest.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let members = self.members.iter().filter_map(|member| member.wake_at(now));
        let benched = self.bench.values().map(|bench| bench.until);
        let benched = benched.filter(|until| self.has_free_places && *until > now);
        members.chain(benched).chain(self.judge_at(now)).chain(self.check_wake_at()).min()
    }

    /// What is known of the network, where no real traffic says it.
    pub(super) fn network(&self) -> Option<Network> {
        self.network.shown().or(self.all_fail.then_some(Network::Up))
    }

    /// The members that can take new connections: those that something has gone through, or all
    /// where there is none yet. So a replacement gets traffic once it has proven itself.
    pub(crate) fn roster(&self) -> Roster {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        let is_proven = |member: &Member| member.health.is_proven();
        let some_are_proven = serving().any(is_proven);
        let shown = serving().filter(|member| !some_are_proven || is_proven(member));
        Roster { upstreams: shown.filter_map(Member::upstream).collect(), gone: self.gone.clone() }
    }

    /// All members.
    pub(super) fn views(&self) -> Vec<View> {
        self.members.iter().map(Member::view).collect()
    }

    /// The ready member of a node.
    pub(super) fn ready_member(&self, id: &NodeId) -> Option<&Ready> {
        self.members.iter().find(|member| member.id() == id).and_then(Member::ready)
    }

    fn remove(&mut self, id: &NodeId) {
        self.members.retain(|member| member.id() != id);
        self.gone.push(id.clone());
    }

    /// Members that are neither on their way out nor ejected.
    fn present(&self) -> usize {
        self.members.iter().filter(|member| member.is_present()).count()
    }

    /// Whether a member holds one of the wanted places: it is present, and it is not certain that
    /// it fails while the network works. Such a one serves on, and another is tried in its place.
    fn holds_place(&self, member: &Member) -> bool {
        let is_certain = member.charge().is_some_and(|charge| self.network.was_up_after(charge.since));
        member.is_present() && !is_certain
    }

    fn held_places(&self) -> usize {
        self.members.iter().filter(|member| self.holds_place(member)).count()
    }

    fn find(&mut self, id: &NodeId, spawn: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id() == id && member.spawn == spawn)
    }
}
