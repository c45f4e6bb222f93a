//! The user's own `ss-local` or `ssr-local`: writes its configuration file, reserves a port and waits until the port
//! accepts connections.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::NamedTempFile;
use tokio::net::TcpStream;

use super::super::Config;
use super::Started;
use super::ports::{PortAllocator, ReservedPort};
use super::process::ChildProcess;
use crate::model::{Dial, Failure, FailureCause, Handshake, Kind, Node, Ssr, Stage, SystemError};
use crate::os::process::{ChildLifetime, child};
use crate::os::system_error;

/// Time limit for a program to open its port.
const LIMIT: Duration = Duration::from_secs(8);

/// How often the port is tried.
const POLL: Duration = Duration::from_millis(10);

/// Number of ports that are tried before a start counts as failed: another program may bind one between the reservation
/// and the start.
const ATTEMPTS: usize = 3;

/// Starts `program -c FILE` for a node.
pub(super) async fn start(
    node: &Node,
    program: &Path,
    config: &Config,
    ports: &PortAllocator,
) -> Result<Started, Failure> {
    let mut base = config.port_base;
    let mut last = Failure::new(Stage::Start, FailureCause::NoFreePort(base));
    for _ in 0..ATTEMPTS {
        let none = || Failure::new(Stage::Start, FailureCause::NoFreePort(base));
        let port = ports.reserve(base, &config.excluded_ports).await.ok_or_else(none)?;
        base = port.number().saturating_add(1);
        match start_on(node, program, config, port).await {
            Ok(started) => return Ok(started),
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

async fn start_on(node: &Node, program: &Path, config: &Config, port: ReservedPort) -> Result<Started, Failure> {
    let failed = |cause| Failure::new(Stage::Start, cause);
    let shown = || program.display().to_string();
    let file = write_config(node, config, port.number())
        .map_err(|error| failed(FailureCause::ConfigFile(system_error::of(&error))))?;
    let mut command = child(program, ChildLifetime::Bound);
    command.arg("-c").arg(file.path()).stdin(Stdio::null()).stdout(Stdio::null());
    let mut process = ChildProcess::spawn(command).map_err(|error| failed(not_started(shown(), &error)))?;

    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
    let deadline = Instant::now() + LIMIT;
    while TcpStream::connect(addr).await.is_err() {
        match tokio::time::timeout(POLL, process.ended()).await {
            Ok(exit) => return Err(failed(FailureCause::Ended { program: shown(), exit, said: String::new() })),
            Err(_) if Instant::now() < deadline => {}
            Err(_) => return Err(Failure::new(Stage::Start, FailureCause::NotReady(LIMIT.as_secs()))),
        }
    }
    // Dropping the file removes it: the program has read it.
    drop(file);
    let dial = Dial { addr, login: None, handshake: Handshake::Stepwise };
    Ok(Started { dial, process: Some(process), _port: Some(port) })
}

fn not_started(program: String, error: &std::io::Error) -> FailureCause {
    let why = system_error::of(error);
    if why == SystemError::Missing {
        FailureCause::NoProgram(program)
    } else {
        FailureCause::NotStarted { program, why }
    }
}

/// Writes a file in the format that the programs of both families read, with mode 0600.
fn write_config(node: &Node, config: &Config, port: u16) -> std::io::Result<NamedTempFile> {
    let (prefix, mut settings) = match &node.kind {
        Kind::Ss { method, password, plugin: None } => {
            ("ss-local-", json!({ "method": method, "password": password.expose(), "mode": "tcp_and_udp" }))
        }
        Kind::Ssr(ssr) => ("ssr-local-", for_ssr(ssr)),
        Kind::Ss { plugin: Some(_), .. } | Kind::Socks5 { .. } => {
            return Err(std::io::Error::other("external programs do not support this node"));
        }
    };
    settings["server"] = json!(node.host);
    settings["server_port"] = json!(node.port);
    settings["local_address"] = json!("127.0.0.1");
    settings["local_port"] = json!(port);
    let mut file = tempfile::Builder::new().prefix(prefix).suffix(".json").tempfile_in(&config.runtime_dir)?;
    file.write_all(settings.to_string().as_bytes())?;
    file.flush()?;
    Ok(file)
}

/// Fields of ShadowsocksR. `timeout` has no default in some of its programs; 300 is the usual one.
fn for_ssr(ssr: &Ssr) -> serde_json::Value {
    json!({
        "method": ssr.method.name(),
        "password": ssr.password.expose(),
        "protocol": ssr.protocol.name(),
        "protocol_param": ssr.protocol_param.expose(),
        "obfs": ssr.obfs.name(),
        "obfs_param": ssr.obfs_param,
        "timeout": 300,
        "mode": "tcp_and_udp",
    })
}
