//! "Who serves this site, and why?": asked of the engine, told in sentences.

use eframe::egui::Ui;

use super::super::super::known::Known;
use super::super::super::out::{Answer, Out, Ticket};
use super::super::super::parts::{self, Asking, Question};
use crate::i18n::{Locale, tr, units, ways, words};
use crate::model::why::{Place, Why};
use crate::model::{Command, Reply, Route};

/// A question about a host.
#[derive(Default)]
pub(super) struct Reasons {
    question: Question<Why>,
}

impl Reasons {
    pub(super) fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        parts::section(ui, &tr!(locale, "balance-why"), |ui| {
            let words = Asking {
                label: &tr!(locale, "balance-why-host"),
                hint: "www.example.com",
                ask: &tr!(locale, "balance-why-ask"),
                before: &tr!(locale, "balance-why-text"),
            };
            let command = |typed: &str| Command::Why { host: host_of(typed) };
            self.question.show(ui, locale, words, command, |ui, why| told(ui, locale, why), out);
        });
    }

    pub(super) fn hear(&mut self, ticket: Ticket, answer: Answer) {
        self.question.hear(ticket, answer, |reply| if let Reply::Why(why) = reply { Some(why) } else { None });
    }
}

/// The host of what was typed, which may be a whole address.
fn host_of(typed: &str) -> String {
    let host = url::Url::parse(typed).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| typed.to_owned())
}

fn told(ui: &mut Ui, locale: Locale, why: &Why) {
    parts::wrapped(ui, ways::served(locale, why));
    if why.ruling.route != Route::Pool {
        return;
    }
    for (nth, place) in why.members.iter().enumerate() {
        parts::weak(ui, line(locale, nth, place));
    }
}

/// A member's turn in a sentence.
fn line(locale: Locale, nth: usize, place: &Place) -> String {
    let node = words::named(&place.member.name, &place.member.id);
    let because = ways::because(locale, place);
    let (because, open) = (words::one_line(&because), place.member.active);
    let state = words::state(locale, place.member.state);
    match place.turn {
        None => tr!(locale, "balance-why-not", node = node, state = state, why = because),
        Some(_) => {
            let waits = match place.weighed_ms {
                0 => tr!(locale, "balance-why-unmeasured"),
                millis => units::millis(locale, millis),
            };
            let said = tr!(locale, "balance-why-turn", turn = nth + 1, node = node, open = open, waits = waits);
            if because.is_empty() { said } else { tr!(locale, "fault-detail", what = said, detail = because) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_address_is_a_question_about_its_host() {
        assert_eq!(host_of("https://www.example.com:8080/x?y"), "www.example.com");
        assert_eq!(host_of("example.com"), "example.com");
        assert_eq!(host_of("192.0.2.7"), "192.0.2.7");
    }
}
