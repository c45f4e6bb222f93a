//! Texts about a client's connection in a table: its rule, the reason for its node, how it ended.

use super::{Locale, labels, tr};
use crate::model::connection::{ConnectionEnd, ConnectionView, NodeChoice};
use crate::model::route::{Route, RuleSource};
use crate::model::{NodeId, Strategy};

/// The route and its rule in a few words; empty if it goes through the pool without a rule.
pub fn rule(locale: Locale, row: &ConnectionView) -> String {
    let rule = row.rule.map(|place| {
        let list = match place.source {
            RuleSource::BuiltIn => return tr!(locale, "rules-built-in"),
            RuleSource::User => tr!(locale, "rules-user"),
            RuleSource::List => tr!(locale, "rules-list"),
            RuleSource::Acl => tr!(locale, "rules-acl"),
            RuleSource::Pin => tr!(locale, "rules-pins"),
            RuleSource::Door => {
                return tr!(
                    locale,
                    "connection-through-door",
                    door = labels::one_line(row.door.as_deref().unwrap_or_default())
                );
            }
        };
        tr!(locale, "connection-rule", list = list, line = place.line)
    });
    let route = match row.way {
        Route::Pool => return rule.unwrap_or_default(),
        Route::Direct => tr!(locale, "rules-direct"),
        Route::Block => tr!(locale, "rules-block"),
    };
    rule.map_or_else(|| route.clone(), |rule| tr!(locale, "rules-way", route = route.as_str(), rule = rule))
}

/// Why this node carries the connection; `name` returns the name of the node that was tried before.
pub fn why(locale: Locale, row: &ConnectionView, name: impl Fn(&NodeId) -> String) -> String {
    match &row.why {
        None => String::new(),
        Some(NodeChoice::Only) => tr!(locale, "connection-only"),
        Some(NodeChoice::Strategy(Strategy::Fastest)) => tr!(locale, "connection-fastest"),
        Some(NodeChoice::Strategy(strategy)) => labels::strategy(locale, *strategy),
        Some(NodeChoice::Pinned) => tr!(locale, "connection-pinned"),
        Some(NodeChoice::Door) => tr!(locale, "connection-of-door"),
        Some(NodeChoice::Crowded) => tr!(locale, "connection-crowded"),
        Some(NodeChoice::Retried { from }) => tr!(locale, "connection-retried", node = name(from)),
        Some(NodeChoice::Replayed { from }) => tr!(locale, "connection-replayed", node = name(from)),
    }
}

/// How it ended, or that it is open.
pub fn state(locale: Locale, ended: Option<ConnectionEnd>) -> String {
    match ended {
        None => tr!(locale, "connection-open"),
        Some(ConnectionEnd::Closed) => tr!(locale, "connection-closed"),
        Some(ConnectionEnd::Reset) => tr!(locale, "connection-reset"),
        Some(ConnectionEnd::NoResponse) => tr!(locale, "connection-no-response"),
        Some(ConnectionEnd::Blocked) => tr!(locale, "connection-blocked"),
        Some(ConnectionEnd::Failed) => tr!(locale, "connection-failed"),
        Some(ConnectionEnd::NoNode) => tr!(locale, "connection-no-node"),
        Some(ConnectionEnd::NoDoorNode) => tr!(locale, "connection-no-door-node"),
        Some(ConnectionEnd::Cancelled) => tr!(locale, "connection-cancelled"),
        Some(ConnectionEnd::Dropped) => tr!(locale, "connection-dropped"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::route::RulePlace;

    #[test]
    fn a_rule_is_shown_with_its_line() {
        let mut row = ConnectionView::example(1, "curl", "a.example");
        assert_eq!(rule(Locale::English, &row), "");
        row.rule = Some(RulePlace { source: RuleSource::User, line: 3 });
        assert_eq!(rule(Locale::English, &row), "your rules, line 3");
        row.way = Route::Block;
        assert_eq!(rule(Locale::English, &row), "blocked (your rules, line 3)");
        row.rule = None;
        assert_eq!(rule(Locale::English, &row), "blocked");
    }

    #[test]
    fn the_reason_for_the_node_is_shown() {
        let mut row = ConnectionView::example(1, "curl", "a.example");
        let text = |row: &ConnectionView| why(Locale::English, row, |_| "Lima".into());
        assert_eq!(text(&row), "One node per site");
        row.why = Some(NodeChoice::Replayed { from: NodeId::from_text("0123456789ab") });
        assert_eq!(text(&row), "replayed from Lima");
    }
}
