//! The two relays that are compared, each in its own process.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// A running relay.
pub struct Relay {
    pub addr: SocketAddr,
    process: Child,
    _home: TempDir,
}

impl Relay {
    /// Its CPU time in seconds and its memory (PSS) in bytes.
    pub fn usage(&self) -> (f64, f64) {
        let pid = self.process.id();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        let maps = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
        let pss = maps.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
        (ticks / 100.0, pss.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// HAProxy in TCP mode, round robin, with automatic splicing.
pub fn haproxy(backends: &[SocketAddr; 2]) -> Relay {
    let (home, addr) = (tempfile::tempdir().unwrap(), free());
    let [one, other] = backends;
    let text = format!(
        "global\n maxconn 4000\n nbthread 2\ndefaults\n mode tcp\n option splice-auto\n timeout connect 5s\n \
         timeout client 1h\n timeout server 1h\nlisten it\n bind {addr}\n balance roundrobin\n \
         server a {one}\n server b {other}\n"
    );
    let file = home.path().join("haproxy.cfg");
    fs::write(&file, text).unwrap();
    let process = Command::new("haproxy").arg("-f").arg(&file).stderr(Stdio::null()).spawn().expect("haproxy");
    up(Relay { addr, process, _home: home })
}

/// Sluice with both servers as SOCKS5 nodes, round robin.
pub fn sluice(backends: &[SocketAddr; 2]) -> Relay {
    let (home, addr) = (tempfile::tempdir().unwrap(), free());
    let program = env!("CARGO_BIN_EXE_sluice");
    let command = |words: &[&str]| {
        let mut command = Command::new(program);
        command.arg("--home").arg(home.path()).args(words).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let process = command(&["serve", "--listen", &addr.to_string()]).spawn().unwrap();
    let links: Vec<_> = backends.iter().map(|addr| format!("socks5://{addr}#{addr}")).collect();
    while !command(&["status"]).status().unwrap().success() {}
    let mut import = command(&["import", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(links.join("\n").as_bytes()).unwrap();
    import.wait().unwrap();
    command(&["set", "gateway.max_connections", "20000"]).status().unwrap();
    command(&["cluster", "on", "--size", "2", "--strategy", "round-robin"]).status().unwrap();
    up(Relay { addr, process, _home: home })
}

fn up(mut relay: Relay) -> Relay {
    while TcpStream::connect(relay.addr).is_err() {
        assert!(relay.process.try_wait().unwrap().is_none(), "the relay has ended");
        thread::sleep(Duration::from_millis(10));
    }
    relay
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
