//! The list of nodes, one node, and the results of tests.

use comfy_table::{Cell, Color};

use super::super::printer::Style;
use super::{finish, legacy, millis, painted, pairs, table};
use crate::i18n::labels::one_line;
use crate::i18n::{Localize, tr, units};
use crate::model::command::TestReport;
use crate::model::node::authority;
use crate::model::snapshot::NodeView;

/// The list of nodes.
pub(in crate::cli) fn nodes(nodes: &[NodeView], style: Style) -> String {
    let say = style.locale;
    let header = [
        tr!(say, "column-node"),
        tr!(say, "column-name"),
        tr!(say, "column-group"),
        tr!(say, "column-country"),
        tr!(say, "column-kind"),
        tr!(say, "column-server"),
        tr!(say, "column-method"),
        tr!(say, "column-weight"),
        tr!(say, "column-tier"),
        tr!(say, "column-latency"),
        tr!(say, "column-up"),
        tr!(say, "column-down"),
        tr!(say, "column-excluded"),
        tr!(say, "column-legacy"),
    ];
    let mut table = table(&header, style);
    for node in nodes {
        table.add_row(vec![
            Cell::new(&node.id),
            Cell::new(one_line(&node.name)),
            Cell::new(one_line(&node.group)),
            Cell::new(node.country.map(|country| country.to_string()).unwrap_or_default()),
            Cell::new(&node.kind),
            Cell::new(authority(&node.host, node.port)),
            Cell::new(&node.method),
            Cell::new(node.weight),
            Cell::new(node.tier),
            Cell::new(millis(say, node.latency_ms)),
            Cell::new(units::bytes(node.up)),
            Cell::new(units::bytes(node.down)),
            Cell::new(if node.excluded { tr!(say, "cli-yes") } else { String::new() }),
            legacy(node.legacy, style),
        ]);
    }
    finish(table, &[7, 8, 9, 10, 11])
}

/// Everything about one node, except its password.
pub(in crate::cli) fn node(node: &NodeView, style: Style) -> String {
    let say = style.locale;
    let rows = [
        (tr!(say, "column-node"), node.id.to_string()),
        (tr!(say, "column-name"), one_line(&node.name)),
        (tr!(say, "column-group"), one_line(&node.group)),
        (tr!(say, "column-country"), node.country.map(|country| country.to_string()).unwrap_or_default()),
        (tr!(say, "column-kind"), node.kind.clone()),
        (tr!(say, "column-server"), authority(&node.host, node.port)),
        (tr!(say, "column-method"), node.method.clone()),
        (tr!(say, "column-plugin"), one_line(&node.plugin)),
        (tr!(say, "column-plugin-options"), one_line(&node.plugin_options)),
        (tr!(say, "column-waits"), node.plugin_request().map(|request| request.localize(say)).unwrap_or_default()),
        (tr!(say, "column-protocol"), node.protocol.clone()),
        (tr!(say, "column-obfs"), node.obfs.clone()),
        (tr!(say, "column-legacy"), node.legacy.map(|found| found.localize(say)).unwrap_or_default()),
        (tr!(say, "column-weight"), node.weight.to_string()),
        (tr!(say, "column-tier"), node.tier.to_string()),
        (tr!(say, "column-excluded"), if node.excluded { tr!(say, "cli-yes") } else { tr!(say, "cli-no") }),
        (tr!(say, "column-latency"), millis(say, node.latency_ms)),
        (tr!(say, "column-up"), units::bytes(node.up)),
        (tr!(say, "column-down"), units::bytes(node.down)),
    ];
    let known: Vec<_> = rows.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    pairs(&known, style)
}

/// The results of tests.
pub(in crate::cli) fn tests(reports: &[TestReport], style: Style) -> String {
    let say = style.locale;
    let mut table = table(&[tr!(say, "column-node"), tr!(say, "column-name"), tr!(say, "column-result")], style);
    for report in reports {
        let (text, colour) = match &report.result {
            Ok(millis) => (units::millis(say, *millis), Color::Green),
            Err(why) => (tr!(say, "cli-test-failed", why = why.localize(say)), Color::Red),
        };
        let result = painted(Cell::new(text), colour, style);
        table.add_row(vec![Cell::new(&report.id), Cell::new(one_line(&report.name)), result]);
    }
    finish(table, &[])
}
