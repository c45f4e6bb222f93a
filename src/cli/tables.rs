//! Tables for people: the snapshot, its members, the nodes. Pure: a value in, a text out.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use jiff::tz::TimeZone;

use super::out::Paint;
use super::units;
use super::words::{self, one_line};
use crate::model::command::TestReport;
use crate::model::snapshot::{MemberState, MemberView, NodeView, Snapshot};
use crate::model::why::Why;

/// All that is true now.
pub(super) fn status(snapshot: &Snapshot, paint: Paint) -> String {
    let rows = [
        ("state", words::connection(snapshot)),
        ("mode", words::mode(snapshot.mode).to_owned()),
        ("cluster", words::cluster(&snapshot.cluster)),
        ("gateway", words::gateway(snapshot)),
        ("traffic", words::traffic(snapshot)),
        ("network", words::network(snapshot.health.network).to_owned()),
        ("nodes", snapshot.nodes.to_string()),
    ];
    let top = pairs(&rows, paint);
    if snapshot.members.is_empty() { top } else { format!("{top}\n\n{}", members(&snapshot.members, paint)) }
}

/// The pool.
pub(super) fn members(members: &[MemberView], paint: Paint) -> String {
    let header =
        ["MEMBER", "NAME", "STATE", "LATENCY", "OPEN", "TOTAL", "FAILED", "UP", "DOWN", "CPU", "PID", "ADDRESS"];
    let mut table = table(&header, paint);
    for member in members {
        let pid = member.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
        table.add_row(vec![
            Cell::new(&member.id),
            Cell::new(one_line(&member.name)),
            state(member.state, paint),
            Cell::new(units::millis(member.latency_ms)),
            Cell::new(member.active),
            Cell::new(member.total),
            Cell::new(member.failures),
            Cell::new(units::bytes(member.up)),
            Cell::new(units::bytes(member.down)),
            Cell::new(format!("{:.0}%", member.cpu)),
            Cell::new(pid),
            Cell::new(member.addr.as_deref().unwrap_or("-")),
        ]);
    }
    finish(table, &[3, 4, 5, 6, 7, 8, 9, 10])
}

/// Who is asked for a site, in which order.
pub(super) fn places(why: &Why, zone: &TimeZone, paint: Paint) -> String {
    let mut table = table(&["TURN", "NAME", "STATE", "SINCE", "FIRST BYTE", "OPEN", "WHY"], paint);
    for place in &why.members {
        let first_byte = (place.first_byte_ms > 0).then_some(place.first_byte_ms);
        table.add_row(vec![
            Cell::new(place.turn.map_or_else(|| "-".to_owned(), |turn| turn.to_string())),
            Cell::new(one_line(&place.member.name)),
            state(place.member.state, paint),
            Cell::new(words::time(place.member.since, zone)),
            Cell::new(units::millis(first_byte)),
            Cell::new(place.member.active),
            Cell::new(words::because(place)),
        ]);
    }
    finish(table, &[0, 4, 5])
}

/// The list of nodes.
pub(super) fn nodes(nodes: &[NodeView], paint: Paint) -> String {
    let header =
        ["NODE", "NAME", "GROUP", "KIND", "SERVER", "METHOD", "WEIGHT", "TIER", "LATENCY", "UP", "DOWN", "EXCLUDED"];
    let mut table = table(&header, paint);
    for node in nodes {
        table.add_row(vec![
            Cell::new(&node.id),
            Cell::new(one_line(&node.name)),
            Cell::new(one_line(&node.group)),
            Cell::new(&node.kind),
            Cell::new(server(node)),
            Cell::new(&node.method),
            Cell::new(node.weight),
            Cell::new(node.tier),
            Cell::new(units::millis(node.latency_ms)),
            Cell::new(units::bytes(node.up)),
            Cell::new(units::bytes(node.down)),
            Cell::new(yes(node.excluded)),
        ]);
    }
    finish(table, &[6, 7, 8, 9, 10])
}

/// All that is known of one node.
pub(super) fn node(node: &NodeView, paint: Paint) -> String {
    let rows = [
        ("node", node.id.to_string()),
        ("name", one_line(&node.name)),
        ("group", one_line(&node.group)),
        ("kind", node.kind.clone()),
        ("server", server(node)),
        ("method", node.method.clone()),
        ("plugin", one_line(&node.plugin)),
        ("protocol", node.protocol.clone()),
        ("obfs", node.obfs.clone()),
        ("weight", node.weight.to_string()),
        ("tier", node.tier.to_string()),
        ("excluded", if node.excluded { "yes".into() } else { "no".into() }),
        ("latency", units::millis(node.latency_ms)),
        ("up", units::bytes(node.up)),
        ("down", units::bytes(node.down)),
    ];
    let known: Vec<_> = rows.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    pairs(&known, paint)
}

/// How tests went.
pub(super) fn tests(reports: &[TestReport], paint: Paint) -> String {
    let mut table = table(&["NODE", "NAME", "RESULT"], paint);
    for report in reports {
        let (text, colour) = match &report.result {
            Ok(millis) => (units::millis(Some(*millis)), Color::Green),
            Err(failure) => (format!("failed: {}", one_line(&words::failure(failure))), Color::Red),
        };
        let result = painted(Cell::new(text), colour, paint);
        table.add_row(vec![Cell::new(&report.id), Cell::new(one_line(&report.name)), result]);
    }
    finish(table, &[])
}

/// Keys and values below each other.
pub(super) fn pairs<K: AsRef<str>>(rows: &[(K, String)], paint: Paint) -> String {
    let mut table = blank(paint);
    for (key, value) in rows {
        table.add_row(vec![bold(Cell::new(key.as_ref()), paint), Cell::new(value)]);
    }
    finish(table, &[])
}

fn table(header: &[&str], paint: Paint) -> Table {
    let mut table = blank(paint);
    table.set_header(header.iter().map(|title| bold(Cell::new(title), paint)).collect::<Vec<_>>());
    table
}

/// Columns with space between them and no lines: as easy to read and easier to cut.
fn blank(paint: Paint) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    match paint {
        Paint::Coloured => table.enforce_styling(),
        Paint::Plain => table.force_no_tty(),
    };
    table
}

fn finish(mut table: Table, numbers: &[usize]) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn state(state: MemberState, paint: Paint) -> Cell {
    let colour = match state {
        MemberState::Warming | MemberState::Serving => Color::Green,
        MemberState::Starting | MemberState::Suspect | MemberState::Draining => Color::Yellow,
        MemberState::Ejected | MemberState::Restarting => Color::Red,
    };
    painted(Cell::new(words::state(state)), colour, paint)
}

fn painted(cell: Cell, colour: Color, paint: Paint) -> Cell {
    match paint {
        Paint::Coloured => cell.fg(colour),
        Paint::Plain => cell,
    }
}

fn bold(cell: Cell, paint: Paint) -> Cell {
    match paint {
        Paint::Coloured => cell.add_attribute(Attribute::Bold),
        Paint::Plain => cell,
    }
}

fn server(node: &NodeView) -> String {
    if node.host.contains(':') {
        format!("[{}]:{}", node.host, node.port)
    } else {
        format!("{}:{}", node.host, node.port)
    }
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::route::{Route, Ruling};
    use crate::model::settings::{Mode, Strategy};
    use crate::model::snapshot::{ClusterView, GatewayView, HealthView, Network};
    use crate::model::why::{Because, Place};
    use crate::model::{Failure, NodeId, Stage};

    fn member(id: &str, name: &str, state: MemberState) -> MemberView {
        MemberView {
            id: NodeId::from_text(id),
            name: name.into(),
            state,
            since: 0,
            reason: String::new(),
            pid: (state == MemberState::Serving).then_some(4711),
            addr: (state == MemberState::Serving).then(|| "127.0.0.1:40123".into()),
            latency_ms: (state == MemberState::Serving).then_some(48),
            active: 12,
            total: 3400,
            failures: 2,
            up: 1_234_567,
            down: 98_765_432,
            cpu: 3.4,
        }
    }

    fn snapshot(members: Vec<MemberView>) -> Snapshot {
        let gateway = GatewayView {
            addr: "127.0.0.1:1080".into(),
            listening: !members.is_empty(),
            active: 12,
            total: 3456,
            rejected: 1,
            replayed: 2,
            up: 1_234_567,
            down: 98_765_432,
            up_rate: 1200,
            down_rate: 456_789,
        };
        Snapshot {
            version: "0.1.0".into(),
            mode: Mode::Manual,
            active: !members.is_empty(),
            connected: !members.is_empty(),
            cluster: ClusterView {
                on: !members.is_empty(),
                group: "work".into(),
                size: 3,
                strategy: Strategy::RoundRobin,
            },
            gateway,
            members,
            nodes: 5,
            health: HealthView { network: Network::Up },
        }
    }

    #[test]
    fn why_names_who_serves_and_who_does_not() {
        let place = |turn, because, mut member: MemberView, reason: &str| {
            member.reason = reason.into();
            Place { turn, because, first_byte_ms: 120, member }
        };
        let why = Why {
            site: "example.com".into(),
            ruling: Ruling { route: Route::Pool, rule: None, text: String::new() },
            strategy: Strategy::Sticky,
            members: vec![
                place(Some(1), Because::OwnMember, member("a1", "Tokyo", MemberState::Serving), "passed its check"),
                place(Some(2), Because::Strategy, member("b2", "Osaka", MemberState::Serving), "passed its check"),
                place(Some(3), Because::Suspect, member("c3", "Kobe", MemberState::Suspect), "its handshake failed"),
                place(None, Because::NotServing, member("d4", "Nara", MemberState::Ejected), "TCP: refused"),
            ],
        };
        insta::assert_snapshot!(format!("{}\n{}", words::served(&why), places(&why, &TimeZone::UTC, Paint::Plain)), @r"
        example.com is served by Tokyo (sticky: a site keeps its member)
        TURN  NAME   STATE    SINCE                FIRST BYTE  OPEN  WHY
           1  Tokyo  serving  1970-01-01 00:00:00      120 ms    12  the site's own member
           2  Osaka  serving  1970-01-01 00:00:00      120 ms    12
           3  Kobe   suspect  1970-01-01 00:00:00      120 ms    12  asked last: its handshake failed
           -  Nara   ejected  1970-01-01 00:00:00      120 ms    12  TCP: refused
        ");
    }

    fn node(name: &str) -> NodeView {
        NodeView {
            id: NodeId::from_text("80e7d5f04d77"),
            name: name.into(),
            group: String::new(),
            kind: "ss".into(),
            host: "2001:db8::1".into(),
            port: 8388,
            method: "aes-256-gcm".into(),
            plugin: "v2ray-plugin".into(),
            protocol: String::new(),
            obfs: String::new(),
            excluded: true,
            weight: 1,
            tier: 0,
            latency_ms: None,
            up: 0,
            down: 1500,
        }
    }

    #[test]
    fn the_status_of_a_cluster() {
        let members = vec![
            member("80e7d5f04d77", "东京 1", MemberState::Serving),
            member("0123456789ab", "a name\u{1b}[31m that is long", MemberState::Restarting),
        ];
        insta::assert_snapshot!(status(&snapshot(members), Paint::Plain));
    }

    #[test]
    fn the_status_when_all_is_off() {
        insta::assert_snapshot!(status(&snapshot(Vec::new()), Paint::Plain));
    }

    #[test]
    fn the_list_of_nodes() {
        insta::assert_snapshot!(nodes(&[node("Tokyo"), node("")], Paint::Plain));
    }

    #[test]
    fn one_node() {
        insta::assert_snapshot!(super::node(&node("Tokyo"), Paint::Plain));
    }

    #[test]
    fn the_results_of_tests() {
        let report =
            |name: &str, result| TestReport { id: NodeId::from_text("80e7d5f04d77"), name: name.into(), result };
        let reports =
            [report("Tokyo", Ok(48)), report("Osaka", Err(Failure::new(Stage::Dns, "osaka.example: no such host")))];
        insta::assert_snapshot!(tests(&reports, Paint::Plain));
    }

    #[test]
    fn colours_are_for_terminals() {
        let members = vec![member("80e7d5f04d77", "Tokyo", MemberState::Serving)];
        assert!(status(&snapshot(members.clone()), Paint::Coloured).contains("\u{1b}["));
        assert!(!status(&snapshot(members), Paint::Plain).contains("\u{1b}["));
    }
}
