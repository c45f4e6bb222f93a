//! One text to import: where it comes from, and its progress.

use std::path::Path;

use crate::model::command::ImportScope;
use crate::model::foreign::ForeignSettings;
use crate::model::preview::{PreviewItem, PreviewRow, TextPreview};
use crate::model::{Fault, Secret};
use crate::window::effects::Ticket;

/// A text to import.
pub(super) struct ImportItem {
    pub(super) origin: ItemOrigin,
    pub(super) state: ItemState,
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ItemOrigin {
    /// Pasted, scanned or chosen by the user just now.
    User,
    /// A file with this name.
    File(String),
    /// Proposed by another program.
    OtherProgram,
}

impl ItemOrigin {
    /// The origin for a file of another client.
    pub(super) fn of_client(client: &str, path: &Path) -> Self {
        Self::File(format!("{client}, {}", path.file_name().unwrap_or_default().to_string_lossy()))
    }

    /// The origin for a file.
    pub(super) fn of(path: &Path) -> Self {
        Self::File(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }
}

/// The progress of a text.
pub(super) enum ItemState {
    /// Its file is being read.
    Reading { ticket: Ticket },
    /// Bytes, a picture or the clipboard are being scanned; `nothing` is the message if no text is found.
    Scanning { ticket: Ticket, nothing: String },
    /// The text is loaded; `preview` is the engine's last preview of it.
    PreviewItem { text: Secret, preview: Option<TextPreview> },
    /// It was imported.
    Imported,
    /// It cannot be used.
    Unusable { reason: String },
}

impl ImportItem {
    /// A text that is loaded already.
    pub(super) fn of(origin: ItemOrigin, text: Secret) -> Self {
        Self { origin, state: ItemState::PreviewItem { text, preview: None } }
    }

    /// Whether this request loads its text.
    pub(super) fn awaits(&self, wanted: Ticket) -> bool {
        match &self.state {
            ItemState::Reading { ticket } | ItemState::Scanning { ticket, .. } => *ticket == wanted,
            ItemState::PreviewItem { .. } | ItemState::Imported | ItemState::Unusable { .. } => false,
        }
    }

    /// Whether its text is still loading.
    pub(super) fn is_loading(&self) -> bool {
        match &self.state {
            ItemState::Reading { .. } | ItemState::Scanning { .. } => true,
            ItemState::PreviewItem { .. } | ItemState::Imported | ItemState::Unusable { .. } => false,
        }
    }

    /// Its text, if it is loaded and not imported yet.
    pub(super) fn text(&self) -> Option<&Secret> {
        match &self.state {
            ItemState::PreviewItem { text, .. } => Some(text),
            ItemState::Reading { .. } | ItemState::Scanning { .. } => None,
            ItemState::Imported | ItemState::Unusable { .. } => None,
        }
    }

    /// The engine's preview.
    pub(super) fn preview(&self) -> Option<&TextPreview> {
        match &self.state {
            ItemState::PreviewItem { preview, .. } => preview.as_ref(),
            ItemState::Reading { .. } | ItemState::Scanning { .. } => None,
            ItemState::Imported | ItemState::Unusable { .. } => None,
        }
    }

    /// The rows of its preview.
    pub(super) fn rows(&self) -> &[PreviewRow] {
        self.preview().map_or(&[], |preview| &preview.rows)
    }

    /// The settings in it, if there are any to import.
    pub(super) fn settings(&self) -> Option<&ForeignSettings> {
        self.preview().map(|preview| &preview.settings).filter(|settings| !settings.is_nothing())
    }

    /// Whether importing it with this scope changes anything.
    pub(super) fn has_news(&self, scope: ImportScope) -> bool {
        let is_new = |row: &PreviewRow| matches!(row.found, PreviewItem::New { .. });
        let has_settings = match scope {
            ImportScope::Nodes => false,
            ImportScope::NodesAndSettings => self.settings().is_some(),
        };
        has_settings || self.rows().iter().any(is_new)
    }

    /// Takes the text that was loaded.
    pub(super) fn on_text(&mut self, text: Secret) {
        self.state = ItemState::PreviewItem { text, preview: None };
    }

    /// Records that no text was found.
    pub(super) fn on_nothing(&mut self) {
        if let ItemState::Scanning { nothing, .. } = &mut self.state {
            self.state = ItemState::Unusable { reason: std::mem::take(nothing) };
        }
    }

    /// Takes the engine's preview. If the engine rejects a text that it accepted before, the earlier preview stays.
    pub(super) fn on_preview(&mut self, result: Result<TextPreview, Fault>, say: impl Fn(&Fault) -> String) {
        let ItemState::PreviewItem { preview, .. } = &mut self.state else { return };
        match result {
            Ok(found) => *preview = Some(found),
            Err(_) if preview.is_some() => {}
            Err(fault) => self.state = ItemState::Unusable { reason: say(&fault) },
        }
    }
}
