//! "Which rule matches this address?": asked of the engine, told in sentences.

use eframe::egui::{Key, Ui};

use super::super::super::known::Known;
use super::super::super::out::{Answer, Out, Ticket};
use super::super::super::parts;
use crate::i18n::{tr, ways};
use crate::model::why::Ruled;
use crate::model::{Command, Fault, Reply};

/// A question about an address.
#[derive(Default)]
pub(super) struct Which {
    url: String,
    asked: Option<Ticket>,
    answer: Option<Result<Ruled, Fault>>,
}

impl Which {
    pub(super) fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        parts::section(ui, &tr!(locale, "rules-which"), |ui| {
            let label = tr!(locale, "rules-which-url");
            let mut is_asked = false;
            let field = parts::Field::new(&label, &mut self.url).hint("https://www.example.com/page").width(280.0);
            let response = field.show_with(ui, |ui| {
                is_asked = ui.button(tr!(locale, "rules-which-ask")).clicked();
            });
            is_asked |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if is_asked && !self.url.trim().is_empty() {
                self.asked = Some(out.ask(Command::RulesTest { url: self.url.trim().to_owned() }));
            }
            match &self.answer {
                Some(Ok(ruled)) => ways::ruled(locale, ruled).lines().for_each(|line| drop(parts::wrapped(ui, line))),
                Some(Err(fault)) => super::failed(ui, known, fault),
                None => drop(parts::weak(ui, tr!(locale, "rules-which-text"))),
            }
        });
    }

    pub(super) fn hear(&mut self, ticket: Ticket, answer: Answer) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        self.answer = match answer {
            Answer::Engine(Ok(Reply::Ruled(ruled))) => Some(Ok(ruled)),
            Answer::Engine(Err(fault)) => Some(Err(fault)),
            Answer::Engine(Ok(_)) | Answer::Errand(_) => None,
        };
    }
}
