//! The connections table; only visible rows are drawn, however many there are.

use eframe::egui::accesskit::Role;
use eframe::egui::containers::menu::MenuButton;
use eframe::egui::{Align, Button, Label, Layout, RichText, Sense, Ui, WidgetInfo, vec2};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::fix_dialog::FixDialog;
use super::rows::{ConnectionColumn, ConnectionRow, GroupSums};
use super::{ConnectionsDialog, ConnectionsPage, close};
use crate::i18n::labels::one_line;
use crate::i18n::{Locale, connections, tr, units};
use crate::model::connection::ConnectionView;
use crate::model::{NodeId, Route};
use crate::window::effects::Effects;
use crate::window::parts;
use crate::window::pin_dialog::PinDialog;
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// Height of a row in points.
const ROW: f32 = 28.0;

/// Width in points below which the least important columns are hidden.
const WIDE: f32 = 1_000.0;

/// The columns of a table of this width, with their widths.
fn columns(available: f32) -> Vec<(ConnectionColumn, Width)> {
    let is_wide = available >= WIDE;
    let all = [
        (ConnectionColumn::Program, Width::exact(112.0).clip(true), true),
        (ConnectionColumn::Host, Width::remainder().at_least(120.0).clip(true), true),
        (ConnectionColumn::Rule, Width::exact(150.0).clip(true), is_wide),
        (ConnectionColumn::Node, Width::exact(112.0).clip(true), true),
        (ConnectionColumn::Down, Width::exact(60.0), true),
        (ConnectionColumn::Up, Width::exact(60.0), is_wide),
        (ConnectionColumn::DownRate, Width::exact(76.0), true),
        (ConnectionColumn::UpRate, Width::exact(76.0), true),
        (ConnectionColumn::Age, Width::exact(84.0).clip(true), true),
        (ConnectionColumn::Close, Width::exact(64.0), true),
    ];
    all.into_iter().filter(|(.., is_shown)| *is_shown).map(|(column, width, _)| (column, width)).collect()
}

fn title(locale: Locale, column: ConnectionColumn) -> String {
    match column {
        ConnectionColumn::Program => tr!(locale, "connections-program"),
        ConnectionColumn::Host => tr!(locale, "connections-host"),
        ConnectionColumn::Rule => tr!(locale, "connections-rule"),
        ConnectionColumn::Node => tr!(locale, "connections-node"),
        ConnectionColumn::Down => tr!(locale, "connections-down"),
        ConnectionColumn::Up => tr!(locale, "connections-up"),
        ConnectionColumn::DownRate => tr!(locale, "connections-down-rate"),
        ConnectionColumn::UpRate => tr!(locale, "connections-up-rate"),
        ConnectionColumn::Age => tr!(locale, "connections-age"),
        ConnectionColumn::Close => String::new(),
    }
}

impl ConnectionsPage {
    /// Draws the table.
    pub(super) fn table(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let columns = columns(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
        let height = ui.available_height();
        let mut table = TableBuilder::new(ui)
            .sense(Sense::click())
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .max_scroll_height(height)
            .cell_layout(Layout::left_to_right(Align::Center));
        for (_, width) in &columns {
            table = table.column(*width);
        }
        let rows = std::mem::take(&mut self.rows);
        table
            .header(28.0, |mut header| {
                for (column, _) in &columns {
                    header.col(|ui| self.head(ui, app.locale, *column));
                }
            })
            .body(|body| {
                body.rows(ROW, rows.len(), |mut row| match &rows[row.index()] {
                    ConnectionRow::Group(sums) => self.group(&mut row, app.locale, &columns, sums, effects),
                    ConnectionRow::Connection(id) => {
                        if let Some(view) = app.connections.get(*id) {
                            self.connection(&mut row, app, &columns, view, effects);
                        }
                    }
                });
            });
        self.rows = rows;
    }

    fn connection(
        &mut self,
        row: &mut TableRow<'_, '_>,
        app: &AppState,
        columns: &[(ConnectionColumn, Width)],
        view: &ConnectionView,
        effects: &mut Effects,
    ) {
        let now = app.unix_ms();
        for (column, _) in columns {
            row.col(|ui| {
                if *column == ConnectionColumn::Close {
                    self.actions(ui, app.locale, view, effects);
                }
                cell(ui, app, *column, view, now, effects);
            });
        }
        let name = format!("{} {}", view.program_or_address(), view.target());
        let response = row.response();
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &name));
        response.context_menu(|ui| self.menu(ui, app.locale, view, effects));
    }

    /// The button that opens the menu of a connection.
    fn actions(&mut self, ui: &mut Ui, locale: Locale, row: &ConnectionView, effects: &mut Effects) {
        let name = tr!(locale, "connections-actions", host = one_line(&row.target()));
        let button = Button::new("…").small().min_size(vec2(34.0, 22.0));
        let (response, _) = MenuButton::from_button(button).ui(ui, |ui| self.menu(ui, locale, row, effects));
        response.accessible_name(name);
    }

    /// What can be done about the site of a connection.
    fn menu(&mut self, ui: &mut Ui, locale: Locale, row: &ConnectionView, effects: &mut Effects) {
        if ui.button(tr!(locale, "connections-fix")).clicked() {
            let site = if matches!(row.port, 80 | 443) { row.host.clone() } else { row.target() };
            let site = if row.port == 80 { format!("http://{}", row.target()) } else { site };
            self.dialog = Some(ConnectionsDialog::Fix(FixDialog::trying(site, effects)));
        }
        if ui.button(tr!(locale, "connections-pin")).clicked() {
            self.dialog = Some(ConnectionsDialog::Pin(PinDialog::new(row.site())));
        }
    }

    fn head(&mut self, ui: &mut Ui, locale: Locale, column: ConnectionColumn) {
        let text = title(locale, column);
        if text.is_empty() {
            return;
        }
        let sort = self.view.sort;
        let mark = match (sort.by == column, sort.is_reversed) {
            (false, _) => "",
            (true, false) => " ↓",
            (true, true) => " ↑",
        };
        if parts::column_head(ui, &text, mark).clicked() {
            self.view.sort = sort.clicked(column);
        }
    }

    fn group(
        &mut self,
        row: &mut TableRow<'_, '_>,
        locale: Locale,
        columns: &[(ConnectionColumn, Width)],
        sums: &GroupSums,
        effects: &mut Effects,
    ) {
        let name = if sums.name.is_empty() { tr!(locale, "connections-no-node") } else { one_line(&sums.name) };
        let shown = tr!(locale, "nodes-group", group = name.as_str(), nodes = sums.all);
        // A name that is longer than its column continues in the next one.
        for (column, _) in columns {
            row.col(|ui| match column {
                ConnectionColumn::Program => {
                    parts::chevron(ui, sums.is_folded);
                    parts::truncated(ui, RichText::new(sums.all.to_string()).color(Palette::of(ui).weak));
                }
                ConnectionColumn::Host => {
                    parts::truncated(ui, RichText::new(name.as_str()).strong()).on_hover_text(name.as_str());
                }
                ConnectionColumn::Down => bytes(ui, sums.down),
                ConnectionColumn::Up => bytes(ui, sums.up),
                ConnectionColumn::DownRate => rate(ui, locale, sums.down_rate),
                ConnectionColumn::UpRate => rate(ui, locale, sums.up_rate),
                ConnectionColumn::Close => {
                    let closes = tr!(locale, "connections-close", host = name.as_str());
                    if !sums.open.is_empty() && parts::cross(ui, &closes).on_hover_text(closes.as_str()).clicked() {
                        close(&sums.open, locale, effects);
                    }
                }
                ConnectionColumn::Rule | ConnectionColumn::Node | ConnectionColumn::Age => {}
            });
        }
        let response = row.response();
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, !sums.is_folded, &shown));
        if response.clicked() && !self.view.unfolded.remove(&sums.name) {
            self.view.unfolded.insert(sums.name.clone());
        }
    }
}

fn cell(ui: &mut Ui, app: &AppState, column: ConnectionColumn, row: &ConnectionView, now: i64, effects: &mut Effects) {
    let locale = app.locale;
    let palette = Palette::of(ui);
    let is_open = row.ended.is_none();
    let color = if is_open { palette.text } else { palette.weak };
    match column {
        ConnectionColumn::Program => {
            let shown = parts::truncated(ui, RichText::new(one_line(row.program_or_address())).color(color));
            shown.on_hover_ui(|ui| drop(ui.label(client(locale, row))));
        }
        ConnectionColumn::Host => {
            let target = one_line(&row.target());
            let shown = parts::truncated(ui, RichText::new(target.as_str()).color(color));
            shown.on_hover_ui(|ui| drop(ui.label(format!("{target}\n{}", connections::rule(locale, row)).trim())));
        }
        ConnectionColumn::Rule => {
            let rule = connections::rule(locale, row);
            parts::truncated(ui, RichText::new(rule.as_str()).color(palette.weak)).on_hover_text(rule);
        }
        ConnectionColumn::Node => carrier(ui, app, row),
        ConnectionColumn::Down => bytes(ui, row.down),
        ConnectionColumn::Up => bytes(ui, row.up),
        ConnectionColumn::DownRate => rate(ui, locale, row.down_rate),
        ConnectionColumn::UpRate => rate(ui, locale, row.up_rate),
        ConnectionColumn::Age if is_open => {
            ui.label(units::span(locale, u64::try_from(now - row.since).unwrap_or(0)));
        }
        ConnectionColumn::Age => {
            let state = connections::state(locale, row.ended);
            parts::truncated(ui, RichText::new(state.as_str()).color(palette.weak)).on_hover_text(state);
        }
        ConnectionColumn::Close => {
            let closes = tr!(locale, "connections-close", host = one_line(&row.target()));
            if is_open && parts::cross(ui, &closes).on_hover_text(closes).clicked() {
                close(&[row.id], locale, effects);
            }
        }
    }
}

/// The node, or the route without one; the tooltip shows why.
fn carrier(ui: &mut Ui, app: &AppState, row: &ConnectionView) {
    let (palette, locale) = (Palette::of(ui), app.locale);
    let (text, color) = match (row.way, row.node_label()) {
        (Route::Block, _) => (tr!(locale, "rules-block"), palette.red),
        (Route::Direct, "") => (tr!(locale, "rules-direct"), palette.weak),
        (Route::Pool, "") => ("–".to_owned(), palette.weak),
        (Route::Pool | Route::Direct, node) => (one_line(node), palette.text),
    };
    let name = |id: &NodeId| app.node(id).map_or_else(|| id.to_string(), |node| one_line(&node.name));
    let shown = parts::truncated(ui, RichText::new(text.as_str()).color(color));
    shown.on_hover_ui(|ui| drop(ui.label(format!("{text}\n{}", connections::why(locale, row, name)).trim())));
}

/// The client as text.
fn client(locale: Locale, row: &ConnectionView) -> String {
    let program = match (&row.program, row.pid) {
        (Some(program), Some(pid)) => format!("{} (PID {pid})\n", one_line(program)),
        (_, _) => String::new(),
    };
    format!("{program}{}\n{}", tr!(locale, "connections-client", client = row.client.as_str()), row.protocol.as_str())
}

fn bytes(ui: &mut Ui, bytes: u64) {
    figure(ui, (bytes > 0).then(|| units::bytes(bytes)));
}

fn rate(ui: &mut Ui, locale: Locale, rate: u64) {
    figure(ui, (rate > 0).then(|| units::rate(locale, rate)));
}

/// A figure, or a dash if there is none.
fn figure(ui: &mut Ui, figure: Option<String>) {
    match figure {
        Some(figure) => ui.add(Label::new(figure)),
        None => ui.label(RichText::new("–").color(Palette::of(ui).weak)),
    };
}
