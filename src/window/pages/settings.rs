//! The page of everything that can be chosen and has no page of its own.

use eframe::egui::Ui;

use super::Content;
use crate::i18n::{Locale, tr};
use crate::model::Command;
use crate::model::settings::{Language, Settings, Theme};
use crate::window::known::Known;
use crate::window::out::Out;
use crate::window::parts;

/// The page of the settings.
#[derive(Default)]
pub(super) struct SettingsPage;

impl Content for SettingsPage {
    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let Some(settings) = &known.settings else { return };
        parts::page(ui, "settings", |ui| {
            appearance(ui, known.locale, settings, out);
        });
    }
}

fn set(key: &str, value: &str) -> Command {
    Command::Set { changes: [(key.to_owned(), value.to_owned())].into() }
}

/// Harmless, and so at once.
fn appearance(ui: &mut Ui, locale: Locale, settings: &Settings, out: &mut Out) {
    parts::section(ui, &tr!(locale, "settings-appearance"), |ui| {
        let languages = [
            (Language::System, tr!(locale, "menu-language-system")),
            (Language::English, "English".to_owned()),
            (Language::Chinese, "中文".to_owned()),
        ];
        if let Some(language) = parts::choice(ui, &tr!(locale, "menu-language"), &settings.language, &languages) {
            out.command(set("language", language.word()));
        }
        let label = tr!(locale, "settings-theme");
        let themes = Theme::ALL.map(|theme| (theme, theme_name(locale, theme)));
        let chosen =
            parts::row(ui, &label, None, |ui| parts::segments(ui, &label, Some(settings.window.theme), &themes));
        if let Some(theme) = chosen {
            out.command(set("window.theme", theme.word()));
        }
    });
}

fn theme_name(locale: Locale, theme: Theme) -> String {
    match theme {
        Theme::System => tr!(locale, "menu-language-system"),
        Theme::Light => tr!(locale, "settings-theme-light"),
        Theme::Dark => tr!(locale, "settings-theme-dark"),
    }
}
