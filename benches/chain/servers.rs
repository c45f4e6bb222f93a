//! The Shadowsocks server: `ss-server` where it has the cipher, otherwise sing-box.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::processes::{Process, free};
use super::programs;

/// A running server.
pub struct Server {
    pub addr: SocketAddr,
    pub cipher: &'static str,
    pub password: &'static str,
    pub process: Process,
    _folder: TempDir,
}

impl Server {
    /// Starts a server; none, with a message, if its program is missing.
    pub fn start(cipher: &'static str) -> Option<Self> {
        let (addr, folder) = (free(), tempfile::tempdir().unwrap());
        let password =
            if cipher.starts_with("2022-") { "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" } else { "benchmark" };
        let command = if cipher.starts_with("2022-") {
            sing_box(cipher, password, addr, &folder)
        } else {
            ss_server(cipher, password, addr, &folder)
        };
        let Some(mut command) = command else {
            println!("  not measured: the program of a server is missing");
            return None;
        };
        let process = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()).listening(addr);
        Some(Self { addr, cipher, password, process, _folder: folder })
    }
}

fn ss_server(cipher: &str, password: &str, addr: SocketAddr, folder: &TempDir) -> Option<Command> {
    let config = serde_json::json!({
        "server": addr.ip(), "server_port": addr.port(), "method": cipher, "password": password, "mode": "tcp_and_udp",
        "no_delay": true,
    });
    let file = folder.path().join("server.json");
    fs::write(&file, config.to_string()).unwrap();
    let mut command = Command::new(programs::in_path("ss-server")?);
    command.arg("-c").arg(file);
    Some(command)
}

fn sing_box(cipher: &str, password: &str, addr: SocketAddr, folder: &TempDir) -> Option<Command> {
    let config = serde_json::json!({
        "log": {"disabled": true},
        "inbounds": [{
            "type": "shadowsocks", "listen": addr.ip(), "listen_port": addr.port(), "method": cipher,
            "password": password,
        }],
        "outbounds": [{"type": "direct"}],
    });
    let file = folder.path().join("server.json");
    fs::write(&file, config.to_string()).unwrap();
    let mut command = Command::new(programs::sing_box()?);
    command.arg("run").arg("-c").arg(file);
    Some(command)
}
