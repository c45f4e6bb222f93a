//! Handling of replies and dialogs of the node page.

use super::draft::NodeDraft;
use super::form::{self, Form, FormPurpose};
use super::share::{self, Share};
use super::{Dialog, NodesPage};
use crate::i18n::{Locale, Localize, labels, tr};
use crate::model::command::{ImportScope, Imported, NodeChanges};
use crate::model::{Command, Fault, Node, NodeId, Reply, Secret, link};
use crate::os::folders;
use crate::window::effects::{Effects, LocalOutput, LocalTask, RequestResult};
use crate::window::parts::{PathAction, PathDialog};
use crate::window::state::AppState;
use crate::window::toast::Toast;

/// What a reply is awaited for.
#[derive(Debug)]
pub(super) enum NodesPending {
    /// The removal of this many nodes.
    Removal { nodes: usize },
    /// A node's link.
    Link { id: NodeId, purpose: LinkUse },
    /// The links of this many nodes.
    Links { nodes: usize },
    /// Adding the form's node.
    Added { node: Box<Node> },
    /// Replacing a node by the form's node, which has another server.
    Replaced { node: Box<Node> },
    /// Changing the form's node.
    Changed,
    /// Writing a picture.
    Saved,
}

/// What a node's link is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkUse {
    /// To edit the node.
    Edit,
    /// To add a copy of it.
    Duplicate,
    /// To share it.
    Share,
}

impl NodesPage {
    /// Handles the reply to a pending request.
    pub(super) fn on_pending_reply(
        &mut self,
        pending: NodesPending,
        result: RequestResult,
        app: &AppState,
        effects: &mut Effects,
    ) {
        match result {
            RequestResult::Engine(Ok(reply)) => self.on_engine_reply(pending, reply, app, effects),
            RequestResult::Engine(Err(fault)) => self.on_fault(&pending, &fault, app.locale, effects),
            RequestResult::Local(Ok(output)) => self.on_local_output(output, app.locale, effects),
            RequestResult::Local(Err(reason)) => match &mut self.dialog {
                Some(Dialog::Save { path, .. }) => path.refused = Some(reason),
                Some(Dialog::Form(_) | Dialog::Share(_)) | None => effects.toast(Toast::failed(reason)),
            },
        }
    }

    /// Handles a fault: the form shows it if it is open, and keeps what was typed.
    fn on_fault(&mut self, pending: &NodesPending, fault: &Fault, locale: Locale, effects: &mut Effects) {
        let is_of_form =
            matches!(pending, NodesPending::Added { .. } | NodesPending::Replaced { .. } | NodesPending::Changed);
        match &mut self.dialog {
            Some(Dialog::Form(form)) if is_of_form => form.refused = Some(fault.localize(locale)),
            Some(_) | None => effects.toast(Toast::failed(fault.localize(locale))),
        }
    }

    fn on_local_output(&mut self, output: LocalOutput, locale: Locale, effects: &mut Effects) {
        match output {
            LocalOutput::Saved(path) => {
                self.dialog = None;
                effects.toast(Toast::done(tr!(locale, "path-saved", file = path.display().to_string())));
            }
            LocalOutput::File { .. } | LocalOutput::Text(_) | LocalOutput::Bytes(_) | LocalOutput::Log { .. } => {}
            LocalOutput::Nothing | LocalOutput::StartAtLogin(_) | LocalOutput::Clients(_) => {}
        }
    }

    fn on_engine_reply(&mut self, pending: NodesPending, reply: Reply, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        match (pending, reply) {
            (NodesPending::Added { node }, Reply::Imported(results)) => self.on_added(&node, results, locale, effects),
            (NodesPending::Removal { nodes }, _) => {
                self.selection.clear();
                let toast = Toast::done(tr!(locale, "nodes-removed", nodes = nodes));
                effects.toast(toast.with_action(tr!(locale, "window-undo"), Command::NodesRestore));
            }
            (NodesPending::Link { id, purpose }, Reply::Link(link)) => self.on_link(&id, purpose, &link, app),
            (NodesPending::Links { nodes }, Reply::Shared(shared)) => {
                let name = tr!(locale, "share-nodes", nodes = nodes);
                self.dialog = Some(Dialog::Share(Share::many(name, shared.text)));
            }
            (NodesPending::Replaced { node }, _) => {
                effects.command(Command::NodeEdit { node: node.id().to_string(), changes: settings_of(&node) });
                self.close_with(tr!(locale, "form-saved"), effects);
            }
            (NodesPending::Changed, _) => self.close_with(tr!(locale, "form-saved"), effects),
            (_, _) => {}
        }
    }

    fn close_with(&mut self, message: String, effects: &mut Effects) {
        self.dialog = None;
        effects.toast(Toast::done(message));
    }

    fn on_added(&mut self, node: &Node, results: Vec<Result<Imported, Fault>>, locale: Locale, effects: &mut Effects) {
        let report = match results.into_iter().next() {
            Some(Ok(imported)) => imported.nodes,
            Some(Err(fault)) => return self.on_fault(&NodesPending::Changed, &fault, locale, effects),
            None => return,
        };
        if let Some(id) = report.added.first() {
            let changes = settings_of(node);
            if changes != settings_of(&Node::new(node.name.clone(), "", 1, node.kind.clone())) {
                effects.command(Command::NodeEdit { node: id.to_string(), changes });
            }
            return self.close_with(labels::imported(locale, 1, 0, 0), effects);
        }
        if let Some(Dialog::Form(form)) = &mut self.dialog {
            let reason = report.refused.first().map(|refused| refused.error.localize(locale));
            form.refused = Some(reason.unwrap_or_else(|| tr!(locale, "form-known")));
        }
    }

    /// Handles a node's link.
    fn on_link(&mut self, id: &NodeId, purpose: LinkUse, link: &Secret, app: &AppState) {
        let Ok(mut node) = link::parse(link.expose()) else { return };
        let Some(view) = app.node(id) else { return };
        let name = labels::named(&view.name, id);
        // Values that a link does not contain.
        node.group.clone_from(&view.group);
        (node.weight, node.tier, node.excluded) = (view.weight, view.tier, view.excluded);
        self.dialog = Some(match purpose {
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

    /// Draws the open dialog and performs its actions.
    pub(super) fn show_dialog(&mut self, ui: &eframe::egui::Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        match &mut self.dialog {
            None => {}
            Some(Dialog::Form(form)) => match form.show(ui, locale, &app.groups()) {
                form::FormAction::None => {}
                form::FormAction::Closed => self.dialog = None,
                form::FormAction::Save(node) => self.save(node, effects),
            },
            Some(Dialog::Share(share)) => match share.show(ui, locale, effects) {
                share::ShareAction::None => {}
                share::ShareAction::Closed => self.dialog = None,
                share::ShareAction::Picture(bytes) => {
                    let path = PathDialog { path: picture_path(&share.name), refused: None };
                    self.dialog = Some(Dialog::Save { path, bytes });
                }
            },
            Some(Dialog::Save { path, bytes }) => {
                match path.show(ui, locale, &tr!(locale, "share-save"), &tr!(locale, "form-save")) {
                    PathAction::None => {}
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
                effects.request(Command::Import { texts: vec![link::print(&node).into()], scope: ImportScope::Nodes }),
                NodesPending::Added { node },
            ),
            FormPurpose::Change(id, before) if before.id() == node.id() => {
                let command = Command::NodeEdit { node: id.to_string(), changes: settings_of(&node) };
                (effects.request(command), NodesPending::Changed)
            }
            FormPurpose::Change(id, _) => {
                let command = Command::NodeReplace { node: id.to_string(), link: link::print(&node).into() };
                (effects.request(command), NodesPending::Replaced { node })
            }
        };
        self.pending.insert(ticket, pending);
    }
}

/// The settings of a node that are not part of its server.
fn settings_of(node: &Node) -> NodeChanges {
    NodeChanges {
        name: Some(node.name.clone()),
        group: Some(node.group.clone()),
        weight: Some(node.weight),
        tier: Some(node.tier),
        excluded: None,
        country: None,
    }
}

/// The proposed path for the picture of a QR code: in the user's pictures folder, with the node's name.
fn picture_path(name: &str) -> String {
    let plain: String = name.chars().map(|char| if char.is_alphanumeric() { char } else { '-' }).collect();
    folders::pictures().join(format!("{plain}.png")).to_string_lossy().into_owned()
}
