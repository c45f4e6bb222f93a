//! The desktop's proxy mode, with an explanation of each.

use eframe::egui::{RichText, TextStyle, Ui};

use super::super::super::effects::Effects;
use super::super::super::parts;
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use crate::i18n::{labels, tr};
use crate::model::Command;
use crate::model::settings::Mode;

pub(super) fn show(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    let Some(snapshot) = app.snapshot() else { return };
    let locale = app.locale;
    let title = tr!(locale, "rules-mode");
    parts::section(ui, &title, |ui| {
        let modes = [Mode::Manual, Mode::Pac, Mode::Global].map(|mode| (mode, labels::mode_name(locale, mode)));
        let width = names_width(ui, modes.iter().map(|(_, name)| name));
        for (mode, name) in modes {
            ui.horizontal(|ui| {
                let is_chosen = snapshot.mode == mode;
                let radio = ui.scope(|ui| {
                    ui.set_min_width(width);
                    ui.radio(is_chosen, RichText::new(&name))
                });
                if radio.inner.clicked() && !is_chosen {
                    effects.command(Command::Mode { mode });
                }
                parts::weak(ui, labels::mode_text(locale, mode));
            });
        }
        if snapshot.mode == Mode::Pac && snapshot.gateway.listening {
            ui.horizontal(|ui| {
                let address = format!("http://{}/proxy.pac", snapshot.gateway.addr);
                ui.label(RichText::new(tr!(locale, "rules-script-at")).color(Palette::of(ui).weak));
                ui.monospace(&address);
                if ui.button(tr!(locale, "window-copy")).clicked() {
                    effects.copy(address.as_str());
                }
            });
        }
    });
}

/// Room for the names of the modes with their circles, so that all sentences begin below each other.
fn names_width<'a>(ui: &Ui, names: impl Iterator<Item = &'a String>) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let width = |name: &String| ui.painter().layout_no_wrap(name.clone(), font.clone(), Palette::of(ui).text).size().x;
    names.map(width).fold(0.0, f32::max) + ui.spacing().icon_width + ui.spacing().icon_spacing + 8.0
}
