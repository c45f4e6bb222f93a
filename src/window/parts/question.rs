//! A query to the engine in a section of its own: a field, a button, and below them the last answer.

use eframe::egui::{Key, Ui};

use super::super::effects::{Effects, RequestResult, Ticket};
use super::{Field, failed, section, weak};
use crate::i18n::Locale;
use crate::model::{Command, Fault, Reply};

/// A kind of query: its command, and how its answer is drawn.
pub trait QuestionKind {
    /// The answer.
    type Answer;

    /// The labels around it.
    fn labels(locale: Locale) -> QuestionLabels;

    /// The command for the text in the field.
    fn command(typed: &str) -> Command;

    /// The answer in a reply; `None` if the reply is of another kind.
    fn answer(reply: Reply) -> Option<Self::Answer>;

    /// Draws the answer.
    fn show(ui: &mut Ui, locale: Locale, answer: &Self::Answer);
}

/// The labels around a query.
#[derive(Clone, Debug)]
pub struct QuestionLabels {
    /// The section's title.
    pub title: String,
    /// The field's label.
    pub field: String,
    /// An example of what to type.
    pub hint: &'static str,
    /// The button's label.
    pub button: String,
    /// Shown before the first query.
    pub intro: String,
}

/// A query: what is typed, and the last answer.
#[derive(Debug)]
pub struct Question<K: QuestionKind> {
    typed: String,
    asked: Option<Ticket>,
    answer: Option<Result<K::Answer, Fault>>,
}

impl<K: QuestionKind> Default for Question<K> {
    fn default() -> Self {
        Self { typed: String::new(), asked: None, answer: None }
    }
}

impl<K: QuestionKind> Question<K> {
    /// Draws the section.
    pub fn show(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        let labels = K::labels(locale);
        section(ui, &labels.title, |ui| {
            let mut is_asked = false;
            let field = Field::new(&labels.field, &mut self.typed).hint(labels.hint);
            let response = field.show_with(ui, |ui| is_asked = ui.button(labels.button).clicked());
            is_asked |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let typed = self.typed.trim();
            if is_asked && !typed.is_empty() {
                self.asked = Some(effects.ask(K::command(typed)));
            }
            match &self.answer {
                Some(Ok(answer)) => K::show(ui, locale, answer),
                Some(Err(fault)) => failed(ui, locale, fault),
                None => drop(weak(ui, labels.intro)),
            }
        });
    }

    /// Takes the reply if it belongs to the last query.
    pub fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        self.answer = match result {
            RequestResult::Engine(Ok(reply)) => K::answer(reply.clone()).map(Ok),
            RequestResult::Engine(Err(fault)) => Some(Err(fault.clone())),
            RequestResult::Local(_) => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultCode;

    #[derive(Debug)]
    struct EventCount;

    impl QuestionKind for EventCount {
        type Answer = usize;

        fn labels(_locale: Locale) -> QuestionLabels {
            let word = || "events".to_owned();
            QuestionLabels { title: word(), field: word(), hint: "", button: word(), intro: word() }
        }

        fn command(_typed: &str) -> Command {
            Command::Events
        }

        fn answer(reply: Reply) -> Option<usize> {
            if let Reply::Events(events) = reply { Some(events.len()) } else { None }
        }

        fn show(_ui: &mut Ui, _locale: Locale, _answer: &usize) {}
    }

    #[test]
    fn only_the_answer_to_the_last_question_counts() {
        let (mut question, mut effects) = (Question::<EventCount>::default(), Effects::default());
        let first = effects.ask(Command::Events);
        let last = effects.ask(Command::Events);
        question.asked = Some(last);
        question.on_reply(first, &RequestResult::Engine(Ok(Reply::Events(Vec::new()))));
        assert_eq!(question.answer, None);
        let fault = Fault::new(FaultCode::NotRunning, "");
        question.on_reply(last, &RequestResult::Engine(Err(fault.clone())));
        assert_eq!((question.asked, question.answer), (None, Some(Err(fault))));
    }
}
