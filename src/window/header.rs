//! The header above every page: the connection switch, the connection state, the current rates, the proxy mode.

use eframe::egui::{Align, Layout, RichText, Ui};

use super::effects::Effects;
use super::parts;
use super::state::AppState;
use super::theme::Palette;
use crate::i18n::{labels, tr, units};
use crate::model::Command;
use crate::model::settings::Mode;

/// Height in points.
pub(super) const HEIGHT: f32 = 56.0;

/// Draws the header.
pub(super) fn show(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        connect(ui, app, effects);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            mode(ui, app, effects);
            rates(ui, app);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| status_line(ui, app));
        });
    });
}

fn connect(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    let is_on = app.snapshot().is_some_and(|snapshot| snapshot.active);
    let can = app.snapshot().is_some_and(|snapshot| snapshot.nodes > 0);
    let switch = ui.add_enabled_ui(can, |ui| parts::switch(ui, is_on, &tr!(app.locale, "menu-connect"))).inner;
    if switch.clicked() {
        effects.command(if is_on { Command::Disconnect } else { Command::Connect { node: None } });
    }
    let switch = switch.on_hover_text(tr!(app.locale, "menu-connect"));
    if !can && app.snapshot().is_some() {
        switch.on_disabled_hover_text(tr!(app.locale, "menu-why-no-node"));
    }
}

fn status_line(ui: &mut Ui, app: &AppState) {
    let status = app.connection_status();
    ui.spacing_mut().item_spacing.x = 8.0;
    parts::dot(ui, Palette::of(ui).status(status.icon()));
    let line = status.line(app.locale);
    parts::truncated(ui, RichText::new(line).size(15.0).strong());
}

fn rates(ui: &mut Ui, app: &AppState) {
    let Some(snapshot) = app.snapshot().filter(|snapshot| snapshot.gateway.listening) else { return };
    let (down, up) = (snapshot.gateway.down_rate, snapshot.gateway.up_rate);
    let text = |rate| units::rate(app.locale, rate);
    let line = tr!(app.locale, "window-rates", down = text(down), up = text(up));
    ui.label(RichText::new(line).color(Palette::of(ui).weak));
}

fn mode(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    let modes = [Mode::Manual, Mode::Pac, Mode::Global];
    let names = modes.map(|mode| (mode, labels::mode_short(app.locale, mode)));
    let current = app.snapshot().map(|snapshot| snapshot.mode);
    ui.add_enabled_ui(current.is_some(), |ui| {
        if let Some(mode) = parts::segments(ui, &tr!(app.locale, "menu-mode"), current, &names) {
            effects.command(Command::Mode { mode });
        }
    });
}
