//! The dialog in which a pin is made or changed.

use eframe::egui::Ui;

use super::parts::{self, DialogState, Field};
use super::selectors;
use super::state::AppState;
use crate::i18n::{Localize, tr};
use crate::model::settings::{NodeFallback, Pin, PinTarget};

/// The dialog.
pub(super) struct PinDialog {
    traffic: String,
    to: Option<PinTarget>,
    fallback: NodeFallback,
}

/// What the user does in the dialog.
pub(super) enum PinAction {
    /// Nothing yet.
    None,
    /// Saves this pin.
    Save(Pin),
    /// Closes the dialog.
    Closed,
}

impl PinDialog {
    /// The dialog for a new pin for this traffic, which may be empty.
    pub(super) fn new(traffic: String) -> Self {
        Self { traffic, to: None, fallback: NodeFallback::Any }
    }

    /// The dialog for a pin.
    pub(super) fn of(pin: &Pin) -> Self {
        Self { traffic: pin.traffic(), to: Some(pin.to.clone()), fallback: pin.fallback }
    }

    /// Draws the dialog.
    pub(super) fn show(&mut self, ui: &Ui, app: &AppState) -> PinAction {
        let locale = app.locale;
        let (shown, done) = parts::dialog(ui.ctx(), &tr!(locale, "pins-dialog"), 520.0, |ui| {
            let read = self.to.clone().map(|to| Pin::parse(self.traffic.trim(), to, self.fallback));
            let wrong = read
                .as_ref()
                .and_then(|read| read.as_ref().err())
                .map(|invalid| tr!(locale, "settings-wanted", wanted = invalid.wanted.localize(locale)));
            let label = tr!(locale, "pins-traffic");
            let wrong = wrong.as_deref().filter(|_| !self.traffic.is_empty());
            Field::new(&label, &mut self.traffic).hint("example.com, app:curl").wrong(wrong).first().show(ui);
            let mut targets = targets(app, self.to.as_ref());
            if self.to.is_none() {
                targets.insert(0, (None, tr!(locale, "form-choose")));
            }
            if let Some(to) = parts::choice(ui, &tr!(locale, "pins-to"), &self.to, &targets) {
                self.to = to;
                self.fallback = NodeFallback::Any;
            }
            let fallbacks = selectors::fallbacks(locale, self.to.as_ref().and_then(PinTarget::nodes));
            if !fallbacks.is_empty()
                && let Some(fallback) = parts::choice(ui, &tr!(locale, "pins-else"), &self.fallback, &fallbacks)
            {
                self.fallback = fallback;
            }
            let pin = read.and_then(Result::ok);
            match parts::foot_enabled(ui, pin.is_some(), locale, &tr!(locale, "form-save")) {
                Some(true) => pin.map_or(PinAction::None, PinAction::Save),
                Some(false) => PinAction::Closed,
                None => PinAction::None,
            }
        });
        match (done, shown) {
            (PinAction::None, DialogState::Closed) => PinAction::Closed,
            (done, DialogState::Open | DialogState::Closed) => done,
        }
    }
}

/// Where a pin may lead, as the list shows it.
fn targets(app: &AppState, current: Option<&PinTarget>) -> Vec<(Option<PinTarget>, String)> {
    let nodes = selectors::selectors(app, current.and_then(PinTarget::nodes)).into_iter().map(PinTarget::Nodes);
    let all = [PinTarget::Direct, PinTarget::Block].into_iter().chain(nodes);
    all.map(|to| (Some(to.clone()), target(app, &to))).collect()
}

/// Where a pin leads.
pub(super) fn target(app: &AppState, to: &PinTarget) -> String {
    match to {
        PinTarget::Direct => tr!(app.locale, "rules-direct"),
        PinTarget::Block => tr!(app.locale, "rules-block"),
        PinTarget::Nodes(nodes) => selectors::selector(app, nodes),
    }
}
