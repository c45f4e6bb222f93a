//! Each strategy's rule, without IO.

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::gateway::tests::stub::upstream;
use crate::model::{Roster, Upstream};

fn table(strategy: Strategy, upstreams: Vec<Upstream>) -> Table {
    let roster = Roster { upstreams: upstreams.into_iter().map(Arc::new).collect(), draining: Vec::new() };
    Table::empty(strategy).next(&roster, strategy)
}

fn three(strategy: Strategy) -> Table {
    table(strategy, vec![upstream("a", "h1"), upstream("b", "h2"), upstream("c", "h3")])
}

fn key(affinity: u64) -> SelectionKey<'static> {
    SelectionKey { affinity, now_ms: 0, without: &[], learned: None }
}

fn first(table: &Table, affinity: u64) -> usize {
    pick(table, key(affinity), &mut StdRng::seed_from_u64(affinity))
}

fn pick(table: &Table, key: SelectionKey<'_>, chance: &mut StdRng) -> usize {
    candidates(table, key, chance).next().unwrap()
}

fn tally(table: &Table, picks: u64) -> Vec<u64> {
    let mut chance = StdRng::seed_from_u64(7);
    let mut counts = vec![0; table.upstreams.len()];
    for _ in 0..picks {
        counts[pick(table, key(0), &mut chance)] += 1;
    }
    counts
}

#[test]
fn every_strategy_offers_each_member_once() {
    for strategy in Strategy::ALL {
        let mut offered: Vec<_> = candidates(&three(strategy), key(5), &mut StdRng::seed_from_u64(1)).collect();
        offered.sort_unstable();
        assert_eq!(offered, [0, 1, 2], "{}", strategy.as_str());
        let nobody = candidates(&table(strategy, vec![]), key(5), &mut StdRng::seed_from_u64(1));
        assert_eq!(nobody.count(), 0, "{}", strategy.as_str());
    }
}

#[test]
fn the_second_candidate_is_on_another_host() {
    let same_host_first = vec![upstream("a", "h1"), upstream("b", "h1"), upstream("c", "h2")];
    let order: Vec<_> =
        candidates(&table(Strategy::Failover, same_host_first), key(0), &mut StdRng::seed_from_u64(1)).collect();
    assert_eq!(order, [0, 2, 1]);
}

#[test]
fn round_robin_is_exact_and_goes_on_when_the_roster_changes() {
    let before = three(Strategy::RoundRobin);
    assert_eq!(tally(&before, 301), [101, 100, 100]);
    let roster = Roster { upstreams: before.upstreams.clone(), draining: Vec::new() };
    assert_eq!(first(&before.next(&roster, Strategy::RoundRobin), 0), 1);
}

#[test]
fn round_robin_and_random_follow_the_shares() {
    for strategy in [Strategy::RoundRobin, Strategy::Random] {
        let mut heavy = upstream("a", "h1");
        heavy.share = 300;
        let counts = tally(&table(strategy, vec![heavy, upstream("b", "h2")]), 4_000);
        assert!((2_850..=3_150).contains(&counts[0]), "{}: {counts:?}", strategy.as_str());
    }
}

#[test]
fn sticky_moves_only_the_sites_of_a_removed_member() {
    let all = three(Strategy::Sticky);
    let fewer = table(Strategy::Sticky, vec![upstream("a", "h1"), upstream("c", "h3")]);
    let mut moved = 0;
    let mut sites = [0; 3];
    for site in 0..3_000 {
        let member = first(&all, site);
        assert_eq!(first(&all, site), member);
        sites[member] += 1;
        match (member, first(&fewer, site)) {
            (0, 0) | (2, 1) => {}
            (1, _) => moved += 1,
            (was, is) => panic!("site {site} moved from {was} to {is} of the two left"),
        }
    }
    assert!(sites.iter().all(|count| (850..1_150).contains(count)), "{sites:?}");
    assert_eq!(moved, sites[1]);
}

#[test]
fn sticky_passes_over_a_crowded_member() {
    let all = three(Strategy::Sticky);
    let member = first(&all, 42);
    let crowd: Vec<_> = (0..64).map(|_| all.upstreams[member].meter.open()).collect();
    assert_ne!(first(&all, 42), member);
    drop(crowd);
    assert_eq!(first(&all, 42), member);
}

#[test]
fn least_connections_prefers_idle_members_by_weight() {
    let mut heavy = upstream("c", "h3");
    heavy.share = 400;
    let members = table(Strategy::LeastConnections, vec![upstream("a", "h1"), upstream("b", "h2"), heavy]);
    let _on_a = members.upstreams[0].meter.open();
    let _on_c = [(); 3].map(|()| members.upstreams[2].meter.open());
    // a: 2/1, b: 1/1, c: 4/4. b and c are equal and take turns.
    let counts = tally(&members, 30);
    assert_eq!(counts[0], 0);
    assert!(counts[1] > 5 && counts[2] > 5, "{counts:?}");
}

#[test]
fn least_cpu_prefers_the_lowest_usage() {
    let members = three(Strategy::LeastCpu);
    members.upstreams[0].meter.set_cpu(400);
    members.upstreams[1].meter.set_cpu(20);
    members.upstreams[2].meter.set_cpu(300);
    assert_eq!(tally(&members, 10), [0, 10, 0]);
}

#[test]
fn fastest_prefers_fast_members_without_overloading_them() {
    let members = three(Strategy::Fastest);
    for (member, first_byte) in members.upstreams.iter().zip([100.0, 110.0, 900.0]) {
        member.meter.observe_first_byte(first_byte, 0);
    }
    let counts = tally(&members, 3_000);
    assert!(counts[2] < 50, "{counts:?}");
    assert!(counts[0] > 900 && counts[1] > 900, "{counts:?}");
}

#[test]
fn fastest_avoids_failed_members_for_a_while() {
    let members = table(Strategy::Fastest, vec![upstream("a", "h1"), upstream("b", "h2")]);
    members.upstreams[0].meter.observe_first_byte(5_000.0, 0);
    members.upstreams[1].meter.observe_first_byte(300.0, 0);
    assert_eq!(first(&members, 0), 1);
    let later = SelectionKey { affinity: 0, now_ms: 600_000, without: &[], learned: None };
    members.upstreams[1].meter.observe_first_byte(300.0, 600_000);
    assert_eq!(pick(&members, later, &mut StdRng::seed_from_u64(1)), 0);
}

#[test]
fn failover_goes_by_tier_then_by_order() {
    let mut reserve = upstream("a", "h1");
    reserve.tier = 1;
    let members = table(Strategy::Failover, vec![reserve, upstream("b", "h2"), upstream("c", "h3")]);
    let order: Vec<_> = candidates(&members, key(0), &mut StdRng::seed_from_u64(1)).collect();
    assert_eq!(order, [1, 2, 0]);
}
