//! Known plugins run without confirmation, others only after the user has allowed them.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use sluice::model::snapshot::NodeView;
use sluice::model::{EventKind, Kind, Node, Plugin};

use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT, Setup};

/// A program in `PATH` that creates a file when it runs.
struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("evil");
        std::fs::write(&script, format!("#!/bin/sh\necho ran > {}/mark\nexit 1\n", folder.path().display())).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("mark")
    }

    fn node(&self) -> Node {
        let plugin = Some(Plugin { name: "evil".into(), options: "-c rm;password=sesame".into() });
        let kind = Kind::Ss { method: "aes-256-gcm".into(), password: "pw".into(), plugin };
        Node::new("tempting", "127.0.0.1", 1, kind)
    }

    fn engine(&self, origin: &Origin) -> Engine {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        Setup::new(origin, |_| {}).with_variable("PATH", path).start()
    }
}

fn view(engine: &Engine) -> NodeView {
    engine.nodes().into_iter().find(|node| node.name == "tempting").unwrap()
}

fn requests(engine: &Engine) -> usize {
    engine.count_events(|kind| matches!(kind, EventKind::PluginNotAllowed { request, .. } if request.plugin == "evil"))
}

#[test]
fn a_program_named_by_a_link_runs_only_after_it_is_allowed() {
    let (origin, program) = (Origin::start(V4), Program::new());
    let engine = program.engine(&origin);
    let link = sluice::model::link::print(&program.node());
    let preview = engine.run_with(&["import", "--preview", "-"], &link).stdout;
    assert!(preview.contains("evil") && preview.contains("-c rm;password=***"), "{preview}");

    engine.import(&[program.node()]);
    let node = view(&engine);
    assert_eq!((node.plugin_allowed, node.plugin_options.as_str()), (false, "-c rm;password=***"));
    assert_eq!(requests(&engine), 1);
    let shown = engine.run_ok(&["node", "show", "tempting"]);
    assert!(shown.contains("is not allowed to run yet"), "{shown}");
    let refused = engine.run_err(&["connect", "tempting"]);
    assert!(refused.contains("evil") && refused.contains("not allowed"), "{refused}");
    let tested = engine.run(&["test", "tempting"]);
    assert!(tested.code == Some(1) && tested.stdout.contains("not allowed"), "{tested:?}");
    assert!(!program.mark().exists(), "it did not run before it was allowed");

    engine.run_ok(&["node", "allow-plugin", "tempting"]);
    assert!(view(&engine).plugin_allowed);
    assert_eq!(engine.run_ok(&["get", "members.plugins"]).trim(), "[\"evil\"]");
    engine.run_ok(&["connect", "tempting"]);
    assert!(eventually(LIMIT, || program.mark().exists()));
    assert_eq!(requests(&engine), 1);
}

#[test]
fn a_node_whose_plugin_is_not_allowed_is_left_out_of_load_balancing_without_counting_as_failed() {
    let (origin, program, socks) = (Origin::start(V4), Program::new(), SocksServer::start());
    let engine = program.engine(&origin);
    engine.import(&[program.node(), socks.node("socks")]);
    engine.run_ok(&["cluster", "on", "--size", "2"]);
    let status = engine.wait_for("the other node serves", |status| status.connected);
    assert_eq!(status.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["socks"]);
    let is_failure =
        |kind: &EventKind| matches!(kind, EventKind::MemberFailed { .. } | EventKind::MemberEvicted { .. });
    assert_eq!((engine.count_events(is_failure), program.mark().exists()), (0, false));
}

#[test]
fn a_backup_from_elsewhere_runs_no_program_unless_it_is_allowed() {
    let (origin, program) = (Origin::start(V4), Program::new());
    let engine = program.engine(&origin);
    let evil = program.folder.path().join("evil").display().to_string();
    // A malicious backup: the program would be used as soon as it is restored.
    let remote = crate::counterparts::EmbeddedServer::start("aes-256-gcm");
    engine.import(&[crate::gateway::named("remote", remote.node())]);
    engine.run_ok(&["set", "members.plugins", r#"["evil", "worse"]"#]);
    engine.cluster_on(1, "sticky");
    let file = engine.home().join("theirs").display().to_string();
    engine.run_ok(&["backup", &file]);
    let theirs = std::fs::read_to_string(&file).unwrap();
    let mut theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    theirs["parts"]["settings"]["members"]["ss_local"] = evil.as_str().into();
    theirs["parts"]["settings"]["cluster"]["strategy"] = "random".into();
    theirs.as_object_mut().unwrap().remove("sha256");
    std::fs::write(&file, theirs.to_string()).unwrap();
    engine.run_ok(&["set", "members.plugins", r#"["worse"]"#]);

    let keys = |found: &serde_json::Value, part: &str| -> Vec<String> {
        found[part].as_array().unwrap().iter().map(|change| change["key"].as_str().unwrap().to_owned()).collect()
    };
    let preview: serde_json::Value = engine.json(&["restore", &file, "--preview"]);
    assert_eq!(keys(&preview, "programs"), ["members.plugins", "members.ss_local"]);
    assert_eq!(keys(&preview, "settings"), ["cluster.strategy"]);
    let stdout = engine.run_ok(&["restore", &file]);
    assert!(stdout.contains("does not restore a program") && stdout.contains(&evil), "{stdout}");
    assert_eq!(engine.run_ok(&["get", "cluster.strategy"]).trim(), "random");
    assert_eq!(engine.run_ok(&["get", "members.ss_local"]).trim(), "null");
    assert_eq!(engine.run_ok(&["get", "members.plugins"]).trim(), r#"["worse"]"#);
    let start_again = || {
        engine.run_ok(&["disconnect"]);
        engine.run_ok(&["cluster", "on"]);
    };
    start_again();
    engine.wait_for_members(1);
    assert!(!program.mark().exists(), "it did not run before it was allowed");

    engine.run_ok(&["restore", &file, "--programs"]);
    start_again();
    assert!(eventually(LIMIT, || program.mark().exists()), "it runs once it is allowed");
    assert_eq!(engine.run_ok(&["get", "members.plugins"]).trim(), r#"["evil","worse"]"#);
    // The user's own backup restores it without confirmation, and undo removes it again.
    engine.run_ok(&["restore", "--undo"]);
    assert_eq!(engine.run_ok(&["get", "members.ss_local"]).trim(), "null");
    engine.run_ok(&["restore", "--undo"]);
    assert!(engine.run_ok(&["get", "members.ss_local"]).contains(&evil));
}

#[test]
fn a_file_of_another_client_names_no_program() {
    let engine = Engine::start(&Origin::start(V4));
    let members = serde_json::json!({ "ss_local": "/bin/sh", "ssr_local": "/bin/sh", "plugins": ["evil"] });
    let mut windows = serde_json::json!({
        "configs": [], "localPort": 1081, "members": members, "members.ss_local": "/bin/sh", "plugin_program": "/bin/sh",
    });
    let electron = serde_json::json!({ "config": [], "settings": windows.clone() });
    windows["localPort"] = 1082.into();
    for file in [windows, electron] {
        engine.run_with(&["import", "--settings", "-"], &file.to_string());
        for key in ["members.ss_local", "members.ssr_local"] {
            assert_eq!(engine.run_ok(&["get", key]).trim(), "null", "{file}");
        }
        assert_eq!(engine.run_ok(&["get", "members.plugins"]).trim(), "[]");
        assert!(engine.run_ok(&["get", "gateway.listen"]).contains("108"), "the port is taken over");
    }
}
