//! The downloaded rule list: its URL, interval and age, and a manual update.

use eframe::egui::{RichText, Ui};

use super::super::super::effects::{Effects, RequestResult, Ticket};
use super::super::super::parts::{self, Draft, DraftAction};
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use crate::i18n::{Locale, progress, tr, units};
use crate::model::route::ListView;
use crate::model::settings::Pac;
use crate::model::snapshot::FetchFor;
use crate::model::{Command, Event, EventKind, Fault, Reply};

/// Longest update interval: a year in hours.
const MAX_H: u64 = 8_760;

/// The rule list section.
#[derive(Default)]
pub(super) struct FetchedListSection {
    view: Option<ListView>,
    pending: Option<Ticket>,
    update: Option<Ticket>,
    result: Option<Result<(), Fault>>,
    draft: Draft<ListDraft>,
}

/// The text fields.
#[derive(Clone, Debug, PartialEq)]
struct ListDraft {
    url: String,
    update_h: String,
}

impl FetchedListSection {
    pub(super) fn request_info(&mut self, effects: &mut Effects) {
        self.pending = Some(effects.request(Command::PacList));
    }

    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(settings) = app.settings() else { return };
        let locale = app.locale;
        let title = tr!(locale, "rules-list-title");
        parts::section(ui, &title, |ui| {
            parts::weak(ui, tr!(locale, "rules-list-text"));
            self.state(ui, app, effects);
            self.fields(ui, locale, &settings.pac, &title, effects);
            let (label, text) = (tr!(locale, "rules-at-gateway"), tr!(locale, "rules-at-gateway-text"));
            super::toggle(ui, "rules.at_gateway", settings.rules.at_gateway, &label, &text, effects);
            let (label, text) = (tr!(locale, "rules-when-down"), tr!(locale, "rules-when-down-text"));
            super::toggle(ui, "pac.direct_when_down", settings.pac.direct_when_down, &label, &text, effects);
        });
    }

    fn state(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        let progress = progress::of(locale, app.fetches(), &FetchFor::Rules);
        let is_running = self.update.is_some() || !progress.is_empty();
        ui.horizontal(|ui| {
            let button = ui.add_enabled_ui(!is_running, |ui| ui.button(tr!(locale, "rules-update")));
            if button.inner.clicked() {
                self.result = None;
                self.update = Some(effects.request(Command::PacUpdate));
            }
            if is_running {
                if let Some(ticket) = self.update
                    && ui.button(tr!(locale, "progress-stop")).clicked()
                {
                    effects.cancel(ticket);
                    self.update = None;
                    self.request_info(effects);
                }
                parts::busy(ui, &tr!(locale, "rules-updating"));
                ui.label(RichText::new(progress).color(Palette::of(ui).weak));
            } else if let Some(Ok(())) = self.result {
                ui.label(RichText::new(tr!(locale, "rules-updated")).color(Palette::of(ui).green));
            }
            if let Some(view) = self.view {
                let text = RichText::new(age(locale, view, app.unix_ms())).color(Palette::of(ui).weak);
                parts::truncated(ui, text);
            }
        });
        if let Some(Err(fault)) = &self.result {
            parts::failed(ui, app.locale, fault);
        }
    }

    fn fields(&mut self, ui: &mut Ui, locale: Locale, pac: &Pac, name: &str, effects: &mut Effects) {
        let typed = self.draft.over(&ListDraft { url: pac.url.clone(), update_h: pac.update_h.to_string() });
        let mut wrong: Vec<_> = (!is_address(&typed.url)).then(|| tr!(locale, "input-address")).into_iter().collect();
        let label = tr!(locale, "rules-list-url");
        let field = parts::Field::new(&label, &mut typed.url).width(480.0);
        field.wrong(wrong.first().map(String::as_str)).show(ui);
        let (label, unit) = (tr!(locale, "rules-list-every"), tr!(locale, "rules-list-hours"));
        let update_h = parts::number(ui, locale, &label, &mut typed.update_h, 0..=MAX_H, &unit);
        let typed = typed.clone();
        if update_h.is_none() {
            wrong.push(label);
        }
        match self.draft.foot(ui, locale, name, &wrong) {
            Some(DraftAction::Apply) => {
                let text = |text: String| serde_json::Value::String(text).to_string();
                let changes = [("pac.url", text(typed.url)), ("pac.update_h", typed.update_h)];
                let changes = changes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
                self.draft.send(Command::Set { changes }, effects);
            }
            Some(DraftAction::Discard) => self.draft.discard(),
            None => {}
        }
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult, effects: &mut Effects) {
        if let Some(Ok(_)) = self.draft.on_reply(ticket, result) {
            self.draft.settle();
        }
        let RequestResult::Engine(result) = result else { return };
        if self.pending == Some(ticket) {
            self.pending = None;
            if let Ok(Reply::List(view)) = result {
                self.view = Some(*view);
            }
        }
        if self.update == Some(ticket) {
            self.update = None;
            self.result = Some(result.as_ref().map(drop).map_err(Fault::clone));
            self.request_info(effects);
        }
    }

    pub(super) fn on_event(&mut self, event: &Event, effects: &mut Effects) {
        if matches!(event.kind, EventKind::ListFetched { .. } | EventKind::ListNotFetched { .. }) {
            self.request_info(effects);
        }
    }
}

fn age(locale: Locale, view: ListView, now: i64) -> String {
    match view.fetched_at {
        None => tr!(locale, "rules-no-list"),
        Some(at) => {
            let span = units::span(locale, u64::try_from(now.saturating_sub(at)).unwrap_or(0));
            tr!(locale, "rules-list-age", rules = view.rules, span = span)
        }
    }
}

fn is_address(text: &str) -> bool {
    let url = text.parse::<url::Url>();
    url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}
