//! The state, the members, and the order of the members for a site.

use comfy_table::Cell;
use jiff::tz::TimeZone;

use super::super::messages;
use super::super::printer::Style;
use super::{finish, legacy, millis, pairs, state, table};
use crate::i18n::labels::{mode, one_line, release};
use crate::i18n::{Localize, routing, tr, units};
use crate::model::door::DoorView;
use crate::model::snapshot::{MemberView, Snapshot};
use crate::model::why::Why;

/// The state: gateway, cluster, network, members.
pub(in crate::cli) fn status(snapshot: &Snapshot, style: Style) -> String {
    let say = style.locale;
    let rows = [
        (tr!(say, "column-state"), messages::connection(say, snapshot)),
        (tr!(say, "column-mode"), mode(snapshot.mode).to_owned()),
        (tr!(say, "column-cluster"), messages::cluster(say, &snapshot.cluster)),
        (tr!(say, "column-gateway"), messages::gateway(say, snapshot)),
        (tr!(say, "column-http"), messages::http(say, snapshot)),
        (tr!(say, "column-shared"), messages::shared(snapshot)),
        (tr!(say, "column-traffic"), messages::traffic(say, snapshot)),
        (tr!(say, "column-network"), snapshot.health.network.localize(say)),
        (tr!(say, "column-nodes"), snapshot.nodes.to_string()),
        (tr!(say, "column-unsaved"), snapshot.unsaved.as_ref().map(|why| why.localize(say)).unwrap_or_default()),
        (tr!(say, "column-release"), snapshot.release.as_ref().map(|to| release(say, to)).unwrap_or_default()),
    ];
    // Rows that do not apply are left out.
    let rows: Vec<_> = rows.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let top = pairs(&rows, style);
    let members = (!snapshot.members.is_empty()).then(|| members(&snapshot.members, style));
    let doors = (!snapshot.doors.is_empty()).then(|| doors(&snapshot.doors, style));
    [Some(top), members, doors].into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// The doors.
pub(in crate::cli) fn doors(doors: &[DoorView], style: Style) -> String {
    let say = style.locale;
    let header = [
        tr!(say, "column-door"),
        tr!(say, "column-address"),
        tr!(say, "column-nodes"),
        tr!(say, "column-state"),
        tr!(say, "column-open"),
        tr!(say, "column-total"),
        tr!(say, "column-up"),
        tr!(say, "column-down"),
    ];
    let mut table = table(&header, style);
    for view in doors {
        table.add_row(vec![
            Cell::new(one_line(&view.door.name)),
            Cell::new(view.door.listen.map_or_else(|| "-".to_owned(), |addr| addr.to_string())),
            Cell::new(routing::door_nodes(say, view)),
            Cell::new(routing::door_state(say, view)),
            Cell::new(view.active),
            Cell::new(view.total),
            Cell::new(units::bytes(view.up)),
            Cell::new(units::bytes(view.down)),
        ]);
    }
    finish(table, &[4, 5, 6, 7])
}

/// The members of the pool.
pub(in crate::cli) fn members(members: &[MemberView], style: Style) -> String {
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

/// The order of the members for a site.
pub(in crate::cli) fn candidates(why: &Why, zone: &TimeZone, style: Style) -> String {
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
            Cell::new(units::time(place.member.since, zone)),
            Cell::new(millis(say, first_byte)),
            Cell::new(place.member.active),
            Cell::new(routing::because(say, place)),
        ]);
    }
    finish(table, &[0, 4, 5])
}
