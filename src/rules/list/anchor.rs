//! Where in a URL a rule's text must be.

/// Where in a URL a text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Anchor {
    /// Anywhere.
    Anywhere,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// The text is the whole URL.
    Whole,
}
