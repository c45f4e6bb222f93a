//! A laboratory for the fleet's rules: a manual clock, and a record of the actions.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::*;
use crate::model::snapshot::MemberState;
use crate::model::{Dial, Handshake, Kind, Meter, Node, Stage, SystemError};
use crate::pool::MemberQuota;

/// A fleet with a manual clock, and a record of its actions.
pub(super) struct Lab {
    pub(super) fleet: Fleet,
    pub(super) now: Instant,
    pub(super) launched: Vec<(NodeId, u64)>,
    pub(super) stopped: Vec<NodeId>,
    pub(super) reports: Vec<Report>,
    pub(super) checked: Vec<NodeId>,
    pub(super) connectivity_checks: usize,
    pub(super) publications: usize,
}

impl Lab {
    /// A fleet of `size` of these nodes; in `node@host` the part after the `@` is the host.
    pub(super) fn wanting(size: usize, nodes: &[&str]) -> Self {
        let mut lab = Self {
            fleet: Fleet::default(),
            now: Instant::now(),
            launched: Vec::new(),
            stopped: Vec::new(),
            reports: Vec::new(),
            checked: Vec::new(),
            connectivity_checks: 0,
            publications: 0,
        };
        lab.want(size, nodes);
        lab
    }

    pub(super) fn want(&mut self, size: usize, nodes: &[&str]) {
        self.want_with(size, nodes, &[]);
    }

    /// The same, with quotas: a number of members of these nodes.
    pub(super) fn want_with(&mut self, size: usize, nodes: &[&str], quotas: &[(usize, &[&str])]) {
        let candidates: Vec<_> = nodes.iter().map(|node| candidate(node)).collect();
        let is_other = |name: &&&str| candidates.iter().all(|known| known.id != candidate(name).id);
        let mut others: Vec<_> = quotas.iter().flat_map(|(_, names)| names.iter()).filter(is_other).collect();
        others.sort_unstable();
        others.dedup();
        let others = others.into_iter().map(|name| candidate(name)).collect();
        let quota = |(count, names): &(usize, &[&str])| {
            let nodes: Vec<_> = names.iter().map(|name| candidate(name).id).collect();
            MemberQuota { nodes: nodes.into(), count: *count }
        };
        self.on(Input::Spec(PoolSpec {
            candidates,
            others,
            quotas: quotas.iter().map(quota).collect(),
            size,
            drain_limit: Duration::from_secs(600),
            schedule: vec![Duration::from_secs(10), Duration::from_secs(60)],
        }));
    }

    pub(super) fn on(&mut self, input: Input) {
        let actions = self.fleet.on(input, self.now);
        for action in actions {
            match action {
                FleetAction::Launch { candidate, spawn } => {
                    assert!(self.fleet.spec.find(&candidate.id).is_some(), "a node is started that nobody wants");
                    self.launched.push((candidate.id, spawn));
                }
                FleetAction::Stop { id, .. } => self.stopped.push(id),
                FleetAction::Report(report) => self.reports.push(report),
                FleetAction::Check { candidate, .. } => self.checked.push(candidate.id),
                FleetAction::CheckConnectivity { .. } => self.connectivity_checks += 1,
                FleetAction::Publish => self.publications += 1,
            }
        }
    }

    /// Advances the time, with a tick whenever the fleet has requested one.
    pub(super) fn after(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.fleet.wake_at(self.now).filter(|at| *at <= end) {
            let is_stuck = at <= self.now;
            self.now = self.now.max(at);
            self.on(Input::Tick);
            let next = self.fleet.wake_at(self.now);
            assert!(!is_stuck || next.is_none_or(|next| next > self.now), "it wants to be woken and does nothing");
        }
        self.now = end;
        self.on(Input::Tick);
    }

    pub(super) fn ready(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Ready { id, spawn, ready: ready() });
    }

    pub(super) fn all_ready(&mut self) {
        for (id, spawn) in self.launched.clone() {
            self.on(Input::Ready { id, spawn, ready: ready() });
        }
    }

    pub(super) fn passes(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Checked { id, spawn, result: Ok(Duration::from_millis(20)) });
    }

    pub(super) fn fails(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Checked { id, spawn, result: Err(Failure::new(Stage::Tcp, "refused")) });
    }

    /// A check of a member could not be made: this process has no descriptors left.
    pub(super) fn lacks_descriptors(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Checked { id, spawn, result: Err(shortage()) });
    }

    pub(super) fn checks_connectivity(&mut self, verdict: Connectivity) {
        self.on(Input::ConnectivityChecked(verdict));
    }

    /// Bytes are received through a member, and time passes in which this is read.
    pub(super) fn answers(&mut self, name: &str) {
        for _ in 0..3 {
            self.after(Duration::from_millis(200));
            candidate(name).meter.add_down(1_000);
        }
        self.after(Duration::from_millis(1));
    }

    /// Number of matching reports.
    pub(super) fn reported(&self, fits: impl Fn(&Report) -> bool) -> usize {
        self.reports.iter().filter(|report| fits(report)).count()
    }

    pub(super) fn sees(&mut self, name: &str, signal: Signal) {
        self.on(Input::Signal { id: candidate(name).id, signal });
    }

    /// Makes these members ready and proven.
    pub(super) fn proves(&mut self, names: &[&str]) {
        for name in names {
            self.ready(name);
            self.passes(name);
        }
    }

    pub(super) fn exits(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Exited { id, spawn, status: Exit::Signal(9) });
    }

    pub(super) fn fails_to_start(&mut self, name: &str, stage: Stage) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::StartFailed { id, spawn, failure: Failure::new(stage, "no") });
    }

    pub(super) fn last_launch(&self, name: &str) -> (NodeId, u64) {
        let id = candidate(name).id;
        self.launched.iter().rfind(|(launched, _)| *launched == id).cloned().expect("it was launched")
    }

    pub(super) fn roster(&self) -> Vec<String> {
        let name = |id: &NodeId| {
            let view = self.fleet.members().into_iter().find(|view| view.candidate.id == *id);
            view.expect("a member").candidate.node.name.clone()
        };
        self.fleet.roster().upstreams.iter().map(|upstream| name(&upstream.id)).collect()
    }

    /// The members that only quotas need.
    pub(super) fn reserved(&self) -> Vec<String> {
        let reserved = |member: &&Member| member.role == MemberRole::Reserved && !member.is_retired();
        let reserved = self.fleet.members.iter().filter(reserved);
        reserved.map(|member| member.candidate.node.name.clone()).collect()
    }

    pub(super) fn state(&self, name: &str) -> Option<MemberState> {
        let id = candidate(name).id;
        self.fleet.members().into_iter().find(|view| view.candidate.id == id).map(|view| view.state)
    }
}

thread_local! {
    static METERS: std::cell::RefCell<HashMap<NodeId, Arc<Meter>>> = std::cell::RefCell::default();
}

pub(super) fn candidate(text: &str) -> Candidate {
    let (name, host) = text.split_once('@').unwrap_or((text, text));
    let node = Node::new(name, host, 1080 + u16::from(name.as_bytes()[0]), Kind::Socks5 { login: None });
    let id = node.id();
    let meter = METERS.with_borrow_mut(|meters| Arc::clone(meters.entry(id.clone()).or_default()));
    Candidate { id, node: Arc::new(node), meter }
}

pub(super) fn ready() -> Ready {
    let addr = "127.0.0.1:1".parse().unwrap();
    Ready { dial: Dial { addr, login: None, handshake: Handshake::Stepwise }, pid: Some(1) }
}

pub(super) fn shortage() -> Failure {
    Failure::new(Stage::Start, SystemError::TooManyOpen)
}

pub(super) const SECOND: Duration = Duration::from_secs(1);

pub(super) fn evicted(report: &Report) -> bool {
    matches!(report, Report::Evicted { .. })
}

pub(super) fn ejected(report: &Report) -> bool {
    matches!(report, Report::Ejected { .. })
}

pub(super) fn recovered(report: &Report) -> bool {
    matches!(report, Report::Recovered { .. })
}

impl Lab {
    /// A working pool: all of these members are ready, proven and established.
    pub(super) fn working(size: usize, nodes: &[&str], members: &[&str]) -> Self {
        let mut lab = Self::wanting(size, nodes);
        lab.proves(members);
        lab
    }

    /// A member fails its check, and another one passes a later one.
    pub(super) fn fails_alone(&mut self, name: &str, witness: &str) {
        self.fails(name);
        self.now += Duration::from_millis(100);
        self.passes(witness);
    }

    pub(super) fn share(&self, name: &str) -> u32 {
        let id = candidate(name).id;
        let roster = self.fleet.roster();
        roster.upstreams.iter().find(|upstream| upstream.id == id).expect("it is in the roster").share
    }
}
