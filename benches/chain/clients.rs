//! The clients that are compared, each in processes of its own: Sluice first, then its member without the gateway, then
//! other programs.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use sluice::model::{MemberReport, link};
use tempfile::TempDir;

use super::destination::Destination;
use super::processes::{Process, free};
use super::programs;
use super::servers::Server;

/// The login at the port of the member without a gateway.
pub const LOGIN: (&str, &str) = ("user", "password");

/// How a client's port is asked for access.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Open,
    Login,
}

/// A running client.
pub struct Client {
    pub name: &'static str,
    pub addr: SocketAddr,
    pub access: Access,
    pub process: Process,
    _stdin: Option<ChildStdin>,
    _folder: TempDir,
}

/// Starts all that are found.
pub fn start(server: &Server, destination: &Destination) -> Vec<Client> {
    let mut found = vec![sluice(server, destination), member(server)];
    let rivals: [(&'static str, Start); 3] = [("ss-local", ss_local), ("sslocal", sslocal), ("sing-box", sing_box)];
    for (name, start) in rivals {
        match start(server) {
            Some(client) => found.push(client),
            None => println!("  not compared: {name} is missing, or does not know the cipher"),
        }
    }
    found
}

type Start = fn(&Server) -> Option<Client>;

fn link_to(server: &Server) -> String {
    let login = BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{}", server.cipher, server.password));
    format!("ss://{login}@{}#server", server.addr)
}

/// The gateway with one member.
fn sluice(server: &Server, destination: &Destination) -> Client {
    let (folder, addr) = (tempfile::tempdir().unwrap(), free());
    let command = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command.arg("--home").arg(folder.path()).args(words).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let process = command(&["serve", "--listen", &addr.to_string()]).spawn().unwrap();
    while !command(&["status"]).status().unwrap().success() {}
    let urls = json!([format!("http://{}/", destination.check)]).to_string();
    assert!(command(&["set", "health.urls", &urls]).status().unwrap().success());
    assert!(command(&["set", "health.transfer_bytes", "0"]).status().unwrap().success());
    let mut import = command(&["import", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(link_to(server).as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    assert!(command(&["connect", "server"]).status().unwrap().success());
    client("sluice", addr, process, folder)
}

/// The process of a member, as the engine starts it, but without a gateway in front.
fn member(server: &Server) -> Client {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("node").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let node = link::parse(&link_to(server)).unwrap();
    let spec = json!({"node": node, "login": {"user": LOGIN.0, "password": LOGIN.1}});
    let mut stdin = process.stdin.take().unwrap();
    writeln!(stdin, "{spec}").unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let MemberReport::Ready { addr } = serde_json::from_str(&line).unwrap() else { panic!("the member says {line}") };
    Client { access: Access::Login, _stdin: Some(stdin), ..client("member alone", addr, process, folder) }
}

fn ss_local(server: &Server) -> Option<Client> {
    if server.cipher.starts_with("2022-") { None } else { shadowsocks("ss-local", server) }
}

fn sslocal(server: &Server) -> Option<Client> {
    shadowsocks("sslocal", server)
}

/// A client with the configuration file that Shadowsocks programs have in common.
fn shadowsocks(name: &'static str, server: &Server) -> Option<Client> {
    let (folder, addr) = (tempfile::tempdir().unwrap(), free());
    let config = json!({
        "server": server.addr.ip(), "server_port": server.addr.port(), "local_address": addr.ip(),
        "local_port": addr.port(), "method": server.cipher, "password": server.password, "mode": "tcp_and_udp",
        "no_delay": true,
    });
    let process = with_config(&programs::in_path(name)?, &["-c"], &config, &folder);
    Some(client(name, addr, process, folder))
}

fn sing_box(server: &Server) -> Option<Client> {
    let (folder, addr) = (tempfile::tempdir().unwrap(), free());
    let config = json!({
        "log": {"disabled": true},
        "inbounds": [{"type": "socks", "listen": addr.ip(), "listen_port": addr.port()}],
        "outbounds": [{
            "type": "shadowsocks", "server": server.addr.ip(), "server_port": server.addr.port(),
            "method": server.cipher, "password": server.password,
        }],
    });
    let process = with_config(&programs::sing_box()?, &["run", "-c"], &config, &folder);
    Some(client("sing-box", addr, process, folder))
}

fn with_config(program: &Path, words: &[&str], config: &serde_json::Value, folder: &TempDir) -> Child {
    let file = folder.path().join("client.json");
    fs::write(&file, config.to_string()).unwrap();
    Command::new(program).args(words).arg(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn client(name: &'static str, addr: SocketAddr, process: Child, folder: TempDir) -> Client {
    let process = Process(process).listening(addr);
    Client { name, addr, access: Access::Open, process, _stdin: None, _folder: folder }
}
