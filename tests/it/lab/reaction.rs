//! How soon a bad node is left alone, and another serves in its place.

use std::time::{Duration, Instant};

use sluice::model::EventKind;
use sluice::model::snapshot::{MemberState, MemberView, Snapshot};
use sluice::model::why::{Because, Why};

use super::bench::{Bench, NODES, Trouble, name};
use super::load::Load;
use crate::client::get;

fn first_node(status: &Snapshot) -> Option<&MemberView> {
    status.members.iter().find(|member| member.name == name(0))
}

/// How long after the trouble a spare node serves in the place of the first.
fn replaced_after(trouble: Trouble) -> Duration {
    let bench = Bench::with_cluster_of(3);
    let load = Load::start(&bench);
    bench
        .engine
        .becomes("all members have had traffic", |status| status.members.iter().all(|member| member.total > 10));
    bench.make(trouble, 1);
    let start = Instant::now();
    bench.engine.becomes("a spare node serves in its place", |status| {
        let is_spare = |member: &&MemberView| (3..NODES).any(|index| member.name == name(index));
        let serves = |member: &MemberView| member.state.is_serving() && member.total > 0;
        status.members.iter().filter(is_spare).any(serves)
            && first_node(status).is_none_or(|member| !member.state.is_serving())
    });
    let took = start.elapsed();
    let cut_by_the_trouble = |failed: &(Instant, String)| failed.0 < start;
    let failed = load.stop().failed;
    assert!(failed.iter().all(cut_by_the_trouble), "{failed:?}");
    let told = bench.engine.count_events(
        |kind| matches!(kind, EventKind::MemberEvicted { name: evicted, replacement: Some(_), .. } if *evicted == name(0)),
    );
    assert_eq!(told, 1, "one event names both nodes");
    took
}

#[test]
fn a_node_that_refuses_is_replaced_within_five_seconds() {
    let took = replaced_after(Trouble::Refuses);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_black_hole_is_replaced_within_five_seconds() {
    let took = replaced_after(Trouble::BlackHole);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn without_traffic_the_next_heartbeat_finds_it() {
    let bench = Bench::with(3, |settings| settings.health.schedule = vec![1]);
    bench.make(Trouble::Refuses, 1);
    let start = Instant::now();
    bench.engine.becomes("it is seen", |status| first_node(status).is_none_or(|member| !member.state.is_serving()));
    // A second, a tenth more at most, and what a slow machine takes.
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn a_node_that_comes_and_goes_is_left_alone_more_and_more() {
    let bench = Bench::with_cluster_of(NODES);
    let load = Load::start(&bench);
    let mut began = Vec::new();
    for _ in 0..2 {
        bench.make(Trouble::BlackHole, 1);
        began.push(Instant::now());
        std::thread::sleep(Duration::from_secs(5));
        bench.mend();
        std::thread::sleep(Duration::from_secs(5));
    }
    let tally = load.stop();
    let is_cut = |at: &Instant| began.iter().any(|began| *at < *began && *began - *at < Duration::from_secs(1));
    let failed: Vec<_> = tally.failed.iter().filter(|(at, _)| !is_cut(at)).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let told = bench.engine.count_events(|kind| {
        matches!(
            kind,
            EventKind::MemberEjected { .. } | EventKind::MemberRecovered { .. } | EventKind::MemberEvicted { .. }
        )
    });
    assert!(told <= 2, "{told} notices in 20 s");
}

#[test]
fn why_names_the_member_that_serves_a_site() {
    let bench = Bench::with_cluster_of(3);
    let gateway = bench.engine.gateway();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for site in ["site1.test", "site2.test", "site3.test", "10.1.2.3"] {
        let why: Why = bench.engine.json(&["why", site]);
        let first = &why.members[0];
        assert_eq!((why.members.len(), first.turn, first.because), (3, Some(1), Because::OwnMember), "{why:?}");
        let before = bench.engine.totals();
        let target = sluice::model::Target::from_host(site, bench.origin.addr.port()).unwrap();
        // Nobody is at the last one's address; who was asked shows all the same.
        let _page = runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(1), get(gateway, &target, "/204")).await });
        let after = bench.engine.status();
        let asked: Vec<_> = after
            .members
            .iter()
            .zip(before)
            .filter(|(member, before)| member.total > *before)
            .map(|(member, _)| &member.name)
            .collect();
        assert!(asked.contains(&&first.member.name), "{asked:?} instead of {}", first.member.name);
    }
    bench.make(Trouble::Refuses, 1);
    bench.engine.done(&["set", "health.schedule", "[1]"]);
    bench
        .engine
        .becomes("it is out", |status| first_node(status).is_none_or(|member| member.state == MemberState::Ejected));
    let said = bench.engine.done(&["why", "site1.test"]);
    assert!(said.starts_with("site1.test goes through node-"), "{said}");
    assert!(bench.engine.refused(&["why", "no host"]).contains("expected a host name"));
}
