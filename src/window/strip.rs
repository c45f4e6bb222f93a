//! The strip on top of every page: on or off, how things stand, what goes through, the mode.

use eframe::egui::{Align, Layout, RichText, Ui};

use super::known::Known;
use super::out::Out;
use super::parts;
use super::theme::Palette;
use crate::i18n::{tr, units, words};
use crate::model::Command;
use crate::model::settings::Mode;

/// The strip's height in points.
pub(super) const HEIGHT: f32 = 56.0;

/// Draws the strip.
pub(super) fn show(ui: &mut Ui, known: &Known, out: &mut Out) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        connect(ui, known, out);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            mode(ui, known, out);
            rates(ui, known);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| standing(ui, known));
        });
    });
}

fn connect(ui: &mut Ui, known: &Known, out: &mut Out) {
    let is_on = known.snapshot().is_some_and(|snapshot| snapshot.active);
    let can = known.snapshot().is_some_and(|snapshot| snapshot.nodes > 0);
    let switch = ui.add_enabled_ui(can, |ui| parts::switch(ui, is_on, &tr!(known.locale, "menu-connect"))).inner;
    if switch.clicked() {
        out.command(if is_on { Command::Disconnect } else { Command::Connect { node: None } });
    }
    if !can && known.snapshot().is_some() {
        switch.on_disabled_hover_text(tr!(known.locale, "menu-why-no-node"));
    }
}

fn standing(ui: &mut Ui, known: &Known) {
    let standing = known.standing();
    ui.spacing_mut().item_spacing.x = 8.0;
    parts::dot(ui, Palette::of(ui).face(standing.face()));
    let line = standing.line(known.locale);
    parts::truncated(ui, RichText::new(line).size(15.0).strong());
}

fn rates(ui: &mut Ui, known: &Known) {
    let Some(snapshot) = known.snapshot().filter(|snapshot| snapshot.gateway.listening) else { return };
    let (down, up) = (snapshot.gateway.down_rate, snapshot.gateway.up_rate);
    let text = |rate| units::rate(known.locale, rate);
    let line = tr!(known.locale, "window-rates", down = text(down), up = text(up));
    ui.label(RichText::new(line).color(Palette::of(ui).weak));
}

fn mode(ui: &mut Ui, known: &Known, out: &mut Out) {
    let modes = [Mode::Manual, Mode::Pac, Mode::Global];
    let names = modes.map(|mode| (mode, words::mode_short(known.locale, mode)));
    let current = known.snapshot().map(|snapshot| snapshot.mode);
    ui.add_enabled_ui(current.is_some(), |ui| {
        if let Some(mode) = parts::segments(ui, &tr!(known.locale, "menu-mode"), current, &names) {
            out.command(Command::Mode { mode });
        }
    });
}
