//! The caret of an editor. Places are bytes of the text, always between letters.

use std::ops::Range;

/// The caret, and where the selection that ends at it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caret {
    pub(super) head: usize,
    pub(super) anchor: usize,
}

impl Caret {
    pub(super) fn at(place: usize) -> Self {
        Self { head: place, anchor: place }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.head.min(self.anchor)..self.head.max(self.anchor)
    }
}

/// What happens to the selection when the caret moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaretMove {
    /// It ends.
    Alone,
    /// It goes on to where the caret is.
    Selecting,
}
