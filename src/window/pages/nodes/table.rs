//! The node table; only visible rows are drawn, however many there are.

use std::cell::Cell;
use std::collections::HashMap;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Align2, DragValue, Layout, Response, RichText, Sense, Stroke, TextStyle, Ui, WidgetInfo, vec2,
};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::NodesPage;
use super::actions::LinkUse;
use super::draft::{TIERS, WEIGHTS};
use super::rows::{Column, NodeRow, kind};
use super::selection::SelectMode;
use crate::i18n::{Locale, Localize, labels, tr, units};
use crate::model::command::NodeChanges;
use crate::model::snapshot::NodeView;
use crate::model::{Command, NodeId};
use crate::window::effects::Effects;
use crate::window::node_tests::NodeTest;
use crate::window::parts;
use crate::window::state::AppState;
use crate::window::theme::Palette;
use crate::window::toast::Toast;

/// Height of a row in points.
const ROW: f32 = 32.0;

/// Space between columns in points.
const GAP: f32 = 8.0;

/// Smallest width of the column of names in points.
const MIN_NAME: f32 = 120.0;

/// Values that are being dragged or typed, until the engine has taken them.
pub(super) type Numbers = HashMap<(NodeId, NodeNumber), u32>;

/// A number of a node that can be edited in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NodeNumber {
    Weight,
    Tier,
}

/// The nodes that are being dragged.
struct DraggedNodes(Vec<NodeId>);

/// The columns with their widths: none is narrower than its title. The least important ones are hidden if there is no
/// room for all.
fn columns(ui: &Ui, locale: Locale) -> Vec<(Column, Width)> {
    let font = TextStyle::Small.resolve(ui.style());
    let titled = |(column, width): (Column, f32)| {
        let title = ui.painter().layout_no_wrap(title(locale, column), font.clone(), Palette::of(ui).weak);
        (column, width.max(title.size().x.ceil() + 1.0))
    };
    let all = [
        (Column::Place, 20.0),
        (Column::Name, MIN_NAME),
        (Column::Country, 52.0),
        (Column::Kind, 136.0),
        (Column::Latency, 112.0),
        (Column::Today, 64.0),
        (Column::Total, 64.0),
        (Column::Excluded, 48.0),
        (Column::Weight, 52.0),
        (Column::Tier, 48.0),
    ]
    .map(titled);
    let needed = all.iter().map(|(_, width)| width + GAP).sum::<f32>() - GAP;
    let is_wide = ui.available_width() >= needed;
    let is_shown = |column: Column| is_wide || !matches!(column, Column::Country | Column::Kind | Column::Total);
    let width = |(column, width): (Column, f32)| match column {
        Column::Name => (column, Width::remainder().at_least(width).clip(true)),
        Column::Kind => (column, Width::exact(width).clip(true)),
        Column::Place | Column::Country | Column::Latency | Column::Today | Column::Total => {
            (column, Width::exact(width))
        }
        Column::Excluded | Column::Weight | Column::Tier => (column, Width::exact(width)),
    };
    all.into_iter().filter(|(column, _)| is_shown(*column)).map(width).collect()
}

fn title(locale: Locale, column: Column) -> String {
    match column {
        Column::Place => String::new(),
        Column::Name => tr!(locale, "nodes-name"),
        Column::Country => tr!(locale, "nodes-country"),
        Column::Kind => tr!(locale, "nodes-kind"),
        Column::Latency => tr!(locale, "nodes-latency"),
        Column::Today => tr!(locale, "nodes-today"),
        Column::Total => tr!(locale, "nodes-total"),
        Column::Excluded => tr!(locale, "nodes-in-use"),
        Column::Weight => tr!(locale, "nodes-weight"),
        Column::Tier => tr!(locale, "nodes-tier"),
    }
}

impl NodesPage {
    /// Draws the table.
    pub(super) fn table(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        if self.rows.is_empty() {
            let title = tr!(app.locale, "nodes-none-found");
            return parts::empty(ui, &title, &tr!(app.locale, "nodes-none-found-text"));
        }
        let columns = columns(ui, app.locale);
        ui.spacing_mut().item_spacing = vec2(GAP, 0.0);
        let height = ui.available_height();
        let mut table = TableBuilder::new(ui)
            .sense(Sense::click_and_drag())
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .max_scroll_height(height)
            .cell_layout(Layout::left_to_right(Align::Center));
        for (_, width) in &columns {
            table = table.column(*width);
        }
        if let Some(line) = self.scroll_to.take() {
            table = table.scroll_to_row(line, None);
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
                    NodeRow::Group { name, nodes, is_folded } => {
                        self.group(&mut row, app, &columns, (name, *nodes, *is_folded));
                    }
                    NodeRow::Node(place) => self.node(&mut row, app, &columns, &app.nodes()[*place], effects),
                });
            });
        self.rows = rows;
    }

    fn head(&mut self, ui: &mut Ui, locale: Locale, column: Column) {
        let text = title(locale, column);
        if text.is_empty() {
            return;
        }
        let sort = self.filter.sort;
        let mark = match (sort.by == column, sort.is_descending) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        };
        if parts::column_head(ui, &text, mark).clicked() {
            self.filter.sort = sort.clicked(column);
        }
    }

    fn group(
        &mut self,
        row: &mut TableRow<'_, '_>,
        app: &AppState,
        columns: &[(Column, Width)],
        (name, nodes, is_folded): (&str, usize, bool),
    ) {
        let locale = app.locale;
        let shown = if name.is_empty() { tr!(locale, "menu-ungrouped") } else { labels::one_line(name) };
        for (column, _) in columns {
            row.col(|ui| match column {
                Column::Place => {
                    parts::chevron(ui, is_folded);
                }
                Column::Name => {
                    let text = tr!(locale, "nodes-group", group = shown.as_str(), nodes = nodes);
                    parts::truncated(ui, RichText::new(text).strong());
                }
                Column::Country
                | Column::Kind
                | Column::Latency
                | Column::Today
                | Column::Total
                | Column::Excluded
                | Column::Weight
                | Column::Tier => {}
            });
        }
        let response = row.response();
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, !is_folded, &shown));
        if response.clicked() && !self.filter.folded.remove(name) {
            self.filter.folded.insert(name.to_owned());
        }
    }

    fn node(
        &mut self,
        row: &mut TableRow<'_, '_>,
        app: &AppState,
        columns: &[(Column, Width)],
        node: &NodeView,
        effects: &mut Effects,
    ) {
        let is_chosen = self.selection.has(&node.id);
        row.set_selected(is_chosen);
        let shown = labels::named(&node.name, &node.id);
        for (column, _) in columns {
            row.col(|ui| self.cell(ui, app, *column, node, effects));
        }
        let response = row.response();
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_chosen, &shown));
        self.clicked(&response, &node.id, effects);
        self.dragged(&response, node, effects);
        response.context_menu(|ui| {
            if !self.selection.has(&node.id) {
                self.selection.choose(&node.id, SelectMode::Replace, &self.order);
            }
            self.menu(ui, app, node, effects);
        });
    }

    fn clicked(&mut self, response: &Response, id: &NodeId, effects: &mut Effects) {
        if response.double_clicked() {
            return self.request_link(id, LinkUse::Edit, effects);
        }
        if !response.clicked() {
            return;
        }
        let modifiers = response.ctx.input(|input| input.modifiers);
        let how = match (modifiers.command, modifiers.shift) {
            (_, true) => SelectMode::Range,
            (true, false) => SelectMode::Toggle,
            (false, false) => SelectMode::Replace,
        };
        self.selection.choose(id, how, &self.order);
    }

    /// Handles dragging: the selected rows move in front of the row that they are dropped on.
    fn dragged(&mut self, response: &Response, node: &NodeView, effects: &mut Effects) {
        if response.drag_started() && !self.selection.has(&node.id) {
            self.selection.choose(&node.id, SelectMode::Replace, &self.order);
        }
        if response.dragged() {
            response.dnd_set_drag_payload(DraggedNodes(self.chosen()));
        }
        if response.dnd_hover_payload::<DraggedNodes>().is_some() {
            let painter = response.ctx.layer_painter(response.layer_id);
            let color = response.ctx.global_style().visuals.selection.stroke.color;
            painter.hline(response.rect.x_range(), response.rect.top(), Stroke::new(2.0, color));
        }
        if let Some(dragged) = response.dnd_release_payload::<DraggedNodes>() {
            self.move_to(&dragged.0, Some(&node.id), effects);
        }
    }

    fn cell(&mut self, ui: &mut Ui, app: &AppState, column: Column, node: &NodeView, effects: &mut Effects) {
        let locale = app.locale;
        let weak = Palette::of(ui).weak;
        match column {
            Column::Place => state(ui, app, node),
            Column::Name => name(ui, locale, node),
            Column::Country => {
                let palette = Palette::of(ui);
                match node.country {
                    Some(country) => ui.label(country.as_str()),
                    None => ui.label(RichText::new("–").color(palette.weak)),
                };
            }
            Column::Kind => {
                parts::truncated(ui, RichText::new(kind(node)).color(weak));
            }
            Column::Latency => latency(ui, app, node),
            Column::Today => traffic(ui, locale, node.up_today, node.down_today),
            Column::Total => traffic(ui, locale, node.up, node.down),
            Column::Excluded => {
                let name = tr!(locale, "nodes-use", node = labels::named(&node.name, &node.id));
                if parts::switch(ui, !node.excluded, &name).clicked() {
                    let changes = NodeChanges { excluded: Some(!node.excluded), ..NodeChanges::default() };
                    effects.command(Command::NodeEdit { node: node.id.to_string(), changes });
                }
            }
            Column::Weight => self.number(ui, locale, node, NodeNumber::Weight, effects),
            Column::Tier => self.number(ui, locale, node, NodeNumber::Tier, effects),
        }
    }

    /// A number that can be dragged or typed; sent to the engine when the edit ends.
    fn number(&mut self, ui: &mut Ui, locale: Locale, node: &NodeView, number: NodeNumber, effects: &mut Effects) {
        let shown = labels::named(&node.name, &node.id);
        let (current, range, name) = match number {
            NodeNumber::Weight => (node.weight, WEIGHTS, tr!(locale, "nodes-weight-of", node = shown)),
            NodeNumber::Tier => (node.tier, TIERS, tr!(locale, "nodes-tier-of", node = shown)),
        };
        let is_wrong = Cell::new(false);
        let read = |text: &str| {
            let number = text.trim().parse::<u64>().ok().filter(|number| range.contains(number));
            is_wrong.set(number.is_none());
            number.map(|number| number as f64)
        };
        let key = (node.id.clone(), number);
        let mut value = self.numbers.get(&key).copied().unwrap_or(current);
        let drag = DragValue::new(&mut value).range(range.clone()).speed(0.1).update_while_editing(false);
        let response = ui.add(drag.custom_parser(read).min_size(vec2(44.0, 24.0))).accessible_name(name);
        if is_wrong.get() {
            effects.toast(Toast::failed(parts::want_number(locale, &range)));
        }
        if response.changed() {
            self.numbers.insert(key.clone(), value);
        }
        if response.dragged() || response.has_focus() {
            return;
        }
        if value == current {
            self.numbers.remove(&key);
        } else if response.changed() || response.drag_stopped() || response.lost_focus() {
            let changes = match number {
                NodeNumber::Weight => NodeChanges { weight: Some(value), ..NodeChanges::default() },
                NodeNumber::Tier => NodeChanges { tier: Some(value), ..NodeChanges::default() },
            };
            effects.command(Command::NodeEdit { node: node.id.to_string(), changes });
        }
    }

    fn menu(&mut self, ui: &mut Ui, app: &AppState, node: &NodeView, effects: &mut Effects) {
        let locale = app.locale;
        let chosen = self.chosen();
        if ui.button(tr!(locale, "nodes-connect")).clicked() {
            effects.command(Command::Connect { node: Some(node.id.to_string()) });
        }
        if let Some(request) = node.plugin_request() {
            let button = ui.button(tr!(locale, "nodes-allow-plugin", plugin = labels::one_line(&request.plugin)));
            if button.on_hover_text(request.localize(locale)).clicked() {
                effects.command(Command::PluginAllow { node: node.id.to_string() });
            }
        }
        if ui.button(tr!(locale, "nodes-test")).clicked() {
            effects.test(chosen.clone());
        }
        ui.separator();
        for (word, sought) in
            [(tr!(locale, "nodes-edit"), LinkUse::Edit), (tr!(locale, "nodes-duplicate"), LinkUse::Duplicate)]
        {
            if ui.button(word).clicked() {
                self.request_link(&node.id, sought, effects);
            }
        }
        if ui.button(tr!(locale, "nodes-share")).clicked() {
            self.share(&chosen, effects);
        }
        for (word, by) in [(tr!(locale, "nodes-up"), -1), (tr!(locale, "nodes-down"), 1)] {
            if ui.button(word).clicked() {
                self.shift(by, effects);
            }
        }
        ui.separator();
        if ui.button(tr!(locale, "nodes-delete")).clicked() {
            self.remove(&chosen, effects);
        }
    }
}

fn state(ui: &mut Ui, app: &AppState, node: &NodeView) {
    let palette = Palette::of(ui);
    match app.member(&node.id) {
        Some(member) => {
            let text = member.state.localize(app.locale);
            parts::dot(ui, palette.member(member.state)).on_hover_text(text);
        }
        None => {
            let (place, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().circle_stroke(place.center(), 4.0, Stroke::new(1.0, palette.frame));
        }
    }
}

fn name(ui: &mut Ui, locale: Locale, node: &NodeView) {
    let palette = Palette::of(ui);
    let color = if node.excluded { palette.weak } else { palette.text };
    let host = format!("{}:{}", node.host, node.port);
    let shown = if node.name.is_empty() { host.clone() } else { labels::one_line(&node.name) };
    if let Some(weakness) = node.legacy {
        let mark = ui.add(eframe::egui::Label::new(RichText::new("⚠").color(palette.amber)).sense(Sense::hover()));
        mark.on_hover_text(weakness.localize(locale));
    }
    if let Some(request) = node.plugin_request() {
        let mark = ui.add(eframe::egui::Label::new(RichText::new("⏸").color(palette.amber)).sense(Sense::hover()));
        mark.on_hover_text(request.localize(locale));
    }
    parts::truncated(ui, RichText::new(shown).color(color)).on_hover_text(format!("{host}\n{}", kind(node)));
}

fn latency(ui: &mut Ui, app: &AppState, node: &NodeView) {
    let (palette, locale) = (Palette::of(ui), app.locale);
    let shown = match app.node_tests.of(&node.id) {
        Some(NodeTest::Running) => Some((tr!(locale, "nodes-testing"), palette.weak)),
        Some(NodeTest::Failed(failure)) if node.latency_ms.is_none() => Some((failure.localize(locale), palette.red)),
        Some(NodeTest::Refused(fault)) => Some((fault.localize(locale), palette.red)),
        Some(NodeTest::Passed(_) | NodeTest::Failed(_)) | None => None,
    };
    if let Some((text, color)) = shown {
        parts::truncated(ui, RichText::new(text.clone()).color(color)).on_hover_text(text);
        return;
    }
    let (text, color) = match node.latency_ms {
        Some(millis) => (units::millis(locale, millis), palette.text),
        None if node.history.last() == Some(&None) => (tr!(locale, "nodes-failed"), palette.red),
        None => ("–".to_owned(), palette.weak),
    };
    // A fixed width, so that all sparklines are aligned.
    let (place, response) = ui.allocate_exact_size(vec2(56.0, ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    let font = TextStyle::Body.resolve(ui.style());
    ui.painter().text(place.right_center(), Align2::RIGHT_CENTER, &text, font, color);
    parts::sparkline(ui, &node.history, vec2(48.0, 20.0));
}

fn traffic(ui: &mut Ui, locale: Locale, up: u64, down: u64) {
    let all = up.saturating_add(down);
    if all == 0 {
        ui.label(RichText::new("–").color(Palette::of(ui).weak));
        return;
    }
    let both = tr!(locale, "window-rates", down = units::bytes(down), up = units::bytes(up));
    ui.add(eframe::egui::Label::new(units::bytes(all)).sense(Sense::hover())).on_hover_text(both);
}
