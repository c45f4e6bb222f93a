//! The table of connections, one per line, cut to the width of the terminal.

use std::collections::HashMap;

use comfy_table::{Cell, Color, ContentArrangement, Row};

use super::super::printer::Style;
use super::{finish, painted, table};
use crate::i18n::labels::one_line;
use crate::i18n::{Locale, connections, tr, units};
use crate::model::NodeId;
use crate::model::connection::ConnectionView;

fn header(say: Locale) -> [String; 12] {
    [
        tr!(say, "column-id"),
        tr!(say, "column-program"),
        tr!(say, "column-host"),
        tr!(say, "column-rule"),
        tr!(say, "column-node"),
        tr!(say, "column-why"),
        tr!(say, "column-age"),
        tr!(say, "column-up"),
        tr!(say, "column-down"),
        tr!(say, "column-up-rate"),
        tr!(say, "column-down-rate"),
        tr!(say, "column-state"),
    ]
}

/// A table of connections in the given order; `now` is in Unix ms.
pub(in crate::cli) fn connections(rows: &[&ConnectionView], now: i64, style: Style) -> String {
    let say = style.locale;
    let mut table = table(&header(say), style);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let names: HashMap<_, _> = rows.iter().filter_map(|row| Some((row.node.as_ref()?, row.node_label()))).collect();
    let name = |node: &NodeId| names.get(node).map_or_else(|| node.to_string(), |name| one_line(name));
    for row in rows {
        let is_open = row.ended.is_none();
        let rate = |rate: u64| if is_open { units::rate(say, rate) } else { String::new() };
        let state = Cell::new(connections::state(say, row.ended));
        let mut line = Row::from(vec![
            Cell::new(row.id),
            Cell::new(one_line(row.program_or_address())),
            Cell::new(one_line(&row.target())),
            Cell::new(connections::rule(say, row)),
            Cell::new(one_line(row.node_label())),
            Cell::new(connections::why(say, row, name)),
            Cell::new(units::span(say, u64::try_from(now - row.since).unwrap_or(0))),
            Cell::new(units::bytes(row.up)),
            Cell::new(units::bytes(row.down)),
            Cell::new(rate(row.up_rate)),
            Cell::new(rate(row.down_rate)),
            if is_open { painted(state, Color::Green, style) } else { state },
        ]);
        line.max_height(1);
        table.add_row(line);
    }
    finish(table, &[0, 6, 7, 8, 9, 10])
}
