//! One text on its way in: where it is from, and how far it is.

use std::mem;
use std::path::Path;

use crate::model::foreign::{self, ForeignSettings, ForeignSubscription};
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

impl Origin {
    /// A file, by its name.
    pub(super) fn of(path: &Path) -> Self {
        Self::File(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }
}

/// What is in a text, as far as it is known.
#[derive(Default)]
pub(super) struct Contents {
    text: Secret,
    rows: Vec<PreviewRow>,
    /// The settings of another client, where it is the file of one.
    settings: ForeignSettings,
}

/// How far a text is.
pub(super) enum Stage {
    /// Its file is read.
    Read { ticket: Ticket },
    /// It is sought: in a file's bytes, in a picture, in the clipboard. `nothing` says that there is none.
    Sought { ticket: Ticket, nothing: String },
    /// The engine looks for nodes in it, and then for settings.
    Looked { ticket: Ticket, contents: Contents },
    /// This is in it.
    Seen(Contents),
    /// The engine takes its nodes in, and then its settings where they are wanted.
    Taking { ticket: Ticket, contents: Contents, wanted: Wanted },
    /// The engine takes its settings over.
    Settling { ticket: Ticket, contents: Contents },
    /// It is taken in.
    Taken,
    /// It is of no use.
    Useless { reason: String },
}

/// What of a text is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its nodes.
    #[default]
    Nodes,
    /// Its nodes, and the settings of the other client.
    NodesAndSettings,
}

impl Stage {
    /// The question whose answer is waited for.
    fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Read { ticket }
            | Self::Sought { ticket, .. }
            | Self::Looked { ticket, .. }
            | Self::Taking { ticket, .. }
            | Self::Settling { ticket, .. } => Some(*ticket),
            Self::Seen(_) | Self::Taken | Self::Useless { .. } => None,
        }
    }

    fn contents(&self) -> Option<&Contents> {
        match self {
            Self::Seen(contents) | Self::Taking { contents, .. } | Self::Settling { contents, .. } => Some(contents),
            Self::Read { .. } | Self::Sought { .. } | Self::Looked { .. } | Self::Taken | Self::Useless { .. } => None,
        }
    }
}

impl Piece {
    /// A text that is there: the engine looks at it.
    pub(super) fn of(origin: Origin, text: Secret, out: &mut Out) -> Self {
        Self { origin, stage: looked(text, out) }
    }

    /// Whether an answer to this question is waited for.
    pub(super) fn awaits(&self, wanted: Ticket) -> bool {
        self.stage.ticket() == Some(wanted)
    }

    /// Whether something is still to come of it.
    pub(super) fn is_open(&self) -> bool {
        self.stage.ticket().is_some()
    }

    /// The nodes in it, as far as they are known.
    pub(super) fn rows(&self) -> &[PreviewRow] {
        self.stage.contents().map_or(&[], |contents| &contents.rows)
    }

    /// The settings in it, where there are some that could be taken.
    pub(super) fn settings(&self) -> Option<&ForeignSettings> {
        self.stage.contents().map(|contents| &contents.settings).filter(|settings| !settings.is_nothing())
    }

    /// Has the engine look at the text that was found.
    pub(super) fn look_at(&mut self, text: Secret, out: &mut Out) {
        self.stage = looked(text, out);
    }

    /// The engine has looked for nodes.
    pub(super) fn see(&mut self, rows: Vec<PreviewRow>, out: &mut Out) {
        let Stage::Looked { contents, .. } = &mut self.stage else { return };
        let contents = Contents { rows, ..mem::take(contents) };
        let text = contents.text.expose();
        self.stage = if foreign::may_be_in(text) {
            let ticket = out.ask(Command::ForeignPreview { text: text.to_owned() });
            Stage::Looked { ticket, contents }
        } else {
            Stage::Seen(contents)
        };
    }

    /// The engine has looked for settings, or has taken them over: then those of its lists that are new are
    /// given back.
    pub(super) fn settle(&mut self, settings: ForeignSettings) -> Vec<ForeignSubscription> {
        match &mut self.stage {
            Stage::Looked { contents, .. } => {
                self.stage = Stage::Seen(Contents { settings, ..mem::take(contents) });
                Vec::new()
            }
            Stage::Settling { .. } => {
                self.stage = Stage::Taken;
                settings.subscriptions
            }
            Stage::Read { .. } | Stage::Sought { .. } | Stage::Seen(_) => Vec::new(),
            Stage::Taking { .. } | Stage::Taken | Stage::Useless { .. } => Vec::new(),
        }
    }

    /// There is none.
    pub(super) fn give_up(&mut self) {
        if let Stage::Sought { nothing, .. } = &mut self.stage {
            self.stage = Stage::Useless { reason: mem::take(nothing) };
        }
    }

    /// The engine has refused it: to look, and then it is of no use; or to take it in, and then it is looked
    /// at again, and the reason is given back.
    pub(super) fn refuse(&mut self, reason: String, out: &mut Out) -> Option<String> {
        match &mut self.stage {
            Stage::Taking { contents, .. } | Stage::Settling { contents, .. } => {
                let contents = mem::take(contents);
                // Where nobody answers, what is known of it is all there is.
                let ticket = out.ask(Command::Preview { text: contents.text.expose().to_owned() });
                self.stage = Stage::Looked { ticket, contents };
                Some(reason)
            }
            Stage::Looked { contents, .. } if !contents.rows.is_empty() => {
                self.stage = Stage::Seen(mem::take(contents));
                None
            }
            Stage::Read { .. } | Stage::Sought { .. } | Stage::Looked { .. } | Stage::Seen(_) => {
                self.stage = Stage::Useless { reason };
                None
            }
            Stage::Taken | Stage::Useless { .. } => None,
        }
    }

    /// Has the engine take it in, where there is something in it that is wanted.
    pub(super) fn take_in(&mut self, wanted: Wanted, out: &mut Out) {
        let Stage::Seen(contents) = &mut self.stage else { return };
        let contents = mem::take(contents);
        if contents.rows.iter().any(|row| matches!(row.found, Found::New { .. })) {
            let ticket = out.ask(Command::Import { text: contents.text.expose().to_owned() });
            self.stage = Stage::Taking { ticket, contents, wanted };
        } else {
            self.stage = settling(contents, wanted, out).unwrap_or_else(Stage::Seen);
        }
    }

    /// The engine has taken its nodes in.
    pub(super) fn taken_in(&mut self, out: &mut Out) {
        if let Stage::Taking { contents, wanted, .. } = &mut self.stage {
            let (contents, wanted) = (mem::take(contents), *wanted);
            self.stage = settling(contents, wanted, out).unwrap_or_else(|_| Stage::Taken);
        }
    }
}

fn looked(text: Secret, out: &mut Out) -> Stage {
    let ticket = out.ask(Command::Preview { text: text.expose().to_owned() });
    Stage::Looked { ticket, contents: Contents { text, ..Contents::default() } }
}

/// Has the engine take the settings over, where there are some and they are wanted.
fn settling(contents: Contents, wanted: Wanted, out: &mut Out) -> Result<Stage, Contents> {
    if wanted == Wanted::Nodes || contents.settings.is_nothing() {
        return Err(contents);
    }
    let ticket = out.ask(Command::ForeignTake { text: contents.text.expose().to_owned() });
    Ok(Stage::Settling { ticket, contents })
}
