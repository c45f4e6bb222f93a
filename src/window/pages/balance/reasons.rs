//! "Who serves this site, and why?": asked of the engine, told in sentences.

use eframe::egui::{Key, RichText, Ui};

use super::super::super::known::Known;
use super::super::super::out::{Answer, Out, Ticket};
use super::super::super::parts;
use super::super::super::theme::Palette;
use crate::i18n::{Locale, tr, units, ways, words};
use crate::model::why::{Place, Why};
use crate::model::{Command, Fault, Reply, Route};

/// A question about a host.
#[derive(Default)]
pub(super) struct Reasons {
    host: String,
    asked: Option<Ticket>,
    answer: Option<Result<Why, Fault>>,
}

impl Reasons {
    pub(super) fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        parts::section(ui, &tr!(locale, "balance-why"), |ui| {
            let label = tr!(locale, "balance-why-host");
            let field = parts::Field::new(&label, &mut self.host).hint("www.example.com").width(240.0);
            let mut is_asked = false;
            let response = field.show_with(ui, |ui| {
                is_asked = ui.button(tr!(locale, "balance-why-ask")).clicked();
            });
            is_asked |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if is_asked && !self.host.trim().is_empty() {
                self.asked = Some(out.ask(Command::Why { host: host_of(&self.host) }));
            }
            match &self.answer {
                Some(Ok(why)) => told(ui, locale, why),
                Some(Err(fault)) => {
                    let text = RichText::new(words::fault(locale, fault)).color(Palette::of(ui).red);
                    ui.add(eframe::egui::Label::new(text).wrap());
                }
                None => {
                    parts::weak(ui, tr!(locale, "balance-why-text"));
                }
            }
        });
    }

    pub(super) fn hear(&mut self, ticket: Ticket, answer: Answer) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        self.answer = match answer {
            Answer::Engine(Ok(Reply::Why(why))) => Some(Ok(why)),
            Answer::Engine(Err(fault)) => Some(Err(fault)),
            Answer::Engine(Ok(_)) | Answer::Errand(_) => None,
        };
    }
}

/// The host of what was typed, which may be a whole address.
fn host_of(typed: &str) -> String {
    let typed = typed.trim();
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
        assert_eq!(host_of(" https://www.example.com:8080/x?y "), "www.example.com");
        assert_eq!(host_of("example.com"), "example.com");
        assert_eq!(host_of("192.0.2.7"), "192.0.2.7");
    }
}
