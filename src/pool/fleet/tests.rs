//! The fleet's rules, told what happened and what time it is.

use std::sync::Arc;

use super::*;
use crate::model::snapshot::MemberState;
use crate::model::{Dial, Handshake, Kind, Meter, Node};

/// A fleet with its own clock, which it moves by hand, and a record of what it did.
struct Lab {
    fleet: Fleet,
    now: Instant,
    launched: Vec<(NodeId, u64)>,
    stopped: Vec<NodeId>,
    reports: Vec<Report>,
    checked: Vec<NodeId>,
}

impl Lab {
    /// A fleet that wants `size` of these nodes; a name before the `@` is a node, behind it its host.
    fn wanting(size: usize, nodes: &[&str]) -> Self {
        let mut lab = Self {
            fleet: Fleet::default(),
            now: Instant::now(),
            launched: Vec::new(),
            stopped: Vec::new(),
            reports: Vec::new(),
            checked: Vec::new(),
        };
        lab.want(size, nodes);
        lab
    }

    fn want(&mut self, size: usize, nodes: &[&str]) {
        let candidates = nodes.iter().map(|node| candidate(node)).collect();
        self.on(Input::Wanted(Wanted {
            candidates,
            size,
            drain_limit: Duration::from_secs(600),
            schedule: vec![Duration::from_secs(10), Duration::from_secs(60)],
        }));
    }

    fn on(&mut self, input: Input) {
        for action in self.fleet.on(input, self.now) {
            match action {
                Action::Launch { candidate, spawn } => self.launched.push((candidate.id, spawn)),
                Action::Stop { id, .. } => self.stopped.push(id),
                Action::Report(report) => self.reports.push(report),
                Action::Check { candidate, .. } => self.checked.push(candidate.id),
                Action::Publish => {}
            }
        }
    }

    fn after(&mut self, time: Duration) {
        self.now += time;
        self.on(Input::Tick);
    }

    fn ready(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Ready { id, spawn, ready: ready() });
    }

    fn all_ready(&mut self) {
        for (id, spawn) in self.launched.clone() {
            self.on(Input::Ready { id, spawn, ready: ready() });
        }
    }

    fn passes(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Checked { id, spawn, result: Ok(Duration::from_millis(20)) });
    }

    fn fails(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Checked { id, spawn, result: Err(Failure::new(Stage::Tcp, "refused")) });
    }

    fn sees(&mut self, name: &str, signal: Signal) {
        self.on(Input::Noted { id: candidate(name).id, signal });
    }

    /// Makes these members ready and proven.
    fn proves(&mut self, names: &[&str]) {
        for name in names {
            self.ready(name);
            self.passes(name);
        }
    }

    fn exits(&mut self, name: &str) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::Exited { id, spawn, status: "signal: 9".into() });
    }

    fn fails_to_start(&mut self, name: &str, stage: Stage) {
        let (id, spawn) = self.last_launch(name);
        self.on(Input::StartFailed { id, spawn, failure: Failure::new(stage, "no") });
    }

    fn last_launch(&self, name: &str) -> (NodeId, u64) {
        let id = candidate(name).id;
        self.launched.iter().rfind(|(launched, _)| *launched == id).cloned().expect("it was launched")
    }

    fn roster(&self) -> Vec<String> {
        let name = |id: &NodeId| {
            let view = self.fleet.views().into_iter().find(|view| view.candidate.id == *id);
            view.expect("a member").candidate.node.name.clone()
        };
        self.fleet.roster().upstreams.iter().map(|upstream| name(&upstream.id)).collect()
    }

    fn state(&self, name: &str) -> Option<MemberState> {
        let id = candidate(name).id;
        self.fleet.views().into_iter().find(|view| view.candidate.id == id).map(|view| view.state)
    }
}

thread_local! {
    static METERS: std::cell::RefCell<HashMap<NodeId, Arc<Meter>>> = std::cell::RefCell::default();
}

fn candidate(text: &str) -> Candidate {
    let (name, host) = text.split_once('@').unwrap_or((text, text));
    let node = Node::new(name, host, 1080 + u16::from(name.as_bytes()[0]), Kind::Socks5 { login: None });
    let id = node.id();
    let meter = METERS.with_borrow_mut(|meters| Arc::clone(meters.entry(id.clone()).or_default()));
    Candidate { id, node: Arc::new(node), meter }
}

fn ready() -> Ready {
    let addr = "127.0.0.1:1".parse().unwrap();
    Ready { dial: Dial { addr, login: None, handshake: Handshake::Stepwise }, pid: Some(1) }
}

#[test]
fn the_wanted_number_is_started_and_served_in_list_order() {
    let mut lab = Lab::wanting(2, &["a", "b", "c"]);
    assert_eq!(lab.launched.len(), 2);
    assert!(lab.roster().is_empty());
    lab.ready("b");
    lab.ready("a");
    assert_eq!(lab.roster(), ["a", "b"]);
}

#[test]
fn nodes_on_other_hosts_go_first() {
    let mut lab = Lab::wanting(2, &["a@one", "b@one", "c@two"]);
    lab.ready("a@one");
    lab.ready("c@two");
    assert_eq!(lab.roster(), ["a", "c"]);
}

#[test]
fn a_killed_member_is_started_again_at_once() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.all_ready();
    lab.exits("a");
    assert_eq!(lab.launched.len(), 2);
    assert!(matches!(&lab.reports[..], [Report::Ready { .. }, Report::Exited { restart_in: Duration::ZERO, .. }]));
    lab.ready("a");
    assert_eq!(lab.roster(), ["a"]);
}

#[test]
fn news_of_an_earlier_start_is_ignored() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.all_ready();
    let (id, spawn) = lab.last_launch("a");
    lab.exits("a");
    lab.ready("a");
    lab.on(Input::Exited { id, spawn, status: "late".into() });
    assert_eq!(lab.roster(), ["a"]);
}

#[test]
fn a_crash_loop_ends_in_an_eviction_and_a_replacement() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    for _ in 0..CRASH_LIMIT {
        lab.ready("a");
        lab.exits("a");
        lab.after(Duration::from_secs(5));
    }
    lab.ready("b");
    assert_eq!(lab.roster(), ["b"]);
    let expected = Some(candidate("b").id);
    assert!(lab.reports.iter().any(|report| matches!(
        report,
        Report::Evicted { reason: Eviction::CrashLoop { exits: CRASH_LIMIT, .. }, replacement, .. } if *replacement == expected
    )));
}

#[test]
fn now_and_then_a_crash_is_no_loop() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    for _ in 0..20 {
        lab.ready("a");
        lab.exits("a");
        lab.after(Duration::from_secs(20));
    }
    lab.ready("a");
    assert_eq!(lab.roster(), ["a"]);
}

#[test]
fn a_failed_start_is_tried_again_then_another_node_gets_the_place() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    for _ in 0..START_LIMIT {
        lab.fails_to_start("a", Stage::Plugin);
        lab.after(Duration::from_secs(5));
    }
    assert_eq!(lab.state("a"), None);
    assert_eq!(lab.state("b"), Some(MemberState::Starting));
}

#[test]
fn a_wrong_configuration_is_not_tried_again() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    lab.fails_to_start("a", Stage::Configuration);
    assert_eq!(lab.state("b"), Some(MemberState::Starting));
}

#[test]
fn an_evicted_node_comes_back_after_a_growing_pause_and_shortness_is_said_once() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.fails_to_start("a", Stage::Configuration);
    lab.after(Duration::from_secs(1));
    lab.after(Duration::from_secs(1));
    let shorts = lab.reports.iter().filter(|report| matches!(report, Report::Short { have: 0, want: 1 })).count();
    assert_eq!((lab.state("a"), shorts), (None, 1));
    lab.after(BENCH);
    lab.fails_to_start("a", Stage::Configuration);
    lab.after(BENCH + Duration::from_secs(1));
    assert_eq!(lab.state("a"), None, "the second pause is longer");
    lab.after(BENCH);
    assert_eq!(lab.state("a"), Some(MemberState::Starting));
}

#[test]
fn a_node_asked_for_again_is_not_kept_on_the_bench() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.fails_to_start("a", Stage::Configuration);
    lab.want(1, &["a"]);
    assert_eq!(lab.state("a"), Some(MemberState::Starting));
}

#[test]
fn a_member_with_open_connections_drains_and_can_come_back() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    lab.ready("a");
    let open = candidate("a").meter.open();
    lab.want(1, &["b"]);
    lab.ready("b");
    assert_eq!(lab.state("a"), Some(MemberState::Draining));
    assert_eq!(lab.roster(), ["b"]);
    lab.want(2, &["a", "b"]);
    assert_eq!(lab.roster(), ["a", "b"]);
    lab.want(1, &["b"]);
    drop(open);
    lab.after(Duration::from_millis(250));
    assert_eq!((lab.state("a"), lab.stopped.len()), (None, 1));
}

#[test]
fn a_draining_member_ends_at_its_limit_and_its_connections_are_ousted() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    lab.ready("a");
    let _open = candidate("a").meter.open();
    lab.want(1, &["b"]);
    lab.after(Duration::from_secs(599));
    assert_eq!(lab.state("a"), Some(MemberState::Draining));
    lab.after(Duration::from_secs(1));
    assert_eq!(lab.state("a"), None);
    assert_eq!(lab.fleet.roster().gone, [candidate("a").id]);
}

#[test]
fn wanting_nothing_ends_everything() {
    let mut lab = Lab::wanting(2, &["a", "b"]);
    lab.ready("a");
    lab.want(0, &[]);
    assert_eq!(lab.stopped.len(), 2);
    assert!(lab.fleet.views().is_empty());
    assert_eq!(lab.fleet.wake_at(lab.now), None);
}

#[test]
fn members_that_nothing_went_through_serve_only_while_no_other_does() {
    let mut lab = Lab::wanting(2, &["a", "b"]);
    lab.ready("a");
    lab.ready("b");
    assert_eq!(lab.roster(), ["a", "b"]);
    lab.passes("b");
    assert_eq!(lab.roster(), ["b"]);
    lab.passes("a");
    assert_eq!(lab.roster(), ["a", "b"]);
}

#[test]
fn a_refused_connection_makes_a_member_suspect_and_has_it_checked_at_once() {
    let mut lab = Lab::wanting(2, &["a", "b"]);
    lab.proves(&["a", "b"]);
    let checks = lab.checked.len();
    lab.sees("a", Signal::ConnectFailed);
    lab.sees("a", Signal::ConnectFailed);
    assert_eq!(lab.state("a"), Some(MemberState::Suspect));
    assert_eq!(lab.checked[checks..], [candidate("a").id], "one check, however many signs");
    assert!(lab.fleet.roster().upstreams[0].is_suspect);
    lab.passes("a");
    assert_eq!(lab.state("a"), Some(MemberState::Serving));
}

#[test]
fn one_empty_close_is_no_sign_but_two_in_a_row_are() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.proves(&["a"]);
    lab.sees("a", Signal::ClosedEmpty);
    lab.sees("a", Signal::FirstByte);
    lab.sees("a", Signal::ClosedEmpty);
    assert_eq!(lab.state("a"), Some(MemberState::Serving));
    lab.sees("a", Signal::ClosedEmpty);
    assert_eq!(lab.state("a"), Some(MemberState::Suspect));
}

#[test]
fn a_failed_check_with_proof_ejects_and_the_replacement_is_proven_before_the_old_one_goes() {
    let mut lab = Lab::wanting(2, &["a", "b", "c"]);
    lab.proves(&["a", "b"]);
    lab.fails("a");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
    assert_eq!(lab.roster(), ["b"]);
    lab.ready("c");
    assert_eq!(lab.roster(), ["b"], "nothing has gone through c yet");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected), "it stays until its replacement works");
    lab.passes("c");
    assert_eq!(lab.roster(), ["b", "c"]);
    assert_eq!(lab.state("a"), None);
    let expected = Some(candidate("c").id);
    assert!(lab.reports.iter().any(|report| matches!(
        report,
        Report::Evicted { reason: Eviction::CheckFailed { .. }, replacement, .. } if *replacement == expected
    )));
}

#[test]
fn without_proof_nobody_is_ejected_and_a_witness_is_asked() {
    let mut lab = Lab::wanting(2, &["a", "b", "c"]);
    lab.proves(&["a", "b"]);
    lab.after(standing::PROOF + Duration::from_secs(60));
    let checks = lab.checked.len();
    lab.fails("a");
    assert_eq!(lab.state("a"), Some(MemberState::Suspect));
    assert!(lab.checked[checks..].is_empty() || lab.checked.contains(&candidate("b").id));
    lab.fails("b");
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Suspect), Some(MemberState::Suspect)));
    assert_eq!(lab.roster(), ["a", "b"], "all are used while none is proven guilty");
    lab.passes("b");
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Ejected), Some(MemberState::Serving)));
}

#[test]
fn the_only_member_is_never_ejected() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.proves(&["a"]);
    for _ in 0..10 {
        lab.fails("a");
        lab.after(Duration::from_secs(5));
    }
    assert_eq!(lab.roster(), ["a"]);
}

#[test]
fn an_ejected_member_without_a_replacement_comes_back_when_it_works() {
    let mut lab = Lab::wanting(2, &["a", "b"]);
    lab.proves(&["a", "b"]);
    lab.fails("a");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
    let checks = lab.checked.len();
    lab.after(Duration::from_secs(31));
    assert!(lab.checked[checks..].contains(&candidate("a").id), "it is tried again after its rest");
    lab.passes("a");
    assert_eq!(lab.roster(), ["a", "b"]);
    assert!(lab.reports.iter().any(|report| matches!(report, Report::Recovered { .. })));
}

#[test]
fn fresh_traffic_is_as_good_as_a_check() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.proves(&["a"]);
    let checks = lab.checked.len();
    candidate("a").meter.add_down(1_000);
    lab.after(Duration::from_secs(11));
    assert_eq!(lab.checked.len(), checks);
    lab.after(Duration::from_secs(61));
    assert_eq!(lab.checked.len(), checks + 1, "no traffic since: the heartbeat asks");
}
