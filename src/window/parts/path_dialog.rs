//! A file's place, typed or chosen in the system's own dialog: not every desktop has one.

use eframe::egui::{RichText, Ui};

use super::super::theme::Palette;
use super::{DialogState, Field, dialog, foot};
use crate::i18n::{Locale, tr};
use crate::os::folders;

/// A dialog that asks for a file's place.
#[derive(Clone, Debug, Default)]
pub struct PathDialog {
    /// What was typed.
    pub path: String,
    /// Why it was of no use.
    pub refused: Option<String>,
}

/// What a person does with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathAction {
    /// Goes on.
    NotYet,
    /// Wants this file.
    Path(std::path::PathBuf),
    /// Wants the system's own dialog.
    Browse,
    /// Wants nothing.
    Closed,
}

impl PathDialog {
    /// One that proposes a file of this name, among the person's documents.
    pub fn proposing(name: &str) -> Self {
        Self { path: folders::documents().join(name).to_string_lossy().into_owned(), refused: None }
    }

    /// Draws it under a title, with a word for what is done with the file.
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
            foot(ui, locale, action, !self.path.trim().is_empty())
        });
        match (answer, shown) {
            (Some(true), _) => PathAction::Path(self.path.trim().into()),
            (Some(false), _) | (None, DialogState::Closed) => PathAction::Closed,
            (None, DialogState::Open) if browses => PathAction::Browse,
            (None, DialogState::Open) => PathAction::NotYet,
        }
    }
}
