//! The dialog in which a pin is made or changed.

use std::collections::BTreeSet;

use eframe::egui::Ui;

use super::parts::{self, DialogState, Field};
use super::state::AppState;
use crate::i18n::labels::{named, one_line};
use crate::i18n::{Locale, Localize, tr};
use crate::model::settings::{NodeFallback, NodeSelector, Pin, PinTarget};

/// Maximum number of nodes in the list of targets; others can be pinned on the command line.
const MAX_NODES: usize = 200;

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
            let targets = targets(app, self.to.as_ref());
            if let Some(to) = parts::choice(ui, &tr!(locale, "pins-to"), &self.to, &targets) {
                self.to = to;
                self.fallback = NodeFallback::Any;
            }
            let fallbacks: Vec<_> =
                fallbacks(self.to.as_ref()).iter().map(|word| (*word, fallback(locale, *word))).collect();
            if fallbacks.len() > 1
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
    let of = |nodes| PinTarget::Nodes(nodes);
    let countries: BTreeSet<_> = app.nodes().iter().filter_map(|node| node.country).collect();
    let groups = app.groups().into_iter().filter(|group| !group.is_empty());
    let nodes = app.nodes().iter().take(MAX_NODES).map(|node| NodeSelector::Node(node.id.clone()));
    let all = [PinTarget::Direct, PinTarget::Block].into_iter();
    let all = all.chain(countries.into_iter().map(NodeSelector::Country).map(of));
    let all = all.chain(groups.map(|group| NodeSelector::Group(group.to_owned())).map(of));
    let mut all: Vec<_> = all.chain(nodes.map(of)).collect();
    if let Some(current) = current.filter(|current| !all.contains(current)) {
        all.push(current.clone());
    }
    all.into_iter().map(|to| (Some(to.clone()), target(app, &to))).collect()
}

/// Where a pin leads.
pub(super) fn target(app: &AppState, to: &PinTarget) -> String {
    let locale = app.locale;
    match to {
        PinTarget::Direct => tr!(locale, "rules-direct"),
        PinTarget::Block => tr!(locale, "rules-block"),
        PinTarget::Nodes(NodeSelector::Country(country)) => tr!(locale, "pins-country", country = country.as_str()),
        PinTarget::Nodes(NodeSelector::Group(group)) => tr!(locale, "pins-group", group = one_line(group)),
        PinTarget::Nodes(NodeSelector::Node(id)) => {
            app.node(id).map_or_else(|| id.to_string(), |node| named(&node.name, id))
        }
    }
}

/// The fallbacks that such a target may have.
fn fallbacks(to: Option<&PinTarget>) -> &'static [NodeFallback] {
    match to {
        Some(PinTarget::Nodes(NodeSelector::Node(_))) => &NodeFallback::ALL,
        Some(PinTarget::Nodes(NodeSelector::Country(_) | NodeSelector::Group(_))) => {
            &[NodeFallback::Any, NodeFallback::Fail]
        }
        Some(PinTarget::Direct | PinTarget::Block) | None => &[NodeFallback::Any],
    }
}

/// What happens if none of its nodes works.
pub(super) fn fallback(locale: Locale, fallback: NodeFallback) -> String {
    match fallback {
        NodeFallback::Any => tr!(locale, "pins-else-any"),
        NodeFallback::Country => tr!(locale, "pins-else-country"),
        NodeFallback::Group => tr!(locale, "pins-else-group"),
        NodeFallback::Fail => tr!(locale, "pins-else-fail"),
    }
}
