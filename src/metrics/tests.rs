//! The port with real clients, and the text with a strict reader of its format.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;

use regex::Regex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::model::snapshot::MemberView;

/// Longer than any step may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A sample line: name, labels, value.
static SAMPLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[0-9.e+-]+|NaN)$"#).unwrap()
});

/// Reads the format strictly: each metric has HELP and TYPE before its samples, and no sample comes twice.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let (mut samples, mut current, mut seen) = (BTreeMap::new(), String::new(), Vec::new());
    assert!(text.ends_with('\n'));
    for line in text.split_terminator('\n') {
        if let Some(help) = line.strip_prefix("# HELP ") {
            current = help.split(' ').next().unwrap().to_owned();
            assert!(!seen.contains(&current), "{current} comes twice");
            seen.push(current.clone());
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(name == current && ["gauge", "counter"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        } else {
            let sample = SAMPLE.captures(line).unwrap_or_else(|| panic!("not in the format: {line}"));
            assert_eq!(&sample[1], current);
            let key = line.rsplit_once(' ').unwrap().0.to_owned();
            assert!(samples.insert(key, sample[3].parse().unwrap()).is_none(), "{line} comes twice");
        }
    }
    samples
}

fn snapshot(names: &[&str]) -> Snapshot {
    let member = |(index, name): (usize, &&str)| MemberView {
        latency_ms: Some(250),
        ..MemberView::example(&format!("{index:012x}"), name)
    };
    Snapshot { members: names.iter().enumerate().map(member).collect(), ..Snapshot::example() }
}

fn serve_state(snapshot: Option<Snapshot>) -> StateSource {
    Arc::new(move || {
        let snapshot = snapshot.clone();
        Box::pin(async move { snapshot })
    })
}

async fn start(snapshot: Option<Snapshot>, login: Option<&Login>) -> (MetricsServer, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (MetricsServer::start(vec![Arc::new(listener)], login, &serve_state(snapshot)), addr)
}

/// Sends bytes; returns the status, if there is one, and the whole response.
async fn send(addr: SocketAddr, bytes: &[u8]) -> (Option<u16>, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let _refused = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _reset = timeout(LIMIT, stream.read_to_end(&mut answer)).await.expect("the connection ends");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.get(9..12).and_then(|status| status.parse().ok()), answer)
}

async fn get(addr: SocketAddr, path: &str, head: &str) -> (Option<u16>, String) {
    let (status, answer) = send(addr, format!("GET {path} HTTP/1.1\r\nHost: a\r\n{head}\r\n").as_bytes()).await;
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

#[test]
fn every_line_is_in_the_format_whatever_nodes_are_called() {
    let names = ["plain", "a\"b\\c\nd\te", "香港 01 {x=\"y\"} 3", ""];
    let samples = parse(&text::metrics(&snapshot(&names)));
    assert_eq!(samples[r#"sluice_member_check_seconds{node="000000000000",name="plain"}"#], 0.25);
    assert!(samples.contains_key("sluice_member_serving{node=\"000000000001\",name=\"a\\\"b\\\\c\\nd\u{fffd}e\"}"));
    assert_eq!(samples.keys().filter(|key| key.starts_with("sluice_member_failures_total")).count(), 4);
    let none = parse(&text::metrics(&snapshot(&[])));
    assert!(!none.keys().any(|key| key.starts_with("sluice_member")));
}

#[test]
fn healthy_is_what_carries_requests() {
    let mut state = snapshot(&["a"]);
    (state.active, state.connected, state.gateway.listening) = (true, true, true);
    assert_eq!(text::health(&state), Ok(()));
    for change in [
        |state: &mut Snapshot| state.active = false,
        |state: &mut Snapshot| state.connected = false,
        |state: &mut Snapshot| state.gateway.listening = false,
    ] {
        let mut ill = state.clone();
        change(&mut ill);
        assert!(text::health(&ill).is_err());
    }
}

#[tokio::test]
async fn pages_are_served_and_others_are_not() {
    let mut state = snapshot(&["a"]);
    (state.active, state.connected, state.gateway.listening) = (true, true, true);
    let (_server, addr) = start(Some(state.clone()), None).await;
    let (status, body) = get(addr, "/metrics", "").await;
    assert_eq!((status, parse(&body)), (Some(200), parse(&text::metrics(&state))));
    assert_eq!(get(addr, "/healthz?x", "").await, (Some(200), "ok\n".to_owned()));
    assert_eq!(get(addr, "/other", "").await.0, Some(404));
    assert_eq!(send(addr, b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n").await.0, Some(405));
    let (_server, addr) = start(None, None).await;
    assert_eq!((get(addr, "/healthz", "").await.0, get(addr, "/metrics", "").await.0), (Some(503), Some(503)));
}

#[tokio::test]
async fn a_login_is_required_for_metrics_alone() {
    let login = Login { user: "me".into(), password: "pä:ss".into() };
    let (_server, addr) = start(Some(snapshot(&["a"])), Some(&login)).await;
    let with = |login: &str| format!("Authorization: Basic {}\r\n", STANDARD.encode(login));
    assert_eq!(get(addr, "/metrics", &with("me:pä:ss")).await.0, Some(200));
    for wrong in [String::new(), with("me:pass"), with("me:pä:sS"), with(""), "Authorization: Bearer x\r\n".into()] {
        assert_eq!(get(addr, "/metrics", &wrong).await.0, Some(401), "{wrong}");
    }
    assert_ne!(get(addr, "/healthz", "").await.0, Some(401));
}

#[tokio::test]
async fn hostile_requests_end_and_do_not_keep_others_out() {
    let (_server, addr) = start(Some(snapshot(&["a"])), None).await;
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(20_000));
    for request in
        [long.as_bytes(), many.as_bytes(), b"\x05\x01\x00", b"\r\n\r\n\xff\xff", b"GET /metrics HTTP/9.9\r\n\r\n"]
    {
        let (status, _) = send(addr, request).await;
        assert!(!matches!(status, Some(200)), "{:?}", String::from_utf8_lossy(&request[..30.min(request.len())]));
    }
    // Connections that send nothing use all slots, and lose them.
    let mut silent = Vec::new();
    for _ in 0..2 * MAX_CONNECTIONS {
        silent.push(TcpStream::connect(addr).await.unwrap());
    }
    drop(silent);
    assert_eq!(timeout(LIMIT, get(addr, "/metrics", "")).await.expect("it gets its turn").0, Some(200));
}
