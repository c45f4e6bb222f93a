//! No secret, host or name is left, in whatever form it occurs in the text.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

use super::*;
use crate::model::snapshot::{ClusterView, GatewayView, HealthView, Network};
use crate::model::{EventKind, Failure, Kind, Login, Node, Plugin, Stage};

fn redactor(known: &Redactions) -> Redactor {
    Redactor::new(known, Settings::default().listing().into_iter().map(|(key, _)| key))
}

fn line(text: &str) -> String {
    redactor(&Redactions::default()).line(text)
}

#[test]
fn harmless_text_is_kept() {
    for text in [
        "2026-11-25T10:18:40.123456Z  INFO sluice::engine::activity: event event={\"event\":\"gateway-closed\"}",
        "the gateway listens on 127.0.0.1:1080 and [::1]:1080, not on 0.0.0.0:0",
        "settings changed: cluster.size, gateway.listen; version 0.1.0 in 12.5ms at 19:49:50",
        "settings.json is broken; it is kept as settings.json.bad-20261125T101840",
        "GET http://127.0.0.1:4000/… took 3.2ms. Then: done.",
    ] {
        assert_eq!(line(text), text);
    }
}

#[test]
fn anything_like_an_address_is_redacted() {
    for (text, cleaned) in [
        ("closed target=www.example.com:443 up=1", "closed target=other-1:443 up=1"),
        ("192.0.2.7:80 and 192.0.2.7, 198.51.100.1", "other-1:80 and other-1, other-2"),
        ("[2001:db8::1]:443 2001:db8:: fe80::1%eth0", "[other-1]:443 other-2 other-3%eth0"),
        ("https://me:pw@a.example/x?token=1", "https://other-1/…"),
        ("somebody@example.org says so.", "other-1 says so."),
        ("cannot connect to printer:80", "cannot connect to other-1:80"),
        ("\u{4f8b}\u{5b50}.\u{4e2d}\u{56fd} xn--fsqu00a.xn--fiqs8s docs.rs", "other-1 other-2 other-3"),
        (r#"{"from":"Oslo","name":"Rome"}"#, r#"{"from":"node-x1","name":"node-x2"}"#),
        (r#"{"name":"Tokyo \"1\"","replacement":"b"}"#, r#"{"name":"node-x1","replacement":"node-x2"}"#),
    ] {
        assert_eq!(line(text), cleaned);
    }
}

#[test]
fn each_name_has_one_placeholder() {
    let mut known = Redactions::default();
    known.node(&Node::new("Tokyo", "tokyo.example", 8388, Kind::Socks5 { login: None }));
    known.folder("/home/somebody", "HOME");
    let mut redactor = redactor(&known);
    let said = redactor.line("Tokyo (TOKYO.example:8388) in /home/somebody/x; www.tokyo.example");
    assert_eq!(said, "node-1 (host-1:8388) in HOME/x; other-1");
    assert_eq!(redactor.line("to www.Tokyo.example."), "to other-1.");
}

fn facts(events: Vec<Event>, log: Vec<String>, settings: Settings) -> Facts {
    let cluster =
        ClusterView { on: true, group: "Work of mine".into(), size: 3, strategy: crate::model::Strategy::Sticky };
    let snapshot = Snapshot {
        version: "0.1.0".into(),
        mode: crate::model::settings::Mode::Manual,
        active: true,
        connected: true,
        cluster,
        gateway: GatewayView { addr: "192.168.7.9:1080".into(), ..GatewayView::default() },
        members: Vec::new(),
        nodes: 1,
        health: HealthView { network: Network::Up },
        ..Snapshot::example()
    };
    let (at, system, nodes) = ("2026-11-25 10:18:40".into(), vec!["system: Debian".into()], Vec::new());
    Facts { at, system, snapshot, settings, nodes, events, log }
}

#[test]
fn defaults_are_kept_and_other_values_redacted() {
    let mut settings = Settings::default();
    settings.gateway.listen = "192.168.7.9:1080".parse().unwrap();
    settings.gateway.login = Some(Login { user: "someone".into(), password: "hunter2hunter2".into() });
    settings.pac.url = "https://lists.example/mine?key=abcdef".into();
    let text = text(&facts(Vec::new(), Vec::new(), settings), &Redactions::default());
    assert!(text.contains("http://www.gstatic.com/generate_204"), "{text}");
    assert!(text.contains("cluster.size = 3"), "{text}");
    for needle in ["192.168.7.9", "someone", "hunter2", "lists.example", "abcdef", "Work of mine"] {
        assert!(!text.contains(needle), "{needle}: {text}");
    }
}

/// Host names, and addresses of both kinds that are not this machine's.
fn host() -> impl Strategy<Value = String> {
    let name = "([a-z][a-z0-9-]{0,6}[a-z0-9]\\.){1,3}[a-z]{2,6}";
    let ended_as_ours = |host: &String| {
        ![".json", ".txt", ".log", ".sock", ".lock", ".last", ".toml", ".acl"].iter().any(|end| host.ends_with(end))
    };
    prop_oneof![
        proptest::string::string_regex(name).unwrap().prop_filter("a file", ended_as_ours),
        any::<[u8; 4]>()
            .prop_map(std::net::Ipv4Addr::from)
            .prop_filter("here", |ip| !ip.is_loopback() && !ip.is_unspecified())
            .prop_map(|ip| ip.to_string()),
        any::<[u16; 8]>()
            .prop_map(std::net::Ipv6Addr::from)
            .prop_filter("here", |ip| !ip.is_loopback() && !ip.is_unspecified())
            .prop_map(|ip| ip.to_string()),
    ]
}

/// Every form in which a host occurs in logs.
fn mentions(host: &str) -> Vec<String> {
    let at = if host.contains(':') { format!("[{host}]:443") } else { format!("{host}:443") };
    vec![
        format!("2026-11-25T10:18:40.1Z DEBUG conn{{id=3}}: sluice::gateway: closed target={at} up=1 ended=\"reset\""),
        format!("cannot reach {host}: refused"),
        format!("TCP: {at}: Connection refused (os error 111)"),
        format!("http://{at}/some/path?q=1#x"),
        format!("user@{}", host.to_uppercase()),
        format!(
            "event={{\"event\":\"member-ejected\",\"name\":\"at {at}\",\"failure\":{{\"detail\":\"{host}, {at}\"}}}}"
        ),
        format!("({host}) <{host}> '{host}' {host}, {host}; {host}."),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_host_is_left(host in host()) {
        let id = crate::model::NodeId::from_text("80e7d5f04d77");
        let events = mentions(&host).into_iter().map(|detail| Event {
            at: 0,
            kind: EventKind::MemberEjected { id: id.clone(), name: detail.clone(), failure: Failure::new(Stage::Tcp, detail) },
        });
        let text = text(&facts(events.collect(), mentions(&host), Settings::default()), &Redactions::default());
        prop_assert!(!text.to_lowercase().contains(&host.to_lowercase()), "{}: {}", host, text);
    }

    #[test]
    fn no_secret_is_left_in_any_encoding(secret in "[!-~]{6,24}", name in "[A-Za-z\u{4e00}-\u{4e20}][A-Za-z\u{4e00}-\u{4e20} ]{3,9}[A-Za-z\u{4e00}-\u{4e20}]", host in host()) {
        let plugin = Plugin { name: "obfs-local".into(), options: format!("obfs=http;obfs-host={secret}") };
        let kind = Kind::Ss { method: "aes-256-gcm".into(), password: secret.as_str().into(), plugin: Some(plugin) };
        let mut known = Redactions::default();
        known.node(&Node::new(name.clone(), host.clone(), 8388, kind));
        known.login(&Login { user: "somebody".into(), password: secret.as_str().into() });
        let escaped = serde_json::to_string(&secret).unwrap();
        let basic = BASE64_STANDARD.encode(format!("somebody:{secret}"));
        let mut log = vec![format!("a plugin says: key {secret} is bad"), format!("{{\"password\":{escaped}}}"), format!("Basic {basic}")];
        log.push(format!("{name} at {host}, {}", BASE64_STANDARD.encode(&secret)));
        let text = text(&facts(Vec::new(), log, Settings::default()), &known);
        for needle in [secret.as_str(), &basic, &BASE64_STANDARD.encode(&secret), name.as_str(), &host] {
            prop_assert!(!text.to_lowercase().contains(&needle.to_lowercase()), "{}: {}", needle, text);
        }
    }
}
