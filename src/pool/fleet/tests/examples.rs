//! Ejection and eviction by example: every rule of [`super::super::ejection`] and its neighbours.

use super::super::slow_start::WARM_UP;
use super::super::timing::COOLDOWN;
use super::super::*;
use super::lab::{Lab, SECOND, candidate, ejected, recovered};
use crate::model::event::Eviction;
use crate::model::snapshot::MemberState;

#[test]
fn the_replacement_is_proven_before_the_ejected_member_is_evicted() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    let checks = lab.checked.len();
    lab.fails("a");
    assert_eq!(lab.state("a"), Some(MemberState::Suspect), "that b passed before is no proof");
    assert_eq!(lab.checked[checks..], [candidate("b").id], "b is asked for one");
    lab.now += SECOND / 10;
    lab.passes("b");
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
fn bytes_through_another_member_are_proof() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.fails("a");
    lab.answers("b");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
    assert_eq!(lab.connectivity_checks, 0, "nobody doubts the network");
}

#[test]
fn late_proof_causes_another_check() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.fails("a");
    lab.now += SECOND * 2;
    lab.passes("b");
    assert_eq!(lab.state("a"), Some(MemberState::Suspect), "the network may have been away when it failed");
    assert_eq!(lab.checked.last(), Some(&candidate("a").id));
    lab.passes("a");
    assert_eq!((lab.state("a"), lab.reported(ejected)), (Some(MemberState::Serving), 0));

    lab.fails("a");
    lab.now += SECOND * 2;
    lab.passes("b");
    lab.fails("a");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
}

#[test]
fn more_than_half_are_ejected_only_if_the_network_works() {
    let mut lab = Lab::working(3, &["a", "b", "c"], &["a", "b", "c"]);
    lab.fails_alone("a", "c");
    assert_eq!(lab.reported(ejected), 1);
    lab.fails_alone("b", "c");
    assert_eq!(
        (lab.reported(ejected), lab.connectivity_checks),
        (1, 1),
        "one of three is less than half, two are more"
    );
    lab.checks_connectivity(Connectivity::Up);
    assert_eq!((lab.reported(ejected), lab.roster()), (2, vec!["c".to_owned()]));
    lab.fails("c");
    lab.checks_connectivity(Connectivity::Up);
    assert_eq!(lab.roster(), ["c"], "never the last");
}

#[test]
fn the_only_member_is_never_ejected() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    for _ in 0..10 {
        lab.fails("a");
        lab.checks_connectivity(Connectivity::Up);
        lab.after(SECOND * 5);
    }
    assert_eq!(lab.roster(), ["a"]);
}

#[test]
fn cooldowns_grow_and_end_with_a_passed_check() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    for times in 1..4 {
        lab.fails_alone("a", "b");
        assert_eq!(lab.state("a"), Some(MemberState::Ejected));
        let checks = lab.checked.len();
        lab.after(COOLDOWN * times * 89 / 100);
        assert!(!lab.checked[checks..].contains(&candidate("a").id), "it rests");
        lab.after(COOLDOWN * times * 22 / 100);
        assert!(lab.checked[checks..].contains(&candidate("a").id), "it is tried again after its rest");
        assert_eq!(lab.roster(), ["b"], "and gets no traffic before that passes");
        lab.passes("a");
        assert_eq!(lab.roster(), ["a", "b"]);
        lab.passes("b");
    }
    assert_eq!((lab.reported(ejected), lab.reported(recovered)), (1, 0), "what goes up and down is told once");
    lab.after(SECOND * 31);
    assert_eq!(lab.reported(recovered), 1, "and again when it has settled");
}

#[test]
fn fresh_traffic_is_as_good_as_a_check() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    let checks = lab.checked.len();
    candidate("a").meter.add_down(1_000);
    lab.after(SECOND * 12);
    assert_eq!(lab.checked.len(), checks);
    lab.after(SECOND * 67);
    assert_eq!(lab.checked.len(), checks + 1, "no traffic since: the heartbeat asks");
}

#[test]
fn a_black_hole_is_ejected_within_three_seconds_of_its_first_strike() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.sees("a", Signal::Silent);
    assert!(lab.fleet.roster().upstreams[0].is_suspect, "from now on it is asked last");
    lab.answers("b");
    lab.after(SECOND);
    lab.answers("b");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected), "its check has got no answer for 1.5 s");
    assert_eq!(lab.state("c"), Some(MemberState::Starting));
    let named = |report: &Report| matches!(report, Report::Ejected { failure, .. } if failure.to_string().contains("no response"));
    assert_eq!(lab.reported(named), 1);
    let checks = lab.checked.len();
    lab.fails("a");
    lab.after(COOLDOWN * 8 / 10);
    assert!(!lab.checked[checks..].contains(&candidate("a").id), "how that check ended is old news");
}

#[test]
fn a_member_that_fails_only_real_traffic_is_ejected() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    for _ in 0..2 {
        lab.sees("a", Signal::ClosedAlone);
        lab.passes("a");
        lab.after(SECOND);
    }
    lab.sees("a", Signal::ClosedAlone);
    assert_eq!(lab.reported(ejected), 0, "nothing has come through b since");
    lab.answers("b");
    let named = |report: &Report| matches!(report, Report::Ejected { failure, .. } if failure.to_string().contains("checks pass"));
    assert_eq!((lab.state("a"), lab.reported(named)), (Some(MemberState::Ejected), 1));
}

#[test]
fn a_member_that_is_slow_to_answer_is_not_ejected_while_its_checks_pass() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    for _ in 0..10 {
        lab.sees("a", Signal::Silent);
        lab.passes("a");
        lab.answers("b");
        lab.after(SECOND);
    }
    assert_eq!((lab.state("a"), lab.reported(ejected)), (Some(MemberState::Serving), 0));
}

#[test]
fn an_unanswered_connection_only_causes_a_check() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.after(SECOND * 2);
    let checks = lab.checked.len();
    lab.sees("a", Signal::Unanswered);
    assert_eq!((lab.checked.len(), lab.state("a")), (checks + 1, Some(MemberState::Serving)));
    lab.passes("a");
    lab.sees("a", Signal::Unanswered);
    assert_eq!(lab.checked.len(), checks + 1, "not at once again");
}

#[test]
fn a_response_clears_strikes() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    for _ in 0..10 {
        lab.sees("a", Signal::Silent);
        lab.passes("a");
        lab.sees("a", Signal::FirstByte);
        lab.answers("b");
    }
    assert_eq!((lab.state("a"), lab.reported(ejected)), (Some(MemberState::Serving), 0));
}

#[test]
fn only_a_member_beside_established_ones_starts_slowly() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    assert_eq!((lab.share("a"), lab.share("b"), lab.state("a")), (100, 100, Some(MemberState::Serving)));
    lab.after(WARM_UP);
    lab.passes("a");
    lab.passes("b");
    lab.fails_alone("a", "b");
    lab.ready("c");
    lab.passes("c");
    assert_eq!((lab.state("c"), lab.share("c"), lab.share("b")), (Some(MemberState::Warming), 10, 100));
    lab.after(WARM_UP / 2);
    lab.passes("b");
    assert_eq!(lab.share("c"), 55);
    let before = lab.publications;
    lab.after(WARM_UP / 2);
    assert_eq!((lab.share("c"), lab.state("c")), (100, Some(MemberState::Serving)));
    assert!(lab.publications - before <= 6, "a step every 3 s");
}

#[test]
fn an_idle_pool_wakes_only_for_heartbeats() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.after(SECOND * 12);
    lab.passes("a");
    lab.passes("b");
    lab.after(SECOND * 31);
    let wake = lab.fleet.wake_at(lab.now).expect("a heartbeat is due");
    assert!(wake > lab.now + SECOND * 20);
}

#[test]
fn checks_are_limited_per_host_and_in_total() {
    let mut lab = Lab::wanting(4, &["a@one", "b@one", "c@two", "d@three"]);
    lab.all_ready();
    let ids = ["a@one", "c@two"].map(|node| candidate(node).id);
    assert_eq!(lab.checked, ids);
    lab.passes("a@one");
    assert_eq!(lab.checked.last(), Some(&candidate("b@one").id));
    assert_eq!(lab.checked.len(), 3);
}

#[test]
fn a_flapping_node_is_reported_at_most_twice_a_minute() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    let (begun, mut answered, mut told) = (lab.now, lab.checked.len(), Vec::new());
    while lab.now < begun + SECOND * 600 {
        lab.after(SECOND / 10);
        let is_up = (lab.now - begun).as_secs() % 10 < 5;
        if !is_up && lab.state("a") == Some(MemberState::Serving) {
            lab.sees("a", Signal::ConnectFailed);
        }
        for id in lab.checked.split_off(answered) {
            match (id == candidate("a").id, is_up) {
                (true, false) => lab.fails("a"),
                (true, true) => lab.passes("a"),
                (false, _) => lab.passes("b"),
            }
        }
        answered = lab.checked.len();
        let about =
            |report: &Report| matches!(report, Report::Suspected { .. }) || ejected(report) || recovered(report);
        told.extend(lab.reports.drain(..).filter(about).map(|_| (lab.now - begun).as_secs()));
    }
    assert!(!told.is_empty() && told.windows(3).all(|three| three[2] - three[0] >= 60), "{told:?}");
    assert_eq!(lab.roster().last().map(String::as_str), Some("b"), "the other one serves throughout");
}
