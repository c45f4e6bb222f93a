//! The connections page: the destinations of each program, the nodes that carry them and why, and the traffic.
//!
//! While it is shown, the window follows the engine's connections, which are in
//! [`AppState::connections`](crate::window::state::AppState::connections). Only visible rows are drawn ([`table`]), and
//! [`rows`] are rebuilt when something has changed.

mod fix_dialog;
mod rows;
mod table;

use std::time::Duration;

use eframe::egui::{Align, Frame, Key, Layout, Margin, Modifiers, Ui};

use self::fix_dialog::FixDialog;
use self::rows::{ConnectionRow, ConnectionsTableView, Grouping};
use super::PageView;
use crate::i18n::labels::one_line;
use crate::i18n::{Locale, tr, units};
use crate::model::connection::ConnectionView;
use crate::model::{Command, Event};
use crate::window::effects::{Effects, RequestResult, Ticket};
use crate::window::parts::{self, DialogState};
use crate::window::pin_dialog::{PinAction, PinDialog};
use crate::window::state::AppState;

/// How often ages are redrawn if nothing else changes.
const AGES: Duration = Duration::from_secs(1);

/// The connections page.
#[derive(Default)]
pub(super) struct ConnectionsPage {
    view: ConnectionsTableView,
    made_of: Option<(u64, ConnectionsTableView)>,
    rows: Vec<ConnectionRow>,
    /// The open connections that match the filter, collapsed or not.
    open: Vec<u64>,
    programs: Vec<String>,
    nodes: Vec<String>,
    rates: (u64, u64),
    dialog: Option<ConnectionsDialog>,
}

/// The open dialog.
enum ConnectionsDialog {
    /// A site is tried through the nodes.
    Fix(FixDialog),
    /// A site is sent to certain nodes.
    Pin(PinDialog),
}

impl PageView for ConnectionsPage {
    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        self.refresh_rows(app);
        let locale = app.locale;
        Frame::new().inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 0 }).show(ui, |ui| {
            self.filters(ui, locale);
            self.totals(ui, locale, effects);
            ui.add_space(4.0);
            if self.rows.is_empty() {
                parts::empty(ui, &tr!(locale, "connections-none"), &tr!(locale, "connections-none-text"));
            } else {
                self.table(ui, app, effects);
            }
        });
        self.show_dialog(ui, app, effects);
        if !self.open.is_empty() {
            ui.ctx().request_repaint_after(AGES);
        }
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, _app: &AppState, _effects: &mut Effects) {
        if let Some(ConnectionsDialog::Fix(dialog)) = &mut self.dialog {
            dialog.on_reply(ticket, &result);
        }
    }

    fn on_event(&mut self, event: &Event, _app: &AppState, _effects: &mut Effects) {
        if let Some(ConnectionsDialog::Fix(dialog)) = &mut self.dialog {
            dialog.on_event(event);
        }
    }
}

impl ConnectionsPage {
    /// Rebuilds the rows if their source has changed.
    fn refresh_rows(&mut self, app: &AppState) {
        let list = &app.connections;
        let made_of = (list.version(), &self.view);
        if self.made_of.as_ref().is_some_and(|(version, view)| (*version, view) == made_of) {
            return;
        }
        let shown = self.view.shown(list);
        let open = shown.iter().filter(|row| row.ended.is_none());
        self.open = open.map(|row| row.id).collect();
        self.rates = shown.iter().fold((0, 0), |(down, up), row| (down + row.down_rate, up + row.up_rate));
        self.rows = self.view.rows(shown);
        if self.made_of.as_ref().is_none_or(|(version, _)| *version != list.version()) {
            self.programs = names(list.rows().map(ConnectionView::program_or_address));
            self.nodes = names(list.rows().map(ConnectionView::node_label));
        }
        self.made_of = Some((list.version(), self.view.clone()));
    }

    fn show_dialog(&mut self, ui: &Ui, app: &AppState, effects: &mut Effects) {
        let is_open = match &mut self.dialog {
            Some(ConnectionsDialog::Fix(dialog)) => dialog.show(ui, app.locale, effects) == DialogState::Open,
            Some(ConnectionsDialog::Pin(dialog)) => match dialog.show(ui, app) {
                PinAction::None => true,
                PinAction::Save(pin) => {
                    let (traffic, to) = (pin.traffic(), pin.to.to_string());
                    let done = tr!(app.locale, "pins-saved", traffic = one_line(&traffic));
                    let command = Command::Pin { traffic, to, fallback: pin.fallback, place: Some(1) };
                    effects.command_with_toast(command, done);
                    false
                }
                PinAction::Closed => false,
            },
            None => return,
        };
        if !is_open {
            self.dialog = None;
        }
    }

    /// Draws the filters.
    fn filters(&mut self, ui: &mut Ui, locale: Locale) {
        ui.horizontal(|ui| {
            let find = parts::search(ui, &mut self.view.filter.text, &tr!(locale, "activity-find"));
            if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
                find.request_focus();
            }
            let every = tr!(locale, "connections-every-program");
            let program = tr!(locale, "connections-program");
            one_of(ui, &program, every, &self.programs, &mut self.view.filter.program);
            let every = tr!(locale, "connections-every-node");
            one_of(ui, &tr!(locale, "connections-node"), every, &self.nodes, &mut self.view.filter.node);
            parts::check(ui, &mut self.view.shows_ended, &tr!(locale, "connections-ended"));
        });
    }

    /// Draws the grouping, the totals, and the button that closes connections.
    fn totals(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        ui.horizontal(|ui| {
            let groupings = [
                (Grouping::None, tr!(locale, "connections-ungrouped")),
                (Grouping::Program, tr!(locale, "connections-by-program")),
                (Grouping::Site, tr!(locale, "connections-by-site")),
                (Grouping::Node, tr!(locale, "connections-by-node")),
            ];
            let name = tr!(locale, "connections-group");
            if let Some(grouping) = parts::segments(ui, &name, Some(self.view.grouping), &groupings) {
                self.view.grouping = grouping;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_enabled_ui(!self.open.is_empty(), |ui| {
                    if ui.button(tr!(locale, "connections-close-shown")).clicked() {
                        close(&self.open, locale, effects);
                    }
                });
                if ui.button(tr!(locale, "connections-fix")).clicked() {
                    self.dialog = Some(ConnectionsDialog::Fix(FixDialog::of(String::new())));
                }
                let (down, up) = (units::rate(locale, self.rates.0), units::rate(locale, self.rates.1));
                let rates = tr!(locale, "window-rates", down = down, up = up);
                parts::truncated(ui, tr!(locale, "connections-open", count = self.open.len(), rates = rates));
            });
        });
    }
}

/// Closes connections; a toast shows how many.
fn close(ids: &[u64], locale: Locale, effects: &mut Effects) {
    let done = tr!(locale, "cli-connections-closed", count = ids.len());
    effects.command_with_toast(Command::ConnectionsClose { ids: ids.to_vec() }, done);
}

/// The names without duplicates, in order.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = names.filter(|name| !name.is_empty()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// A dropdown for one of these names, or all.
fn one_of(ui: &mut Ui, name: &str, every: String, names: &[String], chosen: &mut Option<String>) {
    // The current choice stays in the list even if no connection has it any more.
    let lost = chosen.iter().filter(|chosen| !names.contains(chosen)).cloned();
    let named = names.iter().cloned().chain(lost).map(|name| (Some(name.clone()), name));
    let all: Vec<_> = std::iter::once((None, every)).chain(named).collect();
    if let Some(other) = parts::pick(ui, name, 140.0, chosen, &all) {
        *chosen = other;
    }
}
