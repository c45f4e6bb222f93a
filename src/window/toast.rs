//! A message that is shown for a few seconds: that an action succeeded, or why it failed.

use crate::model::Command;

/// The outcome that a toast reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Success.
    Done,
    /// Failure.
    Failed,
}

/// A message that is shown for a few seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// The outcome that it reports.
    pub kind: ToastKind,
    /// The message.
    pub text: String,
    /// A button: its label, and the command that it sends.
    pub action: Option<(String, Command)>,
}

impl Toast {
    /// Reports a success.
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: ToastKind::Done, text: text.into(), action: None }
    }

    /// Reports a failure.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { kind: ToastKind::Failed, text: text.into(), action: None }
    }

    /// Adds a button.
    pub fn with_action(self, label: String, command: Command) -> Self {
        Self { action: Some((label, command)), ..self }
    }
}
