//! What is said of a client's connection in a table: the rule, why this node, how it ended.

use super::{Locale, tr, words};
use crate::model::connection::{ConnectionEnd, ConnectionView, NodeChoice};
use crate::model::route::{Route, RuleSource};
use crate::model::{NodeId, Strategy};

/// The way and the rule that says so, in a few words; empty where it goes through the pool by no rule.
pub fn rule(locale: Locale, row: &ConnectionView) -> String {
    let rule = row.rule.map(|place| {
        let list = match place.source {
            RuleSource::BuiltIn => return tr!(locale, "rules-built-in"),
            RuleSource::User => tr!(locale, "rules-user"),
            RuleSource::List => tr!(locale, "rules-list"),
            RuleSource::Acl => tr!(locale, "rules-acl"),
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

/// Why this node carries it; `name` says what the node that was asked before is called.
pub fn why(locale: Locale, row: &ConnectionView, name: impl Fn(&NodeId) -> String) -> String {
    match &row.why {
        None => String::new(),
        Some(NodeChoice::Only) => tr!(locale, "connection-only"),
        Some(NodeChoice::Strategy(Strategy::Fastest)) => tr!(locale, "connection-fastest"),
        Some(NodeChoice::Strategy(strategy)) => words::strategy(locale, *strategy),
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
        Some(ConnectionEnd::Cancelled) => tr!(locale, "connection-cancelled"),
        Some(ConnectionEnd::Dropped) => tr!(locale, "connection-dropped"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::route::RulePlace;

    #[test]
    fn a_rule_is_told_with_its_line() {
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
    fn a_node_is_there_for_a_reason() {
        let mut row = ConnectionView::example(1, "curl", "a.example");
        let told = |row: &ConnectionView| why(Locale::English, row, |_| "Lima".into());
        assert_eq!(told(&row), "One node per site");
        row.why = Some(NodeChoice::Replayed { from: NodeId::from_text("0123456789ab") });
        assert_eq!(told(&row), "replayed from Lima");
    }
}
