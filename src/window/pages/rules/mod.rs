//! Which way sites go: the desktop's mode, the list and the user's own rules, the access list, and who else
//! may use the port.

mod entries;
mod list;
mod mode;
mod sharing;
mod text;
mod which;

use eframe::egui::Ui;

use self::text::{Kind, Text};
use super::super::known::Known;
use super::super::out::{Answer, Out, Ticket};
use super::super::parts;
use super::Content;
use crate::i18n::tr;
use crate::model::{Command, Event};

/// The page.
pub(super) struct Rules {
    list: list::List,
    own: Text,
    which: which::Which,
    acl: Text,
    sharing: sharing::Sharing,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            list: list::List::default(),
            own: Text::of(Kind::Own),
            which: which::Which::default(),
            acl: Text::of(Kind::Acl),
            sharing: sharing::Sharing::default(),
        }
    }
}

impl Content for Rules {
    fn open(&mut self, _known: &Known, out: &mut Out) {
        self.list.ask(out);
        self.own.ask(out);
        self.acl.ask(out);
    }

    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        parts::page(ui, "rules", |ui| {
            mode::show(ui, known, out);
            self.own.show(ui, known, out);
            self.which.show(ui, known, out);
            self.list.show(ui, known, out);
            self.acl.show(ui, known, out);
            self.sharing.show(ui, known, out);
        });
    }

    fn hear(&mut self, ticket: Ticket, answer: Answer, known: &Known, out: &mut Out) {
        self.list.hear(ticket, &answer, out);
        self.own.hear(ticket, &answer);
        self.acl.hear(ticket, &answer);
        self.acl.hear_file(ticket, &answer, known, out);
        self.sharing.hear(ticket, &answer);
        self.which.hear(ticket, answer);
    }

    fn witness(&mut self, event: &Event, _known: &Known, out: &mut Out) {
        self.list.witness(event, out);
    }
}

/// A switch that holds at once, with what it does in a sentence.
fn toggle(ui: &mut Ui, key: &str, is_on: bool, label: &str, text: &str, out: &mut Out) {
    parts::row(ui, label, None, |ui| {
        if parts::switch(ui, is_on, label).clicked() {
            out.command(Command::Set { changes: [(key.to_owned(), (!is_on).to_string())].into() });
        }
        parts::weak(ui, text);
    });
}

/// What is wanted where a number of a port is typed.
fn want_port(known: &Known) -> String {
    tr!(known.locale, "want-port")
}
