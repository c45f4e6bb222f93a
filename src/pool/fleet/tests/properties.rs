//! Invariants: long random histories, checked after each step.

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::*;
use super::lab::{Lab, candidate, ready};
use crate::model::Stage;
use crate::model::event::Eviction;
use crate::model::snapshot::MemberState;

const STEPS: usize = 10_000;
const NODES: [&str; 10] =
    ["a@one", "b@one", "c@two", "d@three", "e@four", "f@five", "g@six", "h@six", "i@seven", "j@eight"];

/// A random history, with the state outside of the fleet.
struct RandomHistory {
    lab: Lab,
    chance: StdRng,
    /// When the running connectivity check began, and the last one that passed.
    check_began: Option<Instant>,
    up_at: Option<Instant>,
    /// When each node last showed that the network works.
    shown: HashMap<NodeId, Instant>,
}

impl RandomHistory {
    fn of(seed: u64) -> Self {
        let lab = Lab::wanting(4, &NODES);
        Self { lab, chance: StdRng::seed_from_u64(seed), check_began: None, up_at: None, shown: HashMap::new() }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.chance.random_range(0..below)
    }

    fn step(&mut self) {
        let before = self.members();
        let (reports, connectivity_checks, was_frozen) =
            (self.lab.reports.len(), self.lab.connectivity_checks, self.lab.fleet.network.is_frozen());
        match self.draw(100) {
            0..30 => self.time_passes(),
            30..50 => self.a_program_is_ready(),
            50..72 => self.a_check_ends(),
            72..88 => self.traffic_shows_something(),
            88..92 => self.a_program_ends_or_fails(),
            92..97 => self.a_connectivity_check_ends(),
            97 => self.lab.on(Input::NetworkChanged),
            98 => self.stale_input(),
            _ => self.another_spec(),
        }
        if self.lab.connectivity_checks > connectivity_checks {
            self.check_began = Some(self.lab.now);
        }
        let is_frozen = self.lab.fleet.network.is_frozen();
        self.holds(&before);
        if was_frozen && is_frozen {
            let told = &self.lab.reports[reports..];
            let is_own = |reason: &Eviction| match reason {
                Eviction::StartFailed { failure } => failure.stage == Stage::Configuration,
                Eviction::CheckFailed { .. } | Eviction::CrashLoop { .. } => false,
            };
            let is_blame = |report: &&Report| {
                matches!(report, Report::Ejected { .. })
                    || matches!(report, Report::Evicted { reason, .. } if !is_own(reason))
            };
            let blamed = told.iter().find(is_blame);
            assert!(blamed.is_none(), "blamed while the network is down: {blamed:?}");
        }
    }

    /// Each member's state and since when.
    fn members(&self) -> HashMap<NodeId, (MemberState, Instant)> {
        let members = self.lab.fleet.members();
        members.into_iter().map(|view| (view.candidate.id, (view.state, view.since))).collect()
    }

    fn time_passes(&mut self) {
        let longest = [300, 3_000, 40_000][self.draw(3)];
        let time = Duration::from_millis(self.draw(longest) as u64);
        self.lab.after(time);
    }

    /// One of the members that fit.
    fn one(&mut self, fits: impl Fn(&Member) -> bool) -> Option<(NodeId, u64)> {
        let members: Vec<_> = self.lab.fleet.members.iter().filter(|member| fits(member)).collect();
        let members: Vec<_> = members.iter().map(|member| (member.id().clone(), member.spawn)).collect();
        let nth = self.chance.random_range(0..members.len().max(1));
        members.get(nth).cloned()
    }

    fn a_program_is_ready(&mut self) {
        let is_starting = |member: &Member| matches!(member.lifecycle, member::Lifecycle::Starting);
        if let Some((id, spawn)) = self.one(is_starting) {
            self.lab.on(Input::Ready { id, spawn, ready: ready() });
        }
    }

    fn a_check_ends(&mut self) {
        let Some((id, spawn)) = self.one(|member| member.health.checking_since().is_some()) else { return };
        let passes = self.draw(5) < 3;
        if passes {
            self.shown.insert(id.clone(), self.lab.now);
        }
        let took = Duration::from_millis(self.draw(2_000) as u64);
        let result = if passes { Ok(took) } else { Err(Failure::new(Stage::Handshake, "no answer")) };
        self.lab.on(Input::Checked { id, spawn, result });
    }

    fn traffic_shows_something(&mut self) {
        let Some((id, _)) = self.one(|_| true) else { return };
        let signals = [
            Signal::FirstByte,
            Signal::ClosedEmpty,
            Signal::ClosedAlone,
            Signal::Unanswered,
            Signal::WrongAnswer,
            Signal::Silent,
            Signal::ConnectFailed,
            Signal::HandshakeFailed,
        ];
        let signal = signals[self.draw(signals.len())];
        if signal == Signal::FirstByte {
            self.shown.insert(id.clone(), self.lab.now);
            let member = self.lab.fleet.members.iter().find(|member| *member.id() == id);
            member.expect("it was drawn").candidate.meter.add_down(100);
        }
        self.lab.on(Input::Signal { id, signal });
    }

    fn a_program_ends_or_fails(&mut self) {
        if self.draw(2) == 0 {
            if let Some((id, spawn)) = self.one(|member| !matches!(member.lifecycle, member::Lifecycle::Starting)) {
                self.lab.on(Input::Exited { id, spawn, status: Exit::Signal(9) });
            }
        } else if let Some((id, spawn)) = self.one(|member| matches!(member.lifecycle, member::Lifecycle::Starting)) {
            let stage = if self.draw(10) == 0 { Stage::Configuration } else { Stage::Plugin };
            self.lab.on(Input::StartFailed { id, spawn, failure: Failure::new(stage, "no") });
        }
    }

    fn a_connectivity_check_ends(&mut self) {
        let verdict =
            [Connectivity::Up, Connectivity::Up, Connectivity::Down, Connectivity::Portal { location: String::new() }]
                [self.draw(4)]
            .clone();
        if verdict == Connectivity::Up
            && let Some(began) = self.check_began
        {
            self.up_at = Some(began);
        }
        self.check_began = None;
        self.lab.on(Input::ConnectivityChecked(verdict));
    }

    /// An input about a removed member, or an earlier start of it.
    fn stale_input(&mut self) {
        let id = candidate(NODES[self.draw(NODES.len())]).id;
        let spawn = self.draw(50) as u64;
        self.lab.on(Input::Exited { id, spawn, status: Exit::Status(1) });
    }

    fn another_spec(&mut self) {
        let size = self.draw(6);
        let chosen: Vec<_> = NODES.into_iter().filter(|_| self.chance.random_range(0..4) > 0).collect();
        let (first, second) = (self.draw(NODES.len()), self.draw(NODES.len() - 3));
        let quotas: [(usize, &[&str]); 2] = [(1, &NODES[first..=first]), (2, &NODES[second..second + 3])];
        let count = if size == 0 { 0 } else { self.draw(3) };
        self.lab.want_with(size, &chosen, &quotas[..count]);
    }

    fn holds(&self, before: &HashMap<NodeId, (MemberState, Instant)>) {
        let fleet = &self.lab.fleet;
        let roster = fleet.roster();
        let good = || fleet.members.iter().filter(|member| member.is_healthy());
        assert!(good().count() == 0 || !roster.upstreams.is_empty(), "a healthy member and no roster");
        let shown: HashSet<_> = roster.upstreams.iter().map(|upstream| &upstream.id).collect();
        assert!(good().all(|member| shown.contains(member.id())), "a healthy member is not in the roster");
        assert!(roster.upstreams.iter().all(|upstream| (1..=100).contains(&upstream.share)));

        let size = fleet.spec.size;
        let is_staying = |role| move |member: &&Member| !member.is_retired() && member.role == role;
        let staying = fleet.members.iter().filter(is_staying(MemberRole::Pool)).count();
        let reserved = fleet.members.iter().filter(is_staying(MemberRole::Reserved)).count();
        let quotas: usize = fleet.spec.quotas.iter().map(|quota| quota.count).sum();
        assert!(reserved <= quotas * 2, "{reserved} reserved members where {quotas} are wanted");
        for quota in fleet.spec.quotas.iter().filter(|_| !fleet.network.is_frozen()) {
            let is_free = |id: &&NodeId| fleet.is_free(id, self.lab.now);
            let there = fleet.members.iter().filter(|m| quota.nodes.contains(m.id()) && fleet.holds_slot(m)).count();
            assert!(there >= quota.count || !quota.nodes.iter().any(|id| is_free(&id)), "a quota is not filled");
        }
        assert!(fleet.held_slots() <= size, "more slots than wanted");
        assert!(staying <= size * 2, "{staying} members where {size} are wanted");
        let ids: HashSet<_> = fleet.members.iter().map(Member::id).collect();
        assert_eq!(ids.len(), fleet.members.len(), "a node twice");

        let checking = fleet.members.iter().filter(|member| member.health.checking_since().is_some());
        let hosts: Vec<_> = checking.map(|member| &member.candidate.node.host).collect();
        assert!(hosts.len() <= 2 && hosts.iter().collect::<HashSet<_>>().len() == hosts.len(), "{hosts:?}");
        self.ejections_are_proven(before);
    }

    fn ejections_are_proven(&self, before: &HashMap<NodeId, (MemberState, Instant)>) {
        let fleet = &self.lab.fleet;
        let tried = || fleet.members.iter().filter(|member| member.ready().is_some() && member.health.is_proven());
        let ejected = tried().filter(|member| !member.takes_connections());
        let is_over_half = ejected.clone().count() * 2 > tried().count();
        let mut seen_up = Vec::new();
        for member in ejected {
            let Some((MemberState::Suspect, since)) = before.get(member.id()) else { continue };
            let proof = self.shown.iter().filter(|(id, _)| *id != member.id()).map(|(_, at)| at).max();
            assert!(proof.is_some_and(|at| at > since), "ejected without proof: {:?}", member.health);
            seen_up.push(self.up_at.is_some_and(|at| at >= *since));
        }
        // If several are ejected at once, those up to one half need no connectivity check.
        let is_allowed = seen_up.is_empty() || seen_up.contains(&true);
        assert!(!is_over_half || is_allowed, "more than half ejected without a connectivity check");
    }
}

#[test]
fn invariants_hold_in_random_histories() {
    let (mut ejections, mut evictions, mut freezes, mut panics) = (0, 0, 0, 0);
    for seed in 0..8 {
        let mut history = RandomHistory::of(seed);
        for _ in 0..STEPS {
            history.step();
        }
        let lab = &history.lab;
        ejections += lab.reported(|report| matches!(report, Report::Ejected { .. }));
        evictions += lab.reported(|report| matches!(report, Report::Evicted { .. }));
        freezes += lab.reported(|report| matches!(report, Report::NetworkDown));
        panics += lab.reported(|report| matches!(report, Report::AllNodesFail { .. }));
    }
    let all = [ejections, evictions, freezes, panics];
    assert!(all.iter().all(|&count| count > 20), "a history in which little happens shows little: {all:?}");
}
