//! What this program is, and what it is made of: the crates that are built in, with their licences.

use std::sync::LazyLock;

use eframe::egui::{CollapsingHeader, Label, RichText, ScrollArea, TextStyle, Ui};

use crate::i18n::tr;
use crate::window::parts;
use crate::window::state::AppState;

/// All crates that are built in, a line each, and the texts of their licences: made by `licences/collect.py`.
static LICENCES: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../../../../licences/third-party.txt").lines().collect());

/// The height of the licences in points: enough to read a paragraph.
const HEIGHT: f32 = 280.0;

/// Draws the card.
pub(super) fn section(ui: &mut Ui, app: &AppState) {
    let locale = app.locale;
    parts::section(ui, &tr!(locale, "settings-about"), |ui| {
        let engine = app.snapshot().map_or("–", |snapshot| &snapshot.version);
        let own = env!("CARGO_PKG_VERSION");
        ui.label(tr!(locale, "settings-version", window = own, engine = engine));
        ui.label(tr!(locale, "settings-licence", licence = env!("CARGO_PKG_LICENSE")));
        parts::weak(ui, tr!(locale, "settings-parts", crates = crates()));
        CollapsingHeader::new(tr!(locale, "settings-licences")).id_salt("licences").show(ui, licences);
    });
}

/// How many crates are built in: a paragraph of lines after the first one.
fn crates() -> usize {
    LICENCES.iter().skip(2).take_while(|line| !line.is_empty()).count()
}

fn licences(ui: &mut Ui) {
    let height = ui.text_style_height(&TextStyle::Monospace);
    ui.spacing_mut().item_spacing.y = 2.0;
    let area = ScrollArea::both().id_salt("licences").min_scrolled_height(HEIGHT).max_height(HEIGHT);
    area.auto_shrink([false, false]).show_rows(ui, height, LICENCES.len(), |ui, seen| {
        for line in &LICENCES[seen] {
            ui.add(Label::new(RichText::new(*line).monospace()).extend().selectable(true));
        }
    });
}
