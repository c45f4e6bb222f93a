//! A query to the engine in a section of its own: a field, a button, and below them the last answer.

use eframe::egui::{Key, Ui};

use super::super::effects::{Effects, RequestResult, Ticket};
use super::{Field, failed, section, weak};
use crate::i18n::Locale;
use crate::model::{Command, Fault, Reply};

/// A kind of query: its command, and how its answer is drawn.
pub trait QueryKind {
    /// The answer.
    type Answer;

    /// The labels around it.
    fn labels(locale: Locale) -> QueryLabels;

    /// The command for the text in the field.
    fn command(typed: &str) -> Command;

    /// The answer in a reply; `None` if the reply is of another kind.
    fn answer(reply: Reply) -> Option<Self::Answer>;

    /// Draws the answer.
    fn show(ui: &mut Ui, locale: Locale, answer: &Self::Answer);
}

/// The labels around a query.
#[derive(Clone, Debug)]
pub struct QueryLabels {
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
pub struct QuerySection<K: QueryKind> {
    typed: String,
    pending: Option<Ticket>,
    answer: Option<Result<K::Answer, Fault>>,
}

impl<K: QueryKind> Default for QuerySection<K> {
    fn default() -> Self {
        Self { typed: String::new(), pending: None, answer: None }
    }
}

impl<K: QueryKind> QuerySection<K> {
    /// Draws the section.
    pub fn show(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        let labels = K::labels(locale);
        section(ui, &labels.title, |ui| {
            let mut is_pending = false;
            let field = Field::new(&labels.field, &mut self.typed).hint(labels.hint);
            let response = field.show_with(ui, |ui| is_pending = ui.button(labels.button).clicked());
            is_pending |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let typed = self.typed.trim();
            if is_pending && !typed.is_empty() {
                self.pending = Some(effects.request(K::command(typed)));
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
        if self.pending != Some(ticket) {
            return;
        }
        self.pending = None;
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

    impl QueryKind for EventCount {
        type Answer = usize;

        fn labels(_locale: Locale) -> QueryLabels {
            let word = || "events".to_owned();
            QueryLabels { title: word(), field: word(), hint: "", button: word(), intro: word() }
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
    fn only_the_reply_to_the_last_query_is_shown() {
        let (mut query, mut effects) = (QuerySection::<EventCount>::default(), Effects::default());
        let first = effects.request(Command::Events);
        let last = effects.request(Command::Events);
        query.pending = Some(last);
        query.on_reply(first, &RequestResult::Engine(Ok(Reply::Events(Vec::new()))));
        assert_eq!(query.answer, None);
        let fault = Fault::new(FaultCode::NotRunning, "");
        query.on_reply(last, &RequestResult::Engine(Err(fault.clone())));
        assert_eq!((query.pending, query.answer), (None, Some(Err(fault))));
    }
}
