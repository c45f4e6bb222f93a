//! The activity page: events and the log, with filters by subject and text, copying, and the export of a diagnosis.

mod events;
mod log;
mod rows;

use eframe::egui::{Align, Button, Key, Layout, Modifiers, Ui};

use self::events::EventList;
use self::log::LogList;
use super::super::effects::{Effects, LocalOutput, LocalTask, RequestResult, Ticket};
use super::super::parts::{self, PathAction, PathDialog};
use super::super::state::AppState;
use super::super::toast::Toast;
use super::PageView;
use crate::i18n::{Locale, Localize, tr};
use crate::model::event::Subject;
use crate::model::{Command, Reply};

/// The proposed file name of a diagnosis.
const DIAGNOSIS: &str = "sluice-diagnosis.txt";

/// The list that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ActivityTab {
    /// Events.
    #[default]
    EventList,
    /// The engine's log.
    LogList,
}

/// What the list is filtered by.
#[derive(Clone, Debug, Default, PartialEq)]
struct ActivityFilter {
    subject: Option<Subject>,
    only_troubles: bool,
    text: String,
}

/// The activity page.
pub(super) struct ActivityPage {
    shown: ActivityTab,
    filter: ActivityFilter,
    follows: bool,
    events: EventList,
    log: LogList,
    diagnosis: Option<Ticket>,
    saving: Option<DiagnosisExport>,
    folder: Option<Ticket>,
}

/// A diagnosis that is being saved.
struct DiagnosisExport {
    bytes: Vec<u8>,
    path: PathDialog,
    sent: Option<Ticket>,
}

impl Default for ActivityPage {
    fn default() -> Self {
        Self {
            shown: ActivityTab::default(),
            filter: ActivityFilter::default(),
            follows: true,
            events: EventList::default(),
            log: LogList::default(),
            diagnosis: None,
            saving: None,
            folder: None,
        }
    }
}

impl PageView for ActivityPage {
    fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        parts::filled(ui, |ui| {
            self.top(ui, app, effects);
            self.filter_bar(ui, locale);
            let rows = match self.shown {
                ActivityTab::EventList => self.events.rows(app, &self.filter),
                ActivityTab::LogList => self.log.rows(&self.filter, effects),
            };
            if rows.is_empty() {
                let text = match self.shown {
                    ActivityTab::EventList => tr!(locale, "activity-no-events"),
                    ActivityTab::LogList => tr!(locale, "activity-no-log"),
                };
                parts::empty(ui, &text, &tr!(locale, "activity-none-text"));
            } else {
                rows::show(ui, locale, rows, self.follows, effects);
            }
        });
        self.save(ui, locale, effects);
    }

    fn on_reply(&mut self, ticket: Ticket, result: RequestResult, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        match result {
            RequestResult::Engine(Ok(Reply::Diagnosis(text))) if self.diagnosis == Some(ticket) => {
                let (bytes, path) = (text.into_bytes(), PathDialog::proposing(DIAGNOSIS));
                (self.diagnosis, self.saving) = (None, Some(DiagnosisExport { bytes, path, sent: None }));
            }
            RequestResult::Engine(Err(fault)) if self.diagnosis == Some(ticket) => {
                self.diagnosis = None;
                effects.toast(Toast::failed(fault.localize(locale)));
            }
            RequestResult::Local(Ok(LocalOutput::Saved(path))) if self.awaits_file(ticket) => {
                self.saving = None;
                let file = path.display().to_string();
                effects.toast(Toast::done(tr!(locale, "cli-diagnosed", file = file)));
            }
            RequestResult::Local(Err(why)) if self.awaits_file(ticket) => {
                self.saving.iter_mut().for_each(|saving| saving.path.refused = Some(why.clone()));
            }
            RequestResult::Local(Err(why)) if self.folder == Some(ticket) => {
                self.folder = None;
                effects.toast(Toast::failed(why));
            }
            RequestResult::Local(brought) => self.log.on_reply(ticket, brought),
            RequestResult::Engine(_) => {}
        }
    }
}

impl ActivityPage {
    fn awaits_file(&self, ticket: Ticket) -> bool {
        self.saving.as_ref().is_some_and(|saving| saving.sent == Some(ticket))
    }

    /// Draws the dialog that asks where to save the diagnosis.
    fn save(&mut self, ui: &Ui, locale: Locale, effects: &mut Effects) {
        let Some(saving) = &mut self.saving else { return };
        let bytes = || saving.bytes.clone();
        let title = tr!(locale, "activity-diagnosis");
        match saving.path.show(ui, locale, &title, &tr!(locale, "form-save")) {
            PathAction::None => {}
            PathAction::Closed => self.saving = None,
            PathAction::Path(path) => {
                saving.sent = Some(effects.run_local(LocalTask::WriteFile { path, bytes: bytes() }))
            }
            PathAction::Browse => {
                let task = LocalTask::SaveFile { name: DIAGNOSIS.into(), bytes: bytes() };
                saving.sent = Some(effects.run_local(task));
            }
        }
    }

    fn top(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        ui.horizontal_wrapped(|ui| {
            let lists = [
                (ActivityTab::EventList, tr!(locale, "activity-events")),
                (ActivityTab::LogList, tr!(locale, "activity-log")),
            ];
            if let Some(shown) = parts::segments(ui, &tr!(locale, "activity-list"), Some(self.shown), &lists) {
                self.shown = shown;
            }
            ui.add_space(8.0);
            if ui.button(tr!(locale, "window-copy")).clicked() {
                effects.copy(self.text(app));
                effects.toast(Toast::done(tr!(locale, "notice-copied")));
            }
            if ui.button(tr!(locale, "activity-folder")).clicked() {
                self.folder = Some(effects.run_local(LocalTask::OpenLogs));
            }
            let is_free = self.diagnosis.is_none() && app.snapshot().is_some();
            let save = ui.add_enabled(is_free, Button::new(tr!(locale, "activity-diagnosis")));
            if save.on_hover_text(tr!(locale, "activity-diagnosis-text")).clicked() {
                self.diagnosis = Some(effects.request(Command::Diagnose));
            }
        });
    }

    fn filter_bar(&mut self, ui: &mut Ui, locale: Locale) {
        ui.horizontal(|ui| {
            match self.shown {
                ActivityTab::EventList => subject(ui, locale, &mut self.filter.subject),
                ActivityTab::LogList => {
                    parts::check(ui, &mut self.filter.only_troubles, &tr!(locale, "activity-warnings"));
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                parts::check(ui, &mut self.follows, &tr!(locale, "activity-follow"));
                let find = parts::search(ui, &mut self.filter.text, &tr!(locale, "activity-find"));
                if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
                    find.request_focus();
                }
            });
        });
    }

    /// All rows that are shown, as text.
    fn text(&mut self, app: &AppState) -> String {
        let rows = match self.shown {
            ActivityTab::EventList => self.events.rows(app, &self.filter),
            ActivityTab::LogList => self.log.filtered(&self.filter),
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
