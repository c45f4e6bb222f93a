//! A file's place, typed or chosen in the system's own dialog: not every desktop has one.

use eframe::egui::{RichText, Ui};

use super::super::theme::Palette;
use super::{Field, Shown, dialog, foot};
use crate::i18n::{Locale, tr};

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
pub enum PathDone {
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
        let folders = directories::UserDirs::new();
        let folder = folders.as_ref().map(|folders| folders.document_dir().unwrap_or(folders.home_dir()));
        let path = folder.map_or_else(|| name.into(), |folder| folder.join(name));
        Self { path: path.to_string_lossy().into_owned(), refused: None }
    }

    /// Draws it under a title, with a word for what is done with the file.
    pub fn show(&mut self, ui: &Ui, locale: Locale, title: &str, action: &str) -> PathDone {
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
            (Some(true), _) => PathDone::Path(self.path.trim().into()),
            (Some(false), _) | (None, Shown::Closed) => PathDone::Closed,
            (None, Shown::Open) if browses => PathDone::Browse,
            (None, Shown::Open) => PathDone::NotYet,
        }
    }
}
