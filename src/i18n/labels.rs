//! Labels of nodes, modes and strategies, and the summary of an import.

use super::{Locale, Localize, tr};
pub use crate::locale::one_line;
use crate::model::NodeId;
use crate::model::settings::{Mode, Strategy};
use crate::model::snapshot::MemberView;

/// A node's name, or its id if it has none.
pub fn named(name: &str, id: &NodeId) -> String {
    if name.is_empty() { id.to_string() } else { one_line(name) }
}

/// Why a member is in its state; empty if there is nothing to report.
pub fn member_reason(locale: Locale, member: &MemberView) -> String {
    member.why.as_ref().map(|why| why.localize(locale)).unwrap_or_default()
}

/// The result of an import.
pub fn imported(locale: Locale, added: usize, known: usize, refused: usize) -> String {
    let parts = [
        (added > 0).then(|| tr!(locale, "import-added", count = added)),
        (known > 0).then(|| tr!(locale, "import-known", count = known)),
        (refused > 0).then(|| tr!(locale, "import-refused", count = refused)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { tr!(locale, "import-nothing") } else { parts.join(&tr!(locale, "list-comma")) }
}

/// A newer release.
pub fn release(locale: Locale, version: &str) -> String {
    tr!(locale, "release-available", version = version)
}

/// The name of a mode.
pub fn mode_name(locale: Locale, mode: Mode) -> String {
    match mode {
        Mode::Manual => tr!(locale, "mode-manual"),
        Mode::Pac => tr!(locale, "mode-pac"),
        Mode::Global => tr!(locale, "mode-global"),
    }
}

/// The short name of a mode.
pub fn mode_short(locale: Locale, mode: Mode) -> String {
    match mode {
        Mode::Manual => tr!(locale, "mode-manual"),
        Mode::Pac => tr!(locale, "mode-pac-short"),
        Mode::Global => tr!(locale, "mode-global"),
    }
}

/// The mode's value in the settings.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Manual => "manual",
        Mode::Pac => "pac",
        Mode::Global => "global",
    }
}

/// A sentence about what a mode does.
pub fn mode_text(locale: Locale, mode: Mode) -> String {
    match mode {
        Mode::Manual => tr!(locale, "mode-manual-text"),
        Mode::Pac => tr!(locale, "mode-pac-text"),
        Mode::Global => tr!(locale, "mode-global-text"),
    }
}

/// A sentence about what a strategy does.
pub fn strategy_text(locale: Locale, strategy: Strategy) -> String {
    match strategy {
        Strategy::Smart => tr!(locale, "strategy-smart-text"),
        Strategy::Sticky => tr!(locale, "strategy-sticky-text"),
        Strategy::RoundRobin => tr!(locale, "strategy-round-robin-text"),
        Strategy::Random => tr!(locale, "strategy-random-text"),
        Strategy::LeastConnections => tr!(locale, "strategy-least-connections-text"),
        Strategy::LeastCpu => tr!(locale, "strategy-least-cpu-text"),
        Strategy::Fastest => tr!(locale, "strategy-fastest-text"),
        Strategy::Failover => tr!(locale, "strategy-failover-text"),
    }
}

/// The name of a strategy.
pub fn strategy(locale: Locale, strategy: Strategy) -> String {
    match strategy {
        Strategy::Smart => tr!(locale, "strategy-smart"),
        Strategy::Sticky => tr!(locale, "strategy-sticky"),
        Strategy::RoundRobin => tr!(locale, "strategy-round-robin"),
        Strategy::Random => tr!(locale, "strategy-random"),
        Strategy::LeastConnections => tr!(locale, "strategy-least-connections"),
        Strategy::LeastCpu => tr!(locale, "strategy-least-cpu"),
        Strategy::Fastest => tr!(locale, "strategy-fastest"),
        Strategy::Failover => tr!(locale, "strategy-failover"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fault, FaultCode};

    #[test]
    fn a_fault_is_shown_with_its_detail() {
        let text = |code, detail| Fault::new(code, detail).localize(Locale::English);
        assert_eq!(text(FaultCode::UnknownNode, "abc"), "there is no such node: abc");
        assert_eq!(text(FaultCode::Stopping, "the engine is stopping"), "the engine is stopping");
        assert_eq!(text(FaultCode::NoNode, ""), "there is no node to connect through");
        let chinese = Fault::new(FaultCode::PortInUse, "127.0.0.1:1080").localize(Locale::SimplifiedChinese);
        assert_eq!(chinese, "端口已被占用：127.0.0.1:1080");
    }

    #[test]
    fn the_result_of_an_import_is_counted() {
        let text = |added, known, refused| imported(Locale::English, added, known, refused);
        assert_eq!(text(1, 0, 0), "1 node imported");
        assert_eq!(text(0, 2, 1), "2 already in the list, 1 line refused");
        assert_eq!(text(0, 0, 0), "nothing to import");
        assert_eq!(imported(Locale::SimplifiedChinese, 3, 1, 0), "已导入 3 个节点，1 个已存在");
    }
}
