//! The dialog in which a door is added or changed. It stays open until the engine has taken the door.

use std::net::SocketAddr;

use eframe::egui::Ui;

use crate::i18n::{Locale, Localize, labels, tr};
use crate::model::door::DoorChanges;
use crate::model::settings::{Door, ExpectedValue, InvalidValue, NodeFallback, NodeSelector, Settings, Strategy};
use crate::model::{Command, Fault, Reply};
use crate::window::effects::{Effects, RequestResult, Ticket};
use crate::window::parts::{self, DialogState, Field};
use crate::window::selectors;
use crate::window::state::AppState;

/// The dialog.
pub(super) struct DoorDialog {
    /// The name of the door that is changed; `None` for a new one.
    edited: Option<String>,
    name: String,
    listen: String,
    to: Option<NodeSelector>,
    fallback: NodeFallback,
    strategy: Option<Strategy>,
    pending: Option<Ticket>,
    refused: Option<Fault>,
}

impl DoorDialog {
    /// The dialog for a new door.
    pub(super) fn new() -> Self {
        Self { edited: None, ..Self::of(&Door::named("")) }
    }

    /// The dialog for a door.
    pub(super) fn of(door: &Door) -> Self {
        Self {
            edited: Some(door.name.clone()),
            name: door.name.clone(),
            listen: door.listen.map(|addr| addr.to_string()).unwrap_or_default(),
            to: door.to.clone(),
            fallback: door.fallback,
            strategy: door.strategy,
            pending: None,
            refused: None,
        }
    }

    /// Draws the dialog.
    pub(super) fn show(&mut self, ui: &Ui, app: &AppState, settings: &Settings, effects: &mut Effects) -> DialogState {
        let locale = app.locale;
        let wrong = self.check(settings).err();
        let (shown, is_cancelled) = parts::dialog(ui.ctx(), &tr!(locale, "doors-dialog"), 520.0, |ui| {
            self.fields(ui, app, wrong.as_ref());
            if let Some(fault) = &self.refused {
                parts::failed(ui, locale, fault);
            }
            let can = wrong.is_none() && self.pending.is_none();
            match parts::foot_enabled(ui, can, locale, &tr!(locale, "form-save")) {
                Some(true) => {
                    self.pending = Some(effects.request(self.command()));
                    self.refused = None;
                    false
                }
                Some(false) => true,
                None => false,
            }
        });
        if is_cancelled { DialogState::Closed } else { shown }
    }

    fn fields(&mut self, ui: &mut Ui, app: &AppState, wrong: Option<&InvalidValue>) {
        let locale = app.locale;
        // Empty fields are incomplete rather than wrong.
        let error = |place: DoorField| wrong.filter(|wrong| DoorField::of(wrong) == place).map(|it| want(locale, it));
        let of_name = error(DoorField::Name).filter(|_| !self.name.is_empty());
        let label = tr!(locale, "nodes-name");
        Field::new(&label, &mut self.name).hint("jp").wrong(of_name.as_deref()).first().show(ui);
        let of_address = error(DoorField::Listen).filter(|_| !self.listen.is_empty());
        let label = tr!(locale, "doors-listen");
        Field::new(&label, &mut self.listen).hint("127.0.0.1:1081").wrong(of_address.as_deref()).show(ui);
        parts::beside_labels(ui, |ui| parts::weak(ui, tr!(locale, "doors-listen-text")));
        let nodes = selectors::selectors(app, self.to.as_ref()).into_iter();
        let nodes = nodes.map(|nodes| (Some(nodes.clone()), selectors::selector(app, &nodes)));
        let nodes: Vec<_> = std::iter::once((None, tr!(locale, "doors-pool"))).chain(nodes).collect();
        if let Some(to) = parts::choice(ui, &tr!(locale, "menu-nodes"), &self.to, &nodes) {
            (self.to, self.fallback) = (to, NodeFallback::Fail);
        }
        let fallbacks = selectors::fallbacks(locale, self.to.as_ref());
        if !fallbacks.is_empty()
            && let Some(fallback) = parts::choice(ui, &tr!(locale, "pins-else"), &self.fallback, &fallbacks)
        {
            self.fallback = fallback;
        }
        let named = Strategy::ALL.map(|strategy| (Some(strategy), labels::strategy(locale, strategy)));
        let all: Vec<_> = std::iter::once((None, tr!(locale, "doors-pool"))).chain(named).collect();
        if let Some(strategy) = parts::choice(ui, &tr!(locale, "menu-strategy"), &self.strategy, &all) {
            self.strategy = strategy;
        }
        if let Some(error) = error(DoorField::Target).filter(|_| !self.name.is_empty()) {
            parts::beside_labels(ui, |ui| parts::weak(ui, error));
        }
    }

    /// Checks the door as typed, with all others, as the engine does it.
    fn check(&self, settings: &Settings) -> Result<(), InvalidValue> {
        let listen = match self.listen.trim() {
            "" => None,
            typed => {
                Some(typed.parse::<SocketAddr>().map_err(|_| InvalidValue::new("listen", ExpectedValue::Address))?)
            }
        };
        let door = Door {
            name: self.name.trim().to_owned(),
            listen,
            to: self.to.clone(),
            fallback: self.fallback,
            strategy: self.strategy,
        };
        let mut doors = settings.doors.clone();
        match doors.iter_mut().find(|old| Some(&old.name) == self.edited.as_ref()) {
            Some(old) => *old = door,
            None => doors.push(door),
        }
        let doors = serde_json::to_string(&doors).expect("doors are plain JSON");
        settings.with("doors", &doors).map(drop)
    }

    fn command(&self) -> Command {
        let name = self.name.trim().to_owned();
        let changes = DoorChanges {
            name: Some(name.clone()),
            listen: Some(self.listen.trim().to_owned()),
            to: Some(self.to.as_ref().map(ToString::to_string).unwrap_or_default()),
            fallback: Some(self.fallback),
            strategy: Some(self.strategy.map(|strategy| strategy.as_str().to_owned()).unwrap_or_default()),
        };
        match self.edited.clone() {
            Some(edited) => Command::DoorEdit { name: edited, changes },
            None => Command::DoorAdd { name, changes },
        }
    }

    /// Takes the reply if it belongs to the dialog; it is closed if the door was taken.
    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) -> DialogState {
        if self.pending != Some(ticket) {
            return DialogState::Open;
        }
        self.pending = None;
        match result {
            RequestResult::Engine(Ok(Reply::Done)) => DialogState::Closed,
            RequestResult::Engine(Err(fault)) => {
                self.refused = Some(fault.clone());
                DialogState::Open
            }
            RequestResult::Engine(Ok(_)) | RequestResult::Local(_) => DialogState::Open,
        }
    }
}

/// The part of the dialog that an error belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DoorField {
    Name,
    Listen,
    Target,
}

impl DoorField {
    fn of(wrong: &InvalidValue) -> Self {
        if matches!(wrong.wanted, ExpectedValue::DoorName | ExpectedValue::NewDoorName) {
            Self::Name
        } else if matches!(wrong.wanted, ExpectedValue::DoorTarget | ExpectedValue::Doors) {
            Self::Target
        } else {
            Self::Listen
        }
    }
}

fn want(locale: Locale, wrong: &InvalidValue) -> String {
    tr!(locale, "settings-wanted", wanted = wrong.wanted.localize(locale))
}
