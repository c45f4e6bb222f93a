//! A row of the import dialog: a new or known node, or a rejected line with the reason.

use eframe::egui::{Align, Color32, Layout, RichText, Ui, vec2};

use super::item::ItemOrigin;
use crate::i18n::{Locale, Localize, labels, tr};
use crate::model::list::ListPosition;
use crate::model::node::authority;
use crate::model::preview::{PreviewItem, PreviewRow};
use crate::model::{NodeId, PluginRequest, Weakness};
use crate::window::parts;
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// A row of the import dialog.
pub(super) enum ImportRow<'a> {
    /// A row of the preview.
    PreviewItem(&'a ItemOrigin, &'a PreviewRow),
    /// A text that cannot be used at all, and why.
    Unusable(&'a ItemOrigin, &'a str),
}

impl ImportRow<'_> {
    pub(super) fn is_refused(&self) -> bool {
        match self {
            Self::PreviewItem(_, row) => matches!(row.found, PreviewItem::Refused { .. }),
            Self::Unusable(..) => true,
        }
    }

    pub(super) fn is_new(&self) -> bool {
        match self {
            Self::PreviewItem(_, row) => matches!(row.found, PreviewItem::New { .. }),
            Self::Unusable(..) => false,
        }
    }
}

/// Draws a row.
pub(super) fn show(ui: &mut Ui, app: &AppState, row: &ImportRow<'_>) {
    let locale = app.locale;
    let (origin, row) = match row {
        ImportRow::PreviewItem(origin, row) => (*origin, *row),
        ImportRow::Unusable(origin, reason) => return refused(ui, locale, origin, (*reason).to_owned()),
    };
    match &row.found {
        PreviewItem::New { id, name, kind, host, port, legacy, plugin, plugin_options, plugin_allowed, .. } => {
            state(ui, &tr!(locale, "import-dialog-row-new"), Palette::of(ui).green);
            node(ui, &labels::named(name, id), kind, &authority(host, *port));
            legacy_mark(ui, locale, *legacy);
            let request = PluginRequest { plugin: plugin.clone(), options: plugin_options.clone() };
            if !plugin_allowed {
                ui.colored_label(Palette::of(ui).amber, request.localize(locale));
            } else if !request.plugin.is_empty() {
                parts::weak(ui, labels::one_line(&[request.plugin, request.options].join(" ")));
            }
        }
        PreviewItem::Known { id, name } => known(ui, app, id, name),
        PreviewItem::Refused { error, .. } => {
            let why = error.localize(locale);
            let text = match row.place {
                ListPosition::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
                ListPosition::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
            };
            refused(ui, locale, origin, text);
        }
    }
}

fn legacy_mark(ui: &mut Ui, locale: Locale, legacy: Option<Weakness>) {
    if let Some(weakness) = legacy {
        let mark = ui.label(RichText::new("⚠").color(Palette::of(ui).amber));
        mark.on_hover_text(weakness.localize(locale));
    }
}

/// A node that is in the list already, perhaps under another name, or in an earlier text.
fn known(ui: &mut Ui, app: &AppState, id: &NodeId, name: &str) {
    let (locale, weak) = (app.locale, Palette::of(ui).weak);
    let Some(listed) = app.node(id) else {
        state(ui, &tr!(locale, "import-dialog-row-twice"), weak);
        parts::truncated(ui, labels::named(name, id));
        return;
    };
    let is_renamed = !name.is_empty() && listed.name != name;
    let (word, shown) = if is_renamed {
        let (new, old) = (labels::one_line(name), labels::named(&listed.name, id));
        (tr!(locale, "import-dialog-row-renamed"), tr!(locale, "import-dialog-renamed", new = new, old = old))
    } else {
        (tr!(locale, "import-dialog-row-known"), labels::named(&listed.name, id))
    };
    state(ui, &word, weak);
    node(ui, &shown, &listed.kind, &authority(&listed.host, listed.port));
}

/// A rejected line, with the name of its file.
fn refused(ui: &mut Ui, locale: Locale, origin: &ItemOrigin, text: String) {
    state(ui, &tr!(locale, "import-dialog-row-refused"), Palette::of(ui).red);
    let text = match origin {
        ItemOrigin::File(name) => tr!(locale, "fault-detail", what = name.as_str(), detail = text),
        ItemOrigin::User | ItemOrigin::OtherProgram => text,
    };
    parts::truncated(ui, text);
}

fn state(ui: &mut Ui, word: &str, color: Color32) {
    cell(ui, 96.0, RichText::new(word).color(color));
}

fn node(ui: &mut Ui, name: &str, kind: &str, server: &str) {
    let weak = Palette::of(ui).weak;
    let wide = ui.available_width();
    cell(ui, wide * 0.46, RichText::new(name));
    cell(ui, 56.0, RichText::new(kind).color(weak));
    cell(ui, (ui.available_width() - 24.0).max(80.0), RichText::new(server).color(weak));
}

/// Text in a column of fixed width.
fn cell(ui: &mut Ui, width: f32, text: RichText) {
    ui.allocate_ui_with_layout(vec2(width, ui.available_height()), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        parts::truncated(ui, text);
    });
}
