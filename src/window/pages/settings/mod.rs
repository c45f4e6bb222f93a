//! The page of everything that can be chosen and has no page of its own.
//!
//! What is harmless ([`quick`]) holds at once; what could cut connections or lock somebody out ([`draft`])
//! is typed first and applied as a whole. [`backup`] takes all of it along, [`about`] says what this is.

mod about;
mod backup;
mod draft;
mod edits;
mod quick;

use std::collections::HashMap;

use eframe::egui::{Align, Frame, Layout, Margin, Panel, Ui};

use self::backup::Backup;
use self::edits::Edits;
use super::Content;
use crate::i18n::{Locale, Localize, tr};
use crate::model::Command;
use crate::model::settings::{Invalid, Settings};
use crate::window::known::Known;
use crate::window::out::{Answer, Out, Ticket};
use crate::window::parts;
use crate::window::theme::Palette;
use crate::window::toasts::Toast;

/// The page of the settings.
#[derive(Default)]
pub(super) struct SettingsPage {
    edits: Edits,
    backup: Backup,
    is_reset_asked: bool,
    waits: HashMap<Ticket, Wait>,
}

/// What an answer is awaited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// Whether the draft holds.
    Applied,
    /// Whether everything is as at first.
    Reset,
    /// Whether the tray starts with the session.
    StartAtLogin,
}

impl Content for SettingsPage {
    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        let Some(settings) = &known.settings else { return };
        let wrong = self.edits.wrong(settings);
        if !self.edits.is_empty() {
            self.bar(ui, locale, settings, wrong.first(), out);
        }
        parts::page(ui, "settings", |ui| {
            quick::appearance(ui, locale, settings, out);
            if let Some(ticket) = quick::start(ui, known, settings, out) {
                self.waits.insert(ticket, Wait::StartAtLogin);
            }
            quick::notices(ui, locale, settings, out);
            draft::port(ui, locale, settings, &wrong, &mut self.edits);
            draft::limits(ui, locale, settings, &wrong, &mut self.edits);
            draft::programs(ui, locale, settings, &wrong, &mut self.edits);
            self.backup.section(ui, locale, out);
            self.reset(ui, locale);
            about::section(ui, known);
        });
        self.backup.dialogs(ui, locale, out);
        self.confirm_reset(ui, locale, out);
    }

    fn hear(&mut self, ticket: Ticket, answer: Answer, known: &Known, out: &mut Out) {
        let locale = known.locale;
        let Some(wait) = self.waits.remove(&ticket) else {
            return self.backup.hear(ticket, answer, locale, out);
        };
        match (wait, answer) {
            (Wait::Applied, Answer::Engine(Ok(_))) => {
                self.edits.discard();
                out.tell(Toast::done(tr!(locale, "settings-applied")));
            }
            (Wait::Reset, Answer::Engine(Ok(_))) => {
                self.edits.discard();
                out.tell(Toast::done(tr!(locale, "settings-reset-done")));
            }
            // The draft stays as it was typed.
            (_, Answer::Engine(Err(fault))) => out.tell(Toast::failed(fault.localize(locale))),
            (_, Answer::Errand(Err(reason))) => out.tell(Toast::failed(reason)),
            (Wait::StartAtLogin, Answer::Engine(Ok(_))) | (_, Answer::Errand(Ok(_))) => {}
        }
    }
}

impl SettingsPage {
    /// What is to become of the draft.
    fn bar(&mut self, ui: &mut Ui, locale: Locale, settings: &Settings, wrong: Option<&Invalid>, out: &mut Out) {
        let palette = Palette::of(ui);
        let frame = Frame::new().fill(palette.card).inner_margin(Margin::symmetric(16, 8));
        Panel::bottom("draft").exact_size(48.0).frame(frame).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let apply = ui.add_enabled_ui(wrong.is_none(), |ui| parts::primary(ui, &tr!(locale, "settings-apply")));
                if apply.inner.clicked() {
                    let ticket = out.ask(Command::Set { changes: self.edits.changes(settings) });
                    self.waits.insert(ticket, Wait::Applied);
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

    fn confirm_reset(&mut self, ui: &Ui, locale: Locale, out: &mut Out) {
        if !self.is_reset_asked {
            return;
        }
        let (title, text) = (tr!(locale, "settings-reset-ask"), tr!(locale, "settings-reset-text"));
        let answer = parts::confirm(ui.ctx(), locale, &title, &text, &tr!(locale, "settings-reset"));
        if answer == Some(true) {
            self.waits.insert(out.ask(Command::Set { changes: draft::defaults() }), Wait::Reset);
        }
        self.is_reset_asked = answer.is_none();
    }
}
