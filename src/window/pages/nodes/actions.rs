//! What is done with nodes once an answer has come, and what dialogs ask for.

use super::draft::NodeDraft;
use super::form::{self, Form, FormPurpose};
use super::share::{self, Share};
use super::{Dialog, NodesPage};
use crate::i18n::{Locale, Localize, tr, words};
use crate::model::command::{ImportScope, Imported, NodeChanges};
use crate::model::{Command, Fault, Node, NodeId, Reply, Secret, link};
use crate::os::folders;
use crate::window::effects::{Effects, LocalOutput, LocalTask, RequestResult};
use crate::window::parts::{PathAction, PathDialog};
use crate::window::state::AppState;
use crate::window::toast::Toast;

/// What an answer is awaited for.
#[derive(Debug)]
pub(super) enum NodesPending {
    /// Whether so many were removed.
    Removal { nodes: usize },
    /// A node's link.
    Link { id: NodeId, wanted_for: LinkUse },
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
pub(super) enum LinkUse {
    /// To change the node.
    Edit,
    /// To make another one of it.
    Duplicate,
    /// To pass it on.
    Share,
}

impl NodesPage {
    /// An answer has come.
    pub(super) fn answered(
        &mut self,
        pending: NodesPending,
        result: RequestResult,
        app: &AppState,
        effects: &mut Effects,
    ) {
        match result {
            RequestResult::Engine(Ok(reply)) => self.replied(pending, reply, app, effects),
            RequestResult::Engine(Err(fault)) => self.refused(&pending, &fault, app.locale, effects),
            RequestResult::Local(Ok(brought)) => self.brought(brought, app.locale, effects),
            RequestResult::Local(Err(reason)) => match &mut self.dialog {
                Some(Dialog::Save { path, .. }) => path.refused = Some(reason),
                Some(Dialog::Form(_) | Dialog::Share(_)) | None => effects.toast(Toast::failed(reason)),
            },
        }
    }

    /// The engine has refused something: the form says so where it is open, and nothing typed is lost.
    fn refused(&mut self, pending: &NodesPending, fault: &Fault, locale: Locale, effects: &mut Effects) {
        let is_of_form =
            matches!(pending, NodesPending::Added { .. } | NodesPending::Replaced { .. } | NodesPending::Changed);
        match &mut self.dialog {
            Some(Dialog::Form(form)) if is_of_form => form.refused = Some(fault.localize(locale)),
            Some(_) | None => effects.toast(Toast::failed(fault.localize(locale))),
        }
    }

    fn brought(&mut self, brought: LocalOutput, locale: Locale, effects: &mut Effects) {
        match brought {
            LocalOutput::Saved(path) => {
                self.dialog = None;
                effects.toast(Toast::done(tr!(locale, "path-saved", file = path.display().to_string())));
            }
            LocalOutput::File { .. } | LocalOutput::Text(_) | LocalOutput::Bytes(_) | LocalOutput::Log { .. } => {}
            LocalOutput::Nothing | LocalOutput::StartAtLogin(_) => {}
        }
    }

    fn replied(&mut self, pending: NodesPending, reply: Reply, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        match (pending, reply) {
            (NodesPending::Added { node }, Reply::Imported(results)) => self.added(&node, results, locale, effects),
            (NodesPending::Removal { nodes }, _) => {
                self.selection.clear();
                let toast = Toast::done(tr!(locale, "nodes-removed", nodes = nodes));
                effects.toast(toast.with_action(tr!(locale, "window-undo"), Command::NodesRestore));
            }
            (NodesPending::Link { id, wanted_for }, Reply::Link(link)) => self.found(&id, wanted_for, &link, app),
            (NodesPending::Links { nodes }, Reply::Shared(shared)) => {
                let name = tr!(locale, "share-nodes", nodes = nodes);
                self.dialog = Some(Dialog::Share(Share::many(name, shared.text)));
            }
            (NodesPending::Replaced { node }, _) => {
                effects.command(Command::NodeEdit { node: node.id().to_string(), changes: chosen(&node) });
                self.finish(tr!(locale, "form-saved"), effects);
            }
            (NodesPending::Changed, _) => self.finish(tr!(locale, "form-saved"), effects),
            (_, _) => {}
        }
    }

    fn finish(&mut self, said: String, effects: &mut Effects) {
        self.dialog = None;
        effects.toast(Toast::done(said));
    }

    fn added(&mut self, node: &Node, results: Vec<Result<Imported, Fault>>, locale: Locale, effects: &mut Effects) {
        let report = match results.into_iter().next() {
            Some(Ok(imported)) => imported.nodes,
            Some(Err(fault)) => return self.refused(&NodesPending::Changed, &fault, locale, effects),
            None => return,
        };
        if let Some(id) = report.added.first() {
            let changes = chosen(node);
            if changes != chosen(&Node::new(node.name.clone(), "", 1, node.kind.clone())) {
                effects.command(Command::NodeEdit { node: id.to_string(), changes });
            }
            return self.finish(words::imported(locale, 1, 0, 0), effects);
        }
        if let Some(Dialog::Form(form)) = &mut self.dialog {
            let reason = report.refused.first().map(|refused| refused.error.localize(locale));
            form.refused = Some(reason.unwrap_or_else(|| tr!(locale, "form-known")));
        }
    }

    /// A node's link is there.
    fn found(&mut self, id: &NodeId, wanted_for: LinkUse, link: &Secret, app: &AppState) {
        let Ok(mut node) = link::parse(link.expose()) else { return };
        let Some(view) = app.node(id) else { return };
        let name = words::named(&view.name, id);
        // What a link does not say.
        node.group.clone_from(&view.group);
        (node.weight, node.tier, node.excluded) = (view.weight, view.tier, view.excluded);
        self.dialog = Some(match wanted_for {
            LinkUse::Share => Dialog::Share(Share::one(name, link.clone())),
            LinkUse::Edit => {
                let draft = NodeDraft::of(&node);
                Dialog::Form(Box::new(Form::new(FormPurpose::Change(id.clone(), Box::new(node)), draft)))
            }
            LinkUse::Duplicate => {
                let draft = NodeDraft { name: tr!(app.locale, "form-copy-of", node = name), ..NodeDraft::of(&node) };
                Dialog::Form(Box::new(Form::new(FormPurpose::New, draft)))
            }
        });
    }

    /// Draws the dialog that is open, and does what it asks for.
    pub(super) fn show_dialog(&mut self, ui: &eframe::egui::Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        match &mut self.dialog {
            None => {}
            Some(Dialog::Form(form)) => match form.show(ui, locale, &app.groups()) {
                form::FormAction::NotYet => {}
                form::FormAction::Closed => self.dialog = None,
                form::FormAction::Save(node) => self.save(node, effects),
            },
            Some(Dialog::Share(share)) => match share.show(ui, locale, effects) {
                share::ShareAction::NotYet => {}
                share::ShareAction::Closed => self.dialog = None,
                share::ShareAction::Picture(bytes) => {
                    let path = PathDialog { path: picture_path(&share.name), refused: None };
                    self.dialog = Some(Dialog::Save { path, bytes });
                }
            },
            Some(Dialog::Save { path, bytes }) => {
                match path.show(ui, locale, &tr!(locale, "share-save"), &tr!(locale, "form-save")) {
                    PathAction::NotYet => {}
                    PathAction::Closed => self.dialog = None,
                    PathAction::Path(path) => {
                        let task = LocalTask::WriteFile { path, bytes: bytes.clone() };
                        self.pending.insert(effects.run_local(task), NodesPending::Saved);
                    }
                    PathAction::Browse => {
                        let task = LocalTask::SaveFile { name: "sluice.png".into(), bytes: bytes.clone() };
                        self.pending.insert(effects.run_local(task), NodesPending::Saved);
                    }
                }
            }
        }
    }

    fn save(&mut self, node: Box<Node>, effects: &mut Effects) {
        let Some(Dialog::Form(form)) = &self.dialog else { return };
        let (ticket, pending) = match &form.purpose {
            FormPurpose::New => (
                effects.ask(Command::Import { texts: vec![link::print(&node).into()], scope: ImportScope::Nodes }),
                NodesPending::Added { node },
            ),
            FormPurpose::Change(id, before) if before.id() == node.id() => {
                let command = Command::NodeEdit { node: id.to_string(), changes: chosen(&node) };
                (effects.ask(command), NodesPending::Changed)
            }
            FormPurpose::Change(id, _) => {
                let command = Command::NodeReplace { node: id.to_string(), link: link::print(&node).into() };
                (effects.ask(command), NodesPending::Replaced { node })
            }
        };
        self.pending.insert(ticket, pending);
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
    folders::pictures().join(format!("{plain}.png")).to_string_lossy().into_owned()
}
