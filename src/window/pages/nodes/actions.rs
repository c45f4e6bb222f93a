//! What is done with nodes once an answer has come, and what dialogs ask for.

use std::path::PathBuf;

use super::draft::Draft;
use super::form::{self, For, Form};
use super::share::{self, Share};
use super::{Dialog, Nodes};
use crate::i18n::{Locale, Localize, tr, words};
use crate::model::command::{ImportReport, NodeChanges};
use crate::model::{Command, Fault, Node, NodeId, Reply, Secret, link};
use crate::window::known::Known;
use crate::window::out::{Answer, Brought, Errand, Out};
use crate::window::parts::{PathDialog, PathDone};
use crate::window::toasts::Toast;

/// What an answer is awaited for.
#[derive(Debug)]
pub(super) enum Wait {
    /// Whether so many were removed.
    Removal { nodes: usize },
    /// A node's link.
    Link { id: NodeId, sought: Sought },
    /// The links of so many nodes.
    Links { nodes: usize },
    /// Whether the form's node was added.
    Added { node: Box<Node> },
    /// Whether the form's node has another server.
    Replaced { node: Box<Node> },
    /// Whether the form's node was changed.
    Changed,
    /// Whether a picture was written.
    Saved,
}

/// What a node's link is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// To change the node.
    Edit,
    /// To make another one of it.
    Duplicate,
    /// To pass it on.
    Share,
}

impl Nodes {
    /// An answer has come.
    pub(super) fn answered(&mut self, wait: Wait, answer: Answer, known: &Known, out: &mut Out) {
        match answer {
            Answer::Engine(Ok(reply)) => self.replied(wait, reply, known, out),
            Answer::Engine(Err(fault)) => self.refused(&wait, &fault, known.locale, out),
            Answer::Errand(Ok(brought)) => self.brought(brought, known.locale, out),
            Answer::Errand(Err(reason)) => match &mut self.dialog {
                Some(Dialog::Save { path, .. }) => path.refused = Some(reason),
                Some(Dialog::Form(_) | Dialog::Share(_)) | None => out.tell(Toast::failed(reason)),
            },
        }
    }

    /// The engine has refused something: the form says so where it is open, and nothing typed is lost.
    fn refused(&mut self, wait: &Wait, fault: &Fault, locale: Locale, out: &mut Out) {
        let is_of_form = matches!(wait, Wait::Added { .. } | Wait::Replaced { .. } | Wait::Changed);
        match &mut self.dialog {
            Some(Dialog::Form(form)) if is_of_form => form.refused = Some(fault.localize(locale)),
            Some(_) | None => out.tell(Toast::failed(fault.localize(locale))),
        }
    }

    fn brought(&mut self, brought: Brought, locale: Locale, out: &mut Out) {
        match brought {
            Brought::Saved(path) => {
                self.dialog = None;
                out.tell(Toast::done(tr!(locale, "path-saved", file = path.display().to_string())));
            }
            Brought::File { .. } | Brought::Text(_) | Brought::Bytes(_) | Brought::Log { .. } => {}
            Brought::Nothing | Brought::StartAtLogin(_) => {}
        }
    }

    fn replied(&mut self, wait: Wait, reply: Reply, known: &Known, out: &mut Out) {
        let locale = known.locale;
        match (wait, reply) {
            (Wait::Added { node }, Reply::Imported(report)) => self.added(&node, &report, locale, out),
            (Wait::Removal { nodes }, _) => {
                self.selection.clear();
                let toast = Toast::done(tr!(locale, "nodes-removed", nodes = nodes));
                out.tell(toast.with_action(tr!(locale, "window-undo"), Command::NodesRestore));
            }
            (Wait::Link { id, sought }, Reply::Link(link)) => self.found(&id, sought, &link, known),
            (Wait::Links { nodes }, Reply::Shared(shared)) => {
                let name = tr!(locale, "share-nodes", nodes = nodes);
                self.dialog = Some(Dialog::Share(Share::many(name, shared.text)));
            }
            (Wait::Replaced { node }, _) => {
                out.command(Command::NodeEdit { node: node.id().to_string(), changes: chosen(&node) });
                self.finish(tr!(locale, "form-saved"), out);
            }
            (Wait::Changed, _) => self.finish(tr!(locale, "form-saved"), out),
            (_, _) => {}
        }
    }

    fn finish(&mut self, said: String, out: &mut Out) {
        self.dialog = None;
        out.tell(Toast::done(said));
    }

    fn added(&mut self, node: &Node, report: &ImportReport, locale: Locale, out: &mut Out) {
        if let Some(id) = report.added.first() {
            let changes = chosen(node);
            if changes != chosen(&Node::new(node.name.clone(), "", 1, node.kind.clone())) {
                out.command(Command::NodeEdit { node: id.to_string(), changes });
            }
            return self.finish(words::imported(locale, 1, 0, 0), out);
        }
        if let Some(Dialog::Form(form)) = &mut self.dialog {
            let reason = report.refused.first().map(|refused| refused.error.localize(locale));
            form.refused = Some(reason.unwrap_or_else(|| tr!(locale, "form-known")));
        }
    }

    /// A node's link is there.
    fn found(&mut self, id: &NodeId, sought: Sought, link: &Secret, known: &Known) {
        let Ok(mut node) = link::parse(link.expose()) else { return };
        let Some(view) = known.node(id) else { return };
        let name = words::named(&view.name, id);
        // What a link does not say.
        node.group.clone_from(&view.group);
        (node.weight, node.tier, node.excluded) = (view.weight, view.tier, view.excluded);
        self.dialog = Some(match sought {
            Sought::Share => Dialog::Share(Share::one(name, link.clone())),
            Sought::Edit => {
                let draft = Draft::of(&node);
                Dialog::Form(Box::new(Form::new(For::Change(id.clone(), Box::new(node)), draft)))
            }
            Sought::Duplicate => {
                let draft = Draft { name: tr!(known.locale, "form-copy-of", node = name), ..Draft::of(&node) };
                Dialog::Form(Box::new(Form::new(For::New, draft)))
            }
        });
    }

    /// Draws the dialog that is open, and does what it asks for.
    pub(super) fn show_dialog(&mut self, ui: &eframe::egui::Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        match &mut self.dialog {
            None => {}
            Some(Dialog::Form(form)) => match form.show(ui, locale, &known.groups()) {
                form::Done::NotYet => {}
                form::Done::Closed => self.dialog = None,
                form::Done::Save(node) => self.save(node, out),
            },
            Some(Dialog::Share(share)) => match share.show(ui, locale, out) {
                share::Done::NotYet => {}
                share::Done::Closed => self.dialog = None,
                share::Done::Picture(bytes) => {
                    let path = PathDialog { path: picture_path(&share.name), refused: None };
                    self.dialog = Some(Dialog::Save { path, bytes });
                }
            },
            Some(Dialog::Save { path, bytes }) => {
                match path.show(ui, locale, &tr!(locale, "share-save"), &tr!(locale, "form-save")) {
                    PathDone::NotYet => {}
                    PathDone::Closed => self.dialog = None,
                    PathDone::Path(path) => {
                        let errand = Errand::WriteFile { path, bytes: bytes.clone() };
                        self.waits.insert(out.errand(errand), Wait::Saved);
                    }
                    PathDone::Browse => {
                        let errand = Errand::SaveFile { name: "sluice.png".into(), bytes: bytes.clone() };
                        self.waits.insert(out.errand(errand), Wait::Saved);
                    }
                }
            }
        }
    }

    fn save(&mut self, node: Box<Node>, out: &mut Out) {
        let Some(Dialog::Form(form)) = &self.dialog else { return };
        let (ticket, wait) = match &form.purpose {
            For::New => (out.ask(Command::Import { text: link::print(&node) }), Wait::Added { node }),
            For::Change(id, before) if before.id() == node.id() => {
                let command = Command::NodeEdit { node: id.to_string(), changes: chosen(&node) };
                (out.ask(command), Wait::Changed)
            }
            For::Change(id, _) => {
                let command = Command::NodeReplace { node: id.to_string(), link: link::print(&node).into() };
                (out.ask(command), Wait::Replaced { node })
            }
        };
        self.waits.insert(ticket, wait);
    }
}

/// What was chosen for a node beside its server.
fn chosen(node: &Node) -> NodeChanges {
    NodeChanges {
        name: Some(node.name.clone()),
        group: Some(node.group.clone()),
        weight: Some(node.weight),
        tier: Some(node.tier),
        excluded: None,
    }
}

/// Where a code's picture is proposed to be: among the person's pictures, by the node's name.
fn picture_path(name: &str) -> String {
    let plain: String = name.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '-' }).collect();
    let folders = directories::UserDirs::new();
    let folder = folders.as_ref().map(|folders| folders.picture_dir().unwrap_or(folders.home_dir()));
    folder.map_or_else(PathBuf::new, PathBuf::from).join(format!("{plain}.png")).to_string_lossy().into_owned()
}
