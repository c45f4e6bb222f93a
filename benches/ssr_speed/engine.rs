//! The engine and a client of its port.

use std::fs::DirEntry;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sluice::model::{Node, link};
use tempfile::TempDir;

use super::recorded::{ANSWER, TARGET};

/// The direction of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Down,
    Up,
}

impl Flow {
    /// How much the server must send if the client transfers `total` bytes.
    pub fn recorded(self, total: usize) -> usize {
        match self {
            Self::Down => total,
            Self::Up => 0,
        }
    }
}

/// A running engine.
pub struct Engine {
    home: TempDir,
    addr: SocketAddr,
    process: Child,
}

impl Engine {
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let process = command(&home, &["serve", "--listen", &addr.to_string()]).spawn().unwrap();
        let engine = Self { home, addr, process };
        while !command(&engine.home, &["status"]).status().unwrap().success() {}
        // Each member is checked once, since a server here accepts only one check.
        let page = ("health.urls", r#"["http://127.0.0.1/"]"#);
        for (key, value) in [page, ("health.transfer_bytes", "0"), ("health.schedule", "[3600]")] {
            engine.run(&["set", key, value]);
        }
        engine
    }

    /// A client whose connection uses this node.
    pub fn client(&self, node: &Node, flow: Flow) -> Client {
        let mut import = command(&self.home, &["import", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        import.stdin.take().unwrap().write_all(link::print(node).as_bytes()).unwrap();
        assert!(import.wait().unwrap().success());
        let id = node.id();
        self.run(&["connect", id.as_str()]);
        let member = loop {
            if let Some(pid) = self.serving(id.as_str()) {
                break pid;
            }
        };
        let mut stream = TcpStream::connect(self.addr).unwrap();
        let request = [&[5, 1, 0, 5, 1, 0][..], &TARGET].concat();
        stream.write_all(&request).unwrap();
        stream.read_exact(&mut [0; 12]).unwrap();
        Client { stream, flow, member }
    }

    /// The process ID of the node's member once it has passed its check.
    fn serving(&self, id: &str) -> Option<u64> {
        let output = command(&self.home, &["status", "--json"]).stdout(Stdio::piped()).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let members = status["members"].as_array().unwrap();
        let serving =
            |it: &&serde_json::Value| it["id"] == id && it["state"] == "serving" && it["latency_ms"].is_number();
        members.iter().find(serving)?["pid"].as_u64()
    }

    fn run(&self, words: &[&str]) {
        assert!(command(&self.home, words).status().unwrap().success(), "{words:?}");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn command(home: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(home.path()).args(words).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A connection through the gateway.
pub struct Client {
    stream: TcpStream,
    flow: Flow,
    member: u64,
}

/// The cost of a transfer.
#[derive(Clone, Copy)]
pub struct Cost {
    pub elapsed: Duration,
    /// The member's CPU time, which unlike the elapsed time does not depend on other work on the machine.
    pub member: Duration,
}

impl Cost {
    /// MB/s.
    pub fn rate(self, total: usize) -> f64 {
        total as f64 / 1e6 / self.elapsed.as_secs_f64()
    }
}

impl Client {
    /// Transfers `total` bytes.
    pub fn run(mut self, total: usize) -> Cost {
        let mut buffer = vec![1; 256 * 1024];
        self.stream.write_all(b"x").unwrap();
        self.stream.read_exact(&mut buffer[..ANSWER.len()]).unwrap();
        let (start, before) = (Instant::now(), self.member_time());
        match self.flow {
            Flow::Up => (0..total / buffer.len()).for_each(|_| self.stream.write_all(&buffer).unwrap()),
            Flow::Down => {
                let mut left = total;
                while left > 0 {
                    let read = self.stream.read(&mut buffer).unwrap();
                    assert_ne!(read, 0, "it ends {left} bytes early");
                    left = left.saturating_sub(read);
                }
            }
        }
        Cost { elapsed: start.elapsed(), member: self.member_time() - before }
    }

    /// The CPU time of the member's running threads, from the kernel's scheduler statistics.
    fn member_time(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.member)).unwrap().flatten();
        let nanos = |thread: DirEntry| -> u64 {
            let line = std::fs::read_to_string(thread.path().join("schedstat")).unwrap();
            line.split(' ').next().unwrap().parse().unwrap()
        };
        Duration::from_nanos(threads.map(nanos).sum())
    }
}
