//! The menu in the situations that people meet, as they read it.

use super::super::known::{Engine, Home, Known, StartAtLogin};

use super::{Entry, Mark, Menu};
use crate::i18n::Locale;
use crate::model::settings::{Mode, Strategy};
use crate::model::snapshot::{
    ClusterView, GatewayView, HealthView, MemberState, MemberView, Network, NodeView, Snapshot,
};
use crate::model::{Fault, FaultCode, NodeId, Obstacle};

/// The menu and the icon's face, as text: `[x]` and `(x)` are marks, `~` what is greyed out.
fn shown(known: &Known, locale: Locale) -> String {
    let face = known.standing().face();
    format!("{face:?}\n{}", lines(&Menu::of(known, locale).0, 0))
}

fn lines(entries: &[Entry], depth: usize) -> String {
    let line = |entry: &Entry| {
        let indent = "    ".repeat(depth);
        match entry {
            Entry::Line => format!("{indent}----\n"),
            Entry::Submenu { label, entries } => format!("{indent}{label} >\n{}", lines(entries, depth + 1)),
            Entry::Item { label, mark, action } => {
                let mark = match mark {
                    Some(Mark::Set) => "[x] ",
                    Some(Mark::Clear) => "[ ] ",
                    Some(Mark::Chosen) => "(x) ",
                    Some(Mark::Unchosen) => "( ) ",
                    None => "",
                };
                format!("{indent}{}{mark}{label}\n", if action.is_some() { "" } else { "~" })
            }
        }
    };
    entries.iter().map(line).collect()
}

fn id(number: usize) -> NodeId {
    NodeId::from_text(&format!("{number:012x}"))
}

fn node(number: usize, name: &str, group: &str) -> NodeView {
    NodeView { group: group.into(), ..NodeView::example(id(number).as_str(), name) }
}

fn member(number: usize, name: &str, state: MemberState) -> MemberView {
    let latency_ms = Some(100 + number as u32);
    MemberView { state, latency_ms, ..MemberView::example(id(number).as_str(), name) }
}

/// What is true before anything is wanted.
fn off(nodes: usize) -> Snapshot {
    Snapshot {
        version: "0.1.0".into(),
        mode: Mode::Manual,
        active: false,
        connected: false,
        cluster: ClusterView { on: false, group: String::new(), size: 3, strategy: Strategy::Sticky },
        gateway: GatewayView { addr: "127.0.0.1:1080".into(), ..GatewayView::default() },
        members: Vec::new(),
        nodes,
        health: HealthView { network: Network::Unknown },
        fetches: Vec::new(),
    }
}

/// Connected through these.
fn on(members: Vec<MemberView>, nodes: usize) -> Snapshot {
    let mut snapshot = off(nodes);
    (snapshot.active, snapshot.connected, snapshot.gateway.listening) = (true, true, true);
    snapshot.health.network = Network::Up;
    snapshot.members = members;
    snapshot
}

fn known(snapshot: Snapshot, nodes: Vec<NodeView>) -> Known {
    let engine = Engine::Running { home: Home::Here, snapshot: Box::new(snapshot) };
    Known { engine, nodes, ..Known::nothing(StartAtLogin::Off) }
}

fn three_cities() -> Vec<NodeView> {
    ["Tokyo", "Osaka", "Lima"].iter().enumerate().map(|(number, name)| node(number, name, "")).collect()
}

fn cluster_of_three(state: MemberState) -> Known {
    let members = vec![
        member(0, "Tokyo", MemberState::Serving),
        member(1, "Osaka", state),
        member(2, "Lima", MemberState::Serving),
    ];
    let mut snapshot = on(members, 3);
    snapshot.cluster.on = true;
    (snapshot.gateway.down_rate, snapshot.gateway.up_rate) = (1_200_000, 80_000);
    known(snapshot, three_cities())
}

#[test]
fn before_anything_is_heard() {
    insta::assert_snapshot!(shown(&Known::nothing(StartAtLogin::Off), Locale::English));
}

#[test]
fn the_first_run_with_no_node() {
    insta::assert_snapshot!(shown(&known(off(0), Vec::new()), Locale::English));
}

#[test]
fn a_single_node() {
    let mut known = known(on(vec![member(1, "Osaka", MemberState::Serving)], 3), three_cities());
    known.settings.node = Some(id(1));
    known.start_at_login = StartAtLogin::On;
    insta::assert_snapshot!(shown(&known, Locale::English));
}

#[test]
fn a_healthy_cluster() {
    insta::assert_snapshot!(shown(&cluster_of_three(MemberState::Serving), Locale::English));
}

#[test]
fn a_healthy_cluster_in_chinese() {
    insta::assert_snapshot!(shown(&cluster_of_three(MemberState::Serving), Locale::Chinese));
}

#[test]
fn one_of_three_is_ejected() {
    insta::assert_snapshot!(shown(&cluster_of_three(MemberState::Ejected), Locale::English));
}

#[test]
fn the_network_is_down() {
    let mut snapshot = on(vec![member(0, "Tokyo", MemberState::Suspect)], 3);
    snapshot.connected = false;
    snapshot.health.network = Network::Down;
    let shown = shown(&known(snapshot, three_cities()), Locale::English);
    assert!(shown.starts_with("NetworkDown\n~Your network is down\n"), "{shown}");
}

#[test]
fn three_hundred_nodes_stay_usable() {
    let groups = ["Europe", "Asia & Pacific"];
    let mut nodes: Vec<_> =
        (0..300).map(|number| node(number, &format!("node {number}"), groups[number % 2])).collect();
    nodes[251].latency_ms = Some(48);
    let mut known = known(on(vec![member(280, "node 280", MemberState::Serving)], 300), nodes);
    known.settings.node = Some(id(280));
    insta::assert_snapshot!(shown(&known, Locale::English));
}

#[test]
fn of_a_long_list_those_in_use_come_first_then_those_used_last() {
    let mut nodes: Vec<_> = (0..50).map(|number| node(number, &format!("node {number}"), "")).collect();
    for (place, number) in [40, 7, 30].into_iter().enumerate() {
        nodes[number].recency = Some(place as u32);
    }
    nodes[3].latency_ms = Some(1);
    let members = vec![member(7, "node 7", MemberState::Serving), member(45, "node 45", MemberState::Serving)];
    let mut snapshot = on(members, 50);
    snapshot.cluster.on = true;
    let shown = shown(&known(snapshot, nodes), Locale::English);
    let order: Vec<_> = shown.lines().filter_map(|line| line.trim().strip_prefix("( ) node ")).collect();
    let numbers: Vec<_> = order.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(numbers[..6], ["7", "45", "40", "30", "0", "1"], "{shown}");
    assert_eq!(numbers.len(), 20);
    assert!(
        shown.contains("    30 more in the window…\n") && !shown.contains("~30 more"),
        "it can be clicked: {shown}"
    );
}

#[test]
fn an_engine_elsewhere_goes_on_and_one_that_ended_can_be_started() {
    let mut known = cluster_of_three(MemberState::Serving);
    let Engine::Running { home, .. } = &mut known.engine else { panic!("it runs") };
    *home = Home::Elsewhere;
    assert!(shown(&known, Locale::English).contains("\nQuit (the engine goes on)\n"));
    known.engine = Engine::Gone;
    let gone = shown(&known, Locale::English);
    assert!(gone.starts_with("Error\n~The engine has ended\n"), "{gone}");
    assert!(gone.contains("\nStart the engine\n") && gone.contains("\nQuit\n"), "{gone}");
}

#[test]
fn trouble_is_told_until_the_port_is_open() {
    let mut snapshot = off(3);
    snapshot.active = true;
    let mut known = known(snapshot, three_cities());
    known.trouble = Some(Fault::new(FaultCode::PortInUse, "127.0.0.1:1080 is held by nginx (pid 12)"));
    let told = shown(&known, Locale::English);
    assert!(told.starts_with("Error\n~Off: the port is in use: 127.0.0.1:1080 is held by nginx (pid 12)\n"), "{told}");
}

#[test]
fn who_has_subscriptions_can_update_them() {
    let mut known = known(off(3), three_cities());
    assert!(!shown(&known, Locale::English).contains("Update subscriptions"));
    known.subscriptions = 2;
    assert!(shown(&known, Locale::English).contains("\nUpdate subscriptions\n"));
    known.engine = Engine::Gone;
    assert!(shown(&known, Locale::English).contains("\n~Update subscriptions\n"), "there is nobody to do it");
}

#[test]
fn an_open_menu_keeps_still() {
    let shape = |known: &Known| -> Vec<_> {
        let kind = |entry: &Entry| match entry {
            Entry::Line => "line",
            Entry::Item { .. } => "item",
            Entry::Submenu { .. } => "menu",
        };
        Menu::of(known, Locale::English).0.iter().map(kind).collect()
    };
    let first = shape(&Known::nothing(StartAtLogin::Off));
    let unknown = StartAtLogin::Unknown { why: Obstacle::Forbidden };
    for known in [
        known(off(0), Vec::new()),
        known(off(3), three_cities()),
        cluster_of_three(MemberState::Serving),
        Known { engine: Engine::Gone, ..Known::nothing(unknown) },
    ] {
        assert_eq!(shape(&known), first);
    }
}
