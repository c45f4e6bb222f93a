//! Shown while there are no nodes: the ways to add some.

use eframe::egui::{Align, Layout, RichText, Ui, vec2};

use super::NodesPage;
use crate::i18n::{Locale, tr};
use crate::model::Page;
use crate::window::effects::{Effects, ImportSource};
use crate::window::parts;
use crate::window::theme::Palette;

/// Draws it.
pub(super) fn show(ui: &mut Ui, locale: Locale, nodes: &mut NodesPage, effects: &mut Effects) {
    parts::page(ui, "welcome", |ui| {
        ui.add_space(24.0);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new(tr!(locale, "welcome-title")).heading());
            parts::weak(ui, tr!(locale, "welcome-text"));
        });
        ui.add_space(16.0);
        let clipboard = (tr!(locale, "welcome-clipboard"), tr!(locale, "welcome-clipboard-text"));
        let file = (tr!(locale, "welcome-file"), tr!(locale, "welcome-file-text"));
        let hand = (tr!(locale, "welcome-hand"), tr!(locale, "welcome-hand-text"));
        ui.columns_const(|[first, second, third]| {
            if option(first, &clipboard, &tr!(locale, "nodes-add-clipboard")) {
                effects.import(ImportSource::Clipboard);
            }
            if option(second, &file, &tr!(locale, "nodes-add-file")) {
                effects.import(ImportSource::File);
            }
            if option(third, &hand, &tr!(locale, "nodes-add-by-hand")) {
                nodes.add_by_hand();
            }
        });
        ui.vertical_centered(|ui| {
            ui.horizontal_wrapped(|ui| {
                if ui.button(tr!(locale, "nodes-add-screen")).clicked() {
                    effects.import(ImportSource::Screen);
                }
                if ui.button(tr!(locale, "nodes-add-subscription")).clicked() {
                    effects.go(Page::Subscriptions);
                }
            });
        });
    });
}

fn option(ui: &mut Ui, (title, text): &(String, String), action: &str) -> bool {
    let inner = parts::card(ui, |ui| {
        ui.set_min_height(164.0);
        parts::heading(ui, title);
        // Five lines, so that the buttons are aligned even in the smallest window.
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 88.0), Layout::top_down(Align::Min), |ui| {
            ui.set_min_height(88.0);
            ui.style_mut().visuals.override_text_color = Some(Palette::of(ui).weak);
            parts::weak(ui, text.clone());
        });
        ui.with_layout(Layout::top_down_justified(Align::Center), |ui| parts::primary(ui, action).clicked()).inner
    });
    inner.inner
}
