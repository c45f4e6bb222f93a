//! The rules page: the desktop's proxy mode, the pins, the doors, the downloaded list and the user's own rules, the
//! access list, and sharing the port.

mod acl_entries;
mod door_dialog;
mod doors;
mod editor;
mod fetched_list;
mod mode;
mod pins;
mod rule_test;
mod sharing;

use eframe::egui::Ui;

use self::editor::{RulesEditor, RulesFileKind};
use super::super::effects::{Effects, RequestResult, Ticket};
use super::super::parts::{self, QuerySection};
use super::super::state::AppState;
use super::PageView;
use crate::i18n::tr;
use crate::model::{Command, Event};

/// The rules page.
pub(super) struct RulesPage {
    fetched_list: fetched_list::FetchedListSection,
    own: RulesEditor,
    pins: pins::PinsSection,
    doors: doors::DoorsSection,
    rule_test: QuerySection<rule_test::RuleTest>,
    acl: RulesEditor,
    sharing: sharing::Sharing,
}

impl Default for RulesPage {
    fn default() -> Self {
        Self {
            fetched_list: fetched_list::FetchedListSection::default(),
            own: RulesEditor::of(RulesFileKind::Own),
            pins: pins::PinsSection::default(),
            doors: doors::DoorsSection::default(),
            rule_test: QuerySection::default(),
            acl: RulesEditor::of(RulesFileKind::Acl),
            sharing: sharing::Sharing::default(),
        }
    }
}

impl PageView for RulesPage {
    fn open(&mut self, _app: &AppState, effects: &mut Effects) {
        self.fetched_list.request_info(effects);
        self.own.load(effects);
        self.acl.load(effects);
    }

    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        parts::page(ui, "rules", |ui| {
            mode::show(ui, app, effects);
            self.pins.show(ui, app, effects);
            self.doors.show(ui, app, effects);
            self.own.show(ui, app, effects);
            self.rule_test.show(ui, app.locale, effects);
            self.fetched_list.show(ui, app, effects);
            self.acl.show(ui, app, effects);
            self.sharing.show(ui, app, effects);
        });
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, app: &AppState, effects: &mut Effects) {
        self.fetched_list.on_reply(ticket, &result, effects);
        self.own.on_reply(ticket, &result);
        self.acl.on_reply(ticket, &result);
        self.acl.on_file(ticket, &result, app, effects);
        self.sharing.on_reply(ticket, &result);
        self.doors.on_reply(ticket, &result);
        self.rule_test.on_reply(ticket, &result);
    }

    fn on_event(&mut self, event: &Event, _app: &AppState, effects: &mut Effects) {
        self.fetched_list.on_event(event, effects);
    }
}

/// A switch that is applied at once, with an explanation.
fn toggle(ui: &mut Ui, key: &str, is_on: bool, label: &str, text: &str, effects: &mut Effects) {
    parts::row(ui, label, None, |ui| {
        if parts::switch(ui, is_on, label).clicked() {
            effects.command(Command::Set { changes: [(key.to_owned(), (!is_on).to_string())].into() });
        }
        parts::weak(ui, text);
    });
}

/// The error for an invalid port number.
fn want_port(app: &AppState) -> String {
    tr!(app.locale, "input-port")
}
