//! The doors: added, changed and removed here, with their state and the members that serve them.

use eframe::egui::{Align, Button, Layout, RichText, Ui};

use super::door_dialog::DoorDialog;
use crate::i18n::labels::{named, one_line};
use crate::i18n::{routing, tr, units};
use crate::model::Command;
use crate::model::door::DoorView;
use crate::model::settings::NodeSelector;
use crate::window::effects::{Effects, RequestResult, Ticket};
use crate::window::parts::{self, DialogState};
use crate::window::selectors;
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// The section.
#[derive(Default)]
pub(super) struct DoorsSection {
    dialog: Option<DoorDialog>,
}

/// What the user does with a door of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DoorClick {
    Edit,
    Remove,
}

impl DoorsSection {
    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let (Some(settings), Some(snapshot)) = (app.settings(), app.snapshot()) else { return };
        let locale = app.locale;
        parts::section(ui, &tr!(locale, "doors-title"), |ui| {
            parts::weak(ui, tr!(locale, "doors-text"));
            let mut clicked = None;
            for view in &snapshot.doors {
                let click = ui.push_id(&view.door.name, |ui| row(ui, app, view)).inner;
                clicked = clicked.or(click.map(|click| (view, click)));
            }
            if ui.button(tr!(locale, "doors-add")).clicked() {
                self.dialog = Some(DoorDialog::new());
            }
            match clicked {
                Some((view, DoorClick::Edit)) => self.dialog = Some(DoorDialog::of(&view.door)),
                Some((view, DoorClick::Remove)) => {
                    effects.command(Command::DoorRemove { name: view.door.name.clone() })
                }
                None => {}
            }
        });
        if let Some(dialog) = &mut self.dialog
            && dialog.show(ui, app, settings, effects) == DialogState::Closed
        {
            self.dialog = None;
        }
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) {
        if let Some(dialog) = &mut self.dialog
            && dialog.on_reply(ticket, result) == DialogState::Closed
        {
            self.dialog = None;
        }
    }
}

/// A door in two lines: where it is and leads to, and how it is doing.
fn row(ui: &mut Ui, app: &AppState, view: &DoorView) -> Option<DoorClick> {
    let (locale, name) = (app.locale, one_line(&view.door.name));
    let mut clicked = None;
    ui.horizontal(|ui| {
        let buttons =
            [(DoorClick::Remove, tr!(locale, "subscriptions-remove")), (DoorClick::Edit, tr!(locale, "nodes-edit"))];
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (click, word) in buttons {
                let button = ui.add(Button::new(&word));
                if button.clicked() {
                    clicked = Some(click);
                }
                button.accessible_name(tr!(locale, "pins-button", action = word, traffic = name.as_str()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                parts::dot(ui, color(ui, view));
                parts::truncated(ui, RichText::new(name.as_str()).strong());
                parts::truncated(ui, place(app, view));
            });
        });
    });
    parts::weak(ui, state(app, view));
    clicked
}

fn color(ui: &Ui, view: &DoorView) -> eframe::egui::Color32 {
    let palette = Palette::of(ui);
    if view.is_unserved() || (view.door.listen.is_some() && !view.listening) {
        palette.red
    } else if view.in_use {
        palette.green
    } else {
        palette.frame
    }
}

/// The address of a door, and its nodes or strategy.
fn place(app: &AppState, view: &DoorView) -> String {
    let locale = app.locale;
    let nodes = view.door.to.as_ref().map(|to| selectors::selector(app, to));
    let nodes = match (nodes, view.door.strategy) {
        (Some(nodes), None) => nodes,
        (_, _) => routing::door_nodes(locale, view),
    };
    match view.door.listen {
        Some(addr) => tr!(locale, "doors-at", address = addr.to_string(), nodes = nodes),
        None => tr!(locale, "doors-by-name", nodes = nodes),
    }
}

/// The state of a door, its members, and its traffic.
fn state(app: &AppState, view: &DoorView) -> String {
    let locale = app.locale;
    let mut parts = vec![routing::door_state(locale, view)];
    let members = members(app, view);
    if !members.is_empty() {
        parts.push(members.join(", "));
    }
    if view.total > 0 {
        parts.push(tr!(locale, "doors-connections", open = view.active, total = view.total));
        let (down, up) = (units::bytes(view.down), units::bytes(view.up));
        parts.push(tr!(locale, "window-rates", down = down, up = up));
    }
    parts.join(" · ")
}

/// The names of the members that the door selects and that take connections.
fn members(app: &AppState, view: &DoorView) -> Vec<String> {
    let (Some(snapshot), Some(to), true) = (app.snapshot(), &view.door.to, view.in_use) else { return Vec::new() };
    let fits = |id| {
        app.node(id).is_some_and(|node| match to {
            NodeSelector::Node(wanted) => node.id == *wanted,
            NodeSelector::Group(group) => node.group == *group,
            NodeSelector::Country(country) => node.country == Some(*country),
        })
    };
    let serving = snapshot.members.iter().filter(|member| member.state.is_serving() && fits(&member.id));
    serving.map(|member| named(&member.name, &member.id)).collect()
}
