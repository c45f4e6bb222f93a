//! One text that is imported: where it is from, and how far it is.

use std::path::Path;

use crate::model::command::ImportScope;
use crate::model::foreign::ForeignSettings;
use crate::model::preview::{Found, PreviewRow, TextPreview};
use crate::model::{Fault, Secret};
use crate::window::effects::Ticket;

/// A text that is imported.
pub(super) struct ImportItem {
    pub(super) origin: ItemOrigin,
    pub(super) state: ItemState,
}

/// Where a text is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ItemOrigin {
    /// The user has just pasted or shown it.
    User,
    /// A file of this name.
    File(String),
    /// Another program has handed it over.
    OtherProgram,
}

impl ItemOrigin {
    /// A file, by its name.
    pub(super) fn of(path: &Path) -> Self {
        Self::File(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }
}

/// How far a text is.
pub(super) enum ItemState {
    /// Its file is being read.
    Reading { ticket: Ticket },
    /// It is looked for in a file's bytes, a picture or the clipboard; `nothing` says that there is none.
    Scanning { ticket: Ticket, nothing: String },
    /// It is here; the preview is what the engine found in it the last time.
    Found { text: Secret, preview: Option<TextPreview> },
    /// It was imported.
    Imported,
    /// It is of no use.
    Unusable { reason: String },
}

impl ImportItem {
    /// A text that is here already.
    pub(super) fn of(origin: ItemOrigin, text: Secret) -> Self {
        Self { origin, state: ItemState::Found { text, preview: None } }
    }

    /// Whether this request looks for its text.
    pub(super) fn awaits(&self, wanted: Ticket) -> bool {
        match &self.state {
            ItemState::Reading { ticket } | ItemState::Scanning { ticket, .. } => *ticket == wanted,
            ItemState::Found { .. } | ItemState::Imported | ItemState::Unusable { .. } => false,
        }
    }

    /// Whether its text is still being looked for.
    pub(super) fn is_loading(&self) -> bool {
        match &self.state {
            ItemState::Reading { .. } | ItemState::Scanning { .. } => true,
            ItemState::Found { .. } | ItemState::Imported | ItemState::Unusable { .. } => false,
        }
    }

    /// Its text, where it is here and not imported yet.
    pub(super) fn text(&self) -> Option<&Secret> {
        match &self.state {
            ItemState::Found { text, .. } => Some(text),
            ItemState::Reading { .. } | ItemState::Scanning { .. } => None,
            ItemState::Imported | ItemState::Unusable { .. } => None,
        }
    }

    /// What the engine found in it.
    pub(super) fn preview(&self) -> Option<&TextPreview> {
        match &self.state {
            ItemState::Found { preview, .. } => preview.as_ref(),
            ItemState::Reading { .. } | ItemState::Scanning { .. } => None,
            ItemState::Imported | ItemState::Unusable { .. } => None,
        }
    }

    /// The nodes in it, as far as they are known.
    pub(super) fn rows(&self) -> &[PreviewRow] {
        self.preview().map_or(&[], |preview| &preview.rows)
    }

    /// The settings in it, where there are some that could be taken over.
    pub(super) fn settings(&self) -> Option<&ForeignSettings> {
        self.preview().map(|preview| &preview.settings).filter(|settings| !settings.is_nothing())
    }

    /// Whether importing it in this scope changes anything.
    pub(super) fn has_news(&self, scope: ImportScope) -> bool {
        let is_new = |row: &PreviewRow| matches!(row.found, Found::New { .. });
        let has_settings = match scope {
            ImportScope::Nodes => false,
            ImportScope::NodesAndSettings => self.settings().is_some(),
        };
        has_settings || self.rows().iter().any(is_new)
    }

    /// The text was found.
    pub(super) fn on_text(&mut self, text: Secret) {
        self.state = ItemState::Found { text, preview: None };
    }

    /// There is no text.
    pub(super) fn on_nothing(&mut self) {
        if let ItemState::Scanning { nothing, .. } = &mut self.state {
            self.state = ItemState::Unusable { reason: std::mem::take(nothing) };
        }
    }

    /// The engine looked into it. Where it refused a text that it understood before, what it found then stays.
    pub(super) fn on_preview(&mut self, result: Result<TextPreview, Fault>, say: impl Fn(&Fault) -> String) {
        let ItemState::Found { preview, .. } = &mut self.state else { return };
        match result {
            Ok(found) => *preview = Some(found),
            Err(_) if preview.is_some() => {}
            Err(fault) => self.state = ItemState::Unusable { reason: say(&fault) },
        }
    }
}
