//! The caret of an editor. Offsets are in bytes of the text, on grapheme boundaries.

use std::ops::Range;

/// The caret (`head`), and the other end of the selection (`anchor`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caret {
    pub(super) head: usize,
    pub(super) anchor: usize,
}

impl Caret {
    pub(super) fn at(offset: usize) -> Self {
        Self { head: offset, anchor: offset }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.head.min(self.anchor)..self.head.max(self.anchor)
    }
}

/// What happens to the selection when the caret moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaretMove {
    /// It is cleared.
    Collapse,
    /// It is extended to the caret.
    Extend,
}
