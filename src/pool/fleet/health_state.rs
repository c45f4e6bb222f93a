//! A member's health state, from checks and real traffic.
//!
//! New → Healthy ⇄ Suspect → Failing → Ejected. One bad signal makes a member suspect: it is checked
//! at once and used last. A failed check (two attempts) or enough signals make it failing. Whether
//! the member or the network is at fault is decided by the fleet; only with proof is it ejected.

use std::time::Instant;

use crate::model::Failure;

/// Health of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HealthState {
    /// Nothing has gone through it yet.
    New,
    /// It works.
    Healthy,
    /// A bad signal; a check will tell.
    Suspect,
    /// It fails; whether the network is at fault is open.
    Failing(FailureRecord),
    /// It failed while another member did not: it gets no traffic.
    Ejected(Failure),
}

/// A failure, before it is proven to be the member's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FailureRecord {
    /// What failed.
    pub(super) failure: Failure,
    /// Since when; proof that the network works has to be later.
    pub(super) since: Instant,
    /// Failed checks in a row.
    pub(super) times: u32,
}

/// A change worth a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// None.
    None,
    /// It became suspect.
    Suspected,
    /// It became healthy again.
    Recovered,
}
