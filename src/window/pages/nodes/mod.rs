//! The page of the nodes: what there is, how it goes, and all that can be done with it.
//!
//! The table ([`table`]) shows [`lines`] and says what was clicked; this page keeps what is chosen, which
//! dialog is open, and which answers are awaited.

mod actions;
mod draft;
mod form;
mod lines;
mod selection;
mod share;
mod table;
mod welcome;

use std::collections::HashMap;

use eframe::egui::{Frame, Id, Key, Margin, Modifiers, TextEdit, Ui};

use self::actions::{Sought, Wait};
use self::draft::Draft;
use self::form::{For, Form};
use self::lines::{Line, View};
use self::selection::{How, Selection};
use self::share::Share;
use super::Content;
use crate::i18n::{Locale, tr};
use crate::model::preview::ShareForm;
use crate::model::{Command, NodeId, Page};
use crate::window::known::{Engine, Known};
use crate::window::out::{Answer, Import, Out, Ticket, Wish};
use crate::window::parts::{self, PathDialog};

/// The page of the nodes.
#[derive(Default)]
pub(super) struct Nodes {
    view: View,
    made_of: Option<(u64, View)>,
    lines: Vec<Line>,
    /// The nodes in the order of the lines.
    order: Vec<NodeId>,
    selection: Selection,
    numbers: table::Numbers,
    waits: HashMap<Ticket, Wait>,
    scroll_to: Option<usize>,
    dialog: Option<Dialog>,
}

/// What stands in front of the table.
enum Dialog {
    /// A node is typed or changed.
    Form(Box<Form>),
    /// Nodes are passed on.
    Share(Share),
    /// A place for a code's picture is asked for.
    Save { path: PathDialog, bytes: Vec<u8> },
}

impl Content for Nodes {
    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let has_none = matches!(&known.engine, Engine::Running(snapshot) if snapshot.nodes == 0);
        if has_none {
            welcome::show(ui, known.locale, self, out);
            return self.show_dialog(ui, known, out);
        }
        self.keep_up(known);
        Frame::new().inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 0 }).show(ui, |ui| {
            self.bar(ui, known, out);
            ui.add_space(4.0);
            self.table(ui, known, out);
        });
        self.show_dialog(ui, known, out);
        if self.dialog.is_none() && !parts::has_dialog(ui.ctx()) {
            self.keys(ui, out);
        }
    }

    fn hear(&mut self, ticket: Ticket, answer: Answer, known: &Known, out: &mut Out) {
        if let Some(wait) = self.waits.remove(&ticket) {
            self.answered(wait, answer, known, out);
        }
    }
}

impl Nodes {
    /// Makes the lines anew where something they are made of has changed.
    fn keep_up(&mut self, known: &Known) {
        let made_of = (known.nodes_version, &self.view);
        if self.made_of.as_ref().is_some_and(|(version, view)| (*version, view) == made_of) {
            return;
        }
        self.lines = self.view.lines(&known.nodes);
        let place = |line: &Line| match line {
            Line::Node(place) => Some(known.nodes[*place].id.clone()),
            Line::Group { .. } => None,
        };
        self.order = self.lines.iter().filter_map(place).collect();
        self.made_of = Some((known.nodes_version, self.view.clone()));
    }

    /// The nodes that are chosen and shown, in the order in which they are.
    fn chosen(&self) -> Vec<NodeId> {
        self.selection.among(self.order.iter())
    }

    /// Search, and what can be done with the nodes.
    fn bar(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        ui.horizontal(|ui| {
            let search = TextEdit::singleline(&mut self.view.search)
                .id(search_id())
                .hint_text(tr!(locale, "nodes-search"))
                .desired_width((ui.available_width() * 0.28).clamp(140.0, 260.0))
                .margin(eframe::egui::vec2(8.0, 5.0));
            ui.add(search).accessible_name(tr!(locale, "nodes-search"));
            self.add_menu(ui, locale, out);
            self.test_button(ui, known, out);
            let chosen = self.chosen();
            ui.add_enabled_ui(chosen.len() == 1, |ui| {
                if ui.button(tr!(locale, "nodes-edit")).clicked() {
                    self.seek(&chosen[0], Sought::Edit, out);
                }
            });
            ui.add_enabled_ui(!chosen.is_empty(), |ui| {
                if ui.button(tr!(locale, "nodes-share")).clicked() {
                    self.share(&chosen, out);
                }
                if ui.button(tr!(locale, "nodes-delete")).clicked() {
                    self.remove(&chosen, out);
                }
            });
            if !chosen.is_empty() {
                parts::truncated(ui, tr!(locale, "nodes-chosen", chosen = chosen.len(), all = known.nodes.len()));
            }
        });
    }

    fn test_button(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        if let Some((done, all)) = known.trials.progress() {
            if ui.button(tr!(locale, "nodes-stop-tests", done = done, all = all)).clicked() {
                out.wish(Wish::StopTests);
            }
            return;
        }
        let chosen = self.chosen();
        let text = if chosen.is_empty() { tr!(locale, "nodes-test-all") } else { tr!(locale, "nodes-test") };
        if ui.button(text).clicked() {
            out.test(if chosen.is_empty() { self.order.clone() } else { chosen });
        }
    }

    fn add_menu(&mut self, ui: &mut Ui, locale: Locale, out: &mut Out) {
        ui.menu_button(tr!(locale, "nodes-add"), |ui| {
            if ui.button(tr!(locale, "nodes-add-by-hand")).clicked() {
                self.add_by_hand();
            }
            if ui.button(tr!(locale, "nodes-add-clipboard")).clicked() {
                out.import(Import::Clipboard);
            }
            if ui.button(tr!(locale, "nodes-add-file")).clicked() {
                out.import(Import::File);
            }
            if ui.button(tr!(locale, "nodes-add-screen")).clicked() {
                out.import(Import::Screen);
            }
            if ui.button(tr!(locale, "nodes-add-subscription")).clicked() {
                out.go(Page::Subscriptions);
            }
        });
    }

    fn add_by_hand(&mut self) {
        self.dialog = Some(Dialog::Form(Box::new(Form::new(For::New, Draft::default()))));
    }

    /// Asks for a node's link: what is seen of it in the list holds no password.
    fn seek(&mut self, id: &NodeId, sought: Sought, out: &mut Out) {
        let ticket = out.ask(Command::Share { node: id.to_string() });
        self.waits.insert(ticket, Wait::Link { id: id.clone(), sought });
    }

    fn share(&mut self, nodes: &[NodeId], out: &mut Out) {
        if let [only] = nodes {
            return self.seek(only, Sought::Share, out);
        }
        let named = nodes.iter().map(ToString::to_string).collect();
        let ticket = out.ask(Command::ShareMany { nodes: named, form: ShareForm::Links });
        self.waits.insert(ticket, Wait::Links { nodes: nodes.len() });
    }

    /// Has the chosen nodes stand one place further up or down, together.
    fn shift(&mut self, by: isize, out: &mut Out) {
        let chosen = self.chosen();
        let places: Vec<_> = (0..self.order.len()).filter(|place| chosen.contains(&self.order[*place])).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let before = if by < 0 { first.checked_sub(1) } else { Some(last + 2) };
        if let Some(before) = before {
            self.move_to(&chosen, self.order.get(before).cloned().as_ref(), out);
        }
    }

    /// Has nodes stand in front of another one, or at the end, where the order of the list is what is shown.
    fn move_to(&mut self, nodes: &[NodeId], before: Option<&NodeId>, out: &mut Out) {
        if self.view.sort == Default::default() && !nodes.is_empty() {
            let nodes = nodes.iter().map(ToString::to_string).collect();
            out.command(Command::NodesMove { nodes, before: before.map(ToString::to_string) });
        }
    }

    fn remove(&mut self, nodes: &[NodeId], out: &mut Out) {
        let command = Command::NodesRemove { nodes: nodes.iter().map(ToString::to_string).collect() };
        self.waits.insert(out.ask(command), Wait::Removal { nodes: nodes.len() });
    }

    /// Keys that do something while nothing is typed into.
    fn keys(&mut self, ui: &mut Ui, out: &mut Out) {
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
        // Before those without a modifier, which would take them too.
        for (key, by) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
            if pressed(Modifiers::ALT, key) {
                self.shift(by, out);
            }
        }
        for (key, by) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1), (Key::PageUp, -10), (Key::PageDown, 10)] {
            for (modifiers, how) in [(Modifiers::SHIFT, How::UpTo), (Modifiers::NONE, How::Alone)] {
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
            self.seek(only, Sought::Edit, out);
        }
        if pressed(Modifiers::NONE, Key::Delete) && !chosen.is_empty() {
            self.remove(&chosen, out);
        }
    }

    fn line_of_cursor(&self) -> Option<usize> {
        let cursor = self.selection.cursor()?;
        let place = self.order.iter().position(|id| id == cursor)?;
        let mut nodes = self.lines.iter().enumerate().filter(|(_, line)| matches!(line, Line::Node(_)));
        nodes.nth(place).map(|(line, _)| line)
    }
}

fn search_id() -> Id {
    Id::unique("nodes-search")
}
