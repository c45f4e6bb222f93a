//! What was changed in a text, to be undone and redone. What is typed in one go is one step.

use super::caret::Caret;

/// Seconds between two keystrokes of one go.
const PAUSE: f64 = 1.0;

/// Steps that are kept, and bytes in all of them: a few whole texts of the longest kind.
const STEPS: usize = 1_000;
const BYTES: usize = 64 << 20;

/// Bytes at one place that gave way to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextChange {
    pub(super) at: usize,
    pub(super) removed: String,
    pub(super) inserted: String,
    /// The caret before it.
    pub(super) before: Caret,
}

impl TextChange {
    fn bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Takes in the next keystroke, where it goes on with this one.
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

/// What kind of edit a change is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum EditKind {
    /// A keystroke at this second.
    Typed { at: f64 },
    /// Anything else: a step of its own.
    Other,
}

/// The steps.
#[derive(Debug, Default)]
pub(super) struct EditHistory {
    done: Vec<TextChange>,
    undone: Vec<TextChange>,
    /// The second of the last keystroke, while others can join it.
    typed_at: Option<f64>,
    bytes: usize,
}

impl EditHistory {
    pub(super) fn keep(&mut self, kind: EditKind, change: TextChange) {
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
        let surplus = |history: &Self| history.done.len() > STEPS || history.bytes > BYTES;
        while surplus(self) && self.done.len() > 1 {
            self.bytes -= self.done.remove(0).bytes();
        }
    }

    /// The step to be undone.
    pub(super) fn undo(&mut self) -> Option<TextChange> {
        self.typed_at = None;
        let change = self.done.pop()?;
        self.undone.push(change.clone());
        Some(change)
    }

    /// The step to be made again.
    pub(super) fn redo(&mut self) -> Option<TextChange> {
        self.typed_at = None;
        let change = self.undone.pop()?;
        self.done.push(change.clone());
        Some(change)
    }
}
