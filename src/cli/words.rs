//! Every sentence that the command line says, from the types that the engine speaks.
//!
//! Nothing else in the program makes sentences for people, so that other languages need to be told
//! about this file only.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::units;
use crate::control::ClientError;
use crate::model::event::{Eviction, Substitute};
use crate::model::route::{Route, RuleSource, Ruling};
use crate::model::settings::{Mode, Strategy};
use crate::model::snapshot::{ClusterView, MemberState, Network};
use crate::model::why::{Because, Place, Ruled, Why};
use crate::model::{Event, EventKind, Failure, Fault, FaultCode, Snapshot, Stage};

/// A text as one line that cannot move a terminal's cursor. Names come from strangers.
pub(super) fn one_line(text: &str) -> String {
    let shown: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    shown.trim().to_owned()
}

/// What went wrong between here and the engine.
pub(super) fn client_error(error: &ClientError) -> String {
    match error {
        ClientError::NotRunning => "no engine is running; start one with `sluice serve`".into(),
        ClientError::Fault(fault) => self::fault(fault),
        ClientError::Ended | ClientError::Paths(_) | ClientError::Broken(_) | ClientError::NotUnderstood(_) => {
            error.to_string()
        }
    }
}

/// Why the engine did not do something.
pub(super) fn fault(fault: &Fault) -> String {
    let what = match fault.code {
        FaultCode::UnknownNode => "there is no such node",
        FaultCode::AmbiguousNode => "more than one node is meant by this",
        FaultCode::NoNode => "there is no node to connect through",
        FaultCode::PortInUse => "the port is in use",
        FaultCode::CannotListen => "the address cannot be listened on",
        FaultCode::InvalidSetting => "the setting is not valid",
        FaultCode::NothingImported => "nothing was imported",
        FaultCode::BadRules => "the rules cannot be used",
        FaultCode::ListNotFetched => "no list of rules was fetched; the one there was goes on",
        FaultCode::NoDesktop => "there is no desktop here whose proxy can be set; in a terminal",
        FaultCode::DesktopProxy => "the desktop's proxy setting cannot be used",
        FaultCode::File => "a file could not be used",
        FaultCode::BadMessage => "the engine did not understand",
        FaultCode::OtherVersion => "the engine is of another version",
        FaultCode::Stopping => "the engine is stopping",
    };
    if fault.detail.is_empty() || fault.detail == what { what.to_owned() } else { format!("{what}: {}", fault.detail) }
}

/// Where a request failed, and what is known.
pub(super) fn failure(failure: &Failure) -> String {
    let stage = stage(failure.stage);
    if failure.detail.is_empty() { stage.to_owned() } else { format!("{stage}: {}", failure.detail) }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Start => "start",
        Stage::Configuration => "configuration",
        Stage::Dns => "DNS",
        Stage::Tcp => "TCP",
        Stage::Plugin => "plugin",
        Stage::Handshake => "handshake or credentials",
        Stage::Destination => "destination",
        Stage::TimeLimit => "time limit",
    }
}

/// An event with its time in a time zone.
pub(super) fn event(event: &Event, zone: &TimeZone) -> String {
    format!("{}  {}", time(event.at, zone), one_line(&happening(&event.kind)))
}

/// A moment in a time zone.
pub(super) fn time(unix_ms: i64, zone: &TimeZone) -> String {
    let moment = Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_zoned(zone.clone());
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn happening(kind: &EventKind) -> String {
    match kind {
        EventKind::EngineStarted { version } => format!("the engine started, version {version}"),
        EventKind::EngineStopping => "the engine is stopping".into(),
        EventKind::NotApplied { fault } => format!("the settings do not hold: {}", self::fault(fault)),
        EventKind::GatewayOpened { addr } => format!("the gateway listens on {addr}"),
        EventKind::GatewayClosed => "the gateway closed its port".into(),
        EventKind::DescriptorsExhausted { limit } => {
            format!("the system's limit of {limit} open files is reached; new connections wait")
        }
        EventKind::ConnectionLimitReached { limit } => {
            format!("the limit of {limit} connections is reached; further ones wait")
        }
        EventKind::Connected { id, name } => format!("connected through {}", named(name, id.as_str())),
        EventKind::Disconnected => "no member works any more".into(),
        EventKind::MemberReady { id, name, took_ms } => {
            format!("{} is ready after {took_ms} ms", named(name, id.as_str()))
        }
        EventKind::MemberExited { id, name, status, restart_in_ms } => {
            let name = named(name, id.as_str());
            format!("the process of {name} ended ({status}); it is started again in {restart_in_ms} ms")
        }
        EventKind::MemberFailed { id, name, failure } => {
            format!("{} could not be started: {}", named(name, id.as_str()), self::failure(failure))
        }
        EventKind::MemberSuspected { id, name, reason } => {
            format!("{} may be in trouble: {reason}", named(name, id.as_str()))
        }
        EventKind::MemberEjected { id, name, failure } => {
            format!("{} gets no traffic: {}", named(name, id.as_str()), self::failure(failure))
        }
        EventKind::MemberRecovered { id, name } => format!("{} works again", named(name, id.as_str())),
        EventKind::MemberEvicted { id, name, reason, replacement } => {
            let place = replacement.as_ref().map(|node| format!("; {node} takes its place")).unwrap_or_default();
            format!("{} left the pool: {}{place}", named(name, id.as_str()), eviction(reason))
        }
        EventKind::PoolShort { have, want } => {
            format!("the pool has {have} of {want} members and there is no further node")
        }
        EventKind::NetworkDown => "this machine's own network is down; nobody is blamed until it is back".into(),
        EventKind::CaptivePortal { location } if location.is_empty() => "this network wants a login first".into(),
        EventKind::CaptivePortal { location } => format!("this network wants a login first, at {location}"),
        EventKind::NetworkBack => "the network is back".into(),
        EventKind::AllNodesFail { members: 1 } => "the network works, and the only member does not".into(),
        EventKind::AllNodesFail { members } => {
            format!("the network works, and none of the {members} members does; all stay in use")
        }
        EventKind::ModeChanged { mode } => format!("the mode is {}", self::mode(*mode)),
        EventKind::ProxySet { mode } => format!("the desktop's proxy is set ({})", self::mode(*mode)),
        EventKind::ProxyReturned => "the desktop's proxy is what it was before".into(),
        EventKind::ProxyRepaired => {
            "the desktop's proxy was still set by the last run; it is what it was before".into()
        }
        EventKind::ProxyLeftAlone => "somebody else has changed the desktop's proxy; that is left alone".into(),
        EventKind::ProxyFailed { fault } | EventKind::ListNotFetched { fault } => self::fault(fault),
        EventKind::ListFetched { rules } => format!("a new list is used, with {rules} rules"),
        EventKind::SettingsChanged { keys } => format!("settings changed: {}", keys.join(", ")),
        EventKind::Imported { added, known, refused } => imported(*added, *known, *refused),
        EventKind::NodeRemoved { id, name } => format!("{} was removed", named(name, id.as_str())),
        EventKind::FileSetAside { file, kept_as, problem, used } => {
            format!("{file} is broken ({problem}); it is kept as {kept_as}, {}", substitute(*used))
        }
    }
}

fn named<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}

fn eviction(reason: &Eviction) -> String {
    match reason {
        Eviction::CrashLoop { exits, status } => {
            format!("its process ended {exits} times within a minute, the last time by {status}")
        }
        Eviction::CheckFailed { failure } => format!("it failed its checks: {}", self::failure(failure)),
        Eviction::StartFailed { failure } => format!("it could not be started: {}", self::failure(failure)),
    }
}

fn substitute(used: Substitute) -> &'static str {
    match used {
        Substitute::LastGood => "the last good version is used",
        Substitute::Defaults => "default values are used",
    }
}

/// What an import did.
pub(super) fn imported(added: usize, known: usize, refused: usize) -> String {
    let count = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let parts = [
        count(added, "node imported", "nodes imported"),
        count(known, "known already", "known already"),
        count(refused, "line refused", "lines refused"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing to import".into() } else { parts.join(", ") }
}

/// The mode's word.
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Manual => "manual",
        Mode::Pac => "pac",
        Mode::Global => "global",
    }
}

/// The member's state in one word.
pub(super) fn state(state: MemberState) -> &'static str {
    match state {
        MemberState::Starting => "starting",
        MemberState::Warming => "warming",
        MemberState::Serving => "serving",
        MemberState::Suspect => "suspect",
        MemberState::Ejected => "ejected",
        MemberState::Restarting => "restarting",
        MemberState::Draining => "draining",
    }
}

/// What is known of the network.
pub(super) fn network(network: Network) -> &'static str {
    match network {
        Network::Unknown => "not known yet",
        Network::Up => "up",
        Network::Down => "down",
        Network::Portal => "wants a login",
    }
}

/// Whether and through what traffic goes, in a few words.
pub(super) fn connection(snapshot: &Snapshot) -> String {
    let serving = snapshot.members.iter().filter(|member| member.state.is_serving()).count();
    match (snapshot.active, snapshot.connected, serving) {
        (false, _, _) => "off".into(),
        (true, true, 1) => "connected through 1 member".into(),
        (true, true, members) => format!("connected through {members} members"),
        (true, false, 0) => "on, no member is ready yet".into(),
        (true, false, _) => "on, nothing has gone through yet".into(),
    }
}

/// Load balancing as it is wanted.
pub(super) fn cluster(cluster: &ClusterView) -> String {
    if !cluster.on {
        return "off".into();
    }
    let members = if cluster.size == 1 { "1 member".into() } else { format!("{} members", cluster.size) };
    let group = if cluster.group.is_empty() { String::new() } else { format!(" of {}", one_line(&cluster.group)) };
    format!("{members}{group}, {}", strategy(cluster.strategy))
}

fn strategy(strategy: Strategy) -> &'static str {
    strategy.word()
}

/// Where the gateway listens and what it holds.
pub(super) fn gateway(snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let closed = if gateway.listening { "" } else { " (closed)" };
    let rejected = if gateway.rejected == 0 { String::new() } else { format!(", {} rejected", gateway.rejected) };
    let replayed = if gateway.replayed == 0 { String::new() } else { format!(", {} replayed", gateway.replayed) };
    format!("{}{closed}, {} open, {} in all{replayed}{rejected}", gateway.addr, gateway.active, gateway.total)
}

/// What the rules say of an address.
pub(super) fn ruled(ruled: &Ruled) -> String {
    let [script, gateway] =
        [&ruled.script, &ruled.gateway].map(|ruling| format!("{} ({})", route(ruling.route), rule(ruling)));
    format!("in a browser with the script: {script}\nat the gateway: {gateway}")
}

fn route(route: Route) -> &'static str {
    match route {
        Route::Pool => "through the pool",
        Route::Direct => "direct",
        Route::Block => "blocked",
    }
}

fn rule(ruling: &Ruling) -> String {
    let Some(place) = ruling.rule else { return "no rule matches".into() };
    let whose = match place.source {
        RuleSource::BuiltIn => return "this machine and its own network".into(),
        RuleSource::User => "your rules",
        RuleSource::List => "the list",
        RuleSource::Acl => "the access list",
    };
    format!("{whose}, line {}: {}", place.line, one_line(&ruling.text))
}

/// Which member serves a site.
pub(super) fn served(why: &Why) -> String {
    if why.ruling.route != Route::Pool {
        return format!("{}: {} ({})", one_line(&why.site), route(why.ruling.route), rule(&why.ruling));
    }
    let first = why.members.first().filter(|place| place.turn.is_some());
    let Some(first) = first else { return format!("nobody serves {} now", one_line(&why.site)) };
    let by = match why.strategy {
        Strategy::Sticky => "sticky: a site keeps its member",
        Strategy::RoundRobin => "round-robin: each in turn, this one next",
        Strategy::Random => "random: by chance, this one as likely as any of its weight",
        Strategy::LeastConnections => "least-connections: the fewest open for its weight",
        Strategy::LeastCpu => "least-cpu: the least CPU time",
        Strategy::Fastest => "fastest: the better of two by time to first byte and load",
        Strategy::Failover => "failover: the first by tier and order in the list",
    };
    format!("{} is served by {} ({by})", one_line(&why.site), one_line(&first.member.name))
}

/// Why a member has its place in the order.
pub(super) fn because(place: &Place) -> String {
    let reason = one_line(&place.member.reason);
    match place.because {
        Because::OwnMember => "the site's own member".into(),
        Because::Crowded => "the site's own member, but crowded".into(),
        Because::Suspect => format!("asked last: {reason}"),
        Because::NotServing => reason,
        Because::Strategy => String::new(),
    }
}

/// Bytes both ways.
pub(super) fn traffic(snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let way = |bytes, rate| format!("{} ({})", units::bytes(bytes), units::rate(rate));
    format!("up {}, down {}", way(gateway.up, gateway.up_rate), way(gateway.down, gateway.down_rate))
}

/// How tests went, in all.
pub(super) fn tests_failed(failed: usize, all: usize) -> String {
    let nodes = if all == 1 { "node" } else { "nodes" };
    format!("{failed} of {all} {nodes} failed")
}

/// Events that came faster than they were read.
pub(super) fn missed(events: u64) -> String {
    if events == 1 { "(1 event was missed)".into() } else { format!("({events} events were missed)") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NodeId;

    #[test]
    fn every_event_has_its_sentence() {
        let id = || NodeId::from_text("80e7d5f04d77");
        let name = || "Tokyo".to_owned();
        let failure = || Failure::new(Stage::Plugin, "no such program");
        let kinds = [
            EventKind::EngineStarted { version: "0.1.0".into() },
            EventKind::EngineStopping,
            EventKind::GatewayOpened { addr: "127.0.0.1:1080".into() },
            EventKind::GatewayClosed,
            EventKind::DescriptorsExhausted { limit: 1024 },
            EventKind::ConnectionLimitReached { limit: 64 },
            EventKind::Connected { id: id(), name: name() },
            EventKind::Disconnected,
            EventKind::MemberReady { id: id(), name: String::new(), took_ms: 12 },
            EventKind::MemberExited { id: id(), name: name(), status: "signal 9".into(), restart_in_ms: 100 },
            EventKind::MemberFailed { id: id(), name: name(), failure: failure() },
            EventKind::MemberEvicted {
                id: id(),
                name: "a\nb\u{1b}[2J".into(),
                reason: Eviction::CrashLoop { exits: 5, status: "exit code 1".into() },
                replacement: Some("abc".into()),
            },
            EventKind::MemberEvicted {
                id: id(),
                name: name(),
                reason: Eviction::StartFailed { failure: failure() },
                replacement: None,
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
            EventKind::Imported { added: 1, known: 2, refused: 3 },
            EventKind::NodeRemoved { id: id(), name: name() },
            EventKind::FileSetAside {
                file: "settings.json".into(),
                kept_as: "settings.json.bad-1".into(),
                problem: "unknown version 9".into(),
                used: Substitute::LastGood,
            },
        ];
        let lines: Vec<_> = kinds.map(|kind| event(&Event { at: 1_700_000_000_000, kind }, &TimeZone::UTC)).into();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn a_fault_says_what_and_which() {
        let told = |code, detail| fault(&Fault::new(code, detail));
        assert_eq!(told(FaultCode::UnknownNode, "abc"), "there is no such node: abc");
        assert_eq!(told(FaultCode::Stopping, "the engine is stopping"), "the engine is stopping");
        assert_eq!(told(FaultCode::NoNode, ""), "there is no node to connect through");
    }

    #[test]
    fn an_import_is_counted() {
        assert_eq!(imported(1, 0, 0), "1 node imported");
        assert_eq!(imported(0, 2, 1), "2 known already, 1 line refused");
        assert_eq!(imported(0, 0, 0), "nothing to import");
    }
}
