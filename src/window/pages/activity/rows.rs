//! Rows of a list that may be long: only visible ones are drawn.

use eframe::egui::{Label, RichText, ScrollArea, Sense, TextStyle, Ui, vec2};

use super::super::super::effects::Effects;
use super::super::super::parts;
use super::super::super::theme::Palette;
use crate::i18n::{Locale, tr};

/// The tone of a row, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Neutral.
    Plain,
    /// Good news.
    Good,
    /// A warning.
    Bad,
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) time: String,
    pub(super) text: String,
    pub(super) tone: Tone,
}

impl Row {
    /// The row as a line of text.
    pub(super) fn line(&self) -> String {
        if self.time.is_empty() { self.text.clone() } else { format!("{}  {}", self.time, self.text) }
    }

    /// Whether the row contains a text, given in lower case.
    pub(super) fn has(&self, text: &str) -> bool {
        text.is_empty() || self.text.to_lowercase().contains(text) || self.time.contains(text)
    }
}

/// Draws rows, one line each; the tooltip shows the whole row, and a click copies it.
pub(super) fn show(ui: &mut Ui, locale: Locale, rows: &[Row], follows: bool, effects: &mut Effects) {
    let palette = Palette::of(ui);
    let height = ui.text_style_height(&TextStyle::Body).max(20.0);
    ui.spacing_mut().item_spacing.y = 4.0;
    let area = ScrollArea::vertical().id_salt("rows").auto_shrink([false, false]).stick_to_bottom(follows);
    area.show_rows(ui, height, rows.len(), |ui, seen| {
        for row in &rows[seen] {
            let inner = ui.horizontal(|ui| {
                ui.set_height(height);
                let color = match row.tone {
                    Tone::Plain => palette.grey,
                    Tone::Good => palette.green,
                    Tone::Bad => palette.amber,
                };
                parts::dot(ui, color);
                if !row.time.is_empty() {
                    ui.allocate_ui(vec2(136.0, height), |ui| {
                        ui.label(RichText::new(&row.time).color(palette.weak));
                    });
                }
                ui.add(Label::new(&row.text).truncate().sense(Sense::click()))
            });
            if inner.inner.on_hover_text(tr!(locale, "activity-click", text = row.text.as_str())).clicked() {
                effects.copy(row.line());
            }
        }
    });
}
