//! The dialog for a site that does not work: tries it through the nodes, and shows what each of them gets.

use eframe::egui::{Key, RichText, Ui};
use jiff::tz::TimeZone;

use crate::i18n::labels::one_line;
use crate::i18n::{Locale, site_checks, tr};
use crate::model::site_check::{SiteCheck, SiteTry, SiteVerdict};
use crate::model::{Command, Event, EventKind, Fault, Reply};
use crate::window::effects::{Effects, RequestResult, Ticket};
use crate::window::parts::{self, DialogState, Field};
use crate::window::theme::Palette;

/// The dialog.
pub(super) struct FixDialog {
    typed: String,
    running: Option<Ticket>,
    tries: Vec<SiteTry>,
    answer: Option<Result<Box<SiteCheck>, Fault>>,
}

impl FixDialog {
    /// The dialog for a site, which may be empty.
    pub(super) fn of(site: String) -> Self {
        Self { typed: site, running: None, tries: Vec::new(), answer: None }
    }

    /// The dialog for a site that is tried at once.
    pub(super) fn trying(site: String, effects: &mut Effects) -> Self {
        let mut dialog = Self::of(site);
        dialog.start(effects);
        dialog
    }

    fn start(&mut self, effects: &mut Effects) {
        let site = self.typed.trim().to_owned();
        if self.running.is_none() && !site.is_empty() {
            (self.tries, self.answer) = (Vec::new(), None);
            self.running = Some(effects.request(Command::Fix { site }));
        }
    }

    /// Draws the dialog.
    pub(super) fn show(&mut self, ui: &Ui, locale: Locale, effects: &mut Effects) -> DialogState {
        let (shown, is_closed) = parts::dialog(ui.ctx(), &tr!(locale, "fix-title"), 520.0, |ui| {
            parts::weak(ui, tr!(locale, "fix-text"));
            ui.add_space(8.0);
            let label = tr!(locale, "balance-why-host");
            let field = Field::new(&label, &mut self.typed).hint("www.example.com").first().show(ui);
            if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                self.start(effects);
            }
            self.results(ui, locale);
            ui.add_space(8.0);
            self.buttons(ui, locale, effects)
        });
        match shown {
            DialogState::Open if !is_closed => DialogState::Open,
            DialogState::Open | DialogState::Closed => {
                if let Some(ticket) = self.running.take() {
                    effects.cancel(ticket);
                }
                DialogState::Closed
            }
        }
    }

    fn results(&self, ui: &mut Ui, locale: Locale) {
        let palette = Palette::of(ui);
        for tried in &self.tries {
            let color = if tried.is_good() { palette.green } else { palette.red };
            let result = site_checks::result(locale, tried);
            let line = tr!(locale, "fix-node-result", node = one_line(&tried.name), result = result);
            parts::wrapped(ui, RichText::new(line).color(color));
        }
        if self.running.is_some() {
            ui.horizontal(|ui| parts::busy(ui, &tr!(locale, "fix-running")));
        }
        match &self.answer {
            Some(Ok(check)) => {
                if let Some(comparison) = &check.comparison {
                    let result = site_checks::visit(locale, &comparison.direct);
                    parts::weak(ui, tr!(locale, "site-direct", result = result));
                }
                let is_good = check.verdict == SiteVerdict::Works;
                let text = site_checks::verdict(locale, check, &TimeZone::system());
                let text = RichText::new(text).strong();
                parts::wrapped(ui, if is_good { text } else { text.color(palette.amber) });
            }
            Some(Err(fault)) => parts::failed(ui, locale, fault),
            None => {}
        }
    }

    /// Returns whether the dialog is to be closed.
    fn buttons(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) -> bool {
        let mut is_closed = false;
        ui.horizontal(|ui| {
            let can = self.running.is_none() && !self.typed.trim().is_empty();
            if ui.add_enabled_ui(can, |ui| parts::primary(ui, &tr!(locale, "fix-try"))).inner.clicked() {
                self.start(effects);
            }
            match self.running {
                Some(ticket) => {
                    if ui.button(tr!(locale, "window-cancel")).clicked() {
                        effects.cancel(ticket);
                        self.running = None;
                    }
                }
                None => is_closed = ui.button(tr!(locale, "window-close")).clicked(),
            }
        });
        is_closed
    }

    /// Takes in what a node got.
    pub(super) fn on_event(&mut self, event: &Event) {
        if let EventKind::SiteTried { site, tried } = &event.kind
            && self.running.is_some()
            && self.typed.to_lowercase().contains(site.as_str())
        {
            self.tries.push(tried.clone());
        }
    }

    /// Takes the reply if it belongs to the running check.
    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) {
        if self.running != Some(ticket) {
            return;
        }
        self.running = None;
        self.answer = match result {
            RequestResult::Engine(Ok(Reply::SiteCheck(check))) => {
                self.tries.clone_from(&check.tries);
                Some(Ok(check.clone()))
            }
            RequestResult::Engine(Err(fault)) => Some(Err(fault.clone())),
            RequestResult::Engine(Ok(_)) | RequestResult::Local(_) => None,
        };
    }
}
