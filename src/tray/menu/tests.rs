//! The menu as text in typical states.

use std::sync::Arc;

use super::super::state::{EngineHost, SiteFix, StartAtLogin, TrayState, TrayUpdate};
use super::{ItemMark, Menu, MenuAction, MenuEntry};
use crate::control::replica::EngineStatus;
use crate::i18n::Locale;
use crate::model::door::DoorView;
use crate::model::settings::Settings;
use crate::model::site_check::FailedHost;
use crate::model::snapshot::{MemberState, MemberView, Network, NodeView, Snapshot};
use crate::model::subscription::SubscriptionView;
use crate::model::{Fault, FaultCode, NodeId, Page, SystemError};

/// The icon and the menu as text: `[x]` and `(x)` are marks, `~` a disabled entry.
fn shown(state: &TrayState, locale: Locale) -> String {
    let icon = state.connection_status().icon();
    format!("{icon:?}\n{}", lines(&Menu::of(state, locale).0, 0))
}

fn lines(entries: &[MenuEntry], depth: usize) -> String {
    let line = |entry: &MenuEntry| {
        let indent = "    ".repeat(depth);
        match entry {
            MenuEntry::Separator => format!("{indent}----\n"),
            MenuEntry::Submenu { label, entries } => format!("{indent}{label} >\n{}", lines(entries, depth + 1)),
            MenuEntry::Item { label, mark, action } => {
                let mark = match mark {
                    Some(ItemMark::Set) => "[x] ",
                    Some(ItemMark::Clear) => "[ ] ",
                    Some(ItemMark::Chosen) => "(x) ",
                    Some(ItemMark::Unchosen) => "( ) ",
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

/// The snapshot while off.
fn off(nodes: usize) -> Snapshot {
    Snapshot { nodes, ..Snapshot::example() }
}

fn subscription() -> SubscriptionView {
    SubscriptionView::example("Provider")
}

/// The snapshot while connected through these members.
fn on(members: Vec<MemberView>, nodes: usize) -> Snapshot {
    let mut snapshot = off(nodes);
    (snapshot.active, snapshot.connected, snapshot.gateway.listening) = (true, true, true);
    snapshot.health.network = Network::Up;
    snapshot.members = members;
    snapshot
}

fn state_of(snapshot: Snapshot, nodes: Vec<NodeView>) -> TrayState {
    let mut state = TrayState::new(StartAtLogin::Off);
    state.replica.status = EngineStatus::Running(Arc::new(snapshot));
    state.replica.nodes = nodes;
    state
}

fn three_cities() -> Vec<NodeView> {
    ["Tokyo", "Osaka", "Lima"].iter().enumerate().map(|(number, name)| node(number, name, "")).collect()
}

fn cluster_of_three(state: MemberState) -> TrayState {
    let members = vec![
        member(0, "Tokyo", MemberState::Serving),
        member(1, "Osaka", state),
        member(2, "Lima", MemberState::Serving),
    ];
    let mut snapshot = on(members, 3);
    snapshot.cluster.on = true;
    (snapshot.gateway.down_rate, snapshot.gateway.up_rate) = (1_200_000, 80_000);
    state_of(snapshot, three_cities())
}

#[test]
fn before_the_first_snapshot() {
    insta::assert_snapshot!(shown(&TrayState::new(StartAtLogin::Off), Locale::English));
}

#[test]
fn the_first_run_with_no_node() {
    insta::assert_snapshot!(shown(&state_of(off(0), Vec::new()), Locale::English));
}

#[test]
fn a_single_node() {
    let mut state = state_of(on(vec![member(1, "Osaka", MemberState::Serving)], 3), three_cities());
    state.replica.settings = Some(Settings { node: Some(id(1)), ..Settings::default() });
    state.start_at_login = StartAtLogin::On;
    insta::assert_snapshot!(shown(&state, Locale::English));
}

#[test]
fn a_healthy_cluster() {
    insta::assert_snapshot!(shown(&cluster_of_three(MemberState::Serving), Locale::English));
}

#[test]
fn a_healthy_cluster_in_each_language() {
    for locale in Locale::ALL.into_iter().filter(|locale| *locale != Locale::English) {
        let name = format!("a_healthy_cluster_in_{}", locale.tag());
        insta::assert_snapshot!(name, shown(&cluster_of_three(MemberState::Serving), locale));
    }
}

#[test]
fn one_of_three_is_ejected() {
    insta::assert_snapshot!(shown(&cluster_of_three(MemberState::Ejected), Locale::English));
}

#[test]
fn a_newer_release_is_named_above_quit_and_opens_nothing() {
    let mut snapshot = off(0);
    snapshot.release = Some("99.1.0".into());
    let Menu(entries) = Menu::of(&state_of(snapshot, Vec::new()), Locale::English);
    let expected = MenuEntry::Item { label: "Sluice 99.1.0 is available".into(), mark: None, action: None };
    assert_eq!(entries[entries.len() - 2], expected);
}

#[test]
fn the_network_is_down() {
    let mut snapshot = on(vec![member(0, "Tokyo", MemberState::Suspect)], 3);
    snapshot.connected = false;
    snapshot.health.network = Network::Down;
    let shown = shown(&state_of(snapshot, three_cities()), Locale::English);
    assert!(shown.starts_with("NetworkDown\n~Your network is down\n"), "{shown}");
}

#[test]
fn three_hundred_nodes_stay_usable() {
    let groups = ["Europe", "Asia & Pacific"];
    let mut nodes: Vec<_> =
        (0..300).map(|number| node(number, &format!("node {number}"), groups[number % 2])).collect();
    nodes[251].latency_ms = Some(48);
    let mut state = state_of(on(vec![member(280, "node 280", MemberState::Serving)], 300), nodes);
    state.replica.settings = Some(Settings { node: Some(id(280)), ..Settings::default() });
    insta::assert_snapshot!(shown(&state, Locale::English));
}

#[test]
fn a_long_list_is_ordered_by_use() {
    let mut nodes: Vec<_> = (0..50).map(|number| node(number, &format!("node {number}"), "")).collect();
    for (place, number) in [40, 7, 30].into_iter().enumerate() {
        nodes[number].recency = Some(place as u32);
    }
    nodes[3].latency_ms = Some(1);
    let members = vec![member(7, "node 7", MemberState::Serving), member(45, "node 45", MemberState::Serving)];
    let mut snapshot = on(members, 50);
    snapshot.cluster.on = true;
    let shown = shown(&state_of(snapshot, nodes), Locale::English);
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
fn an_external_engine_keeps_running_and_a_stopped_one_can_be_started() {
    let mut state = cluster_of_three(MemberState::Serving);
    state.host = EngineHost::External;
    assert!(shown(&state, Locale::English).contains("\nQuit (engine keeps running)\n"));
    state.replica.status = EngineStatus::Unavailable(Fault::new(FaultCode::Ended, ""));
    let stopped = shown(&state, Locale::English);
    assert!(stopped.starts_with("Error\n~The engine has stopped\n"), "{stopped}");
    assert!(stopped.contains("\nStart the engine\n") && stopped.contains("\nQuit\n"), "{stopped}");
}

#[test]
fn an_error_is_shown_until_the_port_is_open() {
    let mut snapshot = off(3);
    snapshot.active = true;
    let mut state = state_of(snapshot, three_cities());
    state.replica.fault = Some(Fault::new(FaultCode::PortInUse, "127.0.0.1:1080 is in use by nginx (pid 12)"));
    let menu = shown(&state, Locale::English);
    assert!(
        menu.starts_with("Error\n~Off: the port is in use: 127.0.0.1:1080 is in use by nginx (pid 12)\n"),
        "{menu}"
    );
}

#[test]
fn subscriptions_can_be_updated_if_there_are_any() {
    let mut state = state_of(off(3), three_cities());
    assert!(!shown(&state, Locale::English).contains("Update subscriptions"));
    state.replica.subscriptions = Some(vec![subscription()]);
    assert!(shown(&state, Locale::English).contains("\nUpdate subscriptions\n"));
    state.update = TrayUpdate::Running;
    let running = shown(&state, Locale::English);
    assert!(running.contains("\nStop updating subscriptions\n") && !running.contains("Update subscriptions"));
    state.update = TrayUpdate::Idle;
    state.replica.status = EngineStatus::Unavailable(Fault::new(FaultCode::Ended, ""));
    assert!(shown(&state, Locale::English).contains("\n~Update subscriptions\n"), "there is no engine to do it");
}

#[test]
fn updates_do_not_reorder_an_open_menu() {
    let shape = |state: &TrayState| -> Vec<_> {
        let kind = |entry: &MenuEntry| match entry {
            MenuEntry::Separator => "line",
            MenuEntry::Item { .. } => "item",
            MenuEntry::Submenu { .. } => "menu",
        };
        Menu::of(state, Locale::English).0.iter().map(kind).collect()
    };
    let first = shape(&TrayState::new(StartAtLogin::Off));
    let mut stopped = TrayState::new(StartAtLogin::Unknown { why: SystemError::Forbidden });
    stopped.replica.on_disconnected(Fault::new(FaultCode::Ended, ""));
    for state in [
        state_of(off(0), Vec::new()),
        state_of(off(3), three_cities()),
        cluster_of_three(MemberState::Serving),
        stopped,
    ] {
        assert_eq!(shape(&state), first);
    }
}

#[test]
fn hosts_that_failed_are_offered_to_be_tried() {
    let mut state = cluster_of_three(MemberState::Serving);
    let host = |host: &str, port| FailedHost { host: host.into(), port, at: 0 };
    state.failed_hosts = vec![host("a.example", 443), host("b.example", 80), host("2001:db8::1", 443)];
    let Menu(entries) = Menu::of(&state, Locale::English);
    let submenu = |entries: &[MenuEntry]| {
        entries.iter().find_map(|entry| match entry {
            MenuEntry::Submenu { label, entries } if label == "This site does not work" => Some(entries.clone()),
            MenuEntry::Submenu { .. } | MenuEntry::Item { .. } | MenuEntry::Separator => None,
        })
    };
    let actions = |entries: &[MenuEntry]| -> Vec<MenuAction> {
        let actions = submenu(entries).unwrap().into_iter().filter_map(|entry| match entry {
            MenuEntry::Item { action, .. } => action,
            MenuEntry::Submenu { .. } | MenuEntry::Separator => None,
        });
        actions.collect()
    };
    let fix = |site: &str| MenuAction::Fix(site.into());
    let other = MenuAction::Open(Page::Connections);
    assert_eq!(actions(&entries), [fix("a.example"), fix("b.example:80"), fix("2001:db8::1"), other.clone()]);
    state.fix = SiteFix::Running;
    let Menu(entries) = Menu::of(&state, Locale::English);
    assert_eq!(actions(&entries), [MenuAction::StopFix, other]);
}

#[test]
fn doors_without_a_working_node_are_named_beside_the_port() {
    let door = |name: &str, in_use, working| DoorView { in_use, working: Some(working), ..DoorView::example(name) };
    let mut snapshot = on(vec![member(1, "Tokyo", MemberState::Serving)], 1);
    snapshot.doors = vec![door("us", true, 0), door("unused", false, 0), door("jp", true, 2), door("de", true, 0)];
    let Menu(entries) = Menu::of(&state_of(snapshot, Vec::new()), Locale::English);
    assert_eq!(entries[1], super::text("Port 127.0.0.1:1080 · no working node: us, de".into()));
}
