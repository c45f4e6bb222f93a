//! Quotas: members for pins and doors, beside the pool.

use super::lab::{Lab, SECOND, evicted};
use super::*;

const NAMES: [&str; 3] = ["a", "b", "c"];

#[test]
fn a_quota_keeps_a_member_beside_the_pool_and_leaves_the_pool_alone() {
    let mut lab = Lab::wanting(1, &NAMES);
    lab.proves(&["a"]);
    lab.want_with(1, &NAMES, &[(1, &["b"])]);
    lab.proves(&["b"]);
    assert_eq!((lab.roster(), lab.reserved()), (vec!["a".into(), "b".into()], vec!["b".into()]));
    let is_reserved: Vec<_> = lab.fleet.roster().upstreams.iter().map(|upstream| upstream.is_reserved).collect();
    assert_eq!(is_reserved, [false, true]);
    lab.want(1, &NAMES);
    assert_eq!((lab.roster(), lab.reserved()), (vec!["a".to_owned()], vec![]), "it leaves with its quota");
    assert_eq!(lab.reported(evicted), 0);
}

#[test]
fn a_member_of_the_pool_counts_for_a_quota() {
    let mut lab = Lab::working(2, &NAMES, &["a", "b"]);
    lab.want_with(2, &NAMES, &[(1, &["b"]), (2, &["a", "b", "x"])]);
    assert_eq!((lab.launched.len(), lab.reserved().len()), (2, 0));
    // A smaller pool gives it up, and the quota keeps it.
    lab.want_with(1, &NAMES, &[(1, &["b"])]);
    assert_eq!((lab.roster(), lab.reserved()), (vec!["a".into(), "b".into()], vec!["b".to_owned()]));
    assert_eq!(lab.stopped.len(), 0);
}

#[test]
fn a_reserved_member_that_fails_is_replaced_by_another_node_of_its_quota() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.want_with(1, &["a"], &[(1, &["x", "y"])]);
    lab.proves(&["x"]);
    lab.fails_alone("x", "a");
    assert_eq!(lab.state("y"), Some(MemberState::Starting), "make before break");
    lab.proves(&["y"]);
    lab.after(SECOND);
    assert_eq!((lab.roster(), lab.reserved()), (vec!["a".into(), "y".into()], vec!["y".to_owned()]));
    assert_eq!(lab.reported(evicted), 1);
}

#[test]
fn the_only_node_of_a_quota_stays_and_recovers() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.want_with(1, &["a"], &[(1, &["x"])]);
    lab.proves(&["x"]);
    lab.fails_alone("x", "a");
    assert_eq!((lab.roster(), lab.state("x")), (vec!["a".to_owned()], Some(MemberState::Ejected)));
    lab.after(Duration::from_secs(90));
    lab.passes("a");
    lab.passes("x");
    assert_eq!(lab.roster(), ["a", "x"]);
    assert_eq!(lab.reported(evicted), 0);
}

#[test]
fn the_pool_takes_a_reserved_member_that_works_before_it_starts_another_node() {
    let mut lab = Lab::working(1, &NAMES, &["a"]);
    lab.want_with(1, &NAMES, &[(1, &["c"])]);
    lab.proves(&["c"]);
    lab.fails_alone("a", "c");
    lab.after(SECOND);
    assert_eq!((lab.roster(), lab.reserved(), lab.launched.len()), (vec!["c".to_owned()], vec![], 2));
    assert!(!lab.fleet.roster().upstreams[0].is_reserved);
}

#[test]
fn a_node_outside_of_the_pool_never_enters_it() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.want_with(1, &["a"], &[(1, &["x"])]);
    lab.proves(&["x"]);
    lab.fails_alone("a", "x");
    lab.after(SECOND);
    assert_eq!(lab.reserved(), ["x"]);
    assert_eq!(lab.roster(), ["a", "x"], "the last member of the pool is not ejected");
}

#[test]
fn a_reserved_member_serves_at_once_if_its_quota_has_no_other() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.want_with(1, &["a"], &[(2, &["x", "y"])]);
    lab.ready("x");
    assert_eq!(lab.roster(), ["a", "x"]);
    lab.passes("x");
    lab.ready("y");
    assert_eq!(lab.roster(), ["a", "x"], "y has not proven itself yet");
    lab.passes("y");
    assert_eq!(lab.roster(), ["a", "x", "y"]);
}

#[test]
fn a_reserved_member_whose_process_cannot_be_started_cools_down() {
    let mut lab = Lab::working(1, &["a"], &["a"]);
    lab.want_with(1, &["a"], &[(1, &["x"])]);
    lab.fails_to_start("x", Stage::Configuration);
    assert_eq!(lab.state("x"), None);
    lab.after(COOLDOWN + SECOND);
    assert_eq!(lab.state("x"), Some(MemberState::Starting));
}

#[test]
fn other_quotas_do_not_end_cooldowns() {
    let mut lab = Lab::wanting(1, &["a"]);
    lab.fails_to_start("a", Stage::Configuration);
    lab.want_with(1, &["a"], &[(1, &["x"])]);
    assert_eq!(lab.state("a"), None);
}
