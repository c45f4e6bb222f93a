//! Sentences about what the engine says: faults, failures, states.

use super::{Locale, causes, tr, troubles};
use crate::model::event::Eviction;
use crate::model::settings::{Mode, Strategy};
use crate::model::snapshot::{MemberState, MemberView, Network};
use crate::model::{Failure, Fault, FaultCode, NodeId, Reason, Stage, Weakness};

/// A text as one line that cannot move a terminal's cursor. Names come from strangers.
pub fn one_line(text: &str) -> String {
    let shown: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    shown.trim().to_owned()
}

/// A node's name, or its id where it has none.
pub fn named(name: &str, id: &NodeId) -> String {
    if name.is_empty() { id.to_string() } else { one_line(name) }
}

/// Why the engine did not do something.
pub fn fault(locale: Locale, fault: &Fault) -> String {
    let what = match fault.code {
        FaultCode::UnknownNode => tr!(locale, "fault-unknown-node"),
        FaultCode::AmbiguousNode => tr!(locale, "fault-ambiguous-node"),
        FaultCode::KnownNode => tr!(locale, "fault-known-node"),
        FaultCode::NoNode => tr!(locale, "fault-no-node"),
        FaultCode::PortInUse => tr!(locale, "fault-port-in-use"),
        FaultCode::CannotListen => tr!(locale, "fault-cannot-listen"),
        FaultCode::InvalidSetting => tr!(locale, "fault-invalid-setting"),
        FaultCode::NothingImported => tr!(locale, "fault-nothing-imported"),
        FaultCode::BadRules => tr!(locale, "fault-bad-rules"),
        FaultCode::ListNotFetched => tr!(locale, "fault-list-not-fetched"),
        FaultCode::UnknownSubscription => tr!(locale, "fault-unknown-subscription"),
        FaultCode::InvalidSubscription => tr!(locale, "fault-invalid-subscription"),
        FaultCode::SubscriptionNotFetched => tr!(locale, "fault-subscription-not-fetched"),
        FaultCode::NoDesktop => tr!(locale, "fault-no-desktop"),
        FaultCode::DesktopProxy => tr!(locale, "fault-desktop-proxy"),
        FaultCode::Backup => tr!(locale, "fault-backup"),
        FaultCode::File => tr!(locale, "fault-file"),
        FaultCode::BadMessage => tr!(locale, "fault-bad-message"),
        FaultCode::TooLarge => tr!(locale, "fault-too-large"),
        FaultCode::OtherVersion => tr!(locale, "fault-other-version"),
        FaultCode::Stopping => tr!(locale, "fault-stopping"),
        FaultCode::NotRunning => tr!(locale, "fault-not-running"),
        FaultCode::NoEngine => tr!(locale, "fault-no-engine"),
        FaultCode::Ended => tr!(locale, "fault-ended"),
        FaultCode::Broken => tr!(locale, "fault-broken"),
        FaultCode::NotUnderstood => tr!(locale, "fault-not-understood"),
        FaultCode::RunsAlready => tr!(locale, "fault-runs-already"),
        FaultCode::Log => tr!(locale, "fault-log"),
    };
    let detail = detail(locale, fault);
    if detail.is_empty() || detail == what { what } else { tr!(locale, "fault-detail", what = what, detail = detail) }
}

/// What is known of a fault, beside its kind; may be empty.
pub fn detail(locale: Locale, fault: &Fault) -> String {
    fault.cause.as_deref().map_or_else(|| one_line(&fault.detail), |cause| causes::cause(locale, cause))
}

/// Where a request failed, and what is known.
pub fn failure(locale: Locale, failure: &Failure) -> String {
    let stage = stage(locale, failure.stage);
    let known = failure.trouble.as_ref().map(|trouble| troubles::trouble(locale, trouble));
    let detail = known.unwrap_or_else(|| one_line(&failure.detail));
    if detail.is_empty() { stage } else { tr!(locale, "fault-detail", what = stage, detail = detail) }
}

fn stage(locale: Locale, stage: Stage) -> String {
    match stage {
        Stage::Start => tr!(locale, "stage-start"),
        Stage::Configuration => tr!(locale, "stage-configuration"),
        Stage::Dns => tr!(locale, "stage-dns"),
        Stage::Tcp => tr!(locale, "stage-tcp"),
        Stage::Plugin => tr!(locale, "stage-plugin"),
        Stage::Handshake => tr!(locale, "stage-handshake"),
        Stage::Destination => tr!(locale, "stage-destination"),
        Stage::TimeLimit => tr!(locale, "stage-time-limit"),
    }
}

/// Why a member is in the state it is in; empty where there is nothing to say.
pub fn member_reason(locale: Locale, member: &MemberView) -> String {
    reason(locale, member.why.as_ref(), &member.reason)
}

/// A reason that came typed, or as a text where it did not.
pub(super) fn reason(locale: Locale, why: Option<&Reason>, text: &str) -> String {
    why.map_or_else(|| one_line(text), |why| troubles::reason(locale, why))
}

/// Why a member left the pool.
pub fn eviction(locale: Locale, reason: &Eviction) -> String {
    match reason {
        Eviction::CrashLoop { exits, status } => {
            tr!(locale, "eviction-crash-loop", exits = *exits, status = troubles::exit(locale, status))
        }
        Eviction::CheckFailed { failure } => {
            tr!(locale, "eviction-check-failed", failure = self::failure(locale, failure))
        }
        Eviction::StartFailed { failure } => {
            tr!(locale, "eviction-start-failed", failure = self::failure(locale, failure))
        }
    }
}

/// What an import did.
pub fn imported(locale: Locale, added: usize, known: usize, refused: usize) -> String {
    let parts = [
        (added > 0).then(|| tr!(locale, "import-added", count = added)),
        (known > 0).then(|| tr!(locale, "import-known", count = known)),
        (refused > 0).then(|| tr!(locale, "import-refused", count = refused)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { tr!(locale, "import-nothing") } else { parts.join(&tr!(locale, "list-comma")) }
}

/// The member's state in one word.
pub fn state(locale: Locale, state: MemberState) -> String {
    match state {
        MemberState::Starting => tr!(locale, "state-starting"),
        MemberState::Warming => tr!(locale, "state-warming"),
        MemberState::Serving => tr!(locale, "state-serving"),
        MemberState::Suspect => tr!(locale, "state-suspect"),
        MemberState::Ejected => tr!(locale, "state-ejected"),
        MemberState::Restarting => tr!(locale, "state-restarting"),
        MemberState::Draining => tr!(locale, "state-draining"),
    }
}

/// What a mode is called.
pub fn mode_name(locale: Locale, mode: Mode) -> String {
    match mode {
        Mode::Manual => tr!(locale, "mode-manual"),
        Mode::Pac => tr!(locale, "mode-pac"),
        Mode::Global => tr!(locale, "mode-global"),
    }
}

/// What a mode is called where there is little room.
pub fn mode_short(locale: Locale, mode: Mode) -> String {
    match mode {
        Mode::Manual => tr!(locale, "mode-manual"),
        Mode::Pac => tr!(locale, "mode-pac-short"),
        Mode::Global => tr!(locale, "mode-global"),
    }
}

/// The mode's word, as it is set.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Manual => "manual",
        Mode::Pac => "pac",
        Mode::Global => "global",
    }
}

/// What a mode does, in a sentence.
pub fn mode_text(locale: Locale, mode: Mode) -> String {
    match mode {
        Mode::Manual => tr!(locale, "mode-manual-text"),
        Mode::Pac => tr!(locale, "mode-pac-text"),
        Mode::Global => tr!(locale, "mode-global-text"),
    }
}

/// What is known of the network.
pub fn network(locale: Locale, network: Network) -> String {
    match network {
        Network::Unknown => tr!(locale, "network-unknown"),
        Network::Up => tr!(locale, "network-up"),
        Network::Down => tr!(locale, "network-down"),
        Network::Portal => tr!(locale, "network-portal"),
    }
}

/// What is weak about a node's protocol.
pub fn weakness(locale: Locale, found: Weakness) -> String {
    match found {
        Weakness::Plaintext => tr!(locale, "weakness-plaintext"),
        Weakness::BrokenCipher => tr!(locale, "weakness-broken-cipher"),
        Weakness::NoIntegrity => tr!(locale, "weakness-no-integrity"),
        Weakness::ChecksumOnly => tr!(locale, "weakness-checksum-only"),
    }
}

/// What a strategy does, in a sentence.
pub fn strategy_text(locale: Locale, strategy: Strategy) -> String {
    match strategy {
        Strategy::Sticky => tr!(locale, "strategy-sticky-text"),
        Strategy::RoundRobin => tr!(locale, "strategy-round-robin-text"),
        Strategy::Random => tr!(locale, "strategy-random-text"),
        Strategy::LeastConnections => tr!(locale, "strategy-least-connections-text"),
        Strategy::LeastCpu => tr!(locale, "strategy-least-cpu-text"),
        Strategy::Fastest => tr!(locale, "strategy-fastest-text"),
        Strategy::Failover => tr!(locale, "strategy-failover-text"),
    }
}

/// How a strategy is called where it is chosen.
pub fn strategy(locale: Locale, strategy: Strategy) -> String {
    match strategy {
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

    #[test]
    fn a_fault_says_what_and_which() {
        let told = |code, detail| fault(Locale::English, &Fault::new(code, detail));
        assert_eq!(told(FaultCode::UnknownNode, "abc"), "there is no such node: abc");
        assert_eq!(told(FaultCode::Stopping, "the engine is stopping"), "the engine is stopping");
        assert_eq!(told(FaultCode::NoNode, ""), "there is no node to connect through");
        let chinese = fault(Locale::Chinese, &Fault::new(FaultCode::PortInUse, "127.0.0.1:1080"));
        assert_eq!(chinese, "端口已被占用：127.0.0.1:1080");
    }

    #[test]
    fn an_import_is_counted() {
        let told = |added, known, refused| imported(Locale::English, added, known, refused);
        assert_eq!(told(1, 0, 0), "1 node imported");
        assert_eq!(told(0, 2, 1), "2 known already, 1 line refused");
        assert_eq!(told(0, 0, 0), "nothing to import");
        assert_eq!(imported(Locale::Chinese, 3, 1, 0), "已导入 3 个节点，1 个已存在");
    }

    #[test]
    fn a_name_from_a_stranger_stays_one_line() {
        assert_eq!(one_line("a\nb\u{1b}[2J"), "a b [2J");
    }
}
