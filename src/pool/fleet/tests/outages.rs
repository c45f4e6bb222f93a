//! Outages by example: every rule of [`super::super::network`], and of panic mode.

use super::super::*;
use super::lab::{Lab, SECOND, ejected, evicted, recovered, shortage};
use crate::model::snapshot::MemberState;

#[test]
fn without_proof_the_network_is_checked_instead_of_ejecting() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Suspect), Some(MemberState::Suspect)));
    assert_eq!((lab.roster().len(), lab.connectivity_checks), (2, 1));
    lab.after(SECOND / 10);
    lab.passes("b");
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Ejected), Some(MemberState::Serving)));
}

#[test]
fn a_silent_healthy_member_does_not_delay_the_network_check() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.after(SECOND);
    assert_eq!(lab.connectivity_checks, 0);
    lab.after(SECOND);
    assert_eq!(lab.connectivity_checks, 1);
}

#[test]
fn while_the_network_is_down_the_pool_is_frozen_and_it_is_reported_once() {
    let mut lab = Lab::working(3, &["a", "b", "c", "d"], &["a", "b", "c"]);
    for name in ["a", "b"] {
        lab.fails(name);
    }
    lab.checks_connectivity(Connectivity::Down);
    assert_eq!(lab.fleet.network(), Some(Network::Down));
    let (checks, begun) = (lab.checked.len(), lab.now);
    while lab.now < begun + SECOND * 60 {
        let connectivity_checks = lab.connectivity_checks;
        lab.sees("c", Signal::ConnectFailed);
        lab.fails("c");
        lab.exits("c");
        lab.after(SECOND * 6);
        lab.ready("c");
        assert_eq!(lab.connectivity_checks, connectivity_checks + 1);
        if lab.now < begun + SECOND * 60 {
            lab.checks_connectivity(Connectivity::Down);
        }
    }
    assert_eq!(lab.checked.len(), checks, "nobody is checked");
    assert_eq!((lab.reported(evicted), lab.reported(ejected)), (0, 0));
    assert_eq!(lab.roster(), ["a", "b", "c"], "all stay in use");
    assert_eq!(lab.reported(|report| matches!(report, Report::NetworkDown)), 1);

    lab.checks_connectivity(Connectivity::Up);
    assert_eq!(lab.reported(|report| matches!(report, Report::NetworkBack)), 1);
    assert_eq!(lab.checked.len(), checks + 2, "all are checked, two at once");
    assert_eq!(lab.state("a"), Some(MemberState::Serving), "what was seen meanwhile is forgotten");
    lab.passes("a");
    lab.passes("b");
    lab.passes("c");
    lab.after(SECOND * 5);
    assert_eq!((lab.reported(evicted), lab.reported(ejected), lab.state("d")), (0, 0, None));
}

#[test]
fn connectivity_checks_run_every_two_to_five_seconds() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.fails("a");
    let mut pauses = Vec::new();
    for _ in 0..6 {
        let (before, connectivity_checks) = (lab.now, lab.connectivity_checks);
        lab.checks_connectivity(Connectivity::Down);
        while lab.connectivity_checks == connectivity_checks {
            lab.after(SECOND / 2);
        }
        pauses.push((lab.now - before).as_secs());
    }
    assert_eq!(pauses, [2, 3, 4, 5, 5, 5]);
}

#[test]
fn a_response_ends_a_freeze_before_the_next_check() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.checks_connectivity(Connectivity::Down);
    lab.after(SECOND * 3);
    lab.answers("b");
    assert_eq!(lab.fleet.network(), None);
    assert_eq!(lab.reported(|report| matches!(report, Report::NetworkBack)), 1);
}

#[test]
fn a_captive_portal_freezes_the_pool_too() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.checks_connectivity(Connectivity::Portal { location: "http://login.example/".into() });
    assert_eq!(lab.fleet.network(), Some(Network::Portal));
    lab.after(SECOND * 3);
    lab.checks_connectivity(Connectivity::Portal { location: "http://login.example/".into() });
    let portals =
        lab.reported(|report| matches!(report, Report::CaptivePortal { location } if location.contains("login")));
    assert_eq!((portals, lab.reported(ejected), lab.roster().len()), (1, 0, 2));
}

#[test]
fn a_check_result_that_is_disproven_meanwhile_is_ignored() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.after(SECOND / 10);
    lab.passes("b");
    lab.checks_connectivity(Connectivity::Down);
    assert_eq!(lab.fleet.network(), None);
    assert_eq!(lab.reported(|report| matches!(report, Report::NetworkDown)), 0);
}

#[test]
fn if_all_nodes_fail_others_are_tried_and_all_stay_in_use() {
    let mut lab = Lab::working(2, &["a", "b", "c", "d", "e"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.checks_connectivity(Connectivity::Up);
    let panics = |lab: &Lab| lab.reported(|report| matches!(report, Report::AllNodesFail { members: 2 }));
    assert_eq!((panics(&lab), lab.roster().len()), (1, 2));
    assert_eq!((lab.state("c"), lab.state("d")), (Some(MemberState::Starting), Some(MemberState::Starting)));
    lab.ready("c");
    lab.fails("c");
    lab.checks_connectivity(Connectivity::Up);
    assert_eq!((lab.state("c"), lab.state("e")), (None, Some(MemberState::Starting)));
    lab.ready("d");
    lab.now += SECOND / 2;
    lab.passes("d");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected), "now it is certain");
    assert_eq!(lab.reported(ejected), 2, "the network works, and so does d: more than half may go");
    lab.ready("e");
    lab.passes("e");
    assert_eq!((lab.roster(), panics(&lab)), (vec!["d".to_owned(), "e".to_owned()], 1));
}

#[test]
fn a_recovery_ends_panic_mode_and_is_reported_at_once() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.checks_connectivity(Connectivity::Up);
    assert_eq!(lab.fleet.network(), Some(Network::Up));
    lab.passes("a");
    assert_eq!((lab.reported(recovered), lab.fleet.network()), (1, None));
}

#[test]
fn a_network_change_clears_failures_and_checks_all() {
    let mut lab = Lab::working(3, &["a", "b", "c"], &["a", "b", "c"]);
    lab.fails_alone("a", "b");
    lab.sees("b", Signal::ConnectFailed);
    lab.on(Input::NetworkChanged);
    assert_eq!(lab.state("b"), Some(MemberState::Serving));
    let checks = lab.checked.len();
    lab.fails("b");
    assert_eq!(lab.state("b"), Some(MemberState::Serving), "that check began on the other network");
    lab.after(SECOND);
    assert!(lab.checked.len() > checks, "they are checked soon");
    for name in ["b", "c", "a"] {
        lab.passes(name);
    }
    assert_eq!(lab.roster(), ["a", "b", "c"], "no cooldown remains");
}

#[test]
fn a_network_change_causes_a_check_while_frozen() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.fails("a");
    lab.checks_connectivity(Connectivity::Down);
    let connectivity_checks = lab.connectivity_checks;
    lab.on(Input::NetworkChanged);
    assert_eq!(lab.connectivity_checks, connectivity_checks + 1);
}

#[test]
fn a_shortage_of_descriptors_is_no_failure_of_nodes_or_network() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    let reported = |lab: &Lab| lab.reported(|report| matches!(report, Report::DescriptorsExhausted));
    for _ in 0..10 {
        lab.lacks_descriptors("a");
        lab.lacks_descriptors("b");
        lab.after(SECOND * 4);
    }
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Serving), Some(MemberState::Serving)));
    assert_eq!((lab.connectivity_checks, lab.fleet.network(), reported(&lab)), (0, None, 1));
    assert!(lab.checked.len() > 10, "the checks are tried again");

    lab.exits("a");
    for _ in 0..10 {
        let (id, spawn) = lab.last_launch("a");
        lab.on(Input::StartFailed { id, spawn, failure: shortage() });
        lab.after(SECOND * 6);
    }
    assert_eq!((lab.state("a"), lab.state("c"), lab.reported(evicted)), (Some(MemberState::Starting), None, 0));
}

#[test]
fn a_connectivity_check_that_cannot_be_made_decides_nothing_and_is_repeated() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.checks_connectivity(Connectivity::Unknown);
    assert_eq!((lab.fleet.network(), lab.connectivity_checks), (None, 1));
    lab.after(SECOND * 6);
    assert_eq!(lab.connectivity_checks, 2);
    lab.checks_connectivity(Connectivity::Down);
    assert_eq!(lab.fleet.network(), Some(Network::Down));
}
