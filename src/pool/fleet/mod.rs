//! The pool's rules, without a process, a socket or a clock.
//!
//! [`Fleet::on`] takes one input and the current time and returns the actions to perform, in order.
//! [`lifecycle`] handles processes, [`slots`] and [`quotas`] decide which nodes are members and which cool down,
//! [`health`] and [`passive`] record what checks and real traffic show, [`ejection`] decides who is
//! ejected, [`network`] pauses everything while this machine's own network is down. [`slow_start`]
//! ramps up a member's share, [`flap_damper`] limits reports, [`probe_queue`] orders checks, [`shortage`]
//! separates failures of this process, [`transfer`] records whether transfers come to their end.
//!
//! `spawn` numbers the starts of processes; input about an earlier start is ignored. A node that is
//! evicted cools down: it may return after a pause that grows with every eviction.

mod ejection;
mod flap_damper;
mod health;
mod health_state;
mod lifecycle;
mod member;
mod network;
mod passive;
mod probe_queue;
mod quotas;
mod shortage;
mod slots;
mod slow_start;
mod status;
#[cfg(test)]
mod tests;
mod timing;
mod transfer;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::member::{Member, MemberRole};
pub(crate) use self::network::Connectivity;
use self::network::OwnNetwork;
use self::slots::Cooldown;
pub(crate) use self::transfer::TransferResult;
use super::launch::Ready;
use super::{Candidate, MemberStatus, PoolSpec, Report};
use crate::model::outcome::Signal;
use crate::model::snapshot::Network;
use crate::model::{Exit, Failure, NodeId, Roster};

/// An input of the rules.
#[derive(Debug)]
pub(crate) enum Input {
    /// The configuration of the pool changed.
    Spec(PoolSpec),
    /// A member's process is ready.
    Ready { id: NodeId, spawn: u64, ready: Ready },
    /// A member's process could not be started.
    StartFailed { id: NodeId, spawn: u64, failure: Failure },
    /// A process that was ready has exited.
    Exited { id: NodeId, spawn: u64, status: Exit },
    /// A check through a member has ended.
    Checked { id: NodeId, spawn: u64, result: Result<Duration, Failure> },
    /// The transfer of a check that began at this time has ended.
    Transferred { id: NodeId, spawn: u64, began: Instant, result: TransferResult },
    /// A signal from real traffic, observed by the gateway.
    Signal { id: NodeId, signal: Signal },
    /// A connectivity check has ended.
    ConnectivityChecked(Connectivity),
    /// The default route changed, or the machine was suspended.
    NetworkChanged,
    /// Time has passed.
    Tick,
}

/// What a check consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckScope {
    /// A page. The transfer follows and is reported by itself.
    Page,
    /// A page and the transfer: the member has failed because transfers stall.
    PageAndTransfer,
}

/// An action to perform.
#[derive(Debug)]
pub(crate) enum FleetAction {
    /// Start a member's process.
    Launch { candidate: Candidate, spawn: u64 },
    /// Stop a member's process.
    Stop { id: NodeId, spawn: u64 },
    /// Check a member end to end.
    Check { candidate: Candidate, spawn: u64, ready: Ready, scope: CheckScope },
    /// Check this machine's own network, without any member; `servers` are the members', as host and port.
    CheckConnectivity { servers: Vec<(String, u16)> },
    /// The members changed: publish them to the gateway and the engine.
    Publish,
    /// Report to the engine.
    Report(Report),
}

/// The members and their state.
#[derive(Default)]
pub(crate) struct Fleet {
    spec: PoolSpec,
    members: Vec<Member>,
    cooldowns: HashMap<NodeId, Cooldown>,
    network: OwnNetwork,
    spawns: u64,
    /// There are fewer members than configured; this has been reported.
    is_short: bool,
    /// There are slots for which no node is available.
    has_free_slots: bool,
    /// The network works and no member does; this has been reported.
    all_fail: bool,
    /// When a shortage of descriptors was reported last.
    shortage_reported: Option<Instant>,
}

impl Fleet {
    /// Handles one input; returns the actions to perform.
    pub(crate) fn on(&mut self, input: Input, now: Instant) -> Vec<FleetAction> {
        let mut actions = Vec::new();
        match input {
            Input::Spec(spec) => self.apply_spec(spec, now, &mut actions),
            Input::Ready { id, spawn, ready } => self.ready(&id, spawn, ready, now, &mut actions),
            Input::StartFailed { id, spawn, failure } => self.start_failed(&id, spawn, failure, now, &mut actions),
            Input::Exited { id, spawn, status } => self.exited(&id, spawn, status, now, &mut actions),
            Input::Checked { id, spawn, result } => self.on_check(&id, spawn, result, now, &mut actions),
            Input::Transferred { id, spawn, began, result } => self.on_transfer(&id, spawn, began, result, now),
            Input::Signal { id, signal } => self.on_signal(&id, signal, now, &mut actions),
            Input::ConnectivityChecked(verdict) => self.connectivity_checked(verdict, now, &mut actions),
            Input::NetworkChanged => self.network_changed(now, &mut actions),
            Input::Tick => {}
        }
        self.members.iter_mut().for_each(|member| member.read_traffic(now));
        if self.network.is_frozen() {
            self.recheck_frozen(now, &mut actions);
        } else {
            self.evaluate(now, &mut actions);
        }
        self.remove_surplus(now, &mut actions);
        self.remove_unneeded(now, &mut actions);
        self.restart_due(now, &mut actions);
        self.finish_drained(now, &mut actions);
        self.fill_slots(now, &mut actions);
        self.check_due(now, &mut actions);
        self.report_recovered(now, &mut actions);
        if self.advance_slow_starts(now) {
            actions.push(FleetAction::Publish);
        }
        actions
    }

    /// When [`Input::Tick`] is due at the latest.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let members = self.members.iter().filter_map(|member| member.wake_at(now));
        let cooling_down = self.cooldowns.values().map(|cooldown| cooldown.until);
        let cooling_down = cooling_down.filter(|until| self.has_free_slots && *until > now);
        members.chain(cooling_down).chain(self.evaluate_at(now)).chain(self.check_wake_at()).min()
    }

    /// The state of this machine's network; none if only real traffic can tell.
    pub(super) fn network(&self) -> Option<Network> {
        self.network.shown().or(self.all_fail.then_some(Network::Up))
    }

    /// The members that take new connections: those that have carried traffic, or all while there is none. So a
    /// replacement gets traffic only after its first passed check.
    pub(crate) fn roster(&self) -> Roster {
        let is_proven = |member: &Member| member.health.is_proven();
        let some_are_proven = self.pool().any(|member| member.takes_connections() && is_proven(member));
        let is_used = |member: &&Member| match member.role {
            _ if is_proven(member) => true,
            MemberRole::Pool => !some_are_proven,
            MemberRole::Reserved => self.is_first_of_quota(member.id()),
        };
        let shown = self.members.iter().filter(|member| member.takes_connections()).filter(is_used);
        let upstreams: Vec<_> = shown.filter_map(Member::upstream).collect();
        let is_shown = |id: &NodeId| upstreams.iter().any(|upstream| upstream.id == *id);
        let draining = self.members.iter().map(Member::id).filter(|id| !is_shown(id)).cloned().collect();
        Roster { upstreams, draining }
    }

    /// All members.
    pub(super) fn members(&self) -> Vec<MemberStatus> {
        self.members.iter().map(Member::status).collect()
    }

    /// The ready member of a node.
    pub(super) fn ready_member(&self, id: &NodeId) -> Option<&Ready> {
        self.members.iter().find(|member| member.id() == id).and_then(Member::ready)
    }

    fn remove(&mut self, id: &NodeId) {
        self.members.retain(|member| member.id() != id);
    }

    /// The members of the pool, without reserved ones.
    fn pool(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.role == MemberRole::Pool)
    }

    /// Members of the pool that are neither draining nor ejected.
    fn present(&self) -> usize {
        self.pool().filter(|member| member.is_present()).count()
    }

    /// Whether a member fills a slot: it is present and not known to fail while the network works. Another node is
    /// started for the slot of a failing member, which continues to serve until then.
    fn holds_slot(&self, member: &Member) -> bool {
        let is_certain = member.failing().is_some_and(|record| self.network.was_up_after(record.since));
        member.is_present() && !is_certain
    }

    fn held_slots(&self) -> usize {
        self.pool().filter(|member| self.holds_slot(member)).count()
    }

    fn find(&mut self, id: &NodeId, spawn: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id() == id && member.spawn == spawn)
    }
}
