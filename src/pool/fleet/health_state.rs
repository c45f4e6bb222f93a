//! How far a member can be trusted: what its checks and its real traffic have shown.
//!
//! New → Good ⇄ Suspect → Accused → Ejected. One sign of trouble makes a member suspect: it is
//! checked at once, and only asked when no better one is left. A failed check (two looks, both
//! failed) or enough signs accuse it. Whether the fault is its own, or that of the network, is for
//! the fleet to say; only with proof is it ejected.

use std::time::Instant;

use crate::model::Failure;

/// How far a member can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing has gone through it yet.
    New,
    /// Something has.
    Good,
    /// A sign of trouble.
    Suspect,
    /// It fails; whose fault that is, is open.
    Accused(Charge),
    /// It failed while another did not: no traffic.
    Ejected(Failure),
}

/// What a member is accused of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// What failed.
    pub(super) failure: Failure,
    /// Since when; proof that the network works has to be later.
    pub(super) since: Instant,
    /// Failed checks in a row.
    pub(super) times: u32,
}

/// What a check or a sign changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Nothing worth telling.
    None,
    /// It became suspect.
    Suspected,
    /// It came back.
    Recovered,
}
