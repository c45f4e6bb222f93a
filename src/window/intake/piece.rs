//! One text on its way in: where it is from, and how far it is.

use crate::model::preview::{Found, PreviewRow};
use crate::model::{Command, Secret};
use crate::window::out::{Out, Ticket};

/// A text on its way in.
pub(super) struct Piece {
    pub(super) origin: Origin,
    pub(super) stage: Stage,
}

/// Where a text is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A person has just pasted it, or shown it.
    Own,
    /// A file of this name.
    File(String),
    /// Another program has handed it over.
    Elsewhere,
}

/// How far a text is.
pub(super) enum Stage {
    /// Its file is read.
    Read { ticket: Ticket },
    /// It is sought: in a file's bytes, in a picture, in the clipboard. `nothing` says that there is none.
    Sought { ticket: Ticket, nothing: String },
    /// The engine looks at it.
    Looked { ticket: Ticket, text: Secret },
    /// This is in it.
    Seen { text: Secret, rows: Vec<PreviewRow> },
    /// The engine takes it in.
    Taking { ticket: Ticket, text: Secret, rows: Vec<PreviewRow> },
    /// It is taken in.
    Taken,
    /// It is of no use.
    Useless { reason: String },
}

impl Stage {
    /// Whether an answer to this question is waited for.
    pub(super) fn awaits(&self, wanted: Ticket) -> bool {
        match self {
            Self::Read { ticket }
            | Self::Sought { ticket, .. }
            | Self::Looked { ticket, .. }
            | Self::Taking { ticket, .. } => *ticket == wanted,
            Self::Seen { .. } | Self::Taken | Self::Useless { .. } => false,
        }
    }

    /// Whether something is still to come of it.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Read { .. } | Self::Sought { .. } | Self::Looked { .. } | Self::Taking { .. } => true,
            Self::Seen { .. } | Self::Taken | Self::Useless { .. } => false,
        }
    }

    /// What is in it, as far as that is known.
    pub(super) fn rows(&self) -> &[PreviewRow] {
        match self {
            Self::Seen { rows, .. } | Self::Taking { rows, .. } => rows,
            Self::Read { .. } | Self::Sought { .. } | Self::Looked { .. } | Self::Taken | Self::Useless { .. } => &[],
        }
    }
}

impl Piece {
    /// A text that is there: the engine looks at it.
    pub(super) fn of(origin: Origin, text: Secret, out: &mut Out) -> Self {
        Self { origin, stage: looked(text, out) }
    }

    /// Has the engine look at the text that was found.
    pub(super) fn look_at(&mut self, text: Secret, out: &mut Out) {
        self.stage = looked(text, out);
    }

    /// The engine has looked.
    pub(super) fn see(&mut self, rows: Vec<PreviewRow>) {
        if let Stage::Looked { text, .. } = &mut self.stage {
            self.stage = Stage::Seen { text: std::mem::take(text), rows };
        }
    }

    /// There is none.
    pub(super) fn give_up(&mut self) {
        if let Stage::Sought { nothing, .. } = &mut self.stage {
            self.stage = Stage::Useless { reason: std::mem::take(nothing) };
        }
    }

    /// The engine has refused it: to look, and then it is of no use; or to take it in, and then all is as
    /// it was before, and the reason is given back.
    pub(super) fn refuse(&mut self, reason: String) -> Option<String> {
        if let Stage::Taking { text, rows, .. } = &mut self.stage {
            let (text, rows) = (std::mem::take(text), std::mem::take(rows));
            self.stage = Stage::Seen { text, rows };
            return Some(reason);
        }
        self.stage = Stage::Useless { reason };
        None
    }

    /// Has the engine take it in, where there is something new in it.
    pub(super) fn take_in(&mut self, out: &mut Out) {
        if let Stage::Seen { text, rows } = &mut self.stage
            && rows.iter().any(|row| matches!(row.found, Found::New { .. }))
        {
            let ticket = out.ask(Command::Import { text: text.expose().to_owned() });
            let (text, rows) = (std::mem::take(text), std::mem::take(rows));
            self.stage = Stage::Taking { ticket, text, rows };
        }
    }
}

fn looked(text: Secret, out: &mut Out) -> Stage {
    let ticket = out.ask(Command::Preview { text: text.expose().to_owned() });
    Stage::Looked { ticket, text }
}
