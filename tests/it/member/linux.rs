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
