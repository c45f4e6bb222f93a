//! The load balancing page: its settings, the traffic, the members, the sites that are learned, and the health checks.

mod cluster;
mod graph;
mod health;
mod members;
mod sites;
mod why;

use eframe::egui::Ui;

use super::super::effects::{Effects, RequestResult, Ticket};
use super::super::parts::{self, QuerySection};
use super::super::state::AppState;
use super::PageView;

/// The load balancing page.
#[derive(Default)]
pub(super) struct BalancePage {
    cluster: cluster::ClusterControls,
    why: QuerySection<why::WhyQuery>,
    sites: sites::SitesSection,
    health: health::HealthChecks,
}

impl PageView for BalancePage {
    fn open(&mut self, _app: &AppState, effects: &mut Effects) {
        self.sites.load(effects);
    }

    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        parts::page(ui, "balance", |ui| {
            self.cluster.show(ui, app, effects);
            graph::show(ui, app);
            members::show(ui, app);
            self.why.show(ui, app.locale, effects);
            self.sites.show(ui, app, effects);
            self.health.show(ui, app, effects);
        });
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, _app: &AppState, effects: &mut Effects) {
        self.health.on_reply(ticket, &result);
        self.why.on_reply(ticket, &result);
        self.sites.on_reply(ticket, &result, effects);
    }
}
