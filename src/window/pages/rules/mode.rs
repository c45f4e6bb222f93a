//! The desktop's proxy mode, with an explanation of each.

use eframe::egui::{RichText, Ui};

use super::super::super::effects::Effects;
use super::super::super::parts;
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use crate::i18n::{tr, words};
use crate::model::Command;
use crate::model::settings::Mode;

/// Width of the modes' names, in points.
const NAMES: f32 = 136.0;

pub(super) fn show(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    let Some(snapshot) = app.snapshot() else { return };
    let locale = app.locale;
    let title = tr!(locale, "rules-mode");
    parts::section(ui, &title, |ui| {
        for mode in [Mode::Manual, Mode::Pac, Mode::Global] {
            let name = words::mode_name(locale, mode);
            ui.horizontal(|ui| {
                let is_chosen = snapshot.mode == mode;
                let radio = ui.scope(|ui| {
                    ui.set_min_width(NAMES);
                    ui.radio(is_chosen, RichText::new(&name))
                });
                if radio.inner.clicked() && !is_chosen {
                    effects.command(Command::Mode { mode });
                }
                parts::weak(ui, words::mode_text(locale, mode));
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
