//! Where nodes come from: the lists that providers keep, how each is doing, and what is left of its plan.

mod add;
mod card;
mod edit;

use std::collections::HashMap;

use eframe::egui::Ui;

use self::add::Adding;
use self::edit::Editing;
use super::super::known::Known;
use super::super::out::{Answer, Out, Ticket};
use super::super::parts;
use super::super::toasts::Toast;
use super::Content;
use crate::i18n::{Localize, subscriptions, tr, words};
use crate::model::snapshot::{FetchFor, FetchView};
use crate::model::subscription::{SubscriptionView, UpdateReport};
use crate::model::{Command, Event, EventKind, Reply};

/// The page.
#[derive(Default)]
pub(super) struct Subscriptions {
    views: Option<Vec<SubscriptionView>>,
    asked: Option<Ticket>,
    /// Updates that run: of one, or of all.
    updates: HashMap<Ticket, Option<String>>,
    adding: Option<Adding>,
    editing: Option<Editing>,
    removing: Option<String>,
    removal: Option<Ticket>,
}

/// What a person wants of one.
enum Deed {
    Update(String),
    Edit(String),
    Remove(String),
}

impl Content for Subscriptions {
    fn open(&mut self, _known: &Known, out: &mut Out) {
        self.ask(out);
    }

    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        parts::page(ui, "subscriptions", |ui| {
            self.top(ui, known, out);
            self.list(ui, known, out);
        });
        self.dialogs(ui, known, out);
    }

    fn hear(&mut self, ticket: Ticket, answer: Answer, known: &Known, out: &mut Out) {
        if self.asked == Some(ticket) {
            self.asked = None;
            if let Answer::Engine(Ok(Reply::Subscriptions(views))) = answer {
                self.views = Some(views);
            }
        } else if self.updates.remove(&ticket).is_some() {
            tell(known, answer, out);
            self.ask(out);
        } else if self.removal == Some(ticket) {
            self.removal = None;
            if let Answer::Engine(Err(fault)) = answer {
                out.tell(Toast::failed(fault.localize(known.locale)));
            }
            self.ask(out);
        } else if self.adding.as_mut().is_some_and(|adding| adding.hear(ticket, &answer)) {
            self.adding = None;
            self.ask(out);
        } else if self.editing.as_mut().is_some_and(|editing| editing.hear(ticket, &answer)) {
            self.editing = None;
            self.ask(out);
        }
    }

    fn witness(&mut self, event: &Event, _known: &Known, out: &mut Out) {
        let is_about_them = matches!(
            event.kind,
            EventKind::SubscriptionUpdated { .. }
                | EventKind::SubscriptionFailed { .. }
                | EventKind::SubscriptionRemoved { .. }
                | EventKind::Restored { .. }
        );
        if is_about_them {
            self.ask(out);
        }
    }
}

impl Subscriptions {
    fn ask(&mut self, out: &mut Out) {
        self.asked = Some(out.ask(Command::Subscriptions));
    }

    fn top(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        if self.views.is_none() && self.asked.is_none() && known.snapshot().is_some() {
            self.ask(out);
        }
        let has_some = self.views.as_ref().is_some_and(|views| !views.is_empty());
        ui.horizontal(|ui| {
            ui.add_enabled_ui(known.snapshot().is_some(), |ui| {
                if parts::primary(ui, &tr!(locale, "subscriptions-add")).clicked() {
                    self.adding = Some(Adding::default());
                }
                let can = has_some && self.updates.is_empty();
                let all = ui.add_enabled_ui(can, |ui| ui.button(tr!(locale, "subscriptions-update-all"))).inner;
                if all.clicked() {
                    self.update(None, out);
                }
            });
            if !self.updates.is_empty() {
                if ui.button(tr!(locale, "progress-stop")).clicked() {
                    self.updates.drain().for_each(|(ticket, _)| out.cancel(ticket));
                    self.ask(out);
                }
                parts::busy(ui, &self.progress(known));
            }
        });
    }

    /// What is going on: how many of all have ended, where all are updated.
    fn progress(&self, known: &Known) -> String {
        let all = self.views.as_ref().map_or(0, Vec::len);
        let is_of_one = |fetch: &&FetchView| matches!(fetch.what, FetchFor::Subscription { .. });
        let running = known.fetches().iter().filter(is_of_one).count();
        if self.updates.values().any(Option::is_none) && all > 1 {
            let done = all.saturating_sub(running);
            return tr!(known.locale, "subscriptions-updating-of", done = done, all = all);
        }
        tr!(known.locale, "subscriptions-updating")
    }

    fn list(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let Some(views) = &self.views else { return };
        if views.is_empty() {
            parts::empty(ui, &tr!(known.locale, "subscriptions-none"), &tr!(known.locale, "subscriptions-none-text"));
            return;
        }
        let mut deed = None;
        for view in views {
            let fetched = FetchFor::Subscription { name: view.name.clone() };
            let is_updating = known.fetches().iter().any(|fetch| fetch.what == fetched)
                || self.updates.values().any(|name| name.as_ref() == Some(&view.name));
            deed = card::show(ui, known, view, is_updating).or(deed);
        }
        match deed {
            Some(Deed::Update(name)) => self.update(Some(name), out),
            Some(Deed::Edit(name)) => {
                self.editing = views.iter().find(|view| view.name == name).map(Editing::of);
            }
            Some(Deed::Remove(name)) => self.removing = Some(name),
            None => {}
        }
    }

    fn update(&mut self, name: Option<String>, out: &mut Out) {
        let ticket = out.ask(Command::SubscriptionUpdate { name: name.clone() });
        self.updates.insert(ticket, name);
    }

    fn dialogs(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        if let Some(adding) = &mut self.adding
            && adding.show(ui, known, out) == parts::Shown::Closed
        {
            self.adding = None;
        }
        if let Some(editing) = &mut self.editing
            && editing.show(ui, known, out) == parts::Shown::Closed
        {
            self.editing = None;
        }
        if let Some(name) = &self.removing {
            let title = tr!(locale, "subscriptions-remove-title", name = words::one_line(name));
            let text = tr!(locale, "subscriptions-remove-text");
            match parts::confirm(ui.ctx(), locale, &title, &text, &tr!(locale, "subscriptions-remove")) {
                Some(true) => {
                    self.removal = Some(out.ask(Command::SubscriptionRemove { name: name.clone() }));
                    self.removing = None;
                }
                Some(false) => self.removing = None,
                None => {}
            }
        }
    }
}

/// Tells how updates went.
fn tell(known: &Known, answer: Answer, out: &mut Out) {
    let locale = known.locale;
    match answer {
        Answer::Engine(Ok(Reply::Updated(reports))) => {
            for UpdateReport { name, result } in reports {
                let name = words::one_line(&name);
                out.tell(match result {
                    Ok(changes) => {
                        let said = subscriptions::changes(locale, &changes);
                        Toast::done(tr!(locale, "fault-detail", what = name, detail = said))
                    }
                    Err(fault) => {
                        let said = fault.localize(locale);
                        Toast::failed(tr!(locale, "fault-detail", what = name, detail = said))
                    }
                });
            }
        }
        Answer::Engine(Err(fault)) => out.tell(Toast::failed(fault.localize(locale))),
        Answer::Engine(Ok(_)) | Answer::Errand(_) => {}
    }
}
