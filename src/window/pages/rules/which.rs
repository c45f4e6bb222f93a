//! "Which rule matches this address?": asked of the engine, told in sentences.

use eframe::egui::Ui;

use super::super::super::known::Known;
use super::super::super::out::{Answer, Out, Ticket};
use super::super::super::parts::{self, Asking, Question};
use crate::i18n::{tr, ways};
use crate::model::why::Ruled;
use crate::model::{Command, Reply};

/// A question about an address.
#[derive(Default)]
pub(super) struct Which {
    question: Question<Ruled>,
}

impl Which {
    pub(super) fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        parts::section(ui, &tr!(locale, "rules-which"), |ui| {
            let words = Asking {
                label: &tr!(locale, "rules-which-url"),
                hint: "https://www.example.com/page",
                ask: &tr!(locale, "rules-which-ask"),
                before: &tr!(locale, "rules-which-text"),
            };
            let command = |typed: &str| Command::RulesTest { url: typed.to_owned() };
            let told = |ui: &mut Ui, ruled: &Ruled| {
                ways::ruled(locale, ruled).lines().for_each(|line| drop(parts::wrapped(ui, line)));
            };
            self.question.show(ui, locale, words, command, told, out);
        });
    }

    pub(super) fn hear(&mut self, ticket: Ticket, answer: Answer) {
        let read = |reply| if let Reply::Ruled(ruled) = reply { Some(ruled) } else { None };
        self.question.hear(ticket, answer, read);
    }
}
