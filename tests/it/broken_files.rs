//! Damaged files: the engine reports them, keeps a copy, and starts with the last good version or defaults.
#![cfg(unix)]

use std::path::Path;

use sluice::model::event::FileFallback;
use sluice::model::{EventKind, Kind, Node};

use crate::engine::{Engine, Setup};

/// A valid file, damaged in different ways, each with a part of the expected message.
fn broken(whole: &str) -> Vec<(Vec<u8>, &'static str)> {
    let half = &whole[..whole.len() / 2];
    vec![
        (half.into(), "unexpected end of file"),
        (Vec::new(), "unexpected end of file"),
        (vec![0; 4096], "invalid JSON"),
        (b"\xff\xfe\x00{\"version\":1}".into(), "invalid JSON"),
        (whole.replace("\"version\": 1", "\"version\": 99").into(), "version 99"),
        (whole.replace("\"version\": 1", "\"version\": 0").into(), "version 0"),
        (whole.replace("\"version\": 1,", "").into(), "version"),
        (whole.replacen(':', "=", 1).into(), "invalid JSON"),
        (format!("{whole}}}").into(), "invalid JSON"),
        (b"[]".into(), ""),
        (b"\"hunter2\"".into(), ""),
    ]
}

/// The event about a file that was set aside: its new name, the problem, and what is used instead.
fn set_aside(engine: &Engine, name: &str) -> (String, String, FileFallback) {
    let events = engine.events();
    let notices: Vec<_> = events
        .into_iter()
        .filter_map(|event| {
            let EventKind::FileSetAside { file, kept_as, why, used } = event.kind else { return None };
            Some((file, kept_as, why.to_string(), used))
        })
        .collect();
    let [(file, kept_as, problem, used)] = notices.as_slice() else { panic!("one notice: {notices:?}") };
    assert_eq!(file, name);
    (kept_as.clone(), problem.clone(), *used)
}

fn is_kept(home: &Path, kept_as: &str, name: &str, bytes: &[u8]) {
    assert!(kept_as.starts_with(&format!("{name}.bad-")), "{kept_as}");
    assert!(std::fs::read(home.join(kept_as)).unwrap() == bytes, "{kept_as} is not what was there");
}

/// Starts engines on damaged files without a last good version.
fn falls_back_to_defaults(name: &str, whole: &str, is_default: impl Fn(&Engine) -> bool) {
    for (bytes, problem) in broken(whole) {
        let setup = Setup::empty();
        setup.write(name, &bytes);
        let engine = setup.start();
        let (kept_as, message, used) = set_aside(&engine, name);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert!(message.contains(problem), "{message}, of {shown}");
        assert!(!message.contains("hunter2"), "{message}");
        assert_eq!(used, FileFallback::Defaults);
        is_kept(engine.home(), &kept_as, name, &bytes);
        assert!(is_default(&engine), "of {shown}");
        let text = engine.run_ok(&["events"]);
        assert!(text.contains(&format!("{name} is damaged")) && text.contains(&kept_as), "{text}");
    }
}

const NODES_FILE: &str = r#"{
  "version": 1,
  "nodes": [
    { "name": "far", "host": "127.0.0.1", "port": 9, "kind": "socks5" },
    { "name": "away", "host": "127.0.0.1", "port": 10, "kind": "socks5" }
  ]
}"#;

#[test]
fn broken_settings_are_replaced_by_defaults() {
    let engine = Setup::empty().start();
    engine.run_ok(&["set", "cluster.size", "7"]);
    let whole = std::fs::read_to_string(engine.home().join("settings.json")).unwrap();
    assert!(whole.contains("\"version\": 1,"));
    let size = |engine: &Engine| engine.json::<usize>(&["get", "cluster.size"]);
    falls_back_to_defaults("settings.json", &whole, |engine| size(engine) == 3);
    // Edited by hand: only one value is wrong.
    for (from, to) in [
        ("\"size\": 7", "\"size\": 0"),
        ("\"size\": 7", "\"size\": \"hunter2\""),
        ("\"size\": 7", "\"sise\": 7"),
        ("127.0.0.1:1080", "0.0.0.0:1080"),
    ] {
        let setup = Setup::empty();
        let bytes = whole.replace(from, to);
        assert_ne!(bytes, whole);
        setup.write("settings.json", bytes.as_bytes());
        let engine = setup.start();
        let (kept_as, message, used) = set_aside(&engine, "settings.json");
        assert!(!message.contains("hunter2"), "{message}");
        assert_eq!((used, size(&engine)), (FileFallback::Defaults, 3), "{message}");
        is_kept(engine.home(), &kept_as, "settings.json", bytes.as_bytes());
    }
}

#[test]
fn a_broken_node_file_is_replaced_by_an_empty_list() {
    let setup = Setup::empty();
    setup.write("nodes.json", NODES_FILE.as_bytes());
    assert_eq!(setup.start().nodes().len(), 2, "the undamaged file is read");
    falls_back_to_defaults("nodes.json", NODES_FILE, |engine| engine.nodes().is_empty());
    for (from, to) in [("\"kind\": \"socks5\"", "\"kind\": \"hunter2\""), ("\"port\": 9", "\"port\": 99999")] {
        let setup = Setup::empty();
        let bytes = NODES_FILE.replacen(from, to, 1);
        setup.write("nodes.json", bytes.as_bytes());
        let engine = setup.start();
        let (kept_as, ..) = set_aside(&engine, "nodes.json");
        is_kept(engine.home(), &kept_as, "nodes.json", bytes.as_bytes());
        assert!(engine.nodes().is_empty());
    }
}

fn remote(port: u16) -> Node {
    Node::new(format!("node {port}"), "127.0.0.1", port, Kind::Socks5 { login: None })
}

#[test]
fn the_last_good_version_is_used_if_there_is_one() {
    let engine = Setup::empty().start();
    engine.run_ok(&["set", "cluster.size", "5"]);
    engine.run_ok(&["set", "cluster.size", "6"]);
    engine.import(&[remote(9)]);
    engine.import(&[remote(10)]);
    for name in ["settings.json", "nodes.json"] {
        assert!(engine.home().join(name).exists());
    }

    let engine = engine.restarted(|home| std::fs::write(home.join("settings.json"), "{ oops").unwrap());
    let (kept_as, _, used) = set_aside(&engine, "settings.json");
    is_kept(engine.home(), &kept_as, "settings.json", b"{ oops");
    assert_eq!((used, engine.json::<usize>(&["get", "cluster.size"])), (FileFallback::LastGood, 5));
    assert_eq!(engine.nodes().len(), 2, "the other file is intact");
    // Later changes are saved.
    engine.run_ok(&["set", "cluster.size", "8"]);
    let engine = engine.restarted(|home| std::fs::write(home.join("nodes.json"), "").unwrap());
    assert_eq!(engine.json::<usize>(&["get", "cluster.size"]), 8);
    let (kept_as, _, used) = set_aside(&engine, "nodes.json");
    is_kept(engine.home(), &kept_as, "nodes.json", b"");
    let nodes: Vec<_> = engine.nodes().into_iter().map(|node| node.port).collect();
    assert_eq!((used, nodes), (FileFallback::LastGood, vec![9]));

    // A second damaged file within the same second does not overwrite the first copy.
    let first = std::fs::read(engine.home().join(&kept_as)).unwrap();
    let engine = engine.restarted(|home| std::fs::write(home.join("nodes.json"), "again").unwrap());
    let (kept_again, ..) = set_aside(&engine, "nodes.json");
    assert_ne!(kept_again, kept_as);
    assert_eq!(std::fs::read(engine.home().join(&kept_as)).unwrap(), first);
}

#[test]
fn a_change_that_cannot_be_saved_is_reported_as_an_error() {
    let engine = Setup::empty().start();
    engine.run_ok(&["set", "cluster.size", "4"]);
    let file = engine.home().join("settings.json");
    // A folder in its place cannot be overwritten, not even by root.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    std::fs::write(file.join("x"), "").unwrap();
    engine.run_err(&["set", "cluster.size", "5"]);
    engine.run_err(&["set", "cluster.size", "5"]);
    assert!(engine.status().unsaved.is_some_and(|fault| fault.to_string().contains("settings.json")));
    assert!(engine.run_ok(&["status"]).contains("not saved"));

    std::fs::remove_dir_all(&file).unwrap();
    engine.run_ok(&["set", "cluster.size", "5"]);
    assert!(std::fs::read_to_string(&file).unwrap().contains("\"size\": 5"));
    assert_eq!(engine.status().unsaved, None);
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::NotSaved { .. })), 1);
    assert_eq!(engine.count_events(|kind| *kind == EventKind::Saved), 1);
}

#[test]
fn a_deleted_file_is_written_again() {
    let engine = Setup::empty().start();
    engine.run_ok(&["set", "cluster.size", "4"]);
    engine.import(&[remote(1)]);
    for name in ["settings.json", "nodes.json"] {
        std::fs::remove_file(engine.home().join(name)).unwrap();
    }
    engine.run_ok(&["set", "cluster.size", "4"]);
    for (name, text) in [("settings.json", "\"size\": 4"), ("nodes.json", "\"nodes\": [")] {
        assert!(std::fs::read_to_string(engine.home().join(name)).unwrap().contains(text), "{name}");
    }
}
