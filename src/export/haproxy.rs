//! HAProxy in front of several machines that run `sluice serve`, each with its port for metrics and health.

use std::fmt::Write;
use std::net::SocketAddr;
use std::str::FromStr;

/// The default port of a gateway.
const GATEWAY_PORT: u16 = 1080;

/// Another machine that runs `sluice serve`: the host and the port of its gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherMachine {
    host: String,
    port: u16,
}

/// Not a host name or an address, with an optional port.
#[derive(Debug, thiserror::Error)]
#[error("expected HOST, HOST:PORT or [IPV6]:PORT")]
pub struct InvalidServer;

impl FromStr for OtherMachine {
    type Err = InvalidServer;

    fn from_str(text: &str) -> Result<Self, InvalidServer> {
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return Ok(Self { host: addr.ip().to_string(), port: addr.port() });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => (host, port.parse().map_err(|_| InvalidServer)?),
            Some(_) | None => (text, GATEWAY_PORT),
        };
        let is_host = host.parse::<std::net::IpAddr>().is_ok()
            || host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        let fits = is_host && port != 0 && (1..=253).contains(&host.len());
        fits.then(|| Self { host: host.to_owned(), port }).ok_or(InvalidServer)
    }
}

impl OtherMachine {
    pub(super) fn address(&self) -> String {
        let Self { host, port } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// The options of the configuration.
#[derive(Clone, Debug)]
pub struct Balanced {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The machines.
    pub machines: Vec<OtherMachine>,
    /// The port of `gateway.metrics` on each of them.
    pub health_port: u16,
}

/// Writes the configuration.
pub fn haproxy(wanted: &Balanced) -> String {
    let Balanced { listen, machines, health_port } = wanted;
    let mut text = format!(
        "\
# Written by `sluice export haproxy`: several machines that run `sluice serve`, each with `gateway.metrics`.
defaults
    mode tcp
    timeout connect 3s
    timeout check 3s
    # Idle connections are closed by Sluice (gateway.idle_limit_s).
    timeout client 3h
    timeout server 3h
    # A machine that refuses is replaced by another one before the client notices.
    retries 3
    option redispatch 1

frontend clients
    bind {listen}
    default_backend machines

backend machines
    # A client keeps its machine, so that sites see one exit address of it.
    balance source
    hash-type consistent
    option httpchk GET /healthz
    http-check expect status 200
    default-server check port {health_port} inter 2s fall 2 rise 1
"
    );
    for (number, machine) in (1..).zip(machines) {
        writeln!(text, "    server machine{number} {}", machine.address()).expect("writing to a string does not fail");
    }
    text
}
