//! Debian's `ss-server` (shadowsocks-libev), with or without a SIP003 plugin.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::process::{Child, Command, Stdio};

use sluice::model::{Kind, Node, Plugin};

use super::{START_LIMIT, V4, accepts, free_port, missing};

/// A server-side plugin, and the matching client side.
#[derive(Clone, Copy)]
pub struct ServerPlugin {
    /// The server's program.
    pub program: &'static str,
    /// Its options.
    pub options: &'static str,
    /// The client's program.
    pub client: &'static str,
    /// Its options.
    pub client_options: &'static str,
}

impl ServerPlugin {
    /// simple-obfs as HTTP.
    pub const OBFS_HTTP: Self = Self {
        program: "obfs-server",
        options: "obfs=http",
        client: "obfs-local",
        client_options: "obfs=http;obfs-host=www.example.com",
    };
    /// simple-obfs as TLS.
    pub const OBFS_TLS: Self = Self {
        program: "obfs-server",
        options: "obfs=tls",
        client: "obfs-local",
        client_options: "obfs=tls;obfs-host=www.example.com",
    };
    /// v2ray-plugin over WebSocket without TLS.
    pub const V2RAY_WEBSOCKET: Self = Self {
        program: "ss-v2ray-plugin",
        options: "server;path=/socket",
        client: "v2ray-plugin",
        client_options: "mode=websocket;host=www.example.com;path=/socket",
    };
}

/// A running `ss-server`, killed on drop. It serves TCP, and UDP on the same port.
pub struct SsServer {
    pub addr: SocketAddr,
    pub method: String,
    pub password: String,
    plugin: Option<ServerPlugin>,
    child: Child,
    config: tempfile::NamedTempFile,
    log: Option<tempfile::NamedTempFile>,
}

impl SsServer {
    /// Starts one on a free port; `None` if the program is missing (see [`missing`]).
    pub fn start(method: &str) -> Option<Self> {
        Self::start_as(method, "a password of the tests", None)
    }

    /// Starts one that logs its connections, see [`SsServer::connections_to`].
    pub fn start_logging(method: &str) -> Option<Self> {
        let mut server = Self::start(method)?;
        server.kill();
        server.log = Some(tempfile::NamedTempFile::new().expect("the temporary folder is writable"));
        server.restart();
        Some(server)
    }

    /// How often its log says that it has connected to this address.
    pub fn connections_to(&self, target: SocketAddr) -> usize {
        let log = self.log.as_ref().expect("it was started with a log");
        let text = std::fs::read_to_string(log.path()).expect("the log is readable");
        text.lines().filter(|line| line.ends_with(&format!("connect to {target}"))).count()
    }

    /// Starts one behind a plugin.
    pub fn start_with_plugin(method: &str, plugin: ServerPlugin) -> Option<Self> {
        if missing(plugin.program) {
            return None;
        }
        Self::start_as(method, "a password of the tests", Some(plugin))
    }

    /// Starts one that connects to sites from this address.
    pub fn start_with_exit(method: &str, exit: IpAddr) -> Option<Self> {
        Self::start_with(method, "a password of the tests", None, Some(exit))
    }

    /// Starts one with this password.
    pub fn start_as(method: &str, password: &str, plugin: Option<ServerPlugin>) -> Option<Self> {
        Self::start_with(method, password, plugin, None)
    }

    fn start_with(method: &str, password: &str, plugin: Option<ServerPlugin>, exit: Option<IpAddr>) -> Option<Self> {
        if missing("ss-server") {
            return None;
        }
        // Another program may take the port between the choice and the start.
        let started = (0..5).find_map(|_| Self::try_start(free_port(V4), method, password, plugin, exit));
        Some(started.expect("ss-server starts within five attempts"))
    }

    fn try_start(
        port: u16,
        method: &str,
        password: &str,
        plugin: Option<ServerPlugin>,
        exit: Option<IpAddr>,
    ) -> Option<Self> {
        let addr = SocketAddr::new(V4, port);
        let config = config_file(port, method, password, plugin, exit);
        let child = spawn(config.path(), None);
        let (method, password) = (method.to_owned(), password.to_owned());
        let mut server = Self { addr, method, password, plugin, child, config, log: None };
        server.is_up().then_some(server)
    }

    fn is_up(&mut self) -> bool {
        accepts(self.addr, START_LIMIT) && self.child.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// The node for this server.
    pub fn node(&self) -> Node {
        let plugin =
            self.plugin.map(|plugin| Plugin { name: plugin.client.into(), options: plugin.client_options.into() });
        let kind = Kind::Ss { method: self.method.clone(), password: self.password.as_str().into(), plugin };
        Node::new(format!("ss-server {}", self.method), self.addr.ip().to_string(), self.addr.port(), kind)
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Starts it again on the same port, after [`SsServer::kill`].
    pub fn restart(&mut self) {
        self.child = spawn(self.config.path(), self.log.as_ref());
        assert!(self.is_up(), "ss-server starts again at {}", self.addr);
    }

    /// Kills it and its plugin with SIGKILL. It stays dead until [`SsServer::restart`].
    pub fn kill(&mut self) {
        kill_group(&self.child);
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for SsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(config: &std::path::Path, log: Option<&tempfile::NamedTempFile>) -> Child {
    let mut command = Command::new("ss-server");
    command.arg("-c").arg(config).arg("-u");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(log) = log {
        let file = || log.reopen().expect("the log is writable");
        command.arg("-v").stdout(file()).stderr(file());
    }
    own_group(&mut command).spawn().expect("ss-server can be executed")
}

fn config_file(
    port: u16,
    method: &str,
    password: &str,
    plugin: Option<ServerPlugin>,
    exit: Option<IpAddr>,
) -> tempfile::NamedTempFile {
    let mut config = serde_json::json!({
        "server": "127.0.0.1",
        "server_port": port,
        "method": method,
        "password": password,
        "timeout": 300,
        "mode": "tcp_and_udp",
    });
    if let Some(exit) = exit {
        config["local_address"] = exit.to_string().into();
    }
    if let Some(plugin) = plugin {
        config["plugin"] = plugin.program.into();
        config["plugin_opts"] = plugin.options.into();
    }
    let mut file = tempfile::NamedTempFile::new().expect("the temporary folder is writable");
    file.write_all(config.to_string().as_bytes()).expect("a temporary file is writable");
    file
}

/// In its own process group, so that its plugin can be killed with it.
#[cfg(unix)]
fn own_group(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;
    command.process_group(0)
}

#[cfg(not(unix))]
fn own_group(command: &mut Command) -> &mut Command {
    command
}

#[cfg(unix)]
fn kill_group(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
}

#[cfg(not(unix))]
fn kill_group(_child: &Child) {}
