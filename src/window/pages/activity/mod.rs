//! What happened, in words, and the log: sifted by kind and text, followed, copied, and packed up for who
//! looks for a fault.

mod events;
mod log;
mod rows;

use eframe::egui::{Align, Key, Layout, Modifiers, Ui};

use self::events::Events;
use self::log::Log;
use super::super::known::Known;
use super::super::out::{Answer, Brought, Errand, Out, Ticket};
use super::super::parts::{self, PathDialog, PathDone};
use super::super::toasts::Toast;
use super::Content;
use crate::i18n::{Locale, Localize, tr};
use crate::model::event::Subject;
use crate::model::{Command, Reply};

/// The name that is proposed for a diagnosis.
const DIAGNOSIS: &str = "sluice-diagnosis.txt";

/// Which list is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    /// What happened.
    #[default]
    Events,
    /// What the engine has written down.
    Log,
}

/// What is sifted out of a list.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sieve {
    subject: Option<Subject>,
    only_troubles: bool,
    text: String,
}

/// The page.
pub(super) struct Activity {
    shown: Shown,
    sieve: Sieve,
    follows: bool,
    events: Events,
    log: Log,
    diagnosis: Option<Ticket>,
    saving: Option<Saving>,
    folder: Option<Ticket>,
}

/// A diagnosis that is to be written somewhere.
struct Saving {
    bytes: Vec<u8>,
    path: PathDialog,
    sent: Option<Ticket>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            shown: Shown::default(),
            sieve: Sieve::default(),
            follows: true,
            events: Events::default(),
            log: Log::default(),
            diagnosis: None,
            saving: None,
            folder: None,
        }
    }
}

impl Content for Activity {
    fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        parts::filled(ui, |ui| {
            self.top(ui, known, out);
            self.sift(ui, locale);
            let rows = match self.shown {
                Shown::Events => self.events.rows(known, &self.sieve),
                Shown::Log => self.log.rows(&self.sieve, out),
            };
            if rows.is_empty() {
                let text = match self.shown {
                    Shown::Events => tr!(locale, "activity-no-events"),
                    Shown::Log => tr!(locale, "activity-no-log"),
                };
                parts::empty(ui, &text, &tr!(locale, "activity-none-text"));
            } else {
                rows::show(ui, locale, rows, self.follows, out);
            }
        });
        self.save(ui, locale, out);
    }

    fn hear(&mut self, ticket: Ticket, answer: Answer, known: &Known, out: &mut Out) {
        let locale = known.locale;
        match answer {
            Answer::Engine(Ok(Reply::Diagnosis(text))) if self.diagnosis == Some(ticket) => {
                let (bytes, path) = (text.into_bytes(), PathDialog::proposing(DIAGNOSIS));
                (self.diagnosis, self.saving) = (None, Some(Saving { bytes, path, sent: None }));
            }
            Answer::Engine(Err(fault)) if self.diagnosis == Some(ticket) => {
                self.diagnosis = None;
                out.tell(Toast::failed(fault.localize(locale)));
            }
            Answer::Errand(Ok(Brought::Saved(path))) if self.awaits_file(ticket) => {
                self.saving = None;
                let file = path.display().to_string();
                out.tell(Toast::done(tr!(locale, "cli-diagnosed", file = file)));
            }
            Answer::Errand(Err(why)) if self.awaits_file(ticket) => {
                self.saving.iter_mut().for_each(|saving| saving.path.refused = Some(why.clone()));
            }
            Answer::Errand(Err(why)) if self.folder == Some(ticket) => {
                self.folder = None;
                out.tell(Toast::failed(why));
            }
            Answer::Errand(brought) => self.log.hear(ticket, brought),
            Answer::Engine(_) => {}
        }
    }
}

impl Activity {
    fn awaits_file(&self, ticket: Ticket) -> bool {
        self.saving.as_ref().is_some_and(|saving| saving.sent == Some(ticket))
    }

    /// Asks where the diagnosis is to be written.
    fn save(&mut self, ui: &Ui, locale: Locale, out: &mut Out) {
        let Some(saving) = &mut self.saving else { return };
        let bytes = || saving.bytes.clone();
        let title = tr!(locale, "activity-diagnosis");
        match saving.path.show(ui, locale, &title, &tr!(locale, "form-save")) {
            PathDone::NotYet => {}
            PathDone::Closed => self.saving = None,
            PathDone::Path(path) => saving.sent = Some(out.errand(Errand::WriteFile { path, bytes: bytes() })),
            PathDone::Browse => {
                let errand = Errand::SaveFile { name: DIAGNOSIS.into(), bytes: bytes() };
                saving.sent = Some(out.errand(errand));
            }
        }
    }

    fn top(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        ui.horizontal(|ui| {
            let lists = [(Shown::Events, tr!(locale, "activity-events")), (Shown::Log, tr!(locale, "activity-log"))];
            if let Some(shown) = parts::segments(ui, &tr!(locale, "activity-list"), Some(self.shown), &lists) {
                self.shown = shown;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_free = self.diagnosis.is_none() && known.snapshot().is_some();
                let save = ui.add_enabled_ui(is_free, |ui| ui.button(tr!(locale, "activity-diagnosis"))).inner;
                if save.on_hover_text(tr!(locale, "activity-diagnosis-text")).clicked() {
                    self.diagnosis = Some(out.ask(Command::Diagnose));
                }
                if ui.button(tr!(locale, "activity-folder")).clicked() {
                    self.folder = Some(out.errand(Errand::OpenLogs));
                }
                if ui.button(tr!(locale, "window-copy")).clicked() {
                    out.copy(self.text(known));
                    out.tell(Toast::done(tr!(locale, "notice-copied")));
                }
            });
        });
    }

    fn sift(&mut self, ui: &mut Ui, locale: Locale) {
        ui.horizontal(|ui| {
            match self.shown {
                Shown::Events => subject(ui, locale, &mut self.sieve.subject),
                Shown::Log => {
                    parts::check(ui, &mut self.sieve.only_troubles, &tr!(locale, "activity-troubles"));
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                parts::check(ui, &mut self.follows, &tr!(locale, "activity-follow"));
                let find = parts::search(ui, &mut self.sieve.text, &tr!(locale, "activity-find"));
                if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
                    find.request_focus();
                }
            });
        });
    }

    /// All that is shown, as a text.
    fn text(&mut self, known: &Known) -> String {
        let rows = match self.shown {
            Shown::Events => self.events.rows(known, &self.sieve),
            Shown::Log => self.log.sifted(&self.sieve),
        };
        rows.iter().map(|row| row.line() + "\n").collect()
    }
}

fn subject(ui: &mut Ui, locale: Locale, chosen: &mut Option<Subject>) {
    let name = |subject: Option<Subject>| match subject {
        None => tr!(locale, "activity-all"),
        Some(Subject::Engine) => tr!(locale, "activity-engine"),
        Some(Subject::Members) => tr!(locale, "activity-members"),
        Some(Subject::Network) => tr!(locale, "activity-network"),
        Some(Subject::Rules) => tr!(locale, "activity-rules"),
        Some(Subject::Nodes) => tr!(locale, "activity-nodes"),
    };
    let all: Vec<_> = std::iter::once(None).chain(Subject::ALL.map(Some)).map(|kind| (kind, name(kind))).collect();
    if let Some(kind) = parts::pick(ui, &tr!(locale, "activity-kind"), 160.0, chosen, &all) {
        *chosen = kind;
    }
}
