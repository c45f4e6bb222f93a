//! Linux only: the process table and the parent-death signal.

use std::os::unix::fs::PermissionsExt;

use sluice::model::{Kind, Node, Plugin, Stage};

use super::{LIMIT, Member};
use crate::counterparts::{V4, free_port, missing, until};

const PLUGINS: [(&str, &str); 2] =
    [("obfs-local", "obfs=http;obfs-host=www.example.com"), ("v2ray-plugin", "host=www.example.com")];

fn behind(plugin: &str, options: &str) -> Option<Node> {
    let program = if plugin == "v2ray-plugin" { "ss-v2ray-plugin" } else { plugin };
    if missing(program) {
        return None;
    }
    let plugin = Some(Plugin { name: plugin.into(), options: options.into() });
    let kind = Kind::Ss { method: "aes-256-gcm".into(), password: "the-servers-password".into(), plugin };
    Some(Node::new("", "127.0.0.1", free_port(V4), kind))
}

fn is_alive(pid: u32) -> bool {
    // A zombie, whose exit status has not been read yet, is not alive.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

fn only_child(member: &Member) -> u32 {
    let children = member.children();
    assert_eq!(children.len(), 1, "one plugin: {children:?}");
    assert!(is_alive(children[0]));
    children[0]
}

#[tokio::test]
async fn the_plugin_ends_with_the_member_when_stdin_closes() {
    for (plugin, options) in PLUGINS {
        let Some(node) = behind(plugin, options) else { return };
        let mut member = Member::start(&node);
        let child = only_child(&member);
        drop(member.stdin.take());
        assert_eq!(member.ended_within(LIMIT).await, Some(true));
        assert!(until(LIMIT, || !is_alive(child)).await, "{plugin} is still running");
    }
}

#[tokio::test]
async fn the_plugin_ends_with_the_member_when_it_is_killed() {
    for (plugin, options) in PLUGINS {
        let Some(node) = behind(plugin, options) else { return };
        let mut member = Member::start(&node);
        let child = only_child(&member);
        member.child.kill().unwrap();
        assert!(until(LIMIT, || !is_alive(child)).await, "{plugin} is still running");
    }
}

#[tokio::test]
async fn daemons_started_by_the_plugin_end_with_the_member() {
    let folder = tempfile::tempdir().unwrap();
    let (script, pid) = (folder.path().join("plugin"), folder.path().join("pid"));
    let lines =
        format!("#!/bin/sh\nsetsid sleep 600 < /dev/null > /dev/null 2>&1 &\necho $! > {}\nexit 3\n", pid.display());
    std::fs::write(&script, lines).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plugin = Some(Plugin { name: script.display().to_string(), options: String::new() });
    let kind = Kind::Ss { method: "aes-256-gcm".into(), password: "pw".into(), plugin };
    let Err(failure) = Member::try_start(&Node::new("", "127.0.0.1", 1, kind)) else { panic!("the plugin runs") };
    assert_eq!(failure.stage, Stage::Plugin);
    let pid = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    assert!(until(LIMIT, || !is_alive(pid)).await, "the daemon is still running");
}

/// A plugin that starts a daemon and keeps running; the file with the daemon's process ID.
fn with_daemon(folder: &std::path::Path) -> (Node, std::path::PathBuf) {
    let (script, pid) = (folder.join("plugin"), folder.join("pid"));
    let lines = format!(
        "#!/bin/sh\nsetsid sh -c 'setsid sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > {}'\nexec obfs-local\n",
        pid.display()
    );
    std::fs::write(&script, lines).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plugin = Some(Plugin { name: "plugin".into(), options: "obfs=http".into() });
    let kind = Kind::Ss { method: "aes-256-gcm".into(), password: "pw".into(), plugin };
    (Node::new("behind", "127.0.0.1", free_port(V4), kind), pid)
}

fn pid_in(file: &std::path::Path) -> u32 {
    std::fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn daemons_started_by_the_plugin_end_with_the_parent() {
    if missing("obfs-local") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (node, file) = with_daemon(folder.path());
    let origin = crate::counterparts::Origin::start(V4);
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let allow = |settings: &mut sluice::model::Settings| settings.members.plugins = vec!["plugin".into()];
    let mut engine = crate::engine::Setup::new(&origin, allow).with_variable("PATH", path).start();
    engine.import(&[node]);
    engine.run_ok(&["connect", "behind"]);
    assert!(until(crate::engine::LIMIT, || file.exists() && is_alive(pid_in(&file))).await);
    engine.wait_for("its plugin runs", |status| status.members.iter().any(|member| member.addr.is_some()));
    let daemon = pid_in(&file);
    engine.kill();
    assert!(until(LIMIT, || !is_alive(daemon)).await, "the daemon is still running");
}

#[tokio::test]
async fn its_heap_is_locked_in_memory() {
    let kind = Kind::Ss { method: "aes-256-gcm".into(), password: "the-servers-password".into(), plugin: None };
    let node = Node::new("", "127.0.0.1", free_port(V4), kind);
    let member = Member::start(&node);
    let pid = member.child.id();
    let hard = rustix::process::getrlimit(rustix::process::Resource::Memlock).maximum;
    if hard.is_some_and(|bytes| bytes < 4 << 20) {
        return;
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let locked: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmLck:"))
        .unwrap()
        .trim_end_matches(" kB")
        .trim()
        .parse()
        .unwrap();
    assert!(locked > 0, "{status}");
    // The rest requires access to the process.
    let Ok(smaps) = std::fs::read_to_string(format!("/proc/{pid}/smaps")) else { return };
    let heap = smaps.split_once("[heap]").expect("the process has a heap").1;
    let flags = heap.lines().find(|line| line.starts_with("VmFlags:")).unwrap();
    assert!(flags.split_whitespace().any(|flag| flag == "lo"), "{flags}");
}

#[tokio::test]
async fn the_member_exits_when_its_plugin_ends() {
    let Some(node) = behind("obfs-local", "obfs=http") else { return };
    let mut member = Member::start(&node);
    let child = rustix::process::Pid::from_raw(only_child(&member).try_into().unwrap()).unwrap();
    rustix::process::kill_process(child, rustix::process::Signal::KILL).unwrap();
    assert_eq!(member.ended_within(LIMIT).await, Some(false));
}

#[tokio::test]
async fn secrets_are_in_no_command_line_or_environment() {
    let Some(node) = behind("obfs-local", "obfs=http") else { return };
    let member = Member::start(&node);
    for pid in [member.child.id(), only_child(&member)] {
        for file in ["cmdline", "environ"] {
            let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.is_empty() || file == "environ");
            for secret in ["the-servers-password", "fresh-for-this-start"] {
                assert!(!text.contains(secret), "/proc/{pid}/{file} contains {secret}");
            }
        }
    }
}
