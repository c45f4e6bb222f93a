//! A sentence for every event, as `sluice events` and the activity page show it.

use jiff::tz::TimeZone;

use super::labels::{imported, mode, named, one_line};
use super::{Locale, Localize, site_checks, subscriptions, tr, units};
use crate::model::event::FileFallback;
use crate::model::{Event, EventKind};

/// An event with its time in a time zone, on one line.
pub fn line(locale: Locale, event: &Event, zone: &TimeZone) -> String {
    format!("{}  {}", units::time(event.at, zone), sentence(locale, &event.kind))
}

/// An event without its time.
pub fn sentence(locale: Locale, kind: &EventKind) -> String {
    one_line(&happening(locale, kind))
}

fn happening(locale: Locale, kind: &EventKind) -> String {
    match kind {
        EventKind::TookOver { version } => tr!(locale, "event-took-over", version = &**version),
        EventKind::EngineStarted { version } => tr!(locale, "event-engine-started", version = &**version),
        EventKind::EngineStopping => tr!(locale, "engine-stopping"),
        EventKind::NotApplied { fault } => tr!(locale, "event-not-applied", why = fault.localize(locale)),
        EventKind::NotSaved { fault } => tr!(locale, "event-not-saved", why = fault.localize(locale)),
        EventKind::Saved => tr!(locale, "event-saved"),
        EventKind::GatewayOpened { addr } => tr!(locale, "event-gateway-opened", address = &**addr),
        EventKind::GatewayClosed => tr!(locale, "event-gateway-closed"),
        EventKind::DescriptorsExhausted { limit } => tr!(locale, "event-descriptors-exhausted", limit = *limit),
        EventKind::ConnectionLimitReached { limit } => tr!(locale, "event-connection-limit", limit = *limit),
        EventKind::LoginsRefused { address, count } => {
            tr!(locale, "event-logins-refused", address = &**address, count = *count)
        }
        EventKind::Connected { id, name } => tr!(locale, "event-connected", node = named(name, id)),
        EventKind::Disconnected => tr!(locale, "event-disconnected"),
        EventKind::MemberReady { id, name, took_ms } => {
            tr!(locale, "event-member-ready", node = named(name, id), millis = *took_ms)
        }
        EventKind::MemberExited { id, name, status, restart_in_ms } => {
            let (node, status) = (named(name, id), status.localize(locale));
            tr!(locale, "event-member-exited", node = node, status = status, millis = *restart_in_ms)
        }
        EventKind::MemberFailed { id, name, failure } => {
            tr!(locale, "event-member-failed", node = named(name, id), why = failure.localize(locale))
        }
        EventKind::MemberSuspected { id, name, why } => {
            tr!(locale, "event-member-suspected", node = named(name, id), why = why.localize(locale))
        }
        EventKind::MemberEjected { id, name, failure } => {
            tr!(locale, "event-member-ejected", node = named(name, id), why = failure.localize(locale))
        }
        EventKind::MemberRecovered { id, name } => tr!(locale, "event-member-recovered", node = named(name, id)),
        EventKind::MemberEvicted { id, name, reason, replacement } => {
            let (node, why) = (named(name, id), reason.localize(locale));
            match replacement {
                Some(new) => tr!(locale, "event-member-replaced", node = node, why = why, new = &**new),
                None => tr!(locale, "event-member-evicted", node = node, why = why),
            }
        }
        EventKind::PoolShort { have, want } => tr!(locale, "event-pool-short", have = *have, want = *want),
        EventKind::NetworkDown => tr!(locale, "event-network-down"),
        EventKind::CaptivePortal { location } if location.is_empty() => tr!(locale, "event-portal"),
        EventKind::CaptivePortal { location } => tr!(locale, "event-portal-at", location = &**location),
        EventKind::NetworkBack => tr!(locale, "event-network-back"),
        EventKind::AllNodesFail { members } => tr!(locale, "event-all-nodes-fail", members = *members),
        EventKind::ModeChanged { mode } => tr!(locale, "event-mode-changed", mode = self::mode(*mode)),
        EventKind::ListFetched { rules } => tr!(locale, "event-list-fetched", rules = *rules),
        EventKind::ListNotFetched { fault } | EventKind::ProxyFailed { fault } => fault.localize(locale),
        EventKind::ProxySet { mode } => tr!(locale, "event-proxy-set", mode = self::mode(*mode)),
        EventKind::ProxyReturned => tr!(locale, "event-proxy-restored"),
        EventKind::ProxyRepaired => tr!(locale, "event-proxy-repaired"),
        EventKind::ProxyLeftAlone => tr!(locale, "event-proxy-left-alone"),
        EventKind::SubscriptionUpdated { name, changes } => {
            let changes = subscriptions::changes(locale, changes);
            tr!(locale, "event-subscription-updated", name = &**name, changes = changes)
        }
        EventKind::SubscriptionFailed { name, fault } => {
            tr!(locale, "event-subscription-failed", name = &**name, why = fault.localize(locale))
        }
        EventKind::SubscriptionRemoved { name, nodes } => {
            tr!(locale, "event-subscription-removed", name = &**name, nodes = *nodes)
        }
        EventKind::ChosenNodeReplaced { old, id, name } => {
            tr!(locale, "event-chosen-node-replaced", old = one_line(old), new = named(name, id))
        }
        EventKind::SelectedNodeGone { id, name } => {
            tr!(locale, "event-selected-node-gone", node = named(name, id))
        }
        EventKind::SettingsChanged { keys } => tr!(locale, "event-settings-changed", keys = keys.join(", ")),
        EventKind::PluginNotAllowed { id, name, request } => {
            tr!(locale, "event-plugin-not-allowed", node = named(name, id), why = request.localize(locale))
        }
        EventKind::Imported { added, known, refused } => imported(locale, *added, *known, *refused),
        EventKind::Restored { added, removed, changed } => {
            tr!(locale, "event-restored", added = *added, removed = *removed, changed = *changed)
        }
        EventKind::NodeRemoved { id, name } => tr!(locale, "event-node-removed", node = named(name, id)),
        EventKind::NodesRestored { nodes } => tr!(locale, "event-nodes-restored", nodes = *nodes),
        EventKind::NodesChanged => tr!(locale, "event-nodes-changed"),
        EventKind::DoorUnserved { name } => tr!(locale, "event-door-unserved", door = one_line(name)),
        EventKind::DoorServed { name } => tr!(locale, "event-door-served", door = one_line(name)),
        EventKind::PinEnded { to } => tr!(locale, "event-pin-ended", to = &**to),
        EventKind::SiteTried { site, tried } => {
            tr!(
                locale,
                "event-site-tried",
                site = &**site,
                node = named(&tried.name, &tried.id),
                result = site_checks::result(locale, tried)
            )
        }
        EventKind::PageRequested { page } => tr!(locale, "event-page-requested", page = page.as_str()),
        EventKind::FileSetAside { file, kept_as, why, used } => {
            set_aside(locale, file, kept_as, why.localize(locale), *used)
        }
    }
}

fn set_aside(locale: Locale, file: &str, kept_as: &str, problem: String, used: FileFallback) -> String {
    match used {
        FileFallback::LastGood => {
            tr!(locale, "event-file-last-good", file = file, kept = kept_as, problem = problem)
        }
        FileFallback::Defaults => {
            tr!(locale, "event-file-defaults", file = file, kept = kept_as, problem = problem)
        }
        FileFallback::Nothing => {
            tr!(locale, "event-file-nothing", file = file, kept = kept_as, problem = problem)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Eviction;
    use crate::model::settings::Mode;
    use crate::model::site_check::{PageVisit, SiteTry};
    use crate::model::subscription::ListChanges;
    use crate::model::{
        Exit, Failure, FailureCause, Fault, FaultCode, FileProblem, NodeId, PluginRequest, Reason, Stage, SystemError,
    };

    #[test]
    fn every_event_has_a_sentence() {
        let id = || NodeId::from_text("80e7d5f04d77");
        let name = || "Tokyo".to_owned();
        let failure = || Failure::new(Stage::Plugin, FailureCause::NoProgram("obfs-local".into()));
        let kinds = [
            EventKind::EngineStarted { version: "0.1.0".into() },
            EventKind::TookOver { version: "0.1.0".into() },
            EventKind::EngineStopping,
            EventKind::Saved,
            EventKind::GatewayOpened { addr: "127.0.0.1:1080".into() },
            EventKind::GatewayClosed,
            EventKind::DescriptorsExhausted { limit: 1024 },
            EventKind::ConnectionLimitReached { limit: 64 },
            EventKind::LoginsRefused { address: "192.0.2.7".into(), count: 10 },
            EventKind::Connected { id: id(), name: name() },
            EventKind::Disconnected,
            EventKind::MemberReady { id: id(), name: String::new(), took_ms: 12 },
            EventKind::MemberExited { id: id(), name: name(), status: Exit::Signal(9), restart_in_ms: 100 },
            EventKind::MemberFailed { id: id(), name: name(), failure: failure() },
            EventKind::MemberEvicted {
                id: id(),
                name: "a\nb\u{1b}[2J".into(),
                reason: Eviction::CrashLoop { exits: 5, status: Exit::Status(1) },
                replacement: Some("abc".into()),
            },
            EventKind::MemberEvicted {
                id: id(),
                name: name(),
                reason: Eviction::StartFailed { failure: failure() },
                replacement: None,
            },
            EventKind::MemberSuspected {
                id: id(),
                name: name(),
                why: Reason::Failed(Failure::new(Stage::Tcp, SystemError::Refused)),
            },
            EventKind::PoolShort { have: 2, want: 3 },
            EventKind::NetworkDown,
            EventKind::CaptivePortal { location: "http://login.example/".into() },
            EventKind::CaptivePortal { location: String::new() },
            EventKind::NetworkBack,
            EventKind::AllNodesFail { members: 1 },
            EventKind::AllNodesFail { members: 3 },
            EventKind::ModeChanged { mode: Mode::Pac },
            EventKind::SettingsChanged { keys: vec!["cluster.size".into(), "cluster.on".into()] },
            EventKind::ListFetched { rules: 8_000 },
            EventKind::ProxySet { mode: Mode::Global },
            EventKind::ProxyReturned,
            EventKind::ProxyRepaired,
            EventKind::ProxyLeftAlone,
            EventKind::ProxyFailed {
                fault: Fault::new(FaultCode::NoDesktop, "export http_proxy=http://127.0.0.1:1080"),
            },
            EventKind::SubscriptionUpdated {
                name: "Cloud".into(),
                changes: ListChanges { kept: 3, ..ListChanges::default() },
            },
            EventKind::SubscriptionFailed {
                name: "Cloud".into(),
                fault: Fault::new(
                    FaultCode::SubscriptionNotFetched,
                    "the server responded with 500 Internal Server Error",
                ),
            },
            EventKind::SubscriptionRemoved { name: "Cloud".into(), nodes: 12 },
            EventKind::ChosenNodeReplaced { old: "Tokyo".into(), id: id(), name: "Osaka".into() },
            EventKind::SelectedNodeGone { id: id(), name: "Tokyo".into() },
            EventKind::Imported { added: 1, known: 2, refused: 3 },
            EventKind::Restored { added: 3, removed: 0, changed: 1 },
            EventKind::NodeRemoved { id: id(), name: name() },
            EventKind::PluginNotAllowed {
                id: id(),
                name: name(),
                request: PluginRequest { plugin: "my-plugin".into(), options: "host=a.example".into() },
            },
            EventKind::NodesRestored { nodes: 2 },
            EventKind::NodesChanged,
            EventKind::DoorUnserved { name: "jp".into() },
            EventKind::DoorServed { name: "jp".into() },
            EventKind::PinEnded { to: "Tokyo".into() },
            EventKind::SiteTried {
                site: "a.example".into(),
                tried: SiteTry {
                    id: id(),
                    name: name(),
                    round: 1,
                    result: Ok(PageVisit { status: 403, took_ms: 120 }),
                },
            },
            EventKind::PageRequested { page: crate::model::Page::Activity },
            EventKind::FileSetAside {
                file: "settings.json".into(),
                kept_as: "settings.json.bad-1".into(),
                why: FileProblem::Other("unknown version 9".into()),
                used: FileFallback::LastGood,
            },
            EventKind::FileSetAside {
                file: "proxy-lease.json".into(),
                kept_as: "proxy-lease.json.bad-1".into(),
                why: FileProblem::NoJson { line: 1, column: 2 },
                used: FileFallback::Nothing,
            },
        ];
        let events: Vec<_> = kinds.map(|kind| Event { at: 1_700_000_000_000, kind }).into();
        for locale in Locale::ALL {
            let lines: Vec<_> = events.iter().map(|event| line(locale, event, &TimeZone::UTC)).collect();
            insta::assert_snapshot!(format!("{locale:?}"), lines.join("\n"));
        }
    }
}
