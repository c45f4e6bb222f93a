//! A question to the engine: a field, a button, and below them the answer until the next one comes.
//!
//! It keeps what is typed and which answer is awaited; what is asked and how the answer reads is its owner's
//! matter.

use eframe::egui::{Key, Ui};

use super::super::out::{Answer, Out, Ticket};
use super::{Field, failed, weak};
use crate::i18n::Locale;
use crate::model::{Command, Fault, Reply};

/// A question whose answer is a `T`.
#[derive(Debug)]
pub struct Question<T> {
    typed: String,
    asked: Option<Ticket>,
    answer: Option<Result<T, Fault>>,
}

impl<T> Default for Question<T> {
    fn default() -> Self {
        Self { typed: String::new(), asked: None, answer: None }
    }
}

/// The words around a question.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// What the field is called.
    pub label: &'a str,
    /// What may be typed, as an example.
    pub hint: &'a str,
    /// What the button says.
    pub ask: &'a str,
    /// What stands there before anything was asked.
    pub before: &'a str,
}

impl<T> Question<T> {
    /// Draws it: `command` asks for what is typed, `told` draws what came of it.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        locale: Locale,
        words: Asking<'_>,
        command: impl FnOnce(&str) -> Command,
        told: impl FnOnce(&mut Ui, &T),
        out: &mut Out,
    ) {
        let mut is_asked = false;
        let field = Field::new(words.label, &mut self.typed).hint(words.hint);
        let response = field.show_with(ui, |ui| is_asked = ui.button(words.ask).clicked());
        is_asked |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let typed = self.typed.trim();
        if is_asked && !typed.is_empty() {
            self.asked = Some(out.ask(command(typed)));
        }
        match &self.answer {
            Some(Ok(answer)) => told(ui, answer),
            Some(Err(fault)) => failed(ui, locale, fault),
            None => drop(weak(ui, words.before)),
        }
    }

    /// Hears an answer; `read` takes what was asked for out of it.
    pub fn hear(&mut self, ticket: Ticket, answer: Answer, read: impl FnOnce(Reply) -> Option<T>) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        self.answer = match answer {
            Answer::Engine(Ok(reply)) => read(reply).map(Ok),
            Answer::Engine(Err(fault)) => Some(Err(fault)),
            Answer::Errand(_) => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultCode;

    #[test]
    fn only_the_answer_to_the_last_question_counts() {
        let (mut question, mut out) = (Question::<usize>::default(), Out::default());
        let read = |reply| if let Reply::Events(events) = reply { Some(events.len()) } else { None };
        let first = out.ask(Command::Events);
        let last = out.ask(Command::Events);
        question.asked = Some(last);
        question.hear(first, Answer::Engine(Ok(Reply::Events(Vec::new()))), read);
        assert_eq!(question.answer, None);
        let fault = Fault::new(FaultCode::NotRunning, "");
        question.hear(last, Answer::Engine(Err(fault.clone())), read);
        assert_eq!((question.asked, question.answer), (None, Some(Err(fault))));
    }
}
