//! All that a person has made, to a file and back: behind a password where one is given, looked at before it
//! is restored, and undone where that was a mistake.

use std::collections::HashMap;

use eframe::egui::Ui;

use crate::i18n::{Locale, Localize, restoration, tr};
use crate::model::backup::Restoration;
use crate::model::{Command, Reply, Secret};
use crate::seal;
use crate::window::out::{Answer, Brought, Errand, Out, Ticket};
use crate::window::parts::{self, Field, PathDialog, PathDone, Shown};
use crate::window::toasts::Toast;

/// Backup and restoration.
#[derive(Default)]
pub(super) struct Backup {
    step: Step,
    waits: HashMap<Ticket, Wait>,
}

/// How far a person is.
#[derive(Default)]
enum Step {
    #[default]
    None,
    /// A password for a new backup, which may be empty.
    Password { typed: String },
    /// Where the backup is to be.
    Place { path: PathDialog, bytes: Vec<u8> },
    /// Which backup is to be restored.
    Choose { path: PathDialog },
    /// The password of a backup.
    Unlock { bytes: Vec<u8>, typed: String, refused: Option<String> },
    /// What it would change.
    Look { text: Secret, changes: Box<Restoration> },
}

/// What an answer is awaited for.
enum Wait {
    Taken { password: Secret },
    Sealed,
    Written,
    Read,
    Opened,
    Previewed { text: Secret },
    Restored,
}

impl Backup {
    /// Draws the card.
    pub(super) fn section(&mut self, ui: &mut Ui, locale: Locale, out: &mut Out) {
        parts::section(ui, &tr!(locale, "settings-backup"), |ui| {
            parts::weak(ui, tr!(locale, "settings-backup-text"));
            ui.horizontal(|ui| {
                if ui.button(tr!(locale, "settings-backup-take")).clicked() {
                    self.step = Step::Password { typed: String::new() };
                }
                if ui.button(tr!(locale, "settings-backup-restore")).clicked() {
                    self.step = Step::Choose { path: PathDialog::default() };
                }
                if ui.button(tr!(locale, "settings-backup-undo")).clicked() {
                    self.waits.insert(out.ask(Command::BackupUndo), Wait::Restored);
                }
            });
        });
    }

    /// Draws the dialog of the step that a person is at.
    pub(super) fn dialogs(&mut self, ui: &Ui, locale: Locale, out: &mut Out) {
        match &mut self.step {
            Step::None => {}
            Step::Password { typed } => {
                let title = tr!(locale, "settings-backup-take");
                let text = tr!(locale, "settings-backup-password-text");
                match password(ui, locale, &title, &text, typed, None) {
                    Some(true) => {
                        let password = Secret::from(std::mem::take(typed));
                        self.waits.insert(out.ask(Command::BackupTake), Wait::Taken { password });
                        self.step = Step::None;
                    }
                    Some(false) => self.step = Step::None,
                    None => {}
                }
            }
            Step::Place { path, bytes } => {
                let done = path.show(ui, locale, &tr!(locale, "settings-backup-take"), &tr!(locale, "form-save"));
                let errand = match done {
                    PathDone::NotYet => return,
                    PathDone::Closed => return self.step = Step::None,
                    PathDone::Path(path) => Errand::WriteFile { path, bytes: bytes.clone() },
                    PathDone::Browse => Errand::SaveFile { name: "sluice-backup.age".into(), bytes: bytes.clone() },
                };
                self.waits.insert(out.errand(errand), Wait::Written);
            }
            Step::Choose { path } => {
                let (title, action) = (tr!(locale, "settings-backup-restore"), tr!(locale, "path-open-action"));
                let errand = match path.show(ui, locale, &title, &action) {
                    PathDone::NotYet => return,
                    PathDone::Closed => return self.step = Step::None,
                    PathDone::Path(path) => Errand::ReadFile(path),
                    PathDone::Browse => Errand::OpenFile { endings: &["age", "json"] },
                };
                self.waits.insert(out.errand(errand), Wait::Read);
            }
            Step::Unlock { bytes, typed, refused } => {
                let (title, text) = (tr!(locale, "settings-backup-restore"), tr!(locale, "settings-backup-sealed"));
                match password(ui, locale, &title, &text, typed, refused.as_deref()) {
                    Some(true) => {
                        let errand = Errand::Unseal { bytes: bytes.clone(), password: typed.as_str().into() };
                        self.waits.insert(out.errand(errand), Wait::Opened);
                    }
                    Some(false) => self.step = Step::None,
                    None => {}
                }
            }
            Step::Look { text, changes } => {
                let title = tr!(locale, "settings-backup-look");
                let lines = restoration::lines(locale, changes).join("\n");
                match parts::confirm(ui.ctx(), locale, &title, &lines, &tr!(locale, "settings-backup-do")) {
                    Some(true) => {
                        let command = Command::BackupRestore { text: text.clone() };
                        self.waits.insert(out.ask(command), Wait::Restored);
                        self.step = Step::None;
                    }
                    Some(false) => self.step = Step::None,
                    None => {}
                }
            }
        }
    }

    /// An answer has come.
    pub(super) fn hear(&mut self, ticket: Ticket, answer: Answer, locale: Locale, out: &mut Out) {
        let Some(wait) = self.waits.remove(&ticket) else { return };
        match answer {
            Answer::Engine(Ok(reply)) => self.replied(wait, reply, locale, out),
            Answer::Errand(Ok(brought)) => self.brought(wait, brought, locale, out),
            Answer::Engine(Err(fault)) => out.tell(Toast::failed(fault.localize(locale))),
            Answer::Errand(Err(reason)) => match &mut self.step {
                Step::Place { path, .. } | Step::Choose { path } => path.refused = Some(reason),
                Step::Unlock { refused, .. } => *refused = Some(reason),
                Step::None | Step::Password { .. } | Step::Look { .. } => out.tell(Toast::failed(reason)),
            },
        }
    }

    fn replied(&mut self, wait: Wait, reply: Reply, locale: Locale, out: &mut Out) {
        match (wait, reply) {
            (Wait::Taken { password }, Reply::Backup(text)) if password.is_empty() => {
                self.place(text.expose().as_bytes().to_vec(), "sluice-backup.json");
            }
            (Wait::Taken { password }, Reply::Backup(text)) => {
                self.waits.insert(out.errand(Errand::Seal { text, password }), Wait::Sealed);
            }
            (Wait::Previewed { .. }, Reply::Restoration(changes)) if changes.is_nothing() => {
                self.step = Step::None;
                out.tell(Toast::done(restoration::lines(locale, &changes).join(" ")));
            }
            (Wait::Previewed { text }, Reply::Restoration(changes)) => self.step = Step::Look { text, changes },
            (Wait::Restored, _) => {
                let toast = Toast::done(tr!(locale, "settings-backup-restored"));
                out.tell(toast.with_action(tr!(locale, "window-undo"), Command::BackupUndo));
            }
            (_, _) => {}
        }
    }

    fn brought(&mut self, wait: Wait, brought: Brought, locale: Locale, out: &mut Out) {
        match (wait, brought) {
            (Wait::Sealed, Brought::Bytes(bytes)) => self.place(bytes, "sluice-backup.age"),
            (Wait::Written, Brought::Saved(path)) => {
                self.step = Step::None;
                out.tell(Toast::done(tr!(locale, "path-saved", file = path.display().to_string())));
            }
            (Wait::Read, Brought::File { bytes, .. }) if seal::is_sealed(&bytes) => {
                self.step = Step::Unlock { bytes, typed: String::new(), refused: None };
            }
            (Wait::Read, Brought::File { bytes, .. }) => {
                self.preview(String::from_utf8_lossy(&bytes).into_owned().into(), out);
            }
            (Wait::Opened, Brought::Text(text)) => self.preview(text.into(), out),
            (_, _) => {}
        }
    }

    fn place(&mut self, bytes: Vec<u8>, name: &str) {
        let folder = directories::UserDirs::new().map(|folders| folders.home_dir().join(name));
        let path = folder.unwrap_or_default().to_string_lossy().into_owned();
        self.step = Step::Place { path: PathDialog { path, refused: None }, bytes };
    }

    fn preview(&mut self, text: Secret, out: &mut Out) {
        let ticket = out.ask(Command::BackupPreview { text: text.clone() });
        self.waits.insert(ticket, Wait::Previewed { text });
    }
}

/// Asks for a password: whether it is there, or not wanted; none while it is being typed.
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
        parts::foot(ui, locale, &tr!(locale, "settings-go-on"), true)
    });
    answer.or((shown == Shown::Closed).then_some(false))
}
