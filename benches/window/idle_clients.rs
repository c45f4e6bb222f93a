//! Thousands of idle connections, and the engine's CPU load with and without a window that lists them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sluice::os::descriptors;

use super::counterparts::Origin;

/// Number of connections.
pub const CONNECTIONS: usize = 5_000;

/// How long the load is measured.
const MEASUREMENT_TIME: Duration = Duration::from_secs(10);

/// Idle connections through a gateway; closed on drop.
pub struct IdleClients {
    open: Vec<TcpStream>,
    _origin: Origin,
}

impl IdleClients {
    /// Opens all connections, each to an address of its own.
    pub fn connect_all(gateway: SocketAddr) -> anyhow::Result<Self> {
        descriptors::raise_limit();
        let origin = Origin::start(Ipv4Addr::UNSPECIFIED.into());
        let port = origin.addr.port();
        let open = (0..CONNECTIONS).map(|nth| connect(gateway, nth, port)).collect::<Result<_, _>>();
        Ok(Self { open: open.context("cannot open a connection")?, _origin: origin })
    }

    /// Number of open connections.
    pub fn len(&self) -> usize {
        self.open.len()
    }
}

fn connect(gateway: SocketAddr, nth: usize, port: u16) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(gateway)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let [high, low] = (nth as u16).to_be_bytes();
    let target = [&[5, 1, 0, 5, 1, 0, 1, 127, 1, high, low.max(1)][..], &port.to_be_bytes()].concat();
    stream.write_all(&target)?;
    // The method selection, then the reply with an IPv4 address.
    stream.read_exact(&mut [0; 12])?;
    // The relay starts after the first bytes in both directions.
    stream.write_all(b"GET /drip/1/3600000 HTTP/1.1\r\nHost: idle_clients.test\r\n\r\n")?;
    Ok(stream)
}

/// The CPU load of a process over ten seconds, in percent of a core.
pub fn cpu_percent(pid: u32) -> anyhow::Result<f64> {
    let (before, began) = (cpu_ticks(pid)?, Instant::now());
    thread::sleep(MEASUREMENT_TIME);
    // A clock tick is 10 ms on Linux (`CLK_TCK`).
    let used = Duration::from_millis(10 * (cpu_ticks(pid)? - before));
    Ok(100.0 * used.as_secs_f64() / began.elapsed().as_secs_f64())
}

/// User and system time, see proc_pid_stat(5).
fn cpu_ticks(pid: u32) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields = stat.rsplit_once(')').context("invalid /proc/PID/stat")?.1;
    fields.split_whitespace().skip(11).take(2).map(|ticks| Ok(ticks.parse::<u64>()?)).sum()
}
