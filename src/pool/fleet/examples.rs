//! Who is at fault and who goes, by example: every rule of [`super::trial`] and its neighbours.

use super::lab::{Lab, candidate};
use super::pace::REST;
use super::warming::WARM_UP;
use super::*;
use crate::model::event::Eviction;
use crate::model::snapshot::MemberState;

const SECOND: Duration = Duration::from_secs(1);

fn evicted(report: &Report) -> bool {
    matches!(report, Report::Evicted { .. })
}

fn ejected(report: &Report) -> bool {
    matches!(report, Report::Ejected { .. })
}

fn recovered(report: &Report) -> bool {
    matches!(report, Report::Recovered { .. })
}

impl Lab {
    /// A pool that works: all of these members ready and proven, and old enough for anything.
    fn working(size: usize, nodes: &[&str], members: &[&str]) -> Self {
        let mut lab = Self::wanting(size, nodes);
        lab.proves(members);
        lab
    }

    /// A member fails its check, and another one passes a later one.
    fn fails_alone(&mut self, name: &str, witness: &str) {
        self.fails(name);
        self.now += Duration::from_millis(100);
        self.passes(witness);
    }

    fn share(&self, name: &str) -> u32 {
        let id = candidate(name).id;
        let roster = self.fleet.roster();
        roster.upstreams.iter().find(|upstream| upstream.id == id).expect("it is in the roster").share
    }
}

#[test]
fn a_failed_check_with_proof_ejects_and_the_replacement_is_proven_before_the_old_one_goes() {
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
fn bytes_that_come_through_another_member_are_proof_too() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.fails("a");
    lab.answers("b");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
    assert_eq!(lab.looks, 0, "nobody doubts the network");
}

#[test]
fn proof_that_comes_late_has_the_member_checked_once_more() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.fails("a");
    lab.now += SECOND * 2;
    lab.passes("b");
    assert_eq!(lab.state("a"), Some(MemberState::Suspect), "the network may have been away when it failed");
    assert_eq!(lab.checked.last(), Some(&candidate("a").id));
    lab.passes("a");
    assert_eq!((lab.state("a"), lab.told(ejected)), (Some(MemberState::Serving), 0));

    lab.fails("a");
    lab.now += SECOND * 2;
    lab.passes("b");
    lab.fails("a");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
}

#[test]
fn without_proof_nobody_is_ejected_and_the_network_is_looked_at() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Suspect), Some(MemberState::Suspect)));
    assert_eq!((lab.roster().len(), lab.looks), (2, 1));
    lab.after(SECOND / 10);
    lab.passes("b");
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Ejected), Some(MemberState::Serving)));
}

#[test]
fn a_witness_that_keeps_silent_is_not_waited_for() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.after(SECOND);
    assert_eq!(lab.looks, 0);
    lab.after(SECOND);
    assert_eq!(lab.looks, 1);
}

#[test]
fn while_the_network_is_down_nobody_is_ejected_evicted_or_checked_and_it_is_told_once() {
    let mut lab = Lab::working(3, &["a", "b", "c", "d"], &["a", "b", "c"]);
    for name in ["a", "b"] {
        lab.fails(name);
    }
    lab.looks_at_network(Verdict::Down);
    assert_eq!(lab.fleet.network(), Some(Network::Down));
    let (checks, begun) = (lab.checked.len(), lab.now);
    while lab.now < begun + SECOND * 60 {
        let looks = lab.looks;
        lab.sees("c", Signal::ConnectFailed);
        lab.fails("c");
        lab.exits("c");
        lab.after(SECOND * 6);
        lab.ready("c");
        assert_eq!(lab.looks, looks + 1);
        if lab.now < begun + SECOND * 60 {
            lab.looks_at_network(Verdict::Down);
        }
    }
    assert_eq!(lab.checked.len(), checks, "nobody is checked");
    assert_eq!((lab.told(evicted), lab.told(ejected)), (0, 0));
    assert_eq!(lab.roster(), ["a", "b", "c"], "all stay in use");
    assert_eq!(lab.told(|report| matches!(report, Report::NetworkDown)), 1);

    lab.looks_at_network(Verdict::Up);
    assert_eq!(lab.told(|report| matches!(report, Report::NetworkBack)), 1);
    assert_eq!(lab.checked.len(), checks + 2, "all are checked, two at once");
    assert_eq!(lab.state("a"), Some(MemberState::Serving), "what was seen meanwhile is forgotten");
    lab.passes("a");
    lab.passes("b");
    lab.passes("c");
    lab.after(SECOND * 5);
    assert_eq!((lab.told(evicted), lab.told(ejected), lab.state("d")), (0, 0, None));
}

#[test]
fn looks_at_a_network_that_is_down_come_every_two_to_five_seconds() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.fails("a");
    let mut pauses = Vec::new();
    for _ in 0..6 {
        let (before, looks) = (lab.now, lab.looks);
        lab.looks_at_network(Verdict::Down);
        while lab.looks == looks {
            lab.after(SECOND / 2);
        }
        pauses.push((lab.now - before).as_secs());
    }
    assert_eq!(pauses, [2, 3, 4, 5, 5, 5]);
}

#[test]
fn an_answer_ends_a_freeze_before_the_next_look() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.looks_at_network(Verdict::Down);
    lab.after(SECOND * 3);
    lab.answers("b");
    assert_eq!(lab.fleet.network(), None);
    assert_eq!(lab.told(|report| matches!(report, Report::NetworkBack)), 1);
}

#[test]
fn a_portal_is_told_apart_and_freezes_as_well() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.looks_at_network(Verdict::Portal { location: "http://login.example/".into() });
    assert_eq!(lab.fleet.network(), Some(Network::Portal));
    lab.after(SECOND * 3);
    lab.looks_at_network(Verdict::Portal { location: "http://login.example/".into() });
    let portals = lab.told(|report| matches!(report, Report::CaptivePortal { location } if location.contains("login")));
    assert_eq!((portals, lab.told(ejected), lab.roster().len()), (1, 0, 2));
}

#[test]
fn a_verdict_that_a_member_has_disproven_meanwhile_is_void() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.after(SECOND / 10);
    lab.passes("b");
    lab.looks_at_network(Verdict::Down);
    assert_eq!(lab.fleet.network(), None);
    assert_eq!(lab.told(|report| matches!(report, Report::NetworkDown)), 0);
}

#[test]
fn where_all_nodes_fail_and_the_network_works_others_are_tried_and_all_stay_in_use() {
    let mut lab = Lab::working(2, &["a", "b", "c", "d", "e"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.looks_at_network(Verdict::Up);
    let panics = |lab: &Lab| lab.told(|report| matches!(report, Report::AllNodesFail { members: 2 }));
    assert_eq!((panics(&lab), lab.roster().len()), (1, 2));
    assert_eq!((lab.state("c"), lab.state("d")), (Some(MemberState::Starting), Some(MemberState::Starting)));
    lab.ready("c");
    lab.fails("c");
    lab.looks_at_network(Verdict::Up);
    assert_eq!((lab.state("c"), lab.state("e")), (None, Some(MemberState::Starting)));
    lab.ready("d");
    lab.now += SECOND / 2;
    lab.passes("d");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected), "now it is certain");
    assert_eq!(lab.told(ejected), 2, "the network works, and so does d: more than half may go");
    lab.ready("e");
    lab.passes("e");
    assert_eq!((lab.roster(), panics(&lab)), (vec!["d".to_owned(), "e".to_owned()], 1));
}

#[test]
fn one_that_works_again_ends_the_panic_and_is_told_at_once() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    lab.fails("a");
    lab.fails("b");
    lab.looks_at_network(Verdict::Up);
    assert_eq!(lab.fleet.network(), Some(Network::Up));
    lab.passes("a");
    assert_eq!((lab.told(recovered), lab.fleet.network()), (1, None));
}

#[test]
fn more_than_half_go_only_if_the_network_was_seen_to_work() {
    let mut lab = Lab::working(3, &["a", "b", "c"], &["a", "b", "c"]);
    lab.fails_alone("a", "c");
    assert_eq!(lab.told(ejected), 1);
    lab.fails_alone("b", "c");
    assert_eq!((lab.told(ejected), lab.looks), (1, 1), "one of three is less than half, two are more");
    lab.looks_at_network(Verdict::Up);
    assert_eq!((lab.told(ejected), lab.roster()), (2, vec!["c".to_owned()]));
    lab.fails("c");
    lab.looks_at_network(Verdict::Up);
    assert_eq!(lab.roster(), ["c"], "never the last");
}

#[test]
fn the_only_member_is_never_ejected() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    for _ in 0..10 {
        lab.fails("a");
        lab.looks_at_network(Verdict::Up);
        lab.after(SECOND * 5);
    }
    assert_eq!(lab.roster(), ["a"]);
}

#[test]
fn an_ejected_member_rests_longer_each_time_and_comes_back_when_its_check_passes() {
    let mut lab = Lab::working(2, &["a", "b"], &["a", "b"]);
    for times in 1..4 {
        lab.fails_alone("a", "b");
        assert_eq!(lab.state("a"), Some(MemberState::Ejected));
        let checks = lab.checked.len();
        lab.after(REST * times * 89 / 100);
        assert!(!lab.checked[checks..].contains(&candidate("a").id), "it rests");
        lab.after(REST * times * 22 / 100);
        assert!(lab.checked[checks..].contains(&candidate("a").id), "it is tried again after its rest");
        assert_eq!(lab.roster(), ["b"], "and gets no traffic before that passes");
        lab.passes("a");
        assert_eq!(lab.roster(), ["a", "b"]);
        lab.passes("b");
    }
    assert_eq!((lab.told(ejected), lab.told(recovered)), (1, 0), "what goes up and down is told once");
    lab.after(SECOND * 31);
    assert_eq!(lab.told(recovered), 1, "and again when it has settled");
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
fn a_member_that_swallows_everything_is_out_within_three_seconds_of_its_first_strike() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.sees("a", Signal::Silent);
    assert!(lab.fleet.roster().upstreams[0].is_suspect, "from now on it is asked last");
    lab.answers("b");
    lab.after(SECOND);
    lab.answers("b");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected), "its check has got no answer for 1.5 s");
    assert_eq!(lab.state("c"), Some(MemberState::Starting));
    let named =
        |report: &Report| matches!(report, Report::Ejected { failure, .. } if failure.detail.contains("answer"));
    assert_eq!(lab.told(named), 1);
    let checks = lab.checked.len();
    lab.fails("a");
    lab.after(REST * 8 / 10);
    assert!(!lab.checked[checks..].contains(&candidate("a").id), "how that check ended is old news");
}

#[test]
fn a_member_whose_page_passes_and_whose_traffic_fails_is_found_out() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    for _ in 0..2 {
        lab.sees("a", Signal::Silent);
        lab.passes("a");
        lab.after(SECOND);
    }
    lab.sees("a", Signal::Silent);
    assert_eq!(lab.told(ejected), 0, "nothing has come through b since");
    lab.answers("b");
    let named =
        |report: &Report| matches!(report, Report::Ejected { failure, .. } if failure.detail.contains("checks pass"));
    assert_eq!((lab.state("a"), lab.told(named)), (Some(MemberState::Ejected), 1));
}

#[test]
fn an_answer_in_between_wipes_strikes_out() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    for _ in 0..10 {
        lab.sees("a", Signal::Silent);
        lab.passes("a");
        lab.sees("a", Signal::FirstByte);
        lab.answers("b");
    }
    assert_eq!((lab.state("a"), lab.told(ejected)), (Some(MemberState::Serving), 0));
}

#[test]
fn another_network_wipes_the_slate_and_has_all_checked() {
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
    assert_eq!(lab.roster(), ["a", "b", "c"], "no rest is sat out");
}

#[test]
fn another_network_is_looked_at_at_once_while_frozen() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.fails("a");
    lab.looks_at_network(Verdict::Down);
    let looks = lab.looks;
    lab.on(Input::NetworkChanged);
    assert_eq!(lab.looks, looks + 1);
}

#[test]
fn members_that_begin_together_need_no_slow_start_and_one_beside_older_ones_does() {
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
fn a_pool_at_rest_is_woken_for_its_heartbeat_only() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    lab.after(SECOND * 12);
    lab.passes("a");
    lab.passes("b");
    lab.after(SECOND * 31);
    let wake = lab.fleet.wake_at(lab.now).expect("a heartbeat is due");
    assert!(wake > lab.now + SECOND * 20);
}

#[test]
fn one_check_at_a_time_per_host_and_two_in_all() {
    let mut lab = Lab::wanting(4, &["a@one", "b@one", "c@two", "d@three"]);
    lab.all_ready();
    let ids = ["a@one", "c@two"].map(|node| candidate(node).id);
    assert_eq!(lab.checked, ids);
    lab.passes("a@one");
    assert_eq!(lab.checked.last(), Some(&candidate("b@one").id));
    assert_eq!(lab.checked.len(), 3);
}
