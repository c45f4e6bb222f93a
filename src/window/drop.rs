//! Files that are dragged over the window and dropped on it.

use std::path::PathBuf;

use eframe::egui::{Align2, Area, Color32, Context, Frame, Id, Label, Order, RichText, Stroke};

use super::theme::Palette;
use crate::i18n::{Locale, tr};

/// The files that were dropped in this frame.
pub(super) fn dropped(ctx: &Context) -> Vec<PathBuf> {
    ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect())
}

/// Shows a hint while files are dragged over the window.
pub(super) fn hint(ctx: &Context, locale: Locale) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let place = ctx.content_rect();
    let area = Area::new(Id::unique("drop")).order(Order::Tooltip).anchor(Align2::CENTER_CENTER, [0.0, 0.0]);
    area.interactable(false).show(ctx, |ui| {
        let palette = Palette::of(ui);
        ui.painter().rect_filled(place, 0.0, Color32::from_black_alpha(96));
        let frame = Frame::new().fill(palette.card).stroke(Stroke::new(2.0, palette.accent)).corner_radius(12);
        frame.inner_margin(24).show(ui, |ui| {
            ui.set_max_width((place.width() - 160.0).min(420.0));
            ui.add(Label::new(RichText::new(tr!(locale, "drop-hint")).heading()).wrap());
            ui.add(Label::new(RichText::new(tr!(locale, "drop-hint-text")).color(palette.weak)).wrap());
        });
    });
}
