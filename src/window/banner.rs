//! The banner above every page while no engine can be reached: what is wrong, and a button that helps.

use eframe::egui::{Align, Frame, Layout, Margin, Ui};

use super::effects::Effects;
use super::parts;
use super::state::AppState;
use super::theme::Palette;
use crate::control::replica::EngineStatus;
use crate::i18n::{Localize, tr};
use crate::model::FaultCode;

/// Draws the banner, if there is anything to report.
pub(super) fn show(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    let EngineStatus::Unavailable(fault) = &app.replica.status else { return };
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.red.gamma_multiply(0.16)).inner_margin(Margin::symmetric(16, 8));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            parts::dot(ui, palette.red);
            let can_start = fault.code == FaultCode::NotRunning;
            let text = if can_start { tr!(app.locale, "window-engine-stopped") } else { fault.localize(app.locale) };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if can_start && parts::primary(ui, &tr!(app.locale, "window-start-engine")).clicked() {
                    effects.start_engine();
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| parts::truncated(ui, text));
            });
        });
    });
}
