//! Backup and restore: everything the user made is moved to another home, completely or not at all.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use serde_json::Value;
use sluice::model::settings::{Settings, Strategy as Spread};
use sluice::model::{EventKind, Kind, Login, Node, Snapshot, link};

use crate::counterparts::WebPage;
use crate::counterparts::{EmbeddedServer, Origin, SocksServer, V4};
use crate::engine::{Engine, Setup};

const PASSWORD: &str = "correct horse battery";

/// The parts of the status that a restored home must share: all but times, ports, processes and traffic.
fn outline(engine: &Engine) -> Value {
    let Snapshot { mode, active, connected, cluster, members, nodes, .. } = engine.status();
    let members: Vec<_> =
        members.into_iter().map(|member| (member.id, member.name, member.state.is_serving())).collect();
    serde_json::json!([mode, active, connected, cluster, members, nodes])
}

/// The nodes without measured values.
fn nodes(engine: &Engine) -> Vec<Value> {
    let strip = |node| {
        let mut value = serde_json::to_value(node).unwrap();
        for key in ["latency_ms", "up", "down", "up_today", "down_today", "history"] {
            value.as_object_mut().unwrap().remove(key);
        }
        value
    };
    engine.nodes().into_iter().map(strip).collect()
}

fn settings(engine: &Engine) -> Value {
    engine.json(&["get"])
}

struct Fixture {
    origin: Origin,
    _servers: ([EmbeddedServer; 2], SocksServer, WebPage),
    engine: Engine,
}

impl Fixture {
    fn new() -> Self {
        let origin = Origin::start(V4);
        let (servers, socks) = ([(); 2].map(|()| EmbeddedServer::start("aes-256-gcm")), SocksServer::start());
        let setup = Setup::new(&origin, |_| {});
        setup.write("rules.txt", b"||mine.example\n@@||not.example\n");
        setup.write("blocked.acl", b"[proxy_all]\n[outbound_block_list]\n||never.example\n");
        let engine = setup.start();
        let name = |name: &str, node: Node| Node { name: name.into(), ..node };
        let own = [name("Tokyo 🇯🇵", servers[0].node()), name("Osaka", servers[1].node()), socks.node("local")];
        engine.import(&own);
        engine.run_ok(&["node", "edit", "Osaka", "--weight", "7", "--tier", "2", "--group", "G"]);
        engine.run_ok(&["node", "edit", "local", "--name", "my own"]);
        engine.run_ok(&["node", "exclude", "my own"]);
        let acl = engine.home().join("blocked.acl");
        engine.run_ok(&["set", "rules.acl", acl.to_str().unwrap()]);
        engine.run_ok(&["set", "health.limit_s", "4"]);
        let list = WebPage::start("ss://YWVzLTI1Ni1nY206dGVzdA@listed.example:8388#Listed\n");
        let url = format!("http://127.0.0.1:{}/list?token=hunter2", list.port());
        engine.run_ok(&["subscription", "add", &url, "--name", "provider"]);
        engine.run_ok(&["node", "exclude", "Listed"]);
        engine.cluster_on(2, "round-robin");
        Self { origin, _servers: (servers, socks, list), engine }
    }

    fn other_home(&self) -> Engine {
        let other = Engine::start(&self.origin);
        let kind = Kind::Socks5 { login: None };
        other.import(&[Node::new("elsewhere", "elsewhere.example", 9, kind)]);
        other
    }
}

#[test]
fn a_restored_home_equals_the_original() {
    let Fixture { engine, .. } = &Fixture::new();
    let file = engine.home().join("all.sluice");
    let file = file.to_str().unwrap();
    let stdout = engine.run_ok(&["backup", file]);
    assert!(stdout.contains("passwords"), "{stdout}");
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);

    // As on another machine, where this path does not exist.
    std::fs::remove_file(engine.home().join("blocked.acl")).unwrap();
    let other = Engine::start(&Origin::start(V4));
    let preview: Value = other.json(&["restore", file, "--preview"]);
    assert_eq!(preview["added"], serde_json::json!(["Tokyo 🇯🇵", "Osaka", "my own", "Listed"]));
    assert_eq!(preview["parts"], serde_json::json!(["rules", "access-list", "subscriptions"]));
    assert!(!preview.to_string().contains("hunter2"), "{preview}");
    let keys: Vec<_> = preview["settings"].as_array().unwrap().iter().map(|change| change["key"].clone()).collect();
    assert!(keys.contains(&"cluster.on".into()) && keys.contains(&"health.limit_s".into()), "{keys:?}");
    assert!(other.nodes().is_empty(), "a preview changes nothing");

    let stdout = other.run_ok(&["restore", file]);
    assert!(stdout.contains("adds Osaka") && stdout.contains("cluster.strategy: smart → round-robin"), "{stdout}");
    other.wait_for_members(2);
    assert_eq!(outline(&other), outline(engine));
    assert_eq!(nodes(&other), nodes(engine));
    let links = |engine: &Engine| engine.run_ok(&["share", "Tokyo 🇯🇵", "Osaka", "my own"]);
    assert_eq!(links(&other), links(engine));
    let (mut ours, mut theirs) = (settings(engine), settings(&other));
    assert_eq!(theirs["rules.acl"], other.home().join("acl.txt").to_str().unwrap());
    for settings in [&mut ours, &mut theirs] {
        settings.as_object_mut().unwrap().remove("rules.acl");
    }
    assert_eq!(theirs, ours);
    let subscriptions = |engine: &Engine| {
        let list: Value = engine.json(&["subscription", "list"]);
        let one = list[0].clone();
        [one["name"].clone(), one["address"].clone(), one["update_h"].clone(), one["nodes"].clone()]
    };
    assert_eq!(subscriptions(&other), subscriptions(engine));
    assert_eq!(subscriptions(&other)[0], "provider");
    let why = |host| other.run_ok(&["rules", "test", host]);
    assert!(why("www.mine.example").contains("your rules") && why("never.example").contains("blocked"));
    assert_eq!(other.count_events(|kind| matches!(kind, EventKind::Restored { added: 4, removed: 0, .. })), 1);

    let again: Value = other.json(&["restore", file, "--preview"]);
    assert_eq!((&again["settings"], &again["parts"]), (&serde_json::json!([]), &serde_json::json!([])), "{again}");
}

#[test]
fn a_restore_can_be_undone_and_redone() {
    let fixture = Fixture::new();
    let file = fixture.engine.home().join("all.sluice");
    let file = file.to_str().unwrap();
    fixture.engine.run_ok(&["backup", file]);
    let other = fixture.other_home();
    assert!(other.run_err(&["restore", "--undo"]).contains("nothing to undo"));
    let before = (nodes(&other), settings(&other), outline(&other));
    other.run_ok(&["restore", file, "--yes"]);
    other.wait_for_members(2);
    let after = (nodes(&other), settings(&other));
    assert_eq!(std::fs::metadata(other.home().join("undo.json")).unwrap().permissions().mode() & 0o777, 0o600);

    let stdout = other.run_ok(&["restore", "--undo"]);
    assert!(stdout.contains("adds elsewhere"), "{stdout}");
    assert_eq!((nodes(&other), settings(&other), outline(&other)), before);
    let other = other.restarted(|_| {});
    assert_eq!((nodes(&other), settings(&other)), (before.0, before.1));
    other.run_ok(&["restore", "--undo"]);
    other.wait_for_members(2);
    assert_eq!((nodes(&other), settings(&other)), after);
}

#[test]
fn an_encrypted_backup_opens_only_with_its_password() {
    let fixture = Fixture::new();
    let file = fixture.engine.home().join("sealed.sluice");
    let name = file.to_str().unwrap();
    let sealed = fixture.engine.run_with(&["backup", name, "--password", "-"], &format!("{PASSWORD}\n"));
    assert_eq!(sealed.code, Some(0), "{sealed:?}");
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1") && !String::from_utf8_lossy(&bytes).contains("Osaka"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let other = fixture.other_home();
    let before = (nodes(&other), settings(&other));
    let refused = |bytes: &[u8], password: &str, why: &str| {
        std::fs::write(&file, bytes).unwrap();
        let args: &[&str] =
            if password.is_empty() { &["restore", name] } else { &["restore", name, "--password", "-"] };
        let output = other.run_with(args, password);
        assert_eq!((output.code, output.stderr.lines().count()), (Some(1), 1), "{output:?}");
        assert!(output.stderr.contains(why), "{output:?}");
        assert_eq!((nodes(&other), settings(&other)), before);
        assert!(!other.home().join("undo.json").exists());
    };
    refused(&bytes, "wrong", "wrong password");
    refused(&bytes, "", "--password -");
    refused(&bytes[..bytes.len() - 1], PASSWORD, "damaged or truncated");
    refused(&bytes[..100], PASSWORD, "damaged or truncated");

    std::fs::write(&file, &bytes).unwrap();
    let output = other.run_with(&["restore", name, "--password", "-"], PASSWORD);
    assert_eq!(output.code, Some(0), "{output:?}");
    other.wait_for_members(2);
    assert_eq!(nodes(&other), nodes(&fixture.engine));
    for (home, log) in [(&other, other.log()), (&fixture.engine, fixture.engine.log())] {
        assert!(!log.contains(PASSWORD), "{}", home.home().display());
    }
}

#[test]
fn an_invalid_backup_changes_nothing() {
    let fixture = Fixture::new();
    let file = fixture.engine.home().join("all.sluice");
    let name = file.to_str().unwrap();
    fixture.engine.run_ok(&["backup", name]);
    let whole = std::fs::read_to_string(&file).unwrap();
    // A file without a checksum may be edited by hand.
    let edited = without_checksum(&whole);
    let other = fixture.other_home();
    let before = (nodes(&other), settings(&other));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("\"listen\":\"{}\"", taken.local_addr().unwrap());
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (whole.as_bytes()[..whole.len() / 2].into(), "unexpected end of file"),
        (whole.as_bytes()[..whole.len() - 1].into(), "unexpected end of file"),
        (Vec::new(), "not a Sluice backup"),
        (b"\x89PNG\r\n\x1a\n\0\0\0".into(), "not a Sluice backup"),
        (
            br#"{"servers":[{"server":"a.example","server_port":1,"password":"p","method":"aes-256-gcm"}]}"#.into(),
            "not a Sluice backup",
        ),
        (whole.replacen("\"sluice-backup\":1", "\"sluice-backup\":2", 1).into(), "newer version of Sluice"),
        (whole.replacen("\"weight\":7", "\"weight\":8", 1).into(), "the checksum does not match"),
        (edited.replacen("\"weight\":7", "\"weight\":\"hunter2\"", 1).into(), "nodes: "),
        (edited.replacen("\"size\":2", "\"size\":0", 1).into(), "settings: cluster.size"),
        (edited.replacen("\"listen\":\"127.0.0.1:0\"", &elsewhere, 1).into(), "the port is in use"),
    ];
    for (bytes, why) in cases {
        assert_ne!(bytes, whole.as_bytes(), "{why}");
        std::fs::write(&file, bytes).unwrap();
        let message = other.run_err(&["restore", name]);
        assert!(message.contains(why) && !message.contains("hunter2"), "{why}: {message}");
        assert_eq!((nodes(&other), settings(&other)), before, "{why}");
        assert!(!other.home().join("undo.json").exists(), "{why}");
        assert!(!other.home().join("rules.txt").exists(), "{why}");
    }
    assert_eq!(other.count_events(|kind| matches!(kind, EventKind::Restored { .. })), 0);
}

fn without_checksum(backup: &str) -> String {
    let mut parts: serde_json::Map<String, Value> = serde_json::from_str(backup).unwrap();
    assert!(parts.remove("sha256").is_some(), "a backup has a checksum");
    serde_json::to_string(&parts).unwrap()
}

#[test]
fn a_backup_of_ten_thousand_nodes_is_written_and_restored() {
    let engine = Setup::empty().start();
    let kind = |nth: usize| Kind::Ss {
        method: "aes-256-gcm".into(),
        password: format!("a password of some length, the {nth}th of them \"quoted\"").into(),
        plugin: None,
    };
    let node = |nth: usize| Node::new(format!("node {nth}"), format!("n{nth}.example"), 8388, kind(nth));
    let links: String = (0..10_000).map(|nth| link::print(&node(nth)) + "\n").collect();
    let output = engine.run_with(&["import", "-"], &links);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let file = engine.home().join("all.sluice");
    engine.run_ok(&["backup", file.to_str().unwrap()]);
    assert!(std::fs::metadata(&file).unwrap().len() > 1 << 20);
    let other = Setup::empty().start();
    other.run_ok(&["restore", file.to_str().unwrap()]);
    assert_eq!(other.status().nodes, 10_000);
    assert_eq!(other.run_ok(&["share", "node 9999"]), engine.run_ok(&["share", "node 9999"]));
}

/// Random contents of a home: nodes, settings, rules.
#[derive(Clone, Debug)]
struct HomeContents {
    nodes: Vec<Node>,
    size: usize,
    strategy: usize,
    idle_limit_s: u64,
    rules: Vec<String>,
}

fn node() -> impl Strategy<Value = Node> {
    let text = || "\\PC{1,12}";
    let kind = prop_oneof![
        text().prop_map(|password| Kind::Ss { method: "aes-256-gcm".into(), password: password.into(), plugin: None }),
        prop::option::of((text(), text()).prop_map(|(user, password)| Login { user, password: password.into() }))
            .prop_map(|login| Kind::Socks5 { login }),
    ];
    let place = ("[a-z]{1,9}\\.example", 1u16..);
    ("\\PC{0,12}", "[a-z组]{0,3}", place, kind, (1u32..=100, 0u32..9, any::<bool>())).prop_map(
        |(name, group, (host, port), kind, (weight, tier, excluded))| {
            let (name, group) = (name.trim().to_owned(), group.trim().to_owned());
            Node { group, weight, tier, excluded, ..Node::new(name, host, port, kind) }
        },
    )
}

fn home_contents() -> impl Strategy<Value = HomeContents> {
    let rules = prop::collection::vec("(\\|\\||@@\\|\\||! )[a-z]{1,9}\\.example", 0..5);
    (prop::collection::vec(node(), 0..9), 1usize..=64, 0..Spread::ALL.len(), 0u64..2_000_000, rules).prop_map(
        |(nodes, size, strategy, idle_limit_s, rules)| HomeContents { nodes, size, strategy, idle_limit_s, rules },
    )
}

impl HomeContents {
    fn home(&self, origin: &Origin) -> Engine {
        let setup = Setup::new(origin, |settings: &mut Settings| {
            (settings.cluster.size, settings.cluster.strategy) = (self.size, Spread::ALL[self.strategy]);
            settings.gateway.idle_limit_s = self.idle_limit_s;
        });
        let nodes = serde_json::json!({ "version": 1, "nodes": self.nodes });
        setup.write("nodes.json", nodes.to_string().as_bytes());
        setup.write("rules.txt", (self.rules.join("\n") + "\n").as_bytes());
        setup.start()
    }
}

/// Everything that a backup holds.
fn all(engine: &Engine) -> (Value, Vec<Value>, Value, String) {
    let rules = std::fs::read_to_string(engine.home().join("rules.txt")).unwrap_or_default();
    (outline(engine), nodes(engine), settings(engine), rules)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 0, ..ProptestConfig::default() })]

    /// A restored home equals the one that was backed up, undo restores the previous state, and a damaged or truncated
    /// backup changes nothing.
    #[test]
    fn a_random_home_survives_backup_restore_and_undo(
        theirs in home_contents(), ours in home_contents(), place: prop::sample::Index, change in 1u8.., cut: prop::sample::Index,
    ) {
        let origin = Origin::start(V4);
        let (there, here) = (theirs.home(&origin), ours.home(&origin));
        let file = there.home().join("all.sluice");
        let name = file.to_str().unwrap();
        let taken = there.run_with(&["backup", name, "--password", "-"], PASSWORD);
        prop_assert_eq!(taken.code, Some(0), "{:?}", taken);
        let (whole, before) = (std::fs::read(&file).unwrap(), all(&here));
        let mut changed = whole.clone();
        changed[place.index(whole.len())] ^= change;
        for broken in [&changed[..], &whole[..cut.index(whole.len())]] {
            std::fs::write(&file, broken).unwrap();
            let output = here.run_with(&["restore", name, "--password", "-"], PASSWORD);
            prop_assert_eq!((output.code, output.stderr.lines().count()), (Some(1), 1), "{:?}", output);
            prop_assert_eq!(all(&here), before.clone());
        }
        std::fs::write(&file, &whole).unwrap();
        let output = here.run_with(&["restore", name, "--password", "-"], PASSWORD);
        prop_assert_eq!(output.code, Some(0), "{:?}", output);
        prop_assert_eq!(all(&here), all(&there));
        here.run_ok(&["restore", "--undo"]);
        prop_assert_eq!(all(&here), before);
    }
}
