//! A dialog for a file path, typed or chosen in the system's file dialog: not every desktop has one.

use eframe::egui::{RichText, Ui};

use super::super::theme::Palette;
use super::{DialogState, Field, dialog, foot_enabled};
use crate::i18n::{Locale, tr};
use crate::os::folders;

/// A dialog that asks for a file path.
#[derive(Clone, Debug, Default)]
pub struct PathDialog {
    /// The path that was typed.
    pub path: String,
    /// Why it could not be used.
    pub refused: Option<String>,
}

/// What the user does in the dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathAction {
    /// Nothing yet.
    None,
    /// Confirms this path.
    Path(std::path::PathBuf),
    /// Opens the system's file dialog.
    Browse,
    /// Cancels.
    Closed,
}

impl PathDialog {
    /// A dialog that proposes a file with this name in the user's documents folder.
    pub fn proposing(name: &str) -> Self {
        Self { path: folders::documents().join(name).to_string_lossy().into_owned(), refused: None }
    }

    /// Draws the dialog; `action` is the label of the confirm button.
    pub fn show(&mut self, ui: &Ui, locale: Locale, title: &str, action: &str) -> PathAction {
        let mut browses = false;
        let (shown, answer) = dialog(ui.ctx(), title, 560.0, |ui| {
            let label = tr!(locale, "path-file");
            let field = Field::new(&label, &mut self.path).width(248.0).first().hint("/home/…");
            field.show_with(ui, |ui| browses = ui.button(tr!(locale, "path-browse")).clicked());
            if let Some(refused) = &self.refused {
                let color = Palette::of(ui).red;
                ui.add(eframe::egui::Label::new(RichText::new(refused).color(color)).wrap());
            }
            foot_enabled(ui, !self.path.trim().is_empty(), locale, action)
        });
        match (answer, shown) {
            (Some(true), _) => PathAction::Path(self.path.trim().into()),
            (Some(false), _) | (None, DialogState::Closed) => PathAction::Closed,
            (None, DialogState::Open) if browses => PathAction::Browse,
            (None, DialogState::Open) => PathAction::None,
        }
    }
}
