//! Backup and restore: a file with everything the user has configured, encrypted if a password is given; previewed
//! before it is restored, with undo.

use std::collections::HashMap;

use eframe::egui::Ui;

use crate::i18n::{Locale, Localize, restoration, tr};
use crate::model::backup::{ProgramScope, Restoration};
use crate::model::{Command, Reply, Secret};
use crate::os::folders;
use crate::seal;
use crate::window::effects::{Effects, LocalOutput, LocalTask, RequestResult, Ticket};
use crate::window::parts::{self, DialogState, Field, PathAction, PathDialog};
use crate::window::toast::Toast;

/// The proposed file name of an encrypted backup.
const SEALED_NAME: &str = "sluice-backup.age";

/// The backup section.
#[derive(Default)]
pub(super) struct BackupSection {
    step: BackupStep,
    pending: HashMap<Ticket, BackupPending>,
}

/// The current step.
#[derive(Default)]
enum BackupStep {
    #[default]
    None,
    /// Asks for a password for a new backup, which may be empty.
    Password { typed: String },
    /// Asks where to save the backup.
    ChooseTarget { path: PathDialog, bytes: Vec<u8> },
    /// Asks for the backup to restore.
    ChooseSource { path: PathDialog },
    /// Asks for the password of a backup.
    Unlock { bytes: Vec<u8>, typed: String, refused: Option<String> },
    /// Shows what restoring would change.
    Preview { text: Secret, changes: Box<Restoration>, programs: ProgramScope },
}

/// What a reply is awaited for.
enum BackupPending {
    Taken { password: Secret },
    Sealed,
    Written,
    Read,
    Opened,
    Previewed { text: Secret },
    Restored,
}

impl BackupSection {
    /// Draws the section.
    pub(super) fn section(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        parts::section(ui, &tr!(locale, "settings-backup"), |ui| {
            parts::weak(ui, tr!(locale, "settings-backup-text"));
            ui.horizontal_wrapped(|ui| {
                if ui.button(tr!(locale, "settings-backup-take")).clicked() {
                    self.step = BackupStep::Password { typed: String::new() };
                }
                if ui.button(tr!(locale, "settings-backup-restore")).clicked() {
                    self.step = BackupStep::ChooseSource { path: PathDialog::default() };
                }
                if ui.button(tr!(locale, "settings-backup-undo")).clicked() {
                    self.pending.insert(effects.request(Command::BackupUndo), BackupPending::Restored);
                }
            });
        });
    }

    /// Draws the dialog of the current step.
    pub(super) fn dialogs(&mut self, ui: &Ui, locale: Locale, effects: &mut Effects) {
        self.step = match std::mem::take(&mut self.step) {
            BackupStep::None => BackupStep::None,
            BackupStep::Password { typed } => self.ask_for_password(ui, locale, typed, effects),
            BackupStep::ChooseTarget { path, bytes } => self.ask_where(ui, locale, path, bytes, effects),
            BackupStep::ChooseSource { path } => self.ask_which(ui, locale, path, effects),
            BackupStep::Unlock { bytes, typed, refused } => {
                self.ask_to_unlock(ui, locale, bytes, typed, refused, effects)
            }
            BackupStep::Preview { text, changes, programs } => {
                self.ask_to_restore(ui, locale, text, changes, programs, effects)
            }
        };
    }

    fn ask_for_password(&mut self, ui: &Ui, locale: Locale, mut typed: String, effects: &mut Effects) -> BackupStep {
        let (title, text) = (tr!(locale, "settings-backup-take"), tr!(locale, "settings-backup-password-text"));
        match password(ui, locale, &title, &text, &mut typed, None) {
            Some(true) => {
                let password = Secret::from(typed);
                self.pending.insert(effects.request(Command::BackupTake), BackupPending::Taken { password });
                BackupStep::None
            }
            Some(false) => BackupStep::None,
            None => BackupStep::Password { typed },
        }
    }

    fn ask_where(
        &mut self,
        ui: &Ui,
        locale: Locale,
        mut path: PathDialog,
        bytes: Vec<u8>,
        effects: &mut Effects,
    ) -> BackupStep {
        let task = match path.show(ui, locale, &tr!(locale, "settings-backup-take"), &tr!(locale, "form-save")) {
            PathAction::None => None,
            PathAction::Closed => return BackupStep::None,
            PathAction::Path(path) => Some(LocalTask::WriteFile { path, bytes: bytes.clone() }),
            PathAction::Browse => Some(LocalTask::SaveFile { name: SEALED_NAME.into(), bytes: bytes.clone() }),
        };
        if let Some(task) = task {
            self.pending.insert(effects.run_local(task), BackupPending::Written);
        }
        BackupStep::ChooseTarget { path, bytes }
    }

    fn ask_which(&mut self, ui: &Ui, locale: Locale, mut path: PathDialog, effects: &mut Effects) -> BackupStep {
        let (title, action) = (tr!(locale, "settings-backup-restore"), tr!(locale, "path-open-action"));
        let task = match path.show(ui, locale, &title, &action) {
            PathAction::None => None,
            PathAction::Closed => return BackupStep::None,
            PathAction::Path(path) => Some(LocalTask::ReadFile(path)),
            PathAction::Browse => Some(LocalTask::OpenFile { extensions: &["age", "json"] }),
        };
        if let Some(task) = task {
            self.pending.insert(effects.run_local(task), BackupPending::Read);
        }
        BackupStep::ChooseSource { path }
    }

    fn ask_to_unlock(
        &mut self,
        ui: &Ui,
        locale: Locale,
        bytes: Vec<u8>,
        mut typed: String,
        refused: Option<String>,
        effects: &mut Effects,
    ) -> BackupStep {
        let (title, text) = (tr!(locale, "settings-backup-restore"), tr!(locale, "settings-backup-sealed"));
        match password(ui, locale, &title, &text, &mut typed, refused.as_deref()) {
            Some(true) => {
                let task = LocalTask::Unseal { bytes: bytes.clone(), password: typed.as_str().into() };
                self.pending.insert(effects.run_local(task), BackupPending::Opened);
            }
            Some(false) => return BackupStep::None,
            None => {}
        }
        BackupStep::Unlock { bytes, typed, refused }
    }

    fn ask_to_restore(
        &mut self,
        ui: &Ui,
        locale: Locale,
        text: Secret,
        changes: Box<Restoration>,
        mut programs: ProgramScope,
        effects: &mut Effects,
    ) -> BackupStep {
        let (title, lines) =
            (tr!(locale, "settings-backup-restore-question"), restoration::lines(locale, &changes).join("\n"));
        let (shown, answer) = parts::dialog(ui.ctx(), &title, 400.0, |ui| {
            ui.add(eframe::egui::Label::new(lines).wrap());
            if !changes.programs.is_empty() {
                let mut is_wanted = programs == ProgramScope::All;
                parts::check(ui, &mut is_wanted, &tr!(locale, "settings-backup-programs"));
                programs = if is_wanted { ProgramScope::All } else { ProgramScope::Known };
            }
            parts::foot(ui, locale, &tr!(locale, "settings-backup-confirm"))
        });
        match answer.or((shown == DialogState::Closed).then_some(false)) {
            Some(true) => {
                self.pending
                    .insert(effects.request(Command::BackupRestore { text, programs }), BackupPending::Restored);
                BackupStep::None
            }
            Some(false) => BackupStep::None,
            None => BackupStep::Preview { text, changes, programs },
        }
    }

    /// Handles a reply.
    pub(super) fn on_reply(&mut self, ticket: Ticket, result: RequestResult, locale: Locale, effects: &mut Effects) {
        let Some(pending) = self.pending.remove(&ticket) else { return };
        match result {
            RequestResult::Engine(Ok(reply)) => self.on_engine_reply(pending, reply, locale, effects),
            RequestResult::Local(Ok(output)) => self.on_output(pending, output, locale, effects),
            RequestResult::Engine(Err(fault)) => effects.toast(Toast::failed(fault.localize(locale))),
            RequestResult::Local(Err(reason)) => match &mut self.step {
                BackupStep::ChooseTarget { path, .. } | BackupStep::ChooseSource { path } => {
                    path.refused = Some(reason)
                }
                BackupStep::Unlock { refused, .. } => *refused = Some(reason),
                BackupStep::None | BackupStep::Password { .. } | BackupStep::Preview { .. } => {
                    effects.toast(Toast::failed(reason));
                }
            },
        }
    }

    fn on_engine_reply(&mut self, pending: BackupPending, reply: Reply, locale: Locale, effects: &mut Effects) {
        match (pending, reply) {
            (BackupPending::Taken { password }, Reply::Backup(text)) if password.is_empty() => {
                self.ask_for_target(text.expose().as_bytes().to_vec(), "sluice-backup.json");
            }
            (BackupPending::Taken { password }, Reply::Backup(text)) => {
                self.pending.insert(effects.run_local(LocalTask::Seal { text, password }), BackupPending::Sealed);
            }
            (BackupPending::Previewed { .. }, Reply::Restoration(changes)) if changes.is_nothing() => {
                self.step = BackupStep::None;
                effects.toast(Toast::done(restoration::lines(locale, &changes).join(" ")));
            }
            (BackupPending::Previewed { text }, Reply::Restoration(changes)) => {
                self.step = BackupStep::Preview { text, changes, programs: ProgramScope::default() }
            }
            (BackupPending::Restored, _) => {
                let toast = Toast::done(tr!(locale, "settings-backup-restored"));
                effects.toast(toast.with_action(tr!(locale, "window-undo"), Command::BackupUndo));
            }
            (_, _) => {}
        }
    }

    fn on_output(&mut self, pending: BackupPending, output: LocalOutput, locale: Locale, effects: &mut Effects) {
        match (pending, output) {
            (BackupPending::Sealed, LocalOutput::Bytes(bytes)) => self.ask_for_target(bytes, SEALED_NAME),
            (BackupPending::Written, LocalOutput::Saved(path)) => {
                self.step = BackupStep::None;
                effects.toast(Toast::done(tr!(locale, "path-saved", file = path.display().to_string())));
            }
            (BackupPending::Read, LocalOutput::File { bytes, .. }) if seal::is_sealed(&bytes) => {
                self.step = BackupStep::Unlock { bytes, typed: String::new(), refused: None };
            }
            (BackupPending::Read, LocalOutput::File { bytes, .. }) => {
                self.preview(String::from_utf8_lossy(&bytes).into_owned().into(), effects);
            }
            (BackupPending::Opened, LocalOutput::Text(text)) => self.preview(text.into(), effects),
            (_, _) => {}
        }
    }

    fn ask_for_target(&mut self, bytes: Vec<u8>, name: &str) {
        let path = folders::home().join(name).to_string_lossy().into_owned();
        self.step = BackupStep::ChooseTarget { path: PathDialog { path, refused: None }, bytes };
    }

    fn preview(&mut self, text: Secret, effects: &mut Effects) {
        let ticket = effects.request(Command::BackupPreview { text: text.clone() });
        self.pending.insert(ticket, BackupPending::Previewed { text });
    }
}

/// Draws a password dialog: `Some(true)` when it is confirmed, `Some(false)` when it is cancelled.
fn password(
    ui: &Ui,
    locale: Locale,
    title: &str,
    text: &str,
    typed: &mut String,
    refused: Option<&str>,
) -> Option<bool> {
    let (shown, answer) = parts::dialog(ui.ctx(), title, 520.0, |ui| {
        parts::weak(ui, text);
        Field::new(&tr!(locale, "form-password"), typed).secret().first().wrong(refused).show(ui);
        parts::foot(ui, locale, &tr!(locale, "settings-continue"))
    });
    answer.or((shown == DialogState::Closed).then_some(false))
}
