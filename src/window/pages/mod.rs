//! The pages. Each draws the state, keeps what is being typed, and queues the user's actions as effects.

mod activity;
mod balance;
mod connections;
mod nodes;
mod rules;
mod settings;
mod subscriptions;

use std::collections::BTreeMap;

use eframe::egui::Ui;

use super::effects::{Effects, RequestResult, Ticket};
use super::state::AppState;
use crate::model::{Event, Page, Secret};

/// A page of the window.
pub trait PageView {
    /// The page is opened.
    fn open(&mut self, _app: &AppState, _effects: &mut Effects) {}

    /// Shows an address that another program has proposed.
    fn propose(&mut self, _address: Secret) {}

    /// Draws the page.
    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects);

    /// Handles the reply to a request of this page.
    fn on_reply(&mut self, _ticket: Ticket, _result: RequestResult, _app: &AppState, _effects: &mut Effects) {}

    /// Handles an event while the page is shown.
    fn on_event(&mut self, _event: &Event, _app: &AppState, _effects: &mut Effects) {}
}

/// All pages.
pub struct Pages(BTreeMap<&'static str, Box<dyn PageView>>);

impl Pages {
    pub(super) fn new() -> Self {
        let pages: [(Page, Box<dyn PageView>); 7] = [
            (Page::Nodes, Box::<nodes::NodesPage>::default()),
            (Page::Balance, Box::<balance::BalancePage>::default()),
            (Page::Connections, Box::<connections::ConnectionsPage>::default()),
            (Page::Rules, Box::<rules::RulesPage>::default()),
            (Page::Subscriptions, Box::<subscriptions::SubscriptionsPage>::default()),
            (Page::Activity, Box::<activity::ActivityPage>::default()),
            (Page::Settings, Box::<settings::SettingsPage>::default()),
        ];
        Self(pages.into_iter().map(|(page, content)| (page.as_str(), content)).collect())
    }

    /// Whether this page exists.
    pub fn has(&self, page: Page) -> bool {
        self.0.contains_key(page.as_str())
    }

    pub(super) fn get(&mut self, page: Page) -> Option<&mut Box<dyn PageView>> {
        self.0.get_mut(page.as_str())
    }
}
