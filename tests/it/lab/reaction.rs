//! How soon a faulty node is replaced.

use std::time::{Duration, Instant};

use sluice::model::EventKind;
use sluice::model::snapshot::{MemberState, MemberView, Snapshot};
use sluice::model::why::{RankReason, Why};

use super::load::{FailedRequest, Load};
use super::testbed::{NODES, NodeFault, Testbed, name};
use crate::client::get;

fn first_node(status: &Snapshot) -> Option<&MemberView> {
    status.members.iter().find(|member| member.name == name(0))
}

/// How long after the fault a spare node serves in place of the first node.
fn replaced_after(fault: NodeFault) -> Duration {
    let testbed = Testbed::with_cluster_of(3);
    let load = Load::start(&testbed);
    testbed
        .engine
        .wait_for("all members have had traffic", |status| status.members.iter().all(|member| member.total > 10));
    testbed.inject(fault, 1);
    let start = Instant::now();
    testbed.engine.wait_for("a spare node serves in place of the first", |status| {
        let is_spare = |member: &&MemberView| (3..NODES).any(|index| member.name == name(index));
        let serves = |member: &MemberView| member.state.is_serving() && member.total > 0;
        status.members.iter().filter(is_spare).any(serves)
            && first_node(status).is_none_or(|member| !member.state.is_serving())
    });
    let took = start.elapsed();
    let began_before_the_fault = |failed: &FailedRequest| failed.began < start;
    let failed = load.stop().failed;
    assert!(failed.iter().all(began_before_the_fault), "{failed:?}");
    let evictions = testbed.engine.count_events(
        |kind| matches!(kind, EventKind::MemberEvicted { name: evicted, replacement: Some(_), .. } if *evicted == name(0)),
    );
    assert_eq!(evictions, 1, "one event names both nodes");
    took
}

#[test]
fn a_node_that_refuses_is_replaced_within_five_seconds() {
    let took = replaced_after(NodeFault::Refuses);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_black_hole_is_replaced_within_five_seconds() {
    let took = replaced_after(NodeFault::BlackHole);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn without_traffic_the_next_check_detects_a_failure() {
    let testbed = Testbed::with(3, |settings| settings.health.schedule = vec![1]);
    testbed.inject(NodeFault::Refuses, 1);
    let start = Instant::now();
    testbed.engine.wait_for("the node stops serving", |status| {
        first_node(status).is_none_or(|member| !member.state.is_serving())
    });
    // A second plus at most a tenth of jitter, and a margin for a busy machine. By default it would be ten seconds.
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_flapping_node_fails_no_request_and_causes_few_events() {
    let testbed = Testbed::with_cluster_of(NODES);
    let load = Load::start(&testbed);
    let mut began = Vec::new();
    for _ in 0..2 {
        testbed.inject(NodeFault::BlackHole, 1);
        began.push(Instant::now());
        std::thread::sleep(Duration::from_secs(5));
        testbed.clear_faults();
        std::thread::sleep(Duration::from_secs(5));
    }
    let tally = load.stop();
    let is_cut = |at: &Instant| began.iter().any(|began| *at < *began && *began - *at < Duration::from_secs(1));
    let failed: Vec<_> = tally.failed.iter().filter(|failed| !is_cut(&failed.began)).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let events = testbed.engine.count_events(|kind| {
        matches!(
            kind,
            EventKind::MemberEjected { .. } | EventKind::MemberRecovered { .. } | EventKind::MemberEvicted { .. }
        )
    });
    assert!(events <= 2, "{events} events in 20 s");
}

#[test]
fn why_names_the_member_that_serves_a_site() {
    let testbed = Testbed::with_cluster_of(3);
    let gateway = testbed.engine.gateway();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for site in ["site1.test", "site2.test", "site3.test", "10.1.2.3"] {
        let why: Why = testbed.engine.json(&["why", site]);
        let first = &why.members[0];
        assert_eq!((why.members.len(), first.turn, first.because), (3, Some(1), RankReason::Assigned), "{why:?}");
        let before = testbed.engine.totals();
        let target = sluice::model::Target::from_host(site, testbed.origin.addr.port()).unwrap();
        // The last address does not answer, but the member that was tried still counts the connection.
        let _page = runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(1), get(gateway, &target, "/204")).await });
        let after = testbed.engine.status();
        let tried: Vec<_> = after
            .members
            .iter()
            .zip(before)
            .filter(|(member, before)| member.total > *before)
            .map(|(member, _)| &member.name)
            .collect();
        assert!(tried.contains(&&first.member.name), "{tried:?} instead of {}", first.member.name);
    }
    testbed.inject(NodeFault::Refuses, 1);
    testbed.engine.run_ok(&["set", "health.schedule", "[1]"]);
    testbed.engine.wait_for("the node is ejected", |status| {
        first_node(status).is_none_or(|member| member.state == MemberState::Ejected)
    });
    let text = testbed.engine.run_ok(&["why", "site1.test"]);
    assert!(text.starts_with("site1.test goes through node-"), "{text}");
    assert!(testbed.engine.run_err(&["why", "no host"]).contains("expected a host name"));
}
