//! The dialog that changes a subscription's name, address or interval.

use eframe::egui::{Label, RichText, Ui};

use super::super::super::effects::{Effects, RequestResult, Ticket};
use super::super::super::parts::{self, DialogState};
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use super::add::{interval, is_address};
use crate::i18n::{Localize, labels, tr};
use crate::model::subscription::{SubscriptionChanges, SubscriptionView};
use crate::model::{Command, Fault, Secret};

/// The edit dialog.
pub(super) struct EditDialog {
    was: SubscriptionView,
    name: String,
    url: String,
    update_h: String,
    sent: Option<Ticket>,
    fault: Option<Fault>,
}

impl Drop for EditDialog {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.url);
    }
}

impl EditDialog {
    pub(super) fn of(view: &SubscriptionView) -> Self {
        let (name, update_h) = (view.name.clone(), view.update_h.to_string());
        Self { was: view.clone(), name, url: String::new(), update_h, sent: None, fault: None }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) -> DialogState {
        let locale = app.locale;
        let title = tr!(locale, "subscriptions-edit-title", name = labels::one_line(&self.was.name));
        let (shown, answer) = parts::dialog(ui.ctx(), &title, 560.0, |ui| {
            let (label, wanted) = (tr!(locale, "subscriptions-name"), tr!(locale, "subscriptions-input-name"));
            let has_name = !self.name.trim().is_empty();
            parts::Field::new(&label, &mut self.name)
                .width(240.0)
                .first()
                .wrong((!has_name).then_some(&wanted))
                .show(ui);
            let (label, wanted) = (tr!(locale, "subscriptions-url"), tr!(locale, "input-address"));
            let has_url = self.url.trim().is_empty() || is_address(&self.url);
            let hint = self.was.address.clone();
            let field = parts::Field::new(&label, &mut self.url).width(320.0).hint(&hint);
            field.wrong((!has_url).then_some(&wanted)).show(ui);
            let update_h = interval(ui, locale, &mut self.update_h);
            if let Some(fault) = &self.fault {
                let text = RichText::new(fault.localize(locale)).color(Palette::of(ui).red);
                ui.add(Label::new(text).wrap());
            }
            let can = has_name && has_url && update_h.is_some() && self.sent.is_none();
            parts::foot_enabled(ui, can, locale, &tr!(locale, "draft-apply"))
        });
        match answer {
            Some(true) => {
                self.send(effects);
                shown
            }
            Some(false) => DialogState::Closed,
            None => shown,
        }
    }

    fn send(&mut self, effects: &mut Effects) {
        let (name, url) = (self.name.trim(), self.url.trim());
        let changes = SubscriptionChanges {
            name: (name != self.was.name).then(|| name.to_owned()),
            url: (!url.is_empty()).then(|| Secret::from(url)),
            update_h: self.update_h.trim().parse().ok().filter(|hours| *hours != self.was.update_h),
        };
        self.fault = None;
        self.sent = Some(effects.request(Command::SubscriptionEdit { name: self.was.name.clone(), changes }));
    }

    /// Handles a reply; returns whether all changes have been applied.
    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) -> bool {
        if self.sent != Some(ticket) {
            return false;
        }
        self.sent = None;
        match result {
            RequestResult::Engine(Ok(_)) => true,
            RequestResult::Engine(Err(fault)) => {
                self.fault = Some(fault.clone());
                false
            }
            RequestResult::Local(_) => false,
        }
    }
}
