//! The state in Prometheus' text format, version 0.0.4, and the health status. Pure.
//!
//! Nodes are labelled with id and name. The addresses of nodes and the sites that clients visit are not included.

use std::fmt::Write;

use crate::model::Snapshot;
use crate::model::door::DoorView;
use crate::model::snapshot::{MemberView, Network};

/// The media type.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The type of a metric.
#[derive(Clone, Copy)]
enum MetricKind {
    Gauge,
    Counter,
}

impl MetricKind {
    fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
        }
    }
}

/// A metric with one value per member, if it has one.
type MemberMetric = (&'static str, MetricKind, &'static str, fn(&MemberView) -> Option<f64>);

const MEMBER_METRICS: [MemberMetric; 11] = [
    ("sluice_member_serving", MetricKind::Gauge, "Whether the member takes new connections.", |member| {
        Some(f64::from(u8::from(member.state.is_serving())))
    }),
    ("sluice_member_connections", MetricKind::Gauge, "Open connections through the member.", |member| {
        Some(member.active as f64)
    }),
    ("sluice_member_connections_total", MetricKind::Counter, "Connections opened through the member.", |member| {
        Some(member.total as f64)
    }),
    (
        "sluice_member_failures_total",
        MetricKind::Counter,
        "Connections that failed before their first byte.",
        |member| Some(member.failures as f64),
    ),
    ("sluice_member_upload_bytes_total", MetricKind::Counter, "Bytes from clients to the member.", |member| {
        Some(member.up as f64)
    }),
    ("sluice_member_download_bytes_total", MetricKind::Counter, "Bytes from the member to clients.", |member| {
        Some(member.down as f64)
    }),
    ("sluice_member_check_seconds", MetricKind::Gauge, "Duration of the last successful health check.", |member| {
        member.latency_ms.map(|ms| f64::from(ms) / 1e3)
    }),
    (
        "sluice_member_first_byte_seconds",
        MetricKind::Gauge,
        "Time to first byte, weighted towards slow ones.",
        |member| member.first_byte_ms.map(|ms| f64::from(ms) / 1e3),
    ),
    (
        "sluice_member_round_trip_seconds",
        MetricKind::Gauge,
        "Mean round-trip time of TCP to the member's server.",
        |member| member.round_trip_ms.map(|ms| f64::from(ms) / 1e3),
    ),
    (
        "sluice_member_retransmitted_ratio",
        MetricKind::Gauge,
        "TCP segments that had to be sent to the member's server again, 1 for all.",
        |member| member.retransmitted.map(|percent| f64::from(percent) / 100.0),
    ),
    ("sluice_member_cpu_ratio", MetricKind::Gauge, "CPU time of the member's process, 1 for a whole core.", |member| {
        Some(f64::from(member.cpu) / 100.0)
    }),
];

/// A metric with one value per door.
type DoorMetric = (&'static str, MetricKind, &'static str, fn(&DoorView) -> u64);

const DOOR_METRICS: [DoorMetric; 4] = [
    ("sluice_door_connections", MetricKind::Gauge, "Open connections through the door.", |door| door.active),
    ("sluice_door_connections_total", MetricKind::Counter, "Connections opened through the door.", |door| door.total),
    ("sluice_door_upload_bytes_total", MetricKind::Counter, "Bytes from clients of the door.", |door| door.up),
    ("sluice_door_download_bytes_total", MetricKind::Counter, "Bytes to clients of the door.", |door| door.down),
];

/// All metrics.
pub(super) fn metrics(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let gateway = &snapshot.gateway;
    let is = |condition: bool| f64::from(u8::from(condition));
    let serving = snapshot.members.iter().filter(|member| member.state.is_serving()).count();
    head(&mut text, "sluice_build_info", MetricKind::Gauge, "The version of the program, as a label.");
    line(&mut text, "sluice_build_info", &[("version", &snapshot.version)], 1.0);
    for (name, kind, help, value) in [
        ("sluice_active", MetricKind::Gauge, "Whether traffic is turned on.", is(snapshot.active)),
        ("sluice_connected", MetricKind::Gauge, "Whether requests go through.", is(snapshot.connected)),
        (
            "sluice_network_up",
            MetricKind::Gauge,
            "Whether the computer's own network works, as far as is known.",
            is(!matches!(snapshot.health.network, Network::Down | Network::Portal)),
        ),
        ("sluice_nodes", MetricKind::Gauge, "Configured nodes.", snapshot.nodes as f64),
        ("sluice_pool_size", MetricKind::Gauge, "Configured number of members.", snapshot.cluster.size as f64),
        ("sluice_pool_serving", MetricKind::Gauge, "Members that take new connections.", serving as f64),
        ("sluice_gateway_listening", MetricKind::Gauge, "Whether the port is open.", is(gateway.listening)),
        ("sluice_gateway_connections", MetricKind::Gauge, "Open client connections.", gateway.active as f64),
        ("sluice_gateway_connections_total", MetricKind::Counter, "Accepted client connections.", gateway.total as f64),
        ("sluice_gateway_rejected_total", MetricKind::Counter, "Rejected client connections.", gateway.rejected as f64),
        (
            "sluice_gateway_replayed_total",
            MetricKind::Counter,
            "Requests that were sent again through another member.",
            gateway.replayed as f64,
        ),
        ("sluice_gateway_upload_bytes_total", MetricKind::Counter, "Bytes from clients.", gateway.up as f64),
        ("sluice_gateway_download_bytes_total", MetricKind::Counter, "Bytes to clients.", gateway.down as f64),
    ] {
        head(&mut text, name, kind, help);
        line(&mut text, name, &[], value);
    }
    for (name, kind, help, value) in MEMBER_METRICS {
        let values = || snapshot.members.iter().filter_map(|member| value(member).map(|value| (member, value)));
        if values().next().is_some() {
            head(&mut text, name, kind, help);
        }
        for (member, value) in values() {
            line(&mut text, name, &[("node", member.id.as_str()), ("name", &member.name)], value);
        }
    }
    for (name, kind, help, value) in DOOR_METRICS.into_iter().filter(|_| !snapshot.doors.is_empty()) {
        head(&mut text, name, kind, help);
        for view in &snapshot.doors {
            line(&mut text, name, &[("door", &view.door.name)], value(view) as f64);
        }
    }
    text
}

/// Checks that requests succeed.
///
/// # Errors
/// Why they do not.
pub(super) fn health(snapshot: &Snapshot) -> Result<(), &'static str> {
    match (snapshot.active, snapshot.gateway.listening, snapshot.connected) {
        (false, _, _) => Err("traffic is turned off\n"),
        (true, false, _) => Err("the port is not open\n"),
        (true, true, false) => Err("no request goes through\n"),
        (true, true, true) => Ok(()),
    }
}

fn head(text: &mut String, name: &str, kind: MetricKind, help: &str) {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.word()).expect("writing to a string does not fail");
}

fn line(text: &mut String, name: &str, labels: &[(&str, &str)], value: f64) {
    let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    writeln!(text, "{name}{labels} {value}").expect("writing to a string does not fail");
}

/// A label value: backslash, quote and line break are escaped. Other control characters, which some parsers reject, are
/// replaced.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
