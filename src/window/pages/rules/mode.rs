//! What the desktop's own proxy setting is made to be, and what that means.

use eframe::egui::{RichText, Ui};

use super::super::super::known::Known;
use super::super::super::out::Out;
use super::super::super::parts;
use super::super::super::theme::Palette;
use crate::i18n::{tr, words};
use crate::model::Command;
use crate::model::settings::Mode;

pub(super) fn show(ui: &mut Ui, known: &Known, out: &mut Out) {
    let Some(snapshot) = known.snapshot() else { return };
    let locale = known.locale;
    let title = tr!(locale, "rules-mode");
    parts::section(ui, &title, |ui| {
        for mode in [Mode::Manual, Mode::Pac, Mode::Global] {
            let name = words::mode_name(locale, mode);
            ui.horizontal(|ui| {
                let is_chosen = snapshot.mode == mode;
                if ui.radio(is_chosen, RichText::new(&name).strong()).clicked() && !is_chosen {
                    out.command(Command::Mode { mode });
                }
            });
            ui.horizontal(|ui| {
                ui.add_space(24.0);
                parts::weak(ui, words::mode_text(locale, mode));
            });
        }
        if snapshot.mode == Mode::Pac && snapshot.gateway.listening {
            ui.horizontal(|ui| {
                let address = format!("http://{}/proxy.pac", snapshot.gateway.addr);
                ui.label(RichText::new(tr!(locale, "rules-script-at")).color(Palette::of(ui).weak));
                ui.monospace(&address);
                if ui.button(tr!(locale, "window-copy")).clicked() {
                    out.copy(address.as_str());
                }
            });
        }
    });
}
