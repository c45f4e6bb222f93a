//! Tables for people: the snapshot, its members, the nodes. Pure: a value in, a text out.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use jiff::tz::TimeZone;

use super::out::{Paint, Style};
use super::words;
use crate::i18n::words::{failure, mode, network, one_line, weakness};
use crate::i18n::{Locale, events, tr, units, ways};
use crate::model::Weakness;
use crate::model::command::TestReport;
use crate::model::node::authority;
use crate::model::snapshot::{MemberState, MemberView, NodeView, Snapshot};
use crate::model::why::Why;

/// All that is true now.
pub(super) fn status(snapshot: &Snapshot, style: Style) -> String {
    let say = style.locale;
    let rows = [
        (tr!(say, "column-state"), words::connection(say, snapshot)),
        (tr!(say, "column-mode"), mode(snapshot.mode).to_owned()),
        (tr!(say, "column-cluster"), words::cluster(say, &snapshot.cluster)),
        (tr!(say, "column-gateway"), words::gateway(say, snapshot)),
        (tr!(say, "column-http"), words::http(say, snapshot)),
        (tr!(say, "column-shared"), words::shared(snapshot)),
        (tr!(say, "column-traffic"), words::traffic(say, snapshot)),
        (tr!(say, "column-network"), network(say, snapshot.health.network)),
        (tr!(say, "column-nodes"), snapshot.nodes.to_string()),
    ];
    // What few have is not there for all others.
    let rows: Vec<_> = rows.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let top = pairs(&rows, style);
    if snapshot.members.is_empty() { top } else { format!("{top}\n\n{}", members(&snapshot.members, style)) }
}

/// The pool.
pub(super) fn members(members: &[MemberView], style: Style) -> String {
    let say = style.locale;
    let header = [
        tr!(say, "column-member"),
        tr!(say, "column-name"),
        tr!(say, "column-state"),
        tr!(say, "column-latency"),
        tr!(say, "column-open"),
        tr!(say, "column-total"),
        tr!(say, "column-failed"),
        tr!(say, "column-up"),
        tr!(say, "column-down"),
        tr!(say, "column-cpu"),
        tr!(say, "column-pid"),
        tr!(say, "column-address"),
        tr!(say, "column-legacy"),
    ];
    let mut table = table(&header, style);
    for member in members {
        let pid = member.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
        table.add_row(vec![
            Cell::new(&member.id),
            Cell::new(one_line(&member.name)),
            state(member.state, style),
            Cell::new(millis(say, member.latency_ms)),
            Cell::new(member.active),
            Cell::new(member.total),
            Cell::new(member.failures),
            Cell::new(units::bytes(member.up)),
            Cell::new(units::bytes(member.down)),
            Cell::new(format!("{:.0}%", member.cpu)),
            Cell::new(pid),
            Cell::new(member.addr.as_deref().unwrap_or("-")),
            legacy(member.legacy, style),
        ]);
    }
    finish(table, &[3, 4, 5, 6, 7, 8, 9, 10])
}

/// Who is asked for a site, in which order.
pub(super) fn places(why: &Why, zone: &TimeZone, style: Style) -> String {
    let say = style.locale;
    let mut table = table(
        &[
            tr!(say, "column-turn"),
            tr!(say, "column-name"),
            tr!(say, "column-state"),
            tr!(say, "column-since"),
            tr!(say, "column-first-byte"),
            tr!(say, "column-open"),
            tr!(say, "column-why"),
        ],
        style,
    );
    for place in &why.members {
        let first_byte = (place.weighed_ms > 0).then_some(place.weighed_ms);
        table.add_row(vec![
            Cell::new(place.turn.map_or_else(|| "-".to_owned(), |turn| turn.to_string())),
            Cell::new(one_line(&place.member.name)),
            state(place.member.state, style),
            Cell::new(events::time(place.member.since, zone)),
            Cell::new(millis(say, first_byte)),
            Cell::new(place.member.active),
            Cell::new(ways::because(say, place)),
        ]);
    }
    finish(table, &[0, 4, 5])
}

/// The list of nodes.
pub(super) fn nodes(nodes: &[NodeView], style: Style) -> String {
    let say = style.locale;
    let header = [
        tr!(say, "column-node"),
        tr!(say, "column-name"),
        tr!(say, "column-group"),
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
    finish(table, &[6, 7, 8, 9, 10])
}

/// All that is known of one node.
pub(super) fn node(node: &NodeView, style: Style) -> String {
    let say = style.locale;
    let rows = [
        (tr!(say, "column-node"), node.id.to_string()),
        (tr!(say, "column-name"), one_line(&node.name)),
        (tr!(say, "column-group"), one_line(&node.group)),
        (tr!(say, "column-kind"), node.kind.clone()),
        (tr!(say, "column-server"), authority(&node.host, node.port)),
        (tr!(say, "column-method"), node.method.clone()),
        (tr!(say, "column-plugin"), one_line(&node.plugin)),
        (tr!(say, "column-protocol"), node.protocol.clone()),
        (tr!(say, "column-obfs"), node.obfs.clone()),
        (tr!(say, "column-legacy"), node.legacy.map(|found| weakness(say, found)).unwrap_or_default()),
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

/// How tests went.
pub(super) fn tests(reports: &[TestReport], style: Style) -> String {
    let say = style.locale;
    let mut table = table(&[tr!(say, "column-node"), tr!(say, "column-name"), tr!(say, "column-result")], style);
    for report in reports {
        let (text, colour) = match &report.result {
            Ok(millis) => (units::millis(say, *millis), Color::Green),
            Err(why) => (tr!(say, "cli-test-failed", why = failure(say, why)), Color::Red),
        };
        let result = painted(Cell::new(text), colour, style);
        table.add_row(vec![Cell::new(&report.id), Cell::new(one_line(&report.name)), result]);
    }
    finish(table, &[])
}

/// Keys and values below each other.
pub(super) fn pairs<K: AsRef<str>>(rows: &[(K, String)], style: Style) -> String {
    let mut table = blank(style);
    for (key, value) in rows {
        table.add_row(vec![bold(Cell::new(key.as_ref()), style), Cell::new(value)]);
    }
    finish(table, &[])
}

/// A table with a header.
pub(super) fn table(header: &[String], style: Style) -> Table {
    let mut table = blank(style);
    table.set_header(header.iter().map(|title| bold(Cell::new(title.to_uppercase()), style)).collect::<Vec<_>>());
    table
}

/// Columns with space between them and no lines: as easy to read and easier to cut.
fn blank(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    match style.paint {
        Paint::Coloured => table.enforce_styling(),
        Paint::Plain => table.force_no_tty(),
    };
    table
}

/// Milliseconds, or a dash where nothing was measured.
fn millis(locale: Locale, millis: Option<u32>) -> String {
    millis.map_or_else(|| "-".to_owned(), |millis| units::millis(locale, millis))
}

/// Its text, with these columns to the right.
pub(super) fn finish(mut table: Table, numbers: &[usize]) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn state(state: MemberState, style: Style) -> Cell {
    let colour = match state {
        MemberState::Warming | MemberState::Serving => Color::Green,
        MemberState::Starting | MemberState::Suspect | MemberState::Draining => Color::Yellow,
        MemberState::Ejected | MemberState::Restarting => Color::Red,
    };
    painted(Cell::new(crate::i18n::words::state(style.locale, state)), colour, style)
}

pub(super) fn legacy(found: Option<Weakness>, style: Style) -> Cell {
    let text = found.map(|found| weakness(style.locale, found)).unwrap_or_default();
    painted(Cell::new(text), Color::Yellow, style)
}

fn painted(cell: Cell, colour: Color, style: Style) -> Cell {
    match style.paint {
        Paint::Coloured => cell.fg(colour),
        Paint::Plain => cell,
    }
}

fn bold(cell: Cell, style: Style) -> Cell {
    match style.paint {
        Paint::Coloured => cell.add_attribute(Attribute::Bold),
        Paint::Plain => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::route::{Route, Ruling};
    use crate::model::settings::{Mode, Strategy};
    use crate::model::snapshot::{ClusterView, GatewayView, HealthView, Network};
    use crate::model::why::{Because, Place};
    use crate::model::{Failure, NodeId, Stage};

    const PLAIN: Style = Style { locale: Locale::English, paint: Paint::Plain };

    fn member(id: &str, name: &str, state: MemberState) -> MemberView {
        MemberView {
            state,
            pid: (state == MemberState::Serving).then_some(4711),
            addr: (state == MemberState::Serving).then(|| "127.0.0.1:40123".into()),
            latency_ms: (state == MemberState::Serving).then_some(48),
            active: 12,
            total: 3400,
            failures: 2,
            up: 1_234_567,
            down: 98_765_432,
            cpu: 3.4,
            legacy: (state == MemberState::Restarting).then_some(Weakness::NoIntegrity),
            ..MemberView::example(id, name)
        }
    }

    fn snapshot(members: Vec<MemberView>) -> Snapshot {
        let gateway = GatewayView {
            addr: "127.0.0.1:1080".into(),
            listening: !members.is_empty(),
            shared: vec![],
            http: None,
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
            fetches: Vec::new(),
        }
    }

    #[test]
    fn why_names_who_serves_and_who_does_not() {
        let place = |turn, because, mut member: MemberView, reason: &str| {
            member.reason = reason.into();
            Place { turn, because, weighed_ms: 120, member }
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
        insta::assert_snapshot!(format!("{}\n{}", ways::served(Locale::English, &why), places(&why, &TimeZone::UTC, PLAIN)), @r"
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
            host: "2001:db8::1".into(),
            plugin: "v2ray-plugin".into(),
            legacy: name.is_empty().then_some(Weakness::BrokenCipher),
            excluded: true,
            down: 1500,
            ..NodeView::example("80e7d5f04d77", name)
        }
    }

    #[test]
    fn the_status_of_a_cluster() {
        let members = vec![
            member("80e7d5f04d77", "东京 1", MemberState::Serving),
            member("0123456789ab", "a name\u{1b}[31m that is long", MemberState::Restarting),
        ];
        insta::assert_snapshot!(status(&snapshot(members), PLAIN));
    }

    #[test]
    fn the_status_when_all_is_off() {
        insta::assert_snapshot!(status(&snapshot(Vec::new()), PLAIN));
    }

    #[test]
    fn the_list_of_nodes() {
        insta::assert_snapshot!(nodes(&[node("Tokyo"), node("")], PLAIN));
    }

    #[test]
    fn one_node() {
        insta::assert_snapshot!(super::node(&node("Tokyo"), PLAIN));
    }

    #[test]
    fn the_results_of_tests() {
        let report =
            |name: &str, result| TestReport { id: NodeId::from_text("80e7d5f04d77"), name: name.into(), result };
        let reports =
            [report("Tokyo", Ok(48)), report("Osaka", Err(Failure::new(Stage::Dns, "osaka.example: no such host")))];
        insta::assert_snapshot!(tests(&reports, PLAIN));
    }

    #[test]
    fn colours_are_for_terminals() {
        let members = vec![member("80e7d5f04d77", "Tokyo", MemberState::Serving)];
        assert!(status(&snapshot(members.clone()), Style { paint: Paint::Coloured, ..PLAIN }).contains("\u{1b}["));
        assert!(!status(&snapshot(members), PLAIN).contains("\u{1b}["));
    }

    #[test]
    fn tables_speak_chinese_too() {
        let style = Style { locale: Locale::Chinese, ..PLAIN };
        let members = vec![member("80e7d5f04d77", "东京 1", MemberState::Serving)];
        insta::assert_snapshot!(format!("{}\n\n{}", status(&snapshot(members), style), nodes(&[node("Tokyo")], style)));
    }
}
