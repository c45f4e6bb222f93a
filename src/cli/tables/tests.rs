//! What the tables look like.

use jiff::tz::TimeZone;

use super::*;
use crate::i18n::routing;
use crate::model::command::TestReport;
use crate::model::route::{ExplainedRoute, Route};
use crate::model::settings::{Mode, Strategy};
use crate::model::signal::Signal;
use crate::model::snapshot::{ClusterView, GatewayView, HealthView, MemberView, Network, NodeView, Snapshot};
use crate::model::why::{RankReason, RankedMember, Why};
use crate::model::{Failure, NodeId, Reason, Stage};

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
        cluster: ClusterView { on: !members.is_empty(), group: "work".into(), size: 3, strategy: Strategy::RoundRobin },
        gateway,
        members,
        nodes: 5,
        health: HealthView { network: Network::Up },
        ..Snapshot::example()
    }
}

#[test]
fn why_lists_the_members_that_serve_and_those_that_do_not() {
    let place = |turn, because, mut member: MemberView, why: Reason| {
        member.why = Some(why);
        RankedMember { turn, because, weighed_ms: 120, site_ms: None, moved_from: None, member }
    };
    let why = Why {
        site: "example.com".into(),
        ruling: ExplainedRoute { route: Route::Pool, rule: None, text: String::new() },
        strategy: Strategy::Sticky,
        members: vec![
            place(Some(1), RankReason::Assigned, member("a1", "Tokyo", MemberState::Serving), Reason::Recovered),
            place(Some(2), RankReason::Strategy, member("b2", "Osaka", MemberState::Serving), Reason::Recovered),
            place(
                Some(3),
                RankReason::Suspect,
                member("c3", "Kobe", MemberState::Suspect),
                Reason::Signal(Signal::HandshakeFailed),
            ),
            place(
                None,
                RankReason::NotServing,
                member("d4", "Nara", MemberState::Ejected),
                Reason::Failed(Failure::new(Stage::Tcp, "refused")),
            ),
        ],
    };
    insta::assert_snapshot!(format!("{}\n{}", routing::served(Locale::English, &why), candidates(&why, &TimeZone::UTC, PLAIN)), @r"
    example.com goes through Tokyo (sticky: one node per site)
    ORDER  NAME   STATE    SINCE                FIRST BYTE  OPEN  WHY
        1  Tokyo  serving  1970-01-01 00:00:00      120 ms    12  the node assigned to the site
        2  Osaka  serving  1970-01-01 00:00:00      120 ms    12
        3  Kobe   suspect  1970-01-01 00:00:00      120 ms    12  tried last: handshake failed
        -  Nara   ejected  1970-01-01 00:00:00      120 ms    12  TCP: refused
    ");
}

fn node(name: &str) -> NodeView {
    NodeView {
        host: "2001:db8::1".into(),
        plugin: "v2ray-plugin".into(),
        plugin_options: String::new(),
        plugin_allowed: true,
        legacy: name.is_empty().then_some(Weakness::BrokenCipher),
        excluded: true,
        country: (!name.is_empty()).then(|| "JP".parse().unwrap()),
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
fn the_status_while_off() {
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
    let report = |name: &str, result| TestReport { id: NodeId::from_text("80e7d5f04d77"), name: name.into(), result };
    let reports =
        [report("Tokyo", Ok(48)), report("Osaka", Err(Failure::new(Stage::Dns, "osaka.example: no such host")))];
    insta::assert_snapshot!(tests(&reports, PLAIN));
}

#[test]
fn colours_are_used_in_terminals_only() {
    let members = vec![member("80e7d5f04d77", "Tokyo", MemberState::Serving)];
    assert!(status(&snapshot(members.clone()), Style { paint: Paint::Coloured, ..PLAIN }).contains("\u{1b}["));
    assert!(!status(&snapshot(members), PLAIN).contains("\u{1b}["));
}

#[test]
fn tables_are_translated() {
    let style = Style { locale: Locale::SimplifiedChinese, ..PLAIN };
    let members = vec![member("80e7d5f04d77", "东京 1", MemberState::Serving)];
    insta::assert_snapshot!(format!("{}\n\n{}", status(&snapshot(members), style), nodes(&[node("Tokyo")], style)));
}
