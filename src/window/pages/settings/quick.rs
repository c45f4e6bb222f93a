//! Settings that are applied at once.

use eframe::egui::Ui;

use crate::i18n::{Locale, tr};
use crate::model::Command;
use crate::model::settings::{Language, Settings, Theme};
use crate::os::autostart::AutostartState;
use crate::window::effects::{Effects, LocalTask, Ticket};
use crate::window::parts;
use crate::window::state::AppState;

pub(in super::super) fn set(key: &str, value: &str) -> Command {
    Command::Set { changes: [(key.to_owned(), value.to_owned())].into() }
}

/// The languages to choose from, each by its own name.
pub(in super::super) fn languages(locale: Locale) -> Vec<(Language, String)> {
    Language::all().map(|language| (language, language_name(locale, language))).collect()
}

/// Language and theme.
pub(super) fn appearance(ui: &mut Ui, locale: Locale, settings: &Settings, effects: &mut Effects) {
    parts::section(ui, &tr!(locale, "settings-appearance"), |ui| {
        let label = tr!(locale, "menu-language");
        if let Some(language) = parts::choice(ui, &label, &settings.language, &languages(locale)) {
            effects.command(set("language", language.as_str()));
        }
        let label = tr!(locale, "settings-theme");
        let themes = Theme::ALL.map(|theme| (theme, theme_name(locale, theme)));
        let current = Some(settings.window.theme);
        let chosen = parts::row(ui, &label, None, |ui| parts::segments(ui, &label, current, &themes));
        if let Some(theme) = chosen {
            effects.command(set("window.theme", theme.as_str()));
        }
    });
}

/// Each language is called as its speakers call it.
fn language_name(locale: Locale, language: Language) -> String {
    match language {
        Language::System => tr!(locale, "menu-language-system"),
        Language::Fixed(language) => language.own_name().to_owned(),
    }
}

fn theme_name(locale: Locale, theme: Theme) -> String {
    match theme {
        Theme::System => tr!(locale, "menu-language-system"),
        Theme::Light => tr!(locale, "settings-theme-light"),
        Theme::Dark => tr!(locale, "settings-theme-dark"),
    }
}

/// A row with a switch; returns whether it was clicked.
fn toggle(ui: &mut Ui, label: &str, is_on: bool) -> bool {
    parts::row(ui, label, None, |ui| parts::switch(ui, is_on, label).clicked())
}

/// How the tray starts; returns the ticket of a change to that.
pub(super) fn start(ui: &mut Ui, app: &AppState, settings: &Settings, effects: &mut Effects) -> Option<Ticket> {
    let locale = app.locale;
    parts::section(ui, &tr!(locale, "settings-start"), |ui| {
        let mut ticket = None;
        match &app.start_at_login {
            Some(Ok(state)) => {
                let is_on = *state == AutostartState::On;
                if toggle(ui, &tr!(locale, "menu-start-at-login"), is_on) {
                    let wanted = if is_on { AutostartState::Off } else { AutostartState::On };
                    ticket = Some(effects.run_local(LocalTask::StartAtLogin(Some(wanted))));
                }
            }
            Some(Err(reason)) => {
                let entry = tr!(locale, "menu-start-at-login");
                parts::weak(ui, tr!(locale, "menu-cannot", entry = entry, why = reason.as_str()));
            }
            None => {}
        }
        let silent = settings.tray.silent_start;
        if toggle(ui, &tr!(locale, "settings-silent-start"), silent) {
            effects.command(set("tray.silent_start", &(!silent).to_string()));
        }
        ticket
    })
}

/// Where datagrams may go.
pub(super) fn datagrams(ui: &mut Ui, locale: Locale, settings: &Settings, effects: &mut Effects) {
    parts::section(ui, &tr!(locale, "settings-udp"), |ui| {
        parts::weak(ui, tr!(locale, "settings-udp-text"));
        let is_any = settings.members.any_udp_relay;
        if toggle(ui, &tr!(locale, "settings-any-udp-relay"), is_any) {
            effects.command(set("members.any_udp_relay", &(!is_any).to_string()));
        }
    });
}

/// Which notifications are shown.
pub(super) fn notices(ui: &mut Ui, locale: Locale, settings: &Settings, effects: &mut Effects) {
    let wanted = &settings.notices;
    let classes = [
        ("members", wanted.members, tr!(locale, "settings-notices-members")),
        ("pool", wanted.pool, tr!(locale, "settings-notices-pool")),
        ("network", wanted.network, tr!(locale, "settings-notices-network")),
        ("port", wanted.port, tr!(locale, "settings-notices-port")),
        ("desktop", wanted.desktop, tr!(locale, "settings-notices-desktop")),
        ("rules", wanted.rules, tr!(locale, "settings-notices-rules")),
        ("import", wanted.import, tr!(locale, "settings-notices-import")),
        ("subscription", wanted.subscription, tr!(locale, "settings-notices-subscription")),
    ];
    parts::section(ui, &tr!(locale, "settings-notices"), |ui| {
        parts::weak(ui, tr!(locale, "settings-notices-text"));
        let columns = if ui.available_width() > 560.0 { 2 } else { 1 };
        ui.columns(columns, |columns| {
            let count = columns.len();
            for (nth, (class, is_wanted, text)) in classes.into_iter().enumerate() {
                let mut is_set = is_wanted;
                if parts::check(&mut columns[nth % count], &mut is_set, &text).clicked() {
                    effects.command(set(&format!("notices.{class}"), &is_set.to_string()));
                }
            }
        });
    });
}
