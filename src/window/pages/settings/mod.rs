//! The settings page: all settings that have no page of their own.
//!
//! Harmless settings ([`quick`]) are applied at once; those that could close connections or lock the user out
//! ([`draft`]) are edited first and applied together. [`backup`] saves everything to a file, [`about`] shows the
//! version.

mod about;
mod backup;
mod draft;
mod edits;
pub(super) mod quick;

use std::collections::HashMap;

use eframe::egui::{Align, Frame, Layout, Margin, Panel, Ui};

use self::backup::BackupSection;
use self::edits::Edits;
use super::PageView;
use crate::i18n::{Locale, Localize, tr};
use crate::model::Command;
use crate::model::settings::{InvalidValue, Settings};
use crate::window::effects::{Effects, RequestResult, Ticket};
use crate::window::parts;
use crate::window::state::AppState;
use crate::window::theme::Palette;
use crate::window::toast::Toast;

/// The settings page.
#[derive(Default)]
pub(super) struct SettingsPage {
    edits: Edits,
    backup: BackupSection,
    is_reset_asked: bool,
    pending: HashMap<Ticket, SettingsPending>,
}

/// What a reply is awaited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SettingsPending {
    /// Applying the draft.
    Applied,
    /// Resetting all settings.
    Reset,
    /// Changing whether the tray starts at login.
    StartAtLogin,
}

impl PageView for SettingsPage {
    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        let Some(settings) = app.settings() else { return };
        let wrong = self.edits.wrong(settings);
        if !self.edits.is_empty() {
            self.bar(ui, locale, settings, wrong.first(), effects);
        }
        parts::page(ui, "settings", |ui| {
            quick::appearance(ui, locale, settings, effects);
            if let Some(ticket) = quick::start(ui, app, settings, effects) {
                self.pending.insert(ticket, SettingsPending::StartAtLogin);
            }
            quick::notices(ui, locale, settings, effects);
            draft::port(ui, locale, settings, &wrong, &mut self.edits);
            draft::limits(ui, locale, settings, &wrong, &mut self.edits);
            quick::datagrams(ui, locale, settings, effects);
            draft::programs(ui, locale, settings, &wrong, &mut self.edits);
            self.backup.section(ui, locale, effects);
            self.reset(ui, locale);
            about::section(ui, app);
        });
        self.backup.dialogs(ui, locale, effects);
        self.confirm_reset(ui, locale, effects);
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        let Some(pending) = self.pending.remove(&ticket) else {
            return self.backup.on_reply(ticket, result, locale, effects);
        };
        match (pending, result) {
            (SettingsPending::Applied, RequestResult::Engine(Ok(_))) => {
                self.edits.discard();
                effects.toast(Toast::done(tr!(locale, "settings-applied")));
            }
            (SettingsPending::Reset, RequestResult::Engine(Ok(_))) => {
                self.edits.discard();
                effects.toast(Toast::done(tr!(locale, "settings-reset-done")));
            }
            // The draft keeps its edits.
            (_, RequestResult::Engine(Err(fault))) => effects.toast(Toast::failed(fault.localize(locale))),
            (_, RequestResult::Local(Err(reason))) => effects.toast(Toast::failed(reason)),
            (SettingsPending::StartAtLogin, RequestResult::Engine(Ok(_))) | (_, RequestResult::Local(Ok(_))) => {}
        }
    }
}

impl SettingsPage {
    /// The bar with the buttons for the draft.
    fn bar(
        &mut self,
        ui: &mut Ui,
        locale: Locale,
        settings: &Settings,
        wrong: Option<&InvalidValue>,
        effects: &mut Effects,
    ) {
        let palette = Palette::of(ui);
        let frame = Frame::new().fill(palette.card).inner_margin(Margin::symmetric(16, 8));
        Panel::bottom("draft").exact_size(48.0).frame(frame).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let apply = ui.add_enabled_ui(wrong.is_none(), |ui| parts::primary(ui, &tr!(locale, "settings-apply")));
                if apply.inner.clicked() {
                    let ticket = effects.request(Command::Set { changes: self.edits.changes(settings) });
                    self.pending.insert(ticket, SettingsPending::Applied);
                }
                if ui.button(tr!(locale, "settings-discard")).clicked() {
                    self.edits.discard();
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = match wrong {
                        None => tr!(locale, "settings-draft"),
                        Some(wrong) => wrong.localize(locale),
                    };
                    parts::truncated(ui, text);
                });
            });
        });
    }

    fn reset(&mut self, ui: &mut Ui, locale: Locale) {
        parts::section(ui, &tr!(locale, "settings-reset"), |ui| {
            parts::weak(ui, tr!(locale, "settings-reset-text"));
            self.is_reset_asked |= ui.button(tr!(locale, "settings-reset-action")).clicked();
        });
    }

    fn confirm_reset(&mut self, ui: &Ui, locale: Locale, effects: &mut Effects) {
        if !self.is_reset_asked {
            return;
        }
        let (title, text) = (tr!(locale, "settings-reset-question"), tr!(locale, "settings-reset-text"));
        let answer = parts::confirm(ui.ctx(), locale, &title, &text, &tr!(locale, "settings-reset"));
        if answer == Some(true) {
            self.pending.insert(effects.request(Command::Set { changes: draft::defaults() }), SettingsPending::Reset);
        }
        self.is_reset_asked = answer.is_none();
    }
}
