//! A message that is shown for a moment: that something was done, or why it was not.

use crate::model::Command;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// It was done.
    Done,
    /// It was not.
    Failed,
}

/// A message that is shown for a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What kind of message it is.
    pub kind: ToastKind,
    /// The sentence.
    pub text: String,
    /// A button: its label, and what the engine does then.
    pub action: Option<(String, Command)>,
}

impl Toast {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: ToastKind::Done, text: text.into(), action: None }
    }

    /// Something failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { kind: ToastKind::Failed, text: text.into(), action: None }
    }

    /// With a button.
    pub fn with_action(self, label: String, command: Command) -> Self {
        Self { action: Some((label, command)), ..self }
    }
}
