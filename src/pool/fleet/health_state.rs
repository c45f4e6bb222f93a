//! A member's health state, from checks and real traffic.
//!
//! New → Healthy ⇄ Suspect → Failing → Ejected. One bad signal makes a member suspect: it is checked at once and used
//! last. A failed check (two attempts) or sufficient signals make it failing. The fleet decides whether the member or
//! the network is at fault, and ejects the member only with proof.

use std::time::Instant;

use crate::model::Failure;

/// Health of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HealthState {
    /// It has not carried traffic yet.
    New,
    /// It works.
    Healthy,
    /// There was a bad signal; a check will decide.
    Suspect,
    /// It fails; it is not known whether the network is at fault.
    Failing(FailureRecord),
    /// It failed while another member did not: it gets no traffic.
    Ejected(Failure),
}

/// A failure, before it is proven to be the member's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FailureRecord {
    /// What failed.
    pub(super) failure: Failure,
    /// Since when; proof that the network works must be later.
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
