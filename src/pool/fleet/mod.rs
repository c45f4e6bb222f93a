//! Who is in the pool: the rules, without a process, a socket or a clock.
//!
//! [`Fleet::on`] is told one thing that happened and what time it is, and says what to do, in
//! order. The member with the number `spawn` is one start of a program: what is said about an
//! earlier start is old news and ignored. A node that leaves for a fault is benched: it comes back
//! by itself, after a pause that grows with each time.

mod member;
mod standing;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::member::{Life, Member, Retired};
use self::standing::Standing;
use super::launch::Ready;
use super::{Candidate, Report, View, Wanted};
use crate::model::event::Eviction;
use crate::model::outcome::Signal;
use crate::model::{Failure, NodeId, Roster, Stage};

/// A program that ends this often within [`CRASH_WINDOW`] will go on doing so.
const CRASH_LIMIT: usize = 5;
const CRASH_WINDOW: Duration = Duration::from_secs(60);

/// A start that fails is tried this often before another node gets the place.
const START_LIMIT: u32 = 3;

/// How long a node that left for a fault stays out: this, times how often it has, and at most that.
const BENCH: Duration = Duration::from_secs(30);
const LONGEST_BENCH: Duration = Duration::from_secs(300);

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Input {
    /// The user wants another pool.
    Wanted(Wanted),
    /// A program is ready.
    Ready { id: NodeId, spawn: u64, ready: Ready },
    /// A program could not be started.
    StartFailed { id: NodeId, spawn: u64, failure: Failure },
    /// A program that was ready has ended by itself.
    Exited { id: NodeId, spawn: u64, status: String },
    /// A check through a member has ended.
    Checked { id: NodeId, spawn: u64, result: Result<Duration, Failure> },
    /// The gateway saw something of a member on real traffic.
    Noted { id: NodeId, signal: Signal },
    /// Time has passed.
    Tick,
}

/// One thing to do.
#[derive(Debug)]
pub(super) enum Action {
    /// Start a program.
    Launch { candidate: Candidate, spawn: u64 },
    /// End a program.
    Stop { id: NodeId, spawn: u64 },
    /// Ask for a page through a member.
    Check { candidate: Candidate, spawn: u64, ready: Ready },
    /// The members changed: tell the gateway and the engine.
    Publish,
    /// Tell the engine.
    Report(Report),
}

/// Who is in the pool.
#[derive(Default)]
pub(super) struct Fleet {
    wanted: Wanted,
    members: Vec<Member>,
    bench: HashMap<NodeId, Bench>,
    gone: Vec<NodeId>,
    spawns: u64,
    is_short: bool,
}

/// A node that left for a fault.
struct Bench {
    until: Instant,
    times: u32,
}

impl Fleet {
    /// Takes in what happened and says what to do.
    pub(super) fn on(&mut self, input: Input, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        self.gone.clear();
        match input {
            Input::Wanted(wanted) => self.want(wanted, now, &mut actions),
            Input::Ready { id, spawn, ready } => self.ready(&id, spawn, ready, now, &mut actions),
            Input::StartFailed { id, spawn, failure } => self.start_failed(&id, spawn, failure, now, &mut actions),
            Input::Exited { id, spawn, status } => self.exited(&id, spawn, status, now, &mut actions),
            Input::Checked { id, spawn, result } => self.checked(&id, spawn, result, now, &mut actions),
            Input::Noted { id, signal } => self.noted(&id, signal, now, &mut actions),
            Input::Tick => {}
        }
        self.judge(now, &mut actions);
        self.settle(now, &mut actions);
        self.restart_due(now, &mut actions);
        self.finish_drained(now, &mut actions);
        self.fill(now, &mut actions);
        self.check_due(now, &mut actions);
        actions
    }

    /// When to say [`Input::Tick`] at the latest.
    pub(super) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let members = self.members.iter().filter_map(|member| member.wake_at(now));
        let benched = self.bench.values().map(|bench| bench.until).filter(|_| self.is_short);
        members.chain(benched).min()
    }

    /// The members that can take new connections: those that something has gone through, or all
    /// where there is none yet. So a replacement gets traffic once it has proven itself.
    pub(super) fn roster(&self) -> Roster {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        let is_proven = |member: &Member| member.health.standing != Standing::New;
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

    fn want(&mut self, wanted: Wanted, now: Instant, actions: &mut Vec<Action>) {
        self.wanted = wanted;
        self.is_short = false;
        let mut places = self.wanted.size;
        let until = now + self.wanted.drain_limit;
        for mut member in std::mem::take(&mut self.members) {
            let candidate = self.wanted.candidates.iter().find(|candidate| candidate.id == *member.id());
            if let Some(candidate) = candidate.filter(|_| places > 0) {
                places -= 1;
                member.keep(candidate.clone(), now);
            } else if member.retire(until, "not wanted any more", now) == Retired::Over {
                actions.push(Action::Stop { id: member.id().clone(), spawn: member.spawn });
                continue;
            }
            self.members.push(member);
        }
        self.bench.retain(|id, _| self.wanted.candidates.iter().any(|candidate| candidate.id == *id));
        // Somebody who asks for one node by name is not told to wait for its bench.
        if self.wanted.size >= self.wanted.candidates.len() {
            self.bench.clear();
        }
        actions.push(Action::Publish);
    }

    fn ready(&mut self, id: &NodeId, spawn: u64, ready: Ready, now: Instant, actions: &mut Vec<Action>) {
        let Some(member) = self.find(id, spawn) else { return };
        let Some(took) = member.serve(ready, now) else { return };
        actions.push(Action::Publish);
        actions.push(Action::Report(Report::Ready { id: id.clone(), took }));
    }

    fn start_failed(&mut self, id: &NodeId, spawn: u64, failure: Failure, now: Instant, actions: &mut Vec<Action>) {
        let Some(member) = self.find(id, spawn) else { return };
        let failures = member.count_failed_start();
        if member.is_retired() || failures >= START_LIMIT || failure.stage == Stage::Configuration {
            self.evict(id, Eviction::StartFailed { failure }, now, actions);
            return;
        }
        member.restart_after(member::pause(failures), failure.to_string(), now);
        actions.push(Action::Publish);
        actions.push(Action::Report(Report::Failed { id: id.clone(), failure }));
    }

    fn exited(&mut self, id: &NodeId, spawn: u64, status: String, now: Instant, actions: &mut Vec<Action>) {
        let Some(member) = self.find(id, spawn) else { return };
        let exits = member.count_exit(now, CRASH_WINDOW);
        if member.is_retired() {
            self.remove(id);
            actions.push(Action::Publish);
        } else if exits >= CRASH_LIMIT {
            self.evict(id, Eviction::CrashLoop { exits, status }, now, actions);
        } else {
            // The first restart is at once: whatever killed it may never happen again.
            let restart_in = if exits == 1 { Duration::ZERO } else { member::pause(exits as u32 - 1) };
            member.restart_after(restart_in, status.clone(), now);
            actions.push(Action::Publish);
            actions.push(Action::Report(Report::Exited { id: id.clone(), status, restart_in }));
        }
    }

    fn restart_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for member in &mut self.members {
            if matches!(member.life, Life::Restarting { at } if at <= now) {
                self.spawns += 1;
                member.start(self.spawns, now);
                actions.push(Action::Publish);
                actions.push(Action::Launch { candidate: member.candidate.clone(), spawn: self.spawns });
            }
        }
    }

    /// Ends members that were to leave and have nothing open any more, or no time left.
    fn finish_drained(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let (over, staying): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.members).into_iter().partition(|member| member.is_drained(now));
        self.members = staying;
        if !over.is_empty() {
            self.gone.extend(over.iter().map(|member| member.id().clone()));
            actions.push(Action::Publish);
        }
        actions.extend(over.iter().map(|member| Action::Stop { id: member.id().clone(), spawn: member.spawn }));
    }

    /// Starts nodes until the pool has its size, or says once that it cannot.
    fn fill(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while self.present() < self.wanted.size {
            let Some(candidate) = self.next_candidate(now) else { break };
            self.launch(candidate, now, actions);
        }
        let want = self.wanted.size.min(self.wanted.candidates.len().max(1));
        let is_short = self.present() < want;
        if is_short && !std::mem::replace(&mut self.is_short, is_short) {
            actions.push(Action::Report(Report::Short { have: self.present(), want }));
        }
        self.is_short = is_short;
    }

    fn launch(&mut self, candidate: Candidate, now: Instant, actions: &mut Vec<Action>) {
        self.spawns += 1;
        self.members.push(Member::starting(candidate.clone(), self.spawns, now));
        let order = |id: &NodeId| self.wanted.candidates.iter().position(|candidate| candidate.id == *id);
        self.members.sort_by_key(|member| order(member.id()));
        actions.push(Action::Publish);
        actions.push(Action::Launch { candidate, spawn: self.spawns });
    }

    /// The next node to start: none that is here or benched, on another host than those here if
    /// there is one.
    fn next_candidate(&self, now: Instant) -> Option<Candidate> {
        let is_free = |candidate: &&Candidate| {
            let is_here = self.members.iter().any(|member| *member.id() == candidate.id);
            let is_benched = self.bench.get(&candidate.id).is_some_and(|bench| bench.until > now);
            !is_here && !is_benched
        };
        let shares_host = |candidate: &&Candidate| {
            self.members.iter().any(|member| member.candidate.node.host == candidate.node.host)
        };
        self.wanted.candidates.iter().filter(is_free).min_by_key(shares_host).cloned()
    }

    fn evict(&mut self, id: &NodeId, reason: Eviction, now: Instant, actions: &mut Vec<Action>) {
        self.remove(id);
        self.put_on_bench(id, now);
        let replacement = if self.present() < self.wanted.size { self.next_candidate(now) } else { None };
        let report =
            Report::Evicted { id: id.clone(), reason, replacement: replacement.as_ref().map(|new| new.id.clone()) };
        actions.push(Action::Publish);
        actions.push(Action::Report(report));
        if let Some(replacement) = replacement {
            self.launch(replacement, now, actions);
        }
    }

    fn put_on_bench(&mut self, id: &NodeId, now: Instant) {
        let bench = self.bench.entry(id.clone()).or_insert(Bench { until: now, times: 0 });
        bench.times += 1;
        bench.until = now + (BENCH * bench.times).min(LONGEST_BENCH);
    }

    fn remove(&mut self, id: &NodeId) {
        self.members.retain(|member| member.id() != id);
        self.gone.push(id.clone());
    }

    /// Members that hold a place: those that are neither on their way out nor ejected.
    fn present(&self) -> usize {
        self.members.iter().filter(|member| member.is_present()).count()
    }

    fn find(&mut self, id: &NodeId, spawn: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id() == id && member.spawn == spawn)
    }
}
