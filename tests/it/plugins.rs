//! Known plugins run at once, other ones only after the user has allowed them.
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
    assert!(!program.mark().exists(), "it ran without being allowed");

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
