//! Where a rule's text has to stand.

/// Where in an address a text has to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Anchor {
    /// Anywhere.
    Anywhere,
    /// At its start.
    Start,
    /// At its end.
    End,
    /// It is all of it.
    Whole,
}
