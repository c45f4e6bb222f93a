//! Load balancing: what is wanted of it, what goes through it, its members as they are, and what decides.

mod graph;
mod health;
mod members;
mod reasons;
mod wanted;

use eframe::egui::Ui;

use super::super::known::Known;
use super::super::out::{Answer, Out, Ticket};
use super::super::parts;
use super::Content;

/// The page.
#[derive(Default)]
pub(super) struct Balance {
    wanted: wanted::Wanted,
    reasons: reasons::Reasons,
    health: health::Checks,
}

impl Content for Balance {
    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        parts::page(ui, "balance", |ui| {
            self.wanted.show(ui, known, out);
            graph::show(ui, known);
            members::show(ui, known);
            self.reasons.show(ui, known, out);
            self.health.show(ui, known, out);
        });
    }

    fn hear(&mut self, ticket: Ticket, answer: Answer, _known: &Known, _out: &mut Out) {
        self.health.hear(ticket, &answer);
        self.reasons.hear(ticket, answer);
    }
}
