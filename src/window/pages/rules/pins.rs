//! The pins, in their order: made, changed, moved and removed here.

use eframe::egui::{Align, Button, Layout, RichText, Ui};
use jiff::tz::TimeZone;

use crate::i18n::labels::one_line;
use crate::i18n::{tr, units};
use crate::model::Command;
use crate::model::settings::{NodeFallback, Pin, PinTarget};
use crate::window::effects::Effects;
use crate::window::parts;
use crate::window::pin_dialog::{self, PinAction, PinDialog};
use crate::window::selectors;
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// The section.
#[derive(Default)]
pub(super) struct PinsSection {
    /// The open dialog, with the place of the pin that it changes.
    dialog: Option<(PinDialog, Option<usize>)>,
}

/// What the user does with a pin of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PinClick {
    Up,
    Down,
    Edit,
    Remove,
}

impl PinsSection {
    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(settings) = app.settings() else { return };
        let (locale, pins) = (app.locale, &settings.pins);
        parts::section(ui, &tr!(locale, "pins-title"), |ui| {
            parts::weak(ui, tr!(locale, "pins-text"));
            let mut clicked = None;
            for (place, pin) in pins.iter().enumerate() {
                let click = ui.push_id(place, |ui| row(ui, app, (place, pins.len()), pin)).inner;
                clicked = clicked.or(click.map(|click| (place, click)));
            }
            if ui.button(tr!(locale, "pins-add")).clicked() {
                self.dialog = Some((PinDialog::new(String::new()), None));
            }
            if let Some((place, click)) = clicked {
                self.on_click(place, click, pins, effects);
            }
        });
        self.show_dialog(ui, app, pins, effects);
    }

    fn on_click(&mut self, place: usize, click: PinClick, pins: &[Pin], effects: &mut Effects) {
        let mut changed = pins.to_vec();
        match click {
            PinClick::Up => changed.swap(place, place - 1),
            PinClick::Down => changed.swap(place, place + 1),
            PinClick::Edit => return self.dialog = Some((PinDialog::of(&pins[place]), Some(place))),
            PinClick::Remove => drop(changed.remove(place)),
        }
        effects.command(set(&changed));
    }

    fn show_dialog(&mut self, ui: &Ui, app: &AppState, pins: &[Pin], effects: &mut Effects) {
        let Some((dialog, place)) = &mut self.dialog else { return };
        match dialog.show(ui, app) {
            PinAction::None => return,
            PinAction::Save(pin) => {
                let mut changed = pins.to_vec();
                match place.and_then(|place| changed.get_mut(place)) {
                    Some(old) => *old = Pin { until: old.until, ..pin },
                    None => changed.push(pin),
                }
                effects.command(set(&changed));
            }
            PinAction::Closed => {}
        }
        self.dialog = None;
    }
}

/// The command that replaces all pins.
fn set(pins: &[Pin]) -> Command {
    let json = serde_json::to_string(pins).expect("pins are plain JSON");
    Command::Set { changes: [("pins".to_owned(), json)].into() }
}

fn row(ui: &mut Ui, app: &AppState, (place, count): (usize, usize), pin: &Pin) -> Option<PinClick> {
    let (locale, traffic) = (app.locale, one_line(&pin.traffic()));
    let mut clicked = None;
    ui.horizontal(|ui| {
        let buttons = [
            (PinClick::Remove, tr!(locale, "subscriptions-remove"), true),
            (PinClick::Edit, tr!(locale, "nodes-edit"), true),
            (PinClick::Down, tr!(locale, "nodes-down"), place + 1 < count),
            (PinClick::Up, tr!(locale, "nodes-up"), place > 0),
        ];
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (click, word, is_enabled) in buttons {
                let button = ui.add_enabled(is_enabled, Button::new(&word));
                if button.clicked() {
                    clicked = Some(click);
                }
                button.accessible_name(tr!(locale, "pins-button", action = word, traffic = traffic.as_str()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let line = tr!(
                    locale,
                    "pins-row",
                    place = place + 1,
                    traffic = traffic.as_str(),
                    to = pin_dialog::target(app, &pin.to)
                );
                parts::truncated(ui, RichText::new(line));
                let note = note(app, pin);
                if !note.is_empty() {
                    parts::truncated(ui, RichText::new(note).color(Palette::of(ui).weak));
                }
            });
        });
    });
    clicked
}

/// The fallback and the end of a pin.
fn note(app: &AppState, pin: &Pin) -> String {
    let locale = app.locale;
    let until = pin
        .until
        .map(|until| tr!(locale, "pins-until", until = units::time(until.as_millisecond(), &TimeZone::system())));
    let fallback = match &pin.to {
        PinTarget::Nodes(_) if pin.fallback != NodeFallback::Any => {
            Some(tr!(locale, "pins-else-short", fallback = selectors::fallback(locale, pin.fallback)))
        }
        PinTarget::Nodes(_) | PinTarget::Direct | PinTarget::Block => None,
    };
    fallback.into_iter().chain(until).collect::<Vec<_>>().join(" · ")
}
