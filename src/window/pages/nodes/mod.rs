//! The nodes page: the list of nodes, their state, and all actions on them.
//!
//! The table ([`table`]) draws [`rows`] and reports clicks; this page owns the selection, the open dialog, and the
//! pending requests.

mod actions;
mod draft;
mod form;
mod rows;
mod selection;
mod share;
mod table;
mod welcome;

use std::collections::{BTreeSet, HashMap};

use eframe::egui::containers::menu::MenuButton;
use eframe::egui::{Button, Frame, Id, Key, Margin, Modifiers, TextEdit, Ui};

use self::actions::{LinkUse, NodesPending};
use self::draft::NodeDraft;
use self::form::{Form, FormPurpose};
use self::rows::{NodeRow, TableFilter};
use self::selection::{SelectMode, Selection};
use self::share::Share;
use super::PageView;
use crate::control::replica::EngineStatus;
use crate::i18n::{Locale, tr};
use crate::model::preview::ShareForm;
use crate::model::{Command, NodeId, Page};
use crate::window::effects::{Effects, ImportSource, RequestResult, Ticket};
use crate::window::parts::{self, PathDialog};
use crate::window::state::AppState;

/// The nodes page.
#[derive(Default)]
pub(super) struct NodesPage {
    filter: TableFilter,
    made_of: Option<(u64, TableFilter)>,
    rows: Vec<NodeRow>,
    /// The nodes in the order of the rows.
    order: Vec<NodeId>,
    selection: Selection,
    numbers: table::Numbers,
    pending: HashMap<Ticket, NodesPending>,
    scroll_to: Option<usize>,
    dialog: Option<Dialog>,
    welcome: Welcome,
}

/// The state of the welcome page of the first start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Welcome {
    /// Not shown in this window.
    #[default]
    Hidden,
    /// Shown.
    Shown,
    /// Closed; the settings may not reflect it yet.
    Closed,
}

/// The open dialog.
enum Dialog {
    /// A node is added or edited.
    Form(Box<Form>),
    /// Nodes are shared.
    Share(Share),
    /// The picture of a QR code is saved.
    Save { path: PathDialog, bytes: Vec<u8> },
}

impl PageView for NodesPage {
    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let nodes = match &app.replica.status {
            EngineStatus::Running(snapshot) => Some(snapshot.nodes),
            EngineStatus::Connecting | EngineStatus::Unavailable(_) => None,
        };
        if nodes == Some(0) {
            welcome::show(ui, app, self, effects);
            return self.show_dialog(ui, app, effects);
        }
        if nodes.is_some() && self.welcome == Welcome::Shown {
            // There are nodes now: the welcome page is not shown again.
            self.close_welcome(effects);
        }
        self.rebuild_rows(app);
        Frame::new().inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 0 }).show(ui, |ui| {
            self.bar(ui, app, effects);
            ui.add_space(4.0);
            self.table(ui, app, effects);
        });
        self.show_dialog(ui, app, effects);
        if self.dialog.is_none() && !parts::has_dialog(ui.ctx()) {
            self.keys(ui, effects);
        }
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, app: &AppState, effects: &mut Effects) {
        if let Some(pending) = self.pending.remove(&ticket) {
            self.on_pending_reply(pending, result, app, effects);
        }
    }
}

impl NodesPage {
    fn close_welcome(&mut self, effects: &mut Effects) {
        self.welcome = Welcome::Closed;
        effects.command(welcome::mark_seen());
    }

    /// Rebuilds the rows if their source has changed.
    fn rebuild_rows(&mut self, app: &AppState) {
        let made_of = (app.replica.nodes_version, &self.filter);
        if self.made_of.as_ref().is_some_and(|(version, filter)| (*version, filter) == made_of) {
            return;
        }
        self.rows = self.filter.rows(app.nodes());
        let place = |line: &NodeRow| match line {
            NodeRow::Node(place) => Some(app.nodes()[*place].id.clone()),
            NodeRow::Group { .. } => None,
        };
        self.order = self.rows.iter().filter_map(place).collect();
        self.made_of = Some((app.replica.nodes_version, self.filter.clone()));
    }

    /// The selected nodes that are shown, in the order shown.
    fn chosen(&self) -> Vec<NodeId> {
        self.selection.among(self.order.iter())
    }

    /// The toolbar: search, and actions on nodes.
    fn bar(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        // In a narrow window, and in languages with long words, the buttons take two lines.
        ui.horizontal_wrapped(|ui| {
            let search = TextEdit::singleline(&mut self.filter.search)
                .id(search_id())
                .hint_text(tr!(locale, "nodes-search"))
                .desired_width((ui.available_width() * 0.28).clamp(140.0, 260.0))
                .margin(eframe::egui::vec2(8.0, 5.0));
            ui.add(search).accessible_name(tr!(locale, "nodes-search"));
            self.country_filter(ui, app);
            self.add_menu(ui, locale, effects);
            self.test_button(ui, app, effects);
            let chosen = self.chosen();
            let (is_one, has_some) = (chosen.len() == 1, !chosen.is_empty());
            if ui.add_enabled(is_one, Button::new(tr!(locale, "nodes-edit"))).clicked() {
                self.request_link(&chosen[0], LinkUse::Edit, effects);
            }
            if ui.add_enabled(has_some, Button::new(tr!(locale, "nodes-share"))).clicked() {
                self.share(&chosen, effects);
            }
            if ui.add_enabled(has_some, Button::new(tr!(locale, "nodes-delete"))).clicked() {
                self.remove(&chosen, effects);
            }
            if has_some {
                ui.label(tr!(locale, "nodes-chosen", chosen = chosen.len(), all = app.nodes().len()));
            }
        });
    }

    /// The dropdown of countries, if any is known.
    fn country_filter(&mut self, ui: &mut Ui, app: &AppState) {
        let countries: BTreeSet<_> =
            app.nodes().iter().filter_map(|node| node.country).chain(self.filter.country).collect();
        if countries.is_empty() {
            return;
        }
        let every = std::iter::once((None, tr!(app.locale, "nodes-every-country")));
        let all: Vec<_> = every.chain(countries.iter().map(|country| (Some(*country), country.to_string()))).collect();
        let name = tr!(app.locale, "nodes-country");
        if let Some(country) = parts::pick(ui, &name, 120.0, &self.filter.country, &all) {
            self.filter.country = country;
        }
    }

    fn test_button(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        if let Some((done, all)) = app.node_tests.progress() {
            if ui.button(tr!(locale, "nodes-stop-tests", done = done, all = all)).clicked() {
                effects.stop_tests();
            }
            return;
        }
        let chosen = self.chosen();
        let text = if chosen.is_empty() { tr!(locale, "nodes-test-all") } else { tr!(locale, "nodes-test") };
        if ui.button(text).clicked() {
            effects.test(if chosen.is_empty() { self.order.clone() } else { chosen });
        }
    }

    fn add_menu(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        let button = parts::primary_button(ui, &tr!(locale, "nodes-add"));
        MenuButton::from_button(button).ui(ui, |ui| {
            if ui.button(tr!(locale, "nodes-add-manually")).clicked() {
                self.add_by_hand();
            }
            if ui.button(tr!(locale, "nodes-add-clipboard")).clicked() {
                effects.import(ImportSource::Clipboard);
            }
            if ui.button(tr!(locale, "nodes-add-file")).clicked() {
                effects.import(ImportSource::File);
            }
            if ui.button(tr!(locale, "nodes-add-screen")).clicked() {
                effects.import(ImportSource::Screen);
            }
            if ui.button(tr!(locale, "nodes-add-clients")).clicked() {
                effects.import(ImportSource::OtherClients);
            }
            if ui.button(tr!(locale, "nodes-add-subscription")).clicked() {
                effects.go(Page::Subscriptions);
            }
        });
    }

    fn add_by_hand(&mut self) {
        self.dialog = Some(Dialog::Form(Box::new(Form::new(FormPurpose::New, NodeDraft::default()))));
    }

    /// Requests a node's link: the list of nodes contains no passwords.
    fn request_link(&mut self, id: &NodeId, purpose: LinkUse, effects: &mut Effects) {
        let ticket = effects.request(Command::Share { node: id.to_string() });
        self.pending.insert(ticket, NodesPending::Link { id: id.clone(), purpose });
    }

    fn share(&mut self, nodes: &[NodeId], effects: &mut Effects) {
        if let [only] = nodes {
            return self.request_link(only, LinkUse::Share, effects);
        }
        let named = nodes.iter().map(ToString::to_string).collect();
        let ticket = effects.request(Command::ShareMany { nodes: named, form: ShareForm::Links });
        self.pending.insert(ticket, NodesPending::Links { nodes: nodes.len() });
    }

    /// Moves the selected nodes up or down together.
    fn shift(&mut self, by: isize, effects: &mut Effects) {
        let chosen = self.chosen();
        let places: Vec<_> = (0..self.order.len()).filter(|place| chosen.contains(&self.order[*place])).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let before = if by < 0 { first.checked_sub(1) } else { Some(last + 2) };
        if let Some(before) = before {
            self.move_to(&chosen, self.order.get(before).cloned().as_ref(), effects);
        }
    }

    /// Moves nodes in front of another node, or to the end; only if the list is shown in its own order.
    fn move_to(&mut self, nodes: &[NodeId], before: Option<&NodeId>, effects: &mut Effects) {
        if self.filter.sort == Default::default() && !nodes.is_empty() {
            let nodes = nodes.iter().map(ToString::to_string).collect();
            effects.command(Command::NodesMove { nodes, before: before.map(ToString::to_string) });
        }
    }

    fn remove(&mut self, nodes: &[NodeId], effects: &mut Effects) {
        let command = Command::NodesRemove { nodes: nodes.iter().map(ToString::to_string).collect() };
        self.pending.insert(effects.request(command), NodesPending::Removal { nodes: nodes.len() });
    }

    /// Keyboard shortcuts, while no field has the focus.
    fn keys(&mut self, ui: &mut Ui, effects: &mut Effects) {
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
            ui.memory_mut(|memory| memory.request_focus(search_id()));
        }
        if ui.memory(|memory| memory.focused().is_some()) {
            return;
        }
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::A) {
            self.selection.all(&self.order);
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            self.selection.clear();
        }
        // Before the shortcuts without a modifier, which would match too.
        for (key, by) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
            if pressed(Modifiers::ALT, key) {
                self.shift(by, effects);
            }
        }
        for (key, by) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1), (Key::PageUp, -10), (Key::PageDown, 10)] {
            for (modifiers, how) in [(Modifiers::SHIFT, SelectMode::Range), (Modifiers::NONE, SelectMode::Replace)] {
                if pressed(modifiers, key) {
                    self.selection.step(by, how, &self.order);
                    self.scroll_to = self.line_of_cursor();
                }
            }
        }
        let chosen = self.chosen();
        if let [only] = chosen.as_slice()
            && pressed(Modifiers::NONE, Key::Enter)
        {
            self.request_link(only, LinkUse::Edit, effects);
        }
        if pressed(Modifiers::NONE, Key::Delete) && !chosen.is_empty() {
            self.remove(&chosen, effects);
        }
    }

    fn line_of_cursor(&self) -> Option<usize> {
        let cursor = self.selection.cursor()?;
        let place = self.order.iter().position(|id| id == cursor)?;
        let mut nodes = self.rows.iter().enumerate().filter(|(_, line)| matches!(line, NodeRow::Node(_)));
        nodes.nth(place).map(|(line, _)| line)
    }
}

fn search_id() -> Id {
    Id::unique("nodes-search")
}
