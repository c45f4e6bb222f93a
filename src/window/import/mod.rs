//! Importing nodes: texts from the clipboard, files, QR codes or other programs, all shown before anything is added.
//!
//! Each text is an item ([`item`]). When all of them are loaded, the engine previews them in one call, and one dialog
//! ([`dialog`]) shows what can be imported and what was rejected. The user's click imports them in one call. Replies
//! are matched by ticket; a reply that arrives after the dialog was closed is dropped.

mod dialog;
mod item;
mod row;

use std::path::PathBuf;

use eframe::egui::Ui;

use self::dialog::DialogAction;
use self::item::{ImportItem, ItemOrigin, ItemState};
use super::effects::{ClientFile, Effects, ImportSource, LocalOutput, LocalTask, RequestResult, ScanSource, Ticket};
use super::parts::{PathAction, PathDialog};
use super::state::AppState;
use super::toast::Toast;
use crate::i18n::{Locale, Localize, labels, tr};
use crate::model::command::{ImportScope, Imported};
use crate::model::foreign::ForeignSubscription;
use crate::model::{Command, Fault, FaultCode, Reply, Secret};

/// Extensions of files that may contain nodes.
const EXTENSIONS: &[&str] = &["txt", "json", "yaml", "yml", "png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// An import, from the first text until the dialog is closed.
#[derive(Default)]
pub(super) struct ImportFlow {
    /// The dialog that asks for a file.
    path_dialog: Option<PathDialog>,
    /// The read of the file that was chosen there.
    chosen: Option<Ticket>,
    /// The files of other clients are being read.
    clients: Option<Ticket>,
    items: Vec<ImportItem>,
    /// The preview in progress.
    preview: Option<Ticket>,
    /// The import in progress, and the indices of its items.
    import: Option<(Ticket, Vec<usize>)>,
    /// Whether settings of other clients are imported too.
    scope: ImportScope,
    /// Why the last import failed.
    failure: Option<String>,
    totals: ImportTotals,
}

/// The totals of all imports in this dialog.
#[derive(Clone, Copy, Debug, Default)]
struct ImportTotals {
    added: usize,
    known: usize,
    refused: usize,
}

impl ImportFlow {
    /// Begins an import from this source.
    pub(super) fn begin(&mut self, source: ImportSource, locale: Locale, effects: &mut Effects) {
        match source {
            ImportSource::Clipboard => {
                let nothing = tr!(locale, "clipboard-empty");
                self.scan(ItemOrigin::User, ScanSource::Clipboard, nothing, effects);
            }
            ImportSource::Screen => {
                self.scan(ItemOrigin::User, ScanSource::Screen, tr!(locale, "nodes-no-code"), effects);
            }
            ImportSource::File => self.path_dialog = Some(PathDialog::default()),
            ImportSource::Files(paths) => paths.into_iter().for_each(|path| self.read(path, effects)),
            ImportSource::OtherClients => self.clients = Some(effects.run_local(LocalTask::FindClients)),
            ImportSource::Text(text) => self.items.push(ImportItem::of(ItemOrigin::User, text.into())),
        }
        self.preview_when_loaded(effects);
    }

    /// Shows texts that other programs have proposed.
    pub(super) fn propose(&mut self, texts: Vec<Secret>, effects: &mut Effects) {
        self.items.extend(texts.into_iter().map(|text| ImportItem::of(ItemOrigin::OtherProgram, text)));
        self.preview_when_loaded(effects);
    }

    fn scan(&mut self, origin: ItemOrigin, source: ScanSource, nothing: String, effects: &mut Effects) {
        let ticket = effects.run_local(LocalTask::Scan(source));
        self.items.push(ImportItem { origin, state: ItemState::Scanning { ticket, nothing } });
    }

    fn read(&mut self, path: PathBuf, effects: &mut Effects) {
        let origin = ItemOrigin::of(&path);
        let ticket = effects.run_local(LocalTask::ReadFile(path));
        self.items.push(ImportItem { origin, state: ItemState::Reading { ticket } });
    }

    /// Requests one preview of all texts as soon as all are loaded: a node in two of them is new only in the first.
    fn preview_when_loaded(&mut self, effects: &mut Effects) {
        let is_needed = self.items.iter().any(|item| item.text().is_some() && item.preview().is_none());
        if is_needed && self.preview.is_none() && !self.items.iter().any(ImportItem::is_loading) {
            self.ask_for_preview(effects);
        }
    }

    fn ask_for_preview(&mut self, effects: &mut Effects) {
        let texts: Vec<_> = self.items.iter().filter_map(|item| item.text().cloned()).collect();
        self.preview = (!texts.is_empty()).then(|| effects.request(Command::Preview { texts }));
    }

    /// Handles a reply.
    pub(super) fn on_reply(&mut self, ticket: Ticket, result: RequestResult, app: &AppState, effects: &mut Effects) {
        let locale = app.locale;
        match result {
            RequestResult::Local(result) if self.chosen == Some(ticket) => self.on_chosen(result, locale, effects),
            RequestResult::Local(result) if self.clients == Some(ticket) => self.on_clients(result, locale, effects),
            RequestResult::Local(result) => self.on_local(ticket, result, locale, effects),
            RequestResult::Engine(result) if self.preview == Some(ticket) => self.on_preview(result, locale),
            RequestResult::Engine(result) => {
                if let Some((_, items)) = self.import.take_if(|(pending, _)| *pending == ticket) {
                    self.on_imported(&items, result, locale, effects);
                }
            }
        }
        self.preview_when_loaded(effects);
        self.close_when_done(locale, effects);
    }

    /// Handles the result of reading the chosen file.
    fn on_chosen(&mut self, result: Result<LocalOutput, String>, locale: Locale, effects: &mut Effects) {
        self.chosen = None;
        match (result, &mut self.path_dialog) {
            (Ok(LocalOutput::File { path, bytes }), _) => {
                self.path_dialog = None;
                self.scan(ItemOrigin::of(&path), ScanSource::File(bytes), tr!(locale, "nodes-no-code"), effects);
            }
            (Err(reason), Some(dialog)) => dialog.refused = Some(reason),
            // The user cancelled the file dialog; this one stays open.
            (Ok(_) | Err(_), _) => {}
        }
    }

    /// The files of other clients were read.
    fn on_clients(&mut self, result: Result<LocalOutput, String>, locale: Locale, effects: &mut Effects) {
        self.clients = None;
        match result {
            Ok(LocalOutput::Clients(files)) if !files.is_empty() => {
                for ClientFile { client, path, bytes } in files {
                    let origin = ItemOrigin::of_client(client, &path);
                    self.scan(origin, ScanSource::File(bytes), tr!(locale, "nodes-no-code"), effects);
                }
            }
            Ok(_) => effects.toast(Toast::failed(tr!(locale, "welcome-no-clients"))),
            Err(reason) => effects.toast(Toast::failed(reason)),
        }
    }

    fn on_local(&mut self, ticket: Ticket, result: Result<LocalOutput, String>, locale: Locale, effects: &mut Effects) {
        let Some(item) = self.items.iter_mut().find(|item| item.awaits(ticket)) else { return };
        match result {
            Ok(LocalOutput::File { bytes, .. }) => {
                let ticket = effects.run_local(LocalTask::Scan(ScanSource::File(bytes)));
                item.state = ItemState::Scanning { ticket, nothing: tr!(locale, "nodes-no-code") };
            }
            Ok(LocalOutput::Text(text)) => item.on_text(text.into()),
            Ok(_) => item.on_nothing(),
            Err(reason) => item.state = ItemState::Unusable { reason },
        }
    }

    /// Handles the previews, in the order of the texts.
    fn on_preview(&mut self, result: Result<Reply, Fault>, locale: Locale) {
        self.preview = None;
        let say = |fault: &Fault| fault.localize(locale);
        let texts = self.items.iter_mut().filter(|item| item.text().is_some());
        match result {
            Ok(Reply::Preview(previews)) => {
                texts.zip(previews).for_each(|(item, preview)| item.on_preview(preview, say));
            }
            Ok(_) => texts.for_each(|item| item.on_preview(Err(Fault::new(FaultCode::NotUnderstood, "")), say)),
            Err(fault) => texts.for_each(|item| item.on_preview(Err(fault.clone()), say)),
        }
    }

    /// Handles the result of importing these items.
    fn on_imported(&mut self, items: &[usize], result: Result<Reply, Fault>, locale: Locale, effects: &mut Effects) {
        let failures = match result {
            Ok(Reply::Imported(results)) => {
                let results = items.iter().zip(results);
                results.filter_map(|(item, result)| self.on_item_imported(*item, result, locale, effects)).collect()
            }
            Ok(_) => Vec::new(),
            Err(fault) => vec![fault],
        };
        if let Some(fault) = failures.last() {
            self.failure = Some(fault.localize(locale));
            // The imported nodes are known now. If the engine is gone, the previous preview stays.
            self.ask_for_preview(effects);
        }
    }

    /// Handles the result of importing one item.
    fn on_item_imported(
        &mut self,
        item: usize,
        result: Result<Imported, Fault>,
        locale: Locale,
        effects: &mut Effects,
    ) -> Option<Fault> {
        let imported = match result {
            Ok(imported) => imported,
            Err(fault) => return Some(fault),
        };
        self.totals.added += imported.nodes.added.len();
        self.totals.known += imported.nodes.known.len();
        self.totals.refused += imported.nodes.refused.len();
        let settings = match imported.settings {
            Ok(settings) => settings,
            Err(fault) => return Some(fault),
        };
        if self.scope == ImportScope::NodesAndSettings {
            settings.subscriptions.into_iter().for_each(|list| add_subscription(list, locale, effects));
        }
        self.items[item].state = ItemState::Imported;
        None
    }

    /// Whether something is still loading.
    fn is_busy(&self) -> bool {
        self.preview.is_some() || self.import.is_some() || self.items.iter().any(ImportItem::is_loading)
    }

    /// Closes the dialog if everything was imported or there is nothing to show.
    fn close_when_done(&mut self, locale: Locale, effects: &mut Effects) {
        if let [ImportItem { origin: ItemOrigin::User, state: ItemState::Unusable { reason } }] = self.items.as_slice()
        {
            effects.toast(Toast::failed(reason));
            return self.close();
        }
        let has_imported = self.items.iter().any(|item| matches!(item.state, ItemState::Imported));
        if self.failure.is_none() && has_imported && !self.is_busy() {
            let ImportTotals { added, known, refused } = self.totals;
            // Known nodes are not worth mentioning beside imported settings.
            let done = match (added + refused, self.scope) {
                (0, ImportScope::NodesAndSettings) => tr!(locale, "foreign-imported"),
                (_, ImportScope::NodesAndSettings | ImportScope::Nodes) => {
                    labels::imported(locale, added, known, refused)
                }
            };
            effects.toast(Toast::done(done));
            self.close();
        }
    }

    fn close(&mut self) {
        *self = Self::default();
    }

    /// Draws the open dialog, if any.
    pub(super) fn show(&mut self, ui: &Ui, app: &AppState, effects: &mut Effects) {
        if self.path_dialog.is_some() {
            self.ask_for_path(ui, app.locale, effects);
        } else if !self.items.is_empty() {
            let is_busy = self.is_busy();
            match dialog::show(ui, app, &self.items, is_busy, &mut self.scope, self.failure.as_deref()) {
                DialogAction::None => {}
                DialogAction::Import => self.start_import(effects),
                DialogAction::Close => self.close(),
            }
        }
    }

    fn ask_for_path(&mut self, ui: &Ui, locale: Locale, effects: &mut Effects) {
        let Some(dialog) = &mut self.path_dialog else { return };
        match dialog.show(ui, locale, &tr!(locale, "path-open"), &tr!(locale, "path-open-action")) {
            PathAction::None => {}
            PathAction::Closed => (self.path_dialog, self.chosen) = (None, None),
            PathAction::Path(path) => self.chosen = Some(effects.run_local(LocalTask::ReadFile(path))),
            PathAction::Browse => {
                self.chosen = Some(effects.run_local(LocalTask::OpenFile { extensions: EXTENSIONS }));
            }
        }
    }

    fn start_import(&mut self, effects: &mut Effects) {
        self.failure = None;
        let scope = self.scope;
        let (mut items, mut texts) = (Vec::new(), Vec::new());
        for (place, item) in self.items.iter().enumerate().filter(|(_, item)| item.has_news(scope)) {
            if let Some(text) = item.text() {
                items.push(place);
                texts.push(text.clone());
            }
        }
        if !texts.is_empty() {
            self.import = Some((effects.request(Command::Import { texts, scope }), items));
        }
    }
}

/// Adds a subscription found in another client's settings; downloading it takes a while.
fn add_subscription(list: ForeignSubscription, locale: Locale, effects: &mut Effects) {
    let ForeignSubscription { name, url, address } = list;
    let name = Some(name).filter(|name| !name.is_empty());
    let done = tr!(locale, "import-dialog-list-added", address = address);
    effects.command_with_toast(Command::SubscriptionAdd { url, name, update_h: None }, done);
}
