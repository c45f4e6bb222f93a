//! An edit in progress. A draft follows the engine's value until the user changes it; then it is kept until it is
//! applied or discarded, also if applying fails.

use eframe::egui::Ui;

use super::super::effects::{Effects, RequestResult, Ticket};
use super::primary;
use crate::i18n::{Locale, tr};
use crate::model::{Command, Fault, Reply};

/// A draft of a value.
#[derive(Debug)]
pub struct Draft<T> {
    /// The engine's value when the draft was begun, and the draft.
    kept: Option<(T, T)>,
    /// The engine's value before the draft was applied; it is ignored until the new value arrives.
    awaited: Option<T>,
    is_overtaken: bool,
    sent: Option<Ticket>,
    refused: Option<Fault>,
}

impl<T> Default for Draft<T> {
    fn default() -> Self {
        Self { kept: None, awaited: None, is_overtaken: false, sent: None, refused: None }
    }
}

/// What the user does with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftAction {
    /// Applies it.
    Apply,
    /// Discards it.
    Discard,
}

impl<T: Clone + PartialEq> Draft<T> {
    /// The draft, given the engine's current value.
    pub fn over(&mut self, current: &T) -> &mut T {
        if self.awaited.as_ref() != Some(current) {
            self.awaited = None;
        }
        let (base, typed) = self.kept.get_or_insert_with(|| (current.clone(), current.clone()));
        if base == typed || typed == current {
            if base != current && self.awaited.is_none() {
                (*base, *typed) = (current.clone(), current.clone());
            }
            self.is_overtaken = false;
        } else {
            self.is_overtaken = base != current;
        }
        typed
    }

    /// The draft, if it was shown already.
    pub fn typed(&mut self) -> Option<&mut T> {
        self.kept.as_mut().map(|(_, typed)| typed)
    }

    /// Whether the draft differs from the engine's value.
    pub fn is_changed(&self) -> bool {
        self.kept.as_ref().is_some_and(|(base, typed)| base != typed)
    }

    /// Whether a command that applies the draft is in progress.
    pub fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// Discards the draft.
    pub fn discard(&mut self) {
        *self = Self::default();
    }

    /// Takes the draft for the new value: it was applied.
    pub fn settle(&mut self) {
        if let Some((base, typed)) = &mut self.kept
            && base != typed
        {
            self.awaited = Some(std::mem::replace(base, typed.clone()));
        }
        self.refused = None;
    }

    /// Sends the command that applies the draft; its reply goes to [`Draft::on_reply`].
    pub fn send(&mut self, command: Command, effects: &mut Effects) {
        self.refused = None;
        self.sent = Some(effects.request(command));
    }

    /// The result of the command that was sent; `None` if the reply belongs to another request.
    pub fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) -> Option<Result<Reply, Fault>> {
        if self.sent != Some(ticket) {
            return None;
        }
        self.sent = None;
        let RequestResult::Engine(result) = result else { return None };
        match result {
            Ok(reply) => Some(Ok(reply.clone())),
            Err(fault) => {
                self.refused = Some(fault.clone());
                Some(Err(fault.clone()))
            }
        }
    }

    /// Draws the foot of a draft: why applying failed, and the two buttons. It cannot be applied while `wrong` is not
    /// empty. `name` is the value's accessible name.
    pub fn foot<W>(&mut self, ui: &mut Ui, locale: Locale, name: &str, wrong: &[W]) -> Option<DraftAction> {
        if let Some(fault) = &self.refused {
            super::failed(ui, locale, fault);
        }
        if self.is_overtaken {
            super::weak(ui, tr!(locale, "draft-outdated"));
        }
        if !self.is_changed() {
            return None;
        }
        ui.horizontal(|ui| {
            let can = wrong.is_empty() && !self.is_sent();
            let apply = ui.add_enabled_ui(can, |ui| primary(ui, &tr!(locale, "draft-apply"))).inner;
            let discard = ui.button(tr!(locale, "draft-discard"));
            let (applies, discards) = (apply.clicked(), discard.clicked());
            for (response, word) in [(apply, tr!(locale, "draft-apply")), (discard, tr!(locale, "draft-discard"))] {
                response.accessible_name(format!("{word}: {name}"));
            }
            applies.then_some(DraftAction::Apply).or(discards.then_some(DraftAction::Discard))
        })
        .inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_follows_the_value_until_it_is_edited() {
        let mut draft = Draft::default();
        assert_eq!(*draft.over(&1), 1);
        assert_eq!(*draft.over(&2), 2);
        *draft.over(&2) = 7;
        assert!(draft.is_changed());
        assert_eq!(*draft.over(&3), 7, "what is typed stays");
        assert!(draft.is_overtaken);
        draft.discard();
        assert_eq!(*draft.over(&3), 3);
        assert!(!draft.is_changed());
    }

    #[test]
    fn an_applied_draft_follows_the_value_again() {
        let mut draft = Draft::default();
        *draft.over(&1) = 5;
        draft.settle();
        assert!(!draft.is_changed());
        assert_eq!(*draft.over(&1), 5, "the old value is ignored until the new one arrives");
        assert_eq!(*draft.over(&5), 5);
        assert_eq!(*draft.over(&6), 6);
    }
}
