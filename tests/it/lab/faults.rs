//! What happens to requests while nodes are in trouble.

use std::time::{Duration, Instant};

use sluice::model::EventKind;
use sluice::model::snapshot::MemberState;

use super::bench::{Bench, NODES, Trouble, name};
use super::load::Load;

/// How long the short form makes trouble.
const SHORT: Duration = Duration::from_secs(8);

/// From the fault to no new connection through its node.
const REACTION: Duration = Duration::from_secs(3);

/// What came of one cell.
struct Outcome {
    requests: usize,
    /// Requests that began before the trouble and were cut by it: an answer that has begun cannot be
    /// begun again.
    cut: usize,
    failed: Vec<String>,
    p99: Duration,
    slowest: Duration,
    replayed: u64,
    /// Connections given to nodes in trouble after [`REACTION`].
    late: u64,
    /// How each node in trouble was seen at the end.
    verdicts: Vec<MemberState>,
    /// Nodes without trouble that were suspected, ejected or evicted.
    wronged: Vec<String>,
}

fn experiment(trouble: Trouble, count: usize, time: Duration) -> Outcome {
    let bench = Bench::with_cluster_of(NODES);
    let warm_up = Load::start(&bench);
    bench
        .engine
        .becomes("all members have had traffic", |status| status.members.iter().all(|member| member.total > 20));
    assert_eq!(warm_up.stop().failed, Vec::new(), "before there was any trouble");

    let load = Load::start(&bench);
    bench.make(trouble, count);
    let start = Instant::now();
    let in_trouble = || -> u64 {
        let status = bench.engine.status();
        (0..count)
            .map(|index| {
                status.members.iter().find(|member| member.name == name(index)).map_or(0, |member| member.total)
            })
            .sum()
    };
    std::thread::sleep(REACTION);
    let after_reaction = in_trouble();
    std::thread::sleep(time.saturating_sub(start.elapsed()));
    let late = in_trouble() - after_reaction;
    let mut tally = load.stop();
    let requests = tally.took.len() + tally.failed.len();
    let (cut, failed): (Vec<_>, Vec<_>) =
        std::mem::take(&mut tally.failed).into_iter().partition(|(began, _)| *began < start);

    let status = bench.engine.status();
    let verdicts = status.members.iter().filter(|member| (0..count).any(|index| name(index) == member.name));
    let is_well = |name: &str| !(0..count).any(|index| super::bench::name(index) == name);
    let wronged = bench.engine.events().into_iter().filter_map(|event| {
        if let EventKind::MemberEjected { name, .. } | EventKind::MemberEvicted { name, .. } = &event.kind {
            return is_well(name).then(|| format!("{:?}", event.kind));
        }
        None
    });
    Outcome {
        verdicts: verdicts.map(|member| member.state).collect(),
        wronged: wronged.collect(),
        requests,
        cut: cut.len(),
        p99: tally.p99(),
        slowest: tally.took.last().copied().unwrap_or_default(),
        failed: failed.into_iter().map(|(_, error)| error).collect(),
        replayed: status.gateway.replayed,
        late,
    }
}

#[track_caller]
fn check(trouble: Trouble, count: usize, p99: Duration) {
    let outcome = experiment(trouble, count, SHORT);
    assert_eq!(outcome.failed, Vec::<String>::new(), "no request fails because a node died");
    assert_eq!(outcome.wronged, Vec::<String>::new(), "a healthy node was taken for a sick one");
    assert!(outcome.p99 < p99, "99 of 100 requests take {:?} at most", outcome.p99);
    assert!(outcome.requests > 500, "{} requests", outcome.requests);
    assert!(outcome.late <= 3 * count as u64, "{} connections to nodes that were known to be bad", outcome.late);
    for verdict in &outcome.verdicts {
        assert!(matches!(verdict, MemberState::Suspect | MemberState::Ejected), "{verdict:?}");
    }
}

const QUICK: Duration = Duration::from_secs(1);

#[test]
fn one_that_refuses() {
    check(Trouble::Refuses, 1, QUICK);
}

#[test]
fn two_that_reset() {
    check(Trouble::Resets, 2, QUICK);
}

#[test]
fn one_black_hole() {
    check(Trouble::BlackHole, 1, 2 * QUICK);
}

#[test]
fn four_black_holes() {
    check(Trouble::BlackHole, 4, 2 * QUICK);
}

#[test]
fn four_that_close_without_an_answer() {
    check(Trouble::ClosesAfterRequest, 4, QUICK);
}

#[test]
fn one_that_only_lets_the_checks_through() {
    check(Trouble::ProbesOnly, 1, QUICK);
}

/// A login page is a whole answer to who asks for a page, so some get it until a TLS handshake shows
/// what it is. No handshake fails.
#[test]
fn one_that_answers_with_a_login_page() {
    let outcome = experiment(Trouble::LoginPage, 1, SHORT);
    assert!(outcome.failed.iter().all(|error| error.ends_with("302")), "{:?}", outcome.failed);
    assert!(outcome.failed.len() < 50, "{} of {} pages", outcome.failed.len(), outcome.requests);
    assert_eq!((outcome.late, outcome.wronged), (0, Vec::new()));
    assert_eq!(outcome.verdicts, [MemberState::Ejected]);
}

/// Nothing fails where one is slow, and nobody waits for it: its state may go either way.
#[test]
fn one_that_is_slow() {
    let outcome = experiment(Trouble::Slow, 1, SHORT);
    assert_eq!((outcome.failed, outcome.wronged), (Vec::new(), Vec::new()));
    assert!(outcome.p99 < QUICK, "{:?}", outcome.p99);
}

/// All cells for as long as `SLUICE_LAB_SECONDS` says; a table for people, which holds nothing.
#[test]
fn the_whole_table() {
    let Ok(seconds) = std::env::var("SLUICE_LAB_SECONDS") else { return };
    let time = Duration::from_secs(seconds.parse().expect("a number of seconds"));
    let troubles = [
        Trouble::Refuses,
        Trouble::Resets,
        Trouble::BlackHole,
        Trouble::ClosesAfterRequest,
        Trouble::Stalls(16 * 1024),
        Trouble::Slow,
        Trouble::ProbesOnly,
        Trouble::LoginPage,
    ];
    println!(
        "| trouble | nodes | requests | cut | failed | p99 ms | slowest ms | replayed | late | verdicts | wronged |"
    );
    for trouble in troubles {
        for count in [1, 2, 4] {
            let outcome = experiment(trouble, count, time);
            println!(
                "| {trouble:?} | {count} | {} | {} | {} | {} | {} | {} | {} | {:?} | {:?} | {:?}",
                outcome.requests,
                outcome.cut,
                outcome.failed.len(),
                outcome.p99.as_millis(),
                outcome.slowest.as_millis(),
                outcome.replayed,
                outcome.late,
                outcome.verdicts,
                outcome.wronged,
                outcome.failed.first(),
            );
        }
    }
}
