//! An editor for a rule file: the user's own rules, or the access list. The file is loaded when the page is opened;
//! edits are kept until they are applied or discarded, also if the engine rejects them.

use eframe::egui::Ui;

use super::super::super::effects::{Effects, LocalOutput, LocalTask, RequestResult, Ticket};
use super::super::super::parts::{self, Draft, DraftAction, Editor, Marks, PathAction, PathDialog};
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use super::super::super::toast::Toast;
use super::acl_entries;
use crate::control::protocol::MAX_REQUEST;
use crate::i18n::{Locale, Localize, tr};
use crate::model::route::RulesFile;
use crate::model::{Command, Fault, FaultCode, Reply};

/// Most errors shown below an editor; more would push the rest off the page.
const MAX_ERRORS_SHOWN: usize = 8;

/// A rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RulesFileKind {
    /// The user's own rules.
    Own,
    /// The access list.
    Acl,
}

/// An editor for a rule file.
pub(super) struct RulesEditor {
    kind: RulesFileKind,
    file: Option<RulesFile>,
    pending: Option<Ticket>,
    fault: Option<Fault>,
    draft: Draft<String>,
    editor: Editor,
    dialog: Option<PathDialog>,
    chosen: Option<Ticket>,
}

impl RulesEditor {
    pub(super) fn of(kind: RulesFileKind) -> Self {
        let (draft, editor) = (Draft::default(), Editor::default());
        Self { kind, file: None, pending: None, fault: None, draft, editor, dialog: None, chosen: None }
    }

    pub(super) fn load(&mut self, effects: &mut Effects) {
        self.pending = Some(effects.request(match self.kind {
            RulesFileKind::Own => Command::RulesText,
            RulesFileKind::Acl => Command::AclText,
        }));
    }

    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        let (title, text) = match self.kind {
            RulesFileKind::Own => (tr!(locale, "rules-own-title"), tr!(locale, "rules-own-text")),
            RulesFileKind::Acl => (tr!(locale, "rules-acl-title"), tr!(locale, "rules-acl-text")),
        };
        parts::card(ui, |ui| {
            let heading = parts::heading(ui, &title).id;
            ui.add_space(4.0);
            parts::weak(ui, text);
            if self.file.is_none() {
                self.missing(ui, app, effects);
                return;
            }
            if self.kind == RulesFileKind::Acl {
                self.presets(ui, app, effects);
            }
            self.edit(ui, heading, app.locale, &title);
            self.foot(ui, app, &title, effects);
        });
    }

    /// Draws the placeholder while the file is loading or could not be loaded.
    fn missing(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        if let Some(fault) = &self.fault {
            parts::failed(ui, app.locale, fault);
            if ui.button(tr!(app.locale, "rules-read-again")).clicked() {
                self.load(effects);
            }
        } else if self.pending.is_none() && app.snapshot().is_some() {
            self.load(effects);
        }
    }

    fn edit(&mut self, ui: &mut Ui, heading: eframe::egui::Id, locale: Locale, title: &str) {
        let Some(file) = &self.file else { return };
        let typed = self.draft.over(&file.text);
        ui.label_inputs_by(heading, |ui| self.editor.show(ui, locale, title, typed));
    }

    fn foot(&mut self, ui: &mut Ui, app: &AppState, title: &str, effects: &mut Effects) {
        let locale = app.locale;
        parts::reasons(ui, &self.editor.marks, 0..MAX_ERRORS_SHOWN, |bad| {
            tr!(locale, "rules-bad-line", line = bad.line, why = bad.reason.localize(locale))
        });
        let more = self.editor.marks.lines().count().saturating_sub(MAX_ERRORS_SHOWN);
        if more > 0 {
            parts::weak(ui, tr!(locale, "rules-more-bad", count = more));
        }
        let is_large = self.draft.typed().is_some_and(|typed| !fits(typed));
        let too_large = is_large.then(|| Fault::new(FaultCode::TooLarge, ""));
        too_large.iter().for_each(|fault| parts::failed(ui, locale, fault));
        let wrong: Vec<_> = too_large.iter().map(|fault| fault.localize(locale)).collect();
        match self.draft.foot(ui, locale, title, &wrong) {
            Some(DraftAction::Apply) => self.apply(effects),
            Some(DraftAction::Discard) => {
                self.draft.discard();
                self.editor.marks = Marks::default();
            }
            None => {}
        }
        if let Some(file) = &self.file {
            let empty = self.kind == RulesFileKind::Acl && file.text.is_empty();
            let path = if empty { tr!(locale, "rules-acl-none") } else { file.path.clone() };
            let color = Palette::of(ui).weak;
            parts::truncated(ui, eframe::egui::RichText::new(path).small().color(color));
        }
    }

    fn apply(&mut self, effects: &mut Effects) {
        let Some(text) = self.draft.typed().cloned() else { return };
        self.draft.send(
            match self.kind {
                RulesFileKind::Own => Command::RulesWrite { text },
                RulesFileKind::Acl => Command::AclWrite { text },
            },
            effects,
        );
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) {
        if let Some(Ok(Reply::Written(bad))) = self.draft.on_reply(ticket, result) {
            let typed = self.draft.typed().cloned().unwrap_or_default();
            if bad.is_empty() {
                self.draft.settle();
                self.editor.marks = Marks::default();
                self.file.iter_mut().for_each(|file| file.text.clone_from(&typed));
            } else {
                self.editor.marks = Marks::of(bad, &typed);
            }
        }
        if self.pending == Some(ticket) {
            self.pending = None;
            match result {
                RequestResult::Engine(Ok(Reply::Rules(file))) => (self.file, self.fault) = (Some(file.clone()), None),
                RequestResult::Engine(Err(fault)) => self.fault = Some(fault.clone()),
                RequestResult::Engine(Ok(_)) | RequestResult::Local(_) => {}
            }
        }
    }

    /// Buttons that add common entries to the access list.
    fn presets(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        ui.horizontal_wrapped(|ui| {
            if ui.button(tr!(locale, "rules-acl-lan")).on_hover_text(tr!(locale, "rules-acl-lan-text")).clicked() {
                self.add(acl_entries::PRIVATE_NETWORKS.map(str::to_owned).to_vec(), app, effects);
            }
            let merge = ui.button(tr!(locale, "rules-acl-merge")).on_hover_text(tr!(locale, "rules-acl-merge-text"));
            if merge.clicked() {
                self.dialog = Some(PathDialog::default());
            }
        });
        self.ask_for_file(ui, app, effects);
    }

    /// Draws the dialog that asks for a file to merge.
    fn ask_for_file(&mut self, ui: &Ui, app: &AppState, effects: &mut Effects) {
        let Some(dialog) = &mut self.dialog else { return };
        let locale = app.locale;
        match dialog.show(ui, locale, &tr!(locale, "rules-acl-merge"), &tr!(locale, "path-open-action")) {
            PathAction::None => {}
            PathAction::Closed => self.dialog = None,
            PathAction::Path(path) => self.chosen = Some(effects.run_local(LocalTask::ReadFile(path))),
            PathAction::Browse => {
                self.chosen =
                    Some(effects.run_local(LocalTask::OpenFile { extensions: &["txt", "acl", "list", "conf"] }));
            }
        }
    }

    /// Handles the contents of the file to merge.
    pub(super) fn on_file(&mut self, ticket: Ticket, result: &RequestResult, app: &AppState, effects: &mut Effects) {
        if self.chosen != Some(ticket) {
            return;
        }
        self.chosen = None;
        match result {
            RequestResult::Local(Ok(LocalOutput::File { bytes, .. })) => {
                self.dialog = None;
                self.add(acl_entries::of(&String::from_utf8_lossy(bytes)), app, effects);
            }
            RequestResult::Local(Err(why)) => {
                self.dialog.iter_mut().for_each(|dialog| dialog.refused = Some(why.clone()));
            }
            RequestResult::Local(Ok(_)) | RequestResult::Engine(_) => {}
        }
    }

    fn add(&mut self, found: Vec<String>, app: &AppState, effects: &mut Effects) {
        let Some(file) = &self.file else { return };
        let typed = self.draft.over(&file.text);
        let (text, added) = acl_entries::bypassing(typed, &found);
        *typed = text;
        effects.toast(Toast::done(tr!(app.locale, "rules-acl-added", count = added)));
    }
}

/// Whether a text fits into one request. Called every frame, so most texts are not measured exactly.
fn fits(text: &str) -> bool {
    // A byte takes at most six bytes as JSON.
    text.len() < MAX_REQUEST / 6 || serde_json::to_string(text).is_ok_and(|json| json.len() < MAX_REQUEST - 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_up_to_the_request_limit() {
        assert!(fits(&"||a.test\n".repeat(1 << 18)));
        // Each of these letters takes six bytes as JSON.
        assert!(!fits(&"\u{1}".repeat(MAX_REQUEST / 6)));
    }
}
