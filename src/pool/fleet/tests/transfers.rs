//! Transfers that stall: a member fails only if the same transfer is complete through another one.

use super::super::transfer::TransferResult;
use super::super::*;
use super::lab::{Lab, SECOND, candidate, ejected};
use crate::model::snapshot::MemberState;

impl Lab {
    /// The transfer of a check that began a moment ago has ended.
    fn transfers(&mut self, name: &str, result: TransferResult) {
        let (id, spawn) = self.last_launch(name);
        let began = self.now;
        self.now += SECOND;
        self.on(Input::Transferred { id, spawn, began, result });
    }
}

#[test]
fn a_member_whose_transfer_stalls_is_ejected_if_it_is_complete_through_another() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    let checks = lab.checked.len();
    lab.transfers("a", TransferResult::Stalled);
    assert_eq!(lab.checked[checks..], [candidate("b").id], "the same is tried through b");
    assert_eq!(lab.state("a"), Some(MemberState::Serving));
    lab.passes("b");
    assert_eq!(lab.state("a"), Some(MemberState::Serving), "a page is no proof");
    lab.transfers("b", TransferResult::Complete);
    assert_eq!((lab.state("a"), lab.roster()), (Some(MemberState::Ejected), vec!["b".to_owned()]));
}

#[test]
fn a_page_that_stalls_through_all_members_costs_none() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    for _ in 0..5 {
        for name in ["a", "b"] {
            lab.passes(name);
            lab.transfers(name, TransferResult::Stalled);
        }
    }
    lab.transfers("b", TransferResult::Unknown);
    assert_eq!((lab.state("a"), lab.state("b")), (Some(MemberState::Serving), Some(MemberState::Serving)));
    assert_eq!(lab.reported(ejected), 0);
}

#[test]
fn signals_of_several_sites_count_unless_a_transfer_is_complete() {
    let mut lab = Lab::working(2, &["a", "b", "c"], &["a", "b"]);
    let signal_twice = |lab: &mut Lab| {
        for _ in 0..2 {
            lab.now += SECOND * 2;
            lab.sees("a", Signal::Stalled);
        }
    };
    signal_twice(&mut lab);
    lab.passes("a");
    lab.transfers("a", TransferResult::Complete);
    signal_twice(&mut lab);
    assert_eq!(lab.state("a"), Some(MemberState::Serving));
    lab.sees("a", Signal::Stopped);
    assert_eq!(lab.state("a"), Some(MemberState::Serving), "a single site may be slow");
    lab.sees("a", Signal::Stalled);
    lab.answers("b");
    assert_eq!(lab.state("a"), Some(MemberState::Ejected));
}
