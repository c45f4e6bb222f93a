//! The subscriptions page: the providers' lists, their state, and their plans.

mod add;
mod card;
mod edit;

use std::collections::HashMap;

use eframe::egui::Ui;

use self::add::AddDialog;
use self::edit::EditDialog;
use super::super::effects::{Effects, RequestResult, Ticket};
use super::super::parts;
use super::super::state::AppState;
use super::super::toast::Toast;
use super::PageView;
use crate::i18n::{Localize, labels, subscriptions, tr};
use crate::model::snapshot::{FetchFor, FetchView};
use crate::model::subscription::{SubscriptionView, UpdateReport};
use crate::model::{Command, Reply, Secret};

/// The subscriptions page.
#[derive(Default)]
pub(super) struct SubscriptionsPage {
    /// The updates in progress; `None` stands for all subscriptions.
    updates: HashMap<Ticket, Option<String>>,
    adding: Option<AddDialog>,
    editing: Option<EditDialog>,
    removing: Option<String>,
    removal: Option<Ticket>,
}

/// An action on a subscription.
enum CardAction {
    Update(String),
    Edit(String),
    Remove(String),
}

impl PageView for SubscriptionsPage {
    fn propose(&mut self, address: Secret) {
        self.adding = Some(AddDialog::proposing(&address));
    }

    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        parts::page(ui, "subscriptions", |ui| {
            self.top(ui, app, effects);
            self.list(ui, app, effects);
        });
        self.dialogs(ui, app, effects);
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, app: &AppState, effects: &mut Effects) {
        if self.updates.remove(&ticket).is_some() {
            toast_results(app, result, effects);
        } else if self.removal == Some(ticket) {
            self.removal = None;
            if let RequestResult::Engine(Err(fault)) = result {
                effects.toast(Toast::failed(fault.localize(app.locale)));
            }
        } else if self.adding.as_mut().is_some_and(|adding| adding.on_reply(ticket, &result)) {
            self.adding = None;
        } else if self.editing.as_mut().is_some_and(|editing| editing.on_reply(ticket, &result)) {
            self.editing = None;
        }
    }
}

/// The subscriptions; empty until they have been fetched.
fn views(app: &AppState) -> &[SubscriptionView] {
    app.replica.subscriptions.as_deref().unwrap_or_default()
}

impl SubscriptionsPage {
    fn top(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        let has_some = !views(app).is_empty();
        ui.horizontal(|ui| {
            ui.add_enabled_ui(app.snapshot().is_some(), |ui| {
                if parts::primary(ui, &tr!(locale, "subscriptions-add")).clicked() {
                    self.adding = Some(AddDialog::default());
                }
                let can = has_some && self.updates.is_empty();
                let all = ui.add_enabled_ui(can, |ui| ui.button(tr!(locale, "subscriptions-update-all"))).inner;
                if all.clicked() {
                    self.update(None, effects);
                }
            });
            if !self.updates.is_empty() {
                if ui.button(tr!(locale, "progress-stop")).clicked() {
                    self.updates.drain().for_each(|(ticket, _)| effects.cancel(ticket));
                }
                parts::busy(ui, &self.progress(app));
            }
        });
    }

    /// The progress of the update: how many of all are done.
    fn progress(&self, app: &AppState) -> String {
        let all = views(app).len();
        let is_of_one = |fetch: &&FetchView| matches!(fetch.what, FetchFor::Subscription { .. });
        let running = app.fetches().iter().filter(is_of_one).count();
        if self.updates.values().any(Option::is_none) && all > 1 {
            let done = all.saturating_sub(running);
            return tr!(app.locale, "subscriptions-updating-of", done = done, all = all);
        }
        tr!(app.locale, "subscriptions-updating")
    }

    fn list(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(views) = &app.replica.subscriptions else { return };
        if views.is_empty() {
            parts::empty(ui, &tr!(app.locale, "subscriptions-none"), &tr!(app.locale, "subscriptions-none-text"));
            return;
        }
        let mut action = None;
        for view in views {
            let fetched = FetchFor::Subscription { name: view.name.clone() };
            let is_updating = app.fetches().iter().any(|fetch| fetch.what == fetched)
                || self.updates.values().any(|name| name.as_ref() == Some(&view.name));
            action = card::show(ui, app, view, is_updating).or(action);
        }
        match action {
            Some(CardAction::Update(name)) => self.update(Some(name), effects),
            Some(CardAction::Edit(name)) => {
                self.editing = views.iter().find(|view| view.name == name).map(EditDialog::of);
            }
            Some(CardAction::Remove(name)) => self.removing = Some(name),
            None => {}
        }
    }

    fn update(&mut self, name: Option<String>, effects: &mut Effects) {
        let ticket = effects.request(Command::SubscriptionUpdate { name: name.clone() });
        self.updates.insert(ticket, name);
    }

    fn dialogs(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        if let Some(adding) = &mut self.adding
            && adding.show(ui, app, effects) == parts::DialogState::Closed
        {
            self.adding = None;
        }
        if let Some(editing) = &mut self.editing
            && editing.show(ui, app, effects) == parts::DialogState::Closed
        {
            self.editing = None;
        }
        if let Some(name) = &self.removing {
            let title = tr!(locale, "subscriptions-remove-title", name = labels::one_line(name));
            let text = tr!(locale, "subscriptions-remove-text");
            match parts::confirm(ui.ctx(), locale, &title, &text, &tr!(locale, "subscriptions-remove")) {
                Some(true) => {
                    self.removal = Some(effects.request(Command::SubscriptionRemove { name: name.clone() }));
                    self.removing = None;
                }
                Some(false) => self.removing = None,
                None => {}
            }
        }
    }
}

/// Shows the results of an update.
fn toast_results(app: &AppState, result: RequestResult, effects: &mut Effects) {
    let locale = app.locale;
    match result {
        RequestResult::Engine(Ok(Reply::Updated(reports))) => {
            for UpdateReport { name, result } in reports {
                let name = labels::one_line(&name);
                effects.toast(match result {
                    Ok(changes) => {
                        let detail = subscriptions::changes(locale, &changes);
                        Toast::done(tr!(locale, "fault-detail", what = name, detail = detail))
                    }
                    Err(fault) => {
                        let detail = fault.localize(locale);
                        Toast::failed(tr!(locale, "fault-detail", what = name, detail = detail))
                    }
                });
            }
        }
        RequestResult::Engine(Err(fault)) => effects.toast(Toast::failed(fault.localize(locale))),
        RequestResult::Engine(Ok(_)) | RequestResult::Local(_) => {}
    }
}
