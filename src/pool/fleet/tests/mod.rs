//! The fleet's rules, given inputs and the time.

mod examples;
mod lab;
mod outages;
mod properties;
mod quotas;
mod transfers;

use self::lab::{Lab, candidate};
use super::lifecycle::{CRASH_LIMIT, START_LIMIT};
use super::timing::COOLDOWN;
use super::*;
use crate::model::Stage;
use crate::model::event::Eviction;
use crate::model::snapshot::MemberState;

#[test]
fn the_configured_number_is_started_in_list_order() {
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
fn inputs_of_an_earlier_start_are_ignored() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.all_ready();
    let (id, spawn) = lab.last_launch("a");
    lab.exits("a");
    lab.ready("a");
    lab.on(Input::Exited { id, spawn, status: Exit::Status(1) });
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
fn occasional_crashes_are_no_crash_loop() {
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
fn a_failed_start_is_retried_and_then_another_node_gets_the_slot() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    for _ in 0..START_LIMIT {
        lab.fails_to_start("a", Stage::Plugin);
        lab.after(Duration::from_secs(5));
    }
    assert_eq!(lab.state("a"), None);
    assert_eq!(lab.state("b"), Some(MemberState::Starting));
}

#[test]
fn an_invalid_configuration_is_not_retried() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    lab.fails_to_start("a", Stage::Configuration);
    assert_eq!(lab.state("b"), Some(MemberState::Starting));
}

#[test]
fn an_evicted_node_returns_after_its_cooldown_and_a_shortage_is_reported_once() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.fails_to_start("a", Stage::Configuration);
    lab.after(Duration::from_secs(1));
    lab.after(Duration::from_secs(1));
    let shorts = lab.reports.iter().filter(|report| matches!(report, Report::Short { have: 0, want: 1 })).count();
    assert_eq!((lab.state("a"), shorts), (None, 1));
    lab.after(COOLDOWN);
    lab.fails_to_start("a", Stage::Configuration);
    lab.after(COOLDOWN + Duration::from_secs(1));
    assert_eq!(lab.state("a"), None, "the second pause is longer");
    lab.after(COOLDOWN);
    assert_eq!(lab.state("a"), Some(MemberState::Starting));
}

#[test]
fn a_chosen_node_skips_its_cooldown() {
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
fn a_draining_member_ends_at_its_limit_and_its_connections_are_closed() {
    let mut lab = Lab::wanting(1, &["a", "b"]);
    lab.ready("a");
    let _open = candidate("a").meter.open();
    lab.want(1, &["b"]);
    lab.after(Duration::from_secs(599));
    assert_eq!(lab.state("a"), Some(MemberState::Draining));
    assert!(lab.fleet.roster().draining.contains(&candidate("a").id));
    lab.after(Duration::from_secs(1));
    assert_eq!(lab.state("a"), None);
    assert!(!lab.fleet.roster().keeps(&candidate("a").id));
}

#[test]
fn an_empty_pool_stops_all_members() {
    let mut lab = Lab::wanting(2, &["a", "b"]);
    lab.ready("a");
    lab.want(0, &[]);
    assert_eq!(lab.stopped.len(), 2);
    assert!(lab.fleet.members().is_empty());
    assert_eq!(lab.fleet.wake_at(lab.now), None);
}

#[test]
fn unproven_members_serve_only_without_proven_ones() {
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
fn a_refused_connection_causes_suspicion_and_a_check() {
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
fn two_consecutive_empty_closes_cause_suspicion() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.proves(&["a"]);
    lab.sees("a", Signal::ClosedEmpty);
    lab.sees("a", Signal::FirstByte);
    lab.sees("a", Signal::ClosedEmpty);
    assert_eq!(lab.state("a"), Some(MemberState::Serving));
    lab.sees("a", Signal::ClosedEmpty);
    assert_eq!(lab.state("a"), Some(MemberState::Suspect));
}
