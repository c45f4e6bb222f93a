//! What happens to requests while nodes have faults.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sluice::model::EventKind;
use sluice::model::snapshot::MemberState;

use super::load::Load;
use super::testbed::{NODES, NodeFault, Testbed, name};

/// How long a fault lasts in the short form.
const SHORT: Duration = Duration::from_secs(8);

/// The time after which a faulty node may get no new connections.
const REACTION: Duration = Duration::from_secs(3);

/// Limits grow by so many times the 99th percentile before the fault, so that they hold on a busy machine too.
const BUSY_FACTOR: u32 = 5;

/// The result of one experiment.
struct Outcome {
    requests: usize,
    /// Requests that began before the fault and were cut off by it: a response that has begun cannot be
    /// replayed.
    cut: usize,
    failed: Vec<String>,
    p99: Duration,
    slowest: Duration,
    /// The 99th percentile before the fault. It shows how busy the machine is.
    baseline: Duration,
    replayed: u64,
    /// Connections given to faulty nodes after [`REACTION`].
    late: u64,
    /// The state of each faulty node at the end.
    states: Vec<MemberState>,
    /// Events that ejected or evicted a healthy node.
    wrongly_ejected: Vec<String>,
}

impl Outcome {
    /// How many requests failed with each error.
    fn errors(&self) -> BTreeMap<&str, usize> {
        let mut errors = BTreeMap::new();
        for error in &self.failed {
            let what = error.split_once(": ").map_or(error.as_str(), |(_request, what)| what);
            *errors.entry(what).or_default() += 1;
        }
        errors
    }

    #[track_caller]
    fn check_p99(&self, limit: Duration) {
        let Self { p99, baseline, .. } = self;
        assert!(
            *p99 < limit + BUSY_FACTOR * *baseline,
            "the 99th percentile is {p99:?}, and {baseline:?} without a fault"
        );
    }
}

fn experiment(fault: NodeFault, count: usize, time: Duration) -> Outcome {
    let testbed = Testbed::with_cluster_of(NODES);
    let warm_up = Load::start(&testbed);
    testbed
        .engine
        .wait_for("all members have had traffic", |status| status.members.iter().all(|member| member.total > 20));
    let mut warm_up = warm_up.stop();
    assert_eq!(warm_up.failed, Vec::new(), "no request fails before the fault");
    let baseline = warm_up.p99();
    let margin = BUSY_FACTOR * baseline;

    let load = Load::start(&testbed);
    testbed.inject(fault, count);
    let start = Instant::now();
    let connections_of_faulty_nodes = || -> u64 {
        let status = testbed.engine.status();
        (0..count)
            .map(|index| {
                status.members.iter().find(|member| member.name == name(index)).map_or(0, |member| member.total)
            })
            .sum()
    };
    std::thread::sleep(REACTION + margin);
    let after_reaction = connections_of_faulty_nodes();
    std::thread::sleep((time + margin).saturating_sub(start.elapsed()));
    let late = connections_of_faulty_nodes() - after_reaction;
    let mut tally = load.stop();
    let requests = tally.took.len() + tally.failed.len();
    let (cut, failed): (Vec<_>, Vec<_>) =
        std::mem::take(&mut tally.failed).into_iter().partition(|failed| failed.began < start);

    let status = testbed.engine.status();
    let faulty = status.members.iter().filter(|member| (0..count).any(|index| name(index) == member.name));
    let is_healthy = |name: &str| !(0..count).any(|index| super::testbed::name(index) == name);
    let wrongly_ejected = testbed.engine.events().into_iter().filter_map(|event| {
        if let EventKind::MemberEjected { name, .. } | EventKind::MemberEvicted { name, .. } = &event.kind {
            return is_healthy(name).then(|| format!("{:?}", event.kind));
        }
        None
    });
    Outcome {
        states: faulty.map(|member| member.state).collect(),
        wrongly_ejected: wrongly_ejected.collect(),
        requests,
        cut: cut.len(),
        p99: tally.p99(),
        slowest: tally.took.last().copied().unwrap_or_default(),
        baseline,
        failed: failed.into_iter().map(|failed| failed.error).collect(),
        replayed: status.gateway.replayed,
        late,
    }
}

#[track_caller]
fn check(fault: NodeFault, count: usize, p99: Duration) {
    let outcome = experiment(fault, count, SHORT);
    assert_eq!(outcome.failed, Vec::<String>::new(), "no request fails because of the fault");
    assert_eq!(outcome.wrongly_ejected, Vec::<String>::new(), "a healthy node was ejected");
    outcome.check_p99(p99);
    assert!(outcome.requests > 200, "{} requests", outcome.requests);
    assert!(outcome.late <= 3 * count as u64, "{} connections to nodes known to be faulty", outcome.late);
    for state in &outcome.states {
        assert!(matches!(state, MemberState::Suspect | MemberState::Ejected), "{state:?}");
    }
}

const QUICK: Duration = Duration::from_secs(1);

#[test]
fn one_node_that_refuses_fails_no_request() {
    check(NodeFault::Refuses, 1, QUICK);
}

#[test]
fn two_nodes_that_reset_fail_no_request() {
    check(NodeFault::Resets, 2, QUICK);
}

#[test]
fn one_black_hole_fails_no_request() {
    check(NodeFault::BlackHole, 1, 2 * QUICK);
}

#[test]
fn four_black_holes_fail_no_request() {
    check(NodeFault::BlackHole, 4, 2 * QUICK);
}

#[test]
fn four_nodes_that_close_without_an_answer_fail_no_request() {
    check(NodeFault::ClosesAfterRequest, 4, QUICK);
}

#[test]
fn a_node_that_passes_only_its_checks_fails_no_request() {
    check(NodeFault::ProbesOnly, 1, QUICK);
}

/// A login page is a complete response to a page request, so some clients get it until a TLS handshake
/// through the node fails. No handshake fails for a client.
#[track_caller]
fn check_login_pages(count: usize) {
    let outcome = experiment(NodeFault::LoginPage, count, SHORT);
    assert!(outcome.failed.iter().all(|error| error.ends_with("302")), "{:?}", outcome.failed);
    assert!(outcome.failed.len() < 50 * count, "{} of {} pages", outcome.failed.len(), outcome.requests);
    assert_eq!((outcome.late, outcome.wrongly_ejected), (0, Vec::new()));
    assert_eq!(outcome.states, vec![MemberState::Ejected; count]);
}

#[test]
fn a_node_with_a_login_page_is_ejected_and_fails_no_tls_handshake() {
    check_login_pages(1);
}

#[test]
fn four_nodes_with_a_login_page_are_ejected_and_fail_no_tls_handshake() {
    check_login_pages(4);
}

/// No request fails or waits because of a slow node. Whether the node is ejected is not specified.
#[test]
fn a_slow_node_delays_and_fails_no_request() {
    let outcome = experiment(NodeFault::Slow, 1, SHORT);
    assert_eq!((&outcome.failed, &outcome.wrongly_ejected), (&Vec::new(), &Vec::new()));
    outcome.check_p99(QUICK);
}

/// Prints a table of all faults for `SLUICE_LAB_SECONDS` seconds each; it asserts nothing.
#[test]
fn full_table() {
    let Ok(seconds) = std::env::var("SLUICE_LAB_SECONDS") else { return };
    let time = Duration::from_secs(seconds.parse().expect("SLUICE_LAB_SECONDS is a number"));
    let faults = [
        NodeFault::Refuses,
        NodeFault::Resets,
        NodeFault::BlackHole,
        NodeFault::ClosesAfterRequest,
        NodeFault::Stalls(16 * 1024),
        NodeFault::Slow,
        NodeFault::ProbesOnly,
        NodeFault::LoginPage,
    ];
    println!(
        "| fault | nodes | requests | cut | failed | p99 ms | slowest ms | replayed | late | states | wrongly ejected |"
    );
    for fault in faults {
        for count in [1, 2, 4] {
            let outcome = experiment(fault, count, time);
            println!(
                "| {fault:?} | {count} | {} | {} | {} | {} | {} | {} | {} | {:?} | {:?} | {:?}",
                outcome.requests,
                outcome.cut,
                outcome.failed.len(),
                outcome.p99.as_millis(),
                outcome.slowest.as_millis(),
                outcome.replayed,
                outcome.late,
                outcome.states,
                outcome.wrongly_ejected,
                outcome.errors(),
            );
        }
    }
}
