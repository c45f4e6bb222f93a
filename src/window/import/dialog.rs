//! The import dialog: what can be imported, what was rejected and why, and two buttons.

use eframe::egui::{Align, Key, Label, Layout, RichText, ScrollArea, TextStyle, Ui, vec2};

use super::item::{ImportItem, ItemOrigin, ItemState};
use super::row::{self, ImportRow};
use crate::i18n::{Locale, foreign, tr};
use crate::model::command::ImportScope;
use crate::model::foreign::ForeignSettings;
use crate::window::parts::{self, DialogState};
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// Width in points, and the share of the window's height that is not for the lists.
const WIDTH: f32 = 660.0;
const AROUND: f32 = 260.0;

/// Rows of rejected lines that are visible at once, below those that can be imported.
const REFUSED_ROWS: usize = 4;

/// Height of another client's settings, in points.
const SETTINGS: f32 = 128.0;

/// What the user does in the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DialogAction {
    /// Nothing yet.
    None,
    /// Imports.
    Import,
    /// Cancels.
    Close,
}

/// The number of rows of each kind.
struct ImportCounts {
    new: usize,
    known: usize,
    refused: usize,
}

/// Draws the dialog. `scope` is what the user wants to import; `failure` is why the last import failed.
pub(super) fn show(
    ui: &Ui,
    app: &AppState,
    items: &[ImportItem],
    is_busy: bool,
    scope: &mut ImportScope,
    failure: Option<&str>,
) -> DialogAction {
    let locale = app.locale;
    let (state, answer) = parts::dialog(ui.ctx(), &tr!(locale, "import-dialog-title"), WIDTH, |ui| {
        let is_unasked = items.iter().any(|item| item.origin == ItemOrigin::OtherProgram);
        if is_unasked {
            parts::weak(ui, tr!(locale, "import-dialog-external"));
        }
        if is_busy {
            ui.horizontal(|ui| parts::busy(ui, &tr!(locale, "import-dialog-reading")));
        }
        let (understood, refused) = rows(items);
        let counts = ImportCounts::of(&understood, &refused);
        counts.show(ui, locale);
        let settings: Vec<_> = items.iter().filter_map(ImportItem::settings).collect();
        let reserved = if settings.is_empty() { AROUND } else { AROUND + SETTINGS };
        lists(ui, app, &understood, &refused, reserved);
        let takes_settings = !settings.is_empty() && self::settings(ui, locale, &settings, scope);
        if let Some(failure) = failure {
            ui.add(Label::new(RichText::new(failure).color(Palette::of(ui).red)).wrap());
        }
        let can_import = !is_busy && (counts.new > 0 || takes_settings);
        let action = tr!(locale, "import-dialog-import", count = counts.new);
        let answer = parts::foot_enabled(ui, can_import, locale, &action);
        // A key press meant for another window must not import what another program has proposed.
        answer.or((can_import && !is_unasked && is_entered(ui)).then_some(true))
    });
    match (answer, state) {
        (Some(true), _) => DialogAction::Import,
        (Some(false), _) | (None, DialogState::Closed) => DialogAction::Close,
        (None, DialogState::Open) => DialogAction::None,
    }
}

/// Whether Enter is pressed while no button has the focus.
fn is_entered(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none()) && ui.input(|input| input.key_pressed(Key::Enter))
}

/// The rows that can be imported, and the rejected ones, in the order of the texts.
fn rows(items: &[ImportItem]) -> (Vec<ImportRow<'_>>, Vec<ImportRow<'_>>) {
    let found = items.iter().flat_map(|item| item.rows().iter().map(|row| ImportRow::PreviewItem(&item.origin, row)));
    let unusable = items.iter().filter_map(|item| match &item.state {
        ItemState::Unusable { reason } => Some(ImportRow::Unusable(&item.origin, reason)),
        ItemState::Reading { .. }
        | ItemState::Scanning { .. }
        | ItemState::PreviewItem { .. }
        | ItemState::Imported => None,
    });
    found.chain(unusable).partition(|row| !row.is_refused())
}

impl ImportCounts {
    fn of(understood: &[ImportRow<'_>], refused: &[ImportRow<'_>]) -> Self {
        let new = understood.iter().filter(|row| row.is_new()).count();
        Self { new, known: understood.len() - new, refused: refused.len() }
    }

    fn show(&self, ui: &mut Ui, locale: Locale) {
        if self.new + self.known + self.refused > 0 {
            ui.label(RichText::new(self.summary(locale)).strong());
            ui.add_space(4.0);
        }
    }

    fn summary(&self, locale: Locale) -> String {
        let parts = [
            (self.new > 0).then(|| tr!(locale, "import-dialog-new", count = self.new)),
            (self.known > 0).then(|| tr!(locale, "import-known", count = self.known)),
            (self.refused > 0).then(|| tr!(locale, "import-dialog-refused", count = self.refused)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// Both lists, each with its own scroll bar, so that rejected lines are not hidden at the end of a long list. The rest of
/// the dialog needs `reserved` points of the window's height.
fn lists(ui: &mut Ui, app: &AppState, understood: &[ImportRow<'_>], refused: &[ImportRow<'_>], reserved: f32) {
    let height = ui.text_style_height(&TextStyle::Body) + 6.0;
    let most = if understood.is_empty() { refused.len() } else { REFUSED_ROWS };
    let below = refused.len().min(most) as f32 * height;
    let room = ui.ctx().content_rect().height() - reserved;
    list(ui, app, "understood", understood, (room - below).max(3.0 * height));
    list(ui, app, "refused", refused, below.min(room).max(height));
}

fn list(ui: &mut Ui, app: &AppState, name: &str, rows: &[ImportRow<'_>], room: f32) {
    if rows.is_empty() {
        return;
    }
    let height = ui.text_style_height(&TextStyle::Body) + 6.0;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt(name).max_height(room).auto_shrink([false, true]);
        area.show_rows(ui, height, rows.len(), |ui, visible| {
            for row in &rows[visible] {
                let size = vec2(ui.available_width(), height);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| row::show(ui, app, row));
            }
        });
    });
    ui.add_space(8.0);
}

/// Draws the settings of other clients with a checkbox; returns whether there are any.
fn settings(ui: &mut Ui, locale: Locale, found: &[&ForeignSettings], scope: &mut ImportScope) -> bool {
    let mut is_wanted = *scope == ImportScope::NodesAndSettings;
    parts::check(ui, &mut is_wanted, &tr!(locale, "import-dialog-settings"));
    *scope = if is_wanted { ImportScope::NodesAndSettings } else { ImportScope::Nodes };
    let area = ScrollArea::vertical().id_salt("settings").max_height(SETTINGS - 40.0).auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for settings in found {
            // The checkbox shows the first line.
            foreign::lines(locale, settings).into_iter().skip(1).for_each(|line| drop(parts::weak(ui, line)));
        }
    });
    is_wanted
}
