//! What stands above every page while the engine is away: what is wrong, and what helps.

use eframe::egui::{Align, Frame, Layout, Margin, Ui};

use super::known::{Engine, Known};
use super::out::{Out, Wish};
use super::parts;
use super::theme::Palette;
use crate::i18n::{Localize, tr};
use crate::model::FaultCode;

/// Draws it, where there is something to say.
pub(super) fn show(ui: &mut Ui, known: &Known, out: &mut Out) {
    let Engine::Gone(fault) = &known.engine else { return };
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.red.gamma_multiply(0.16)).inner_margin(Margin::symmetric(16, 8));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            parts::dot(ui, palette.red);
            let can_start = fault.code == FaultCode::NotRunning;
            let text = if can_start { tr!(known.locale, "window-engine-gone") } else { fault.localize(known.locale) };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if can_start && parts::primary(ui, &tr!(known.locale, "window-start-engine")).clicked() {
                    out.wish(Wish::StartEngine);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| parts::truncated(ui, text));
            });
        });
    });
}
