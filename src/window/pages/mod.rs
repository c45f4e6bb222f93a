//! The pages: each draws what is known, keeps what is being typed, and says what a person wants done.

mod activity;
mod balance;
mod nodes;
mod rules;
mod settings;
mod subscriptions;

use std::collections::BTreeMap;

use eframe::egui::Ui;

use super::known::Known;
use super::out::{Answer, Out, Ticket};
use crate::model::{Event, Page};

/// What a page is to the window.
pub trait Content {
    /// It comes to be shown.
    fn open(&mut self, _known: &Known, _out: &mut Out) {}

    /// Draws it.
    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out);

    /// An answer to something that this page asked.
    fn hear(&mut self, _ticket: Ticket, _answer: Answer, _known: &Known, _out: &mut Out) {}

    /// Something happened, while the page is shown.
    fn witness(&mut self, _event: &Event, _known: &Known, _out: &mut Out) {}
}

/// All pages there are.
pub struct Pages(BTreeMap<&'static str, Box<dyn Content>>);

impl Pages {
    pub(super) fn new() -> Self {
        let pages: [(Page, Box<dyn Content>); 6] = [
            (Page::Nodes, Box::<nodes::Nodes>::default()),
            (Page::Balance, Box::<balance::Balance>::default()),
            (Page::Rules, Box::<rules::Rules>::default()),
            (Page::Subscriptions, Box::<subscriptions::Subscriptions>::default()),
            (Page::Activity, Box::<activity::Activity>::default()),
            (Page::Settings, Box::<settings::SettingsPage>::default()),
        ];
        Self(pages.into_iter().map(|(page, content)| (page.word(), content)).collect())
    }

    /// Whether there is such a page.
    pub fn has(&self, page: Page) -> bool {
        self.0.contains_key(page.word())
    }

    pub(super) fn get(&mut self, page: Page) -> Option<&mut Box<dyn Content>> {
        self.0.get_mut(page.word())
    }
}
