//! Tables for people. Pure: a value in, a text out.

mod connections;
mod nodes;
mod status;
#[cfg(test)]
mod tests;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

pub(super) use self::connections::connections;
pub(super) use self::nodes::{node, nodes, tests};
pub(super) use self::status::{candidates, doors, members, status};
use super::printer::{Paint, Style};
use crate::i18n::{Locale, Localize, units};
use crate::model::Weakness;
use crate::model::snapshot::MemberState;

/// Keys and values below each other.
pub(super) fn pairs<K: AsRef<str>>(rows: &[(K, String)], style: Style) -> String {
    let mut table = blank(style);
    for (key, value) in rows {
        table.add_row(vec![bold(Cell::new(key.as_ref()), style), Cell::new(value)]);
    }
    finish(table, &[])
}

/// A table with a header.
pub(super) fn table(header: &[String], style: Style) -> Table {
    let mut table = blank(style);
    table.set_header(header.iter().map(|title| bold(Cell::new(title.to_uppercase()), style)).collect::<Vec<_>>());
    table
}

/// Columns without lines between them, which are easy to cut in a pipe.
fn blank(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    match style.paint {
        Paint::Coloured => table.enforce_styling(),
        Paint::Plain => table.force_no_tty(),
    };
    table
}

/// Milliseconds, or a dash if nothing was measured.
fn millis(locale: Locale, millis: Option<u32>) -> String {
    millis.map_or_else(|| "-".to_owned(), |millis| units::millis(locale, millis))
}

/// The text of a table, with these columns aligned to the right.
pub(super) fn finish(mut table: Table, numbers: &[usize]) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn state(state: MemberState, style: Style) -> Cell {
    let colour = match state {
        MemberState::Warming | MemberState::Serving => Color::Green,
        MemberState::Starting | MemberState::Suspect | MemberState::Draining => Color::Yellow,
        MemberState::Ejected | MemberState::Restarting => Color::Red,
    };
    painted(Cell::new(state.localize(style.locale)), colour, style)
}

pub(super) fn legacy(found: Option<Weakness>, style: Style) -> Cell {
    let text = found.map(|found| found.localize(style.locale)).unwrap_or_default();
    painted(Cell::new(text), Color::Yellow, style)
}

fn painted(cell: Cell, colour: Color, style: Style) -> Cell {
    match style.paint {
        Paint::Coloured => cell.fg(colour),
        Paint::Plain => cell,
    }
}

fn bold(cell: Cell, style: Style) -> Cell {
    match style.paint {
        Paint::Coloured => cell.add_attribute(Attribute::Bold),
        Paint::Plain => cell,
    }
}
