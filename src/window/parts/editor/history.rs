//! The undo history of a text. Typing without a pause is one step.

use super::caret::Caret;

/// Pause in seconds after which a keystroke begins a new step.
const PAUSE: f64 = 1.0;

/// Most steps that are kept, and most bytes in all of them: enough for a few of the longest texts.
const MAX_STEPS: usize = 1_000;
const MAX_BYTES: usize = 64 << 20;

/// A replacement of bytes at an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextChange {
    pub(super) at: usize,
    pub(super) removed: String,
    pub(super) inserted: String,
    /// The caret before the change.
    pub(super) before: Caret,
}

impl TextChange {
    fn bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Merges the next keystroke if it continues this one; returns whether it does.
    fn extend(&mut self, next: &Self) -> bool {
        let end = self.at + self.inserted.len();
        if next.removed.is_empty() && !next.inserted.contains('\n') && next.at == end && !self.inserted.is_empty() {
            self.inserted.push_str(&next.inserted);
            return true;
        }
        let deletes = self.inserted.is_empty() && next.inserted.is_empty();
        if deletes && next.at + next.removed.len() == self.at {
            self.removed.insert_str(0, &next.removed);
            self.at = next.at;
            return true;
        }
        if deletes && next.at == self.at {
            self.removed.push_str(&next.removed);
            return true;
        }
        false
    }
}

/// Whether a change can be merged into a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum EditKind {
    /// A keystroke at this time in seconds.
    Typed { at: f64 },
    /// Anything else, which is a step of its own.
    Other,
}

/// The steps that can be undone and redone.
#[derive(Debug, Default)]
pub(super) struct EditHistory {
    done: Vec<TextChange>,
    undone: Vec<TextChange>,
    /// Time of the last keystroke in seconds, while the next one can be merged.
    typed_at: Option<f64>,
    bytes: usize,
}

impl EditHistory {
    pub(super) fn record(&mut self, kind: EditKind, change: TextChange) {
        if change.bytes() == 0 {
            return;
        }
        let redo: usize = self.undone.drain(..).map(|change| change.bytes()).sum();
        self.bytes = self.bytes - redo + change.bytes();
        let typed_at = match kind {
            EditKind::Typed { at } => Some(at),
            EditKind::Other => None,
        };
        let last = self.typed_at.zip(typed_at).is_some_and(|(last, now)| now - last < PAUSE);
        self.typed_at = typed_at;
        if !(last && self.done.last_mut().is_some_and(|step| step.extend(&change))) {
            self.done.push(change);
        }
        let surplus = |history: &Self| history.done.len() > MAX_STEPS || history.bytes > MAX_BYTES;
        while surplus(self) && self.done.len() > 1 {
            self.bytes -= self.done.remove(0).bytes();
        }
    }

    /// Takes the step to undo.
    pub(super) fn undo(&mut self) -> Option<TextChange> {
        self.typed_at = None;
        let change = self.done.pop()?;
        self.undone.push(change.clone());
        Some(change)
    }

    /// Takes the step to redo.
    pub(super) fn redo(&mut self) -> Option<TextChange> {
        self.typed_at = None;
        let change = self.undone.pop()?;
        self.done.push(change.clone());
        Some(change)
    }
}
