//! The engine behind the window: a long list of nodes and three members with traffic.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;
use sluice::model::{Kind, Node};

use super::counterparts::{Origin, SsServer, V4};
use super::engine::{Engine, Setup};

/// Nodes in the list.
pub const NODES: usize = 1_000;

/// Lines of the user's own rules.
pub const RULES: usize = 60_000;

/// How many of them have a server and are members.
const MEMBERS: usize = 3;

/// The number of clients that load one page after another.
const CLIENTS: usize = 3;

/// An engine with traffic, stopped on drop.
pub struct Workload {
    engine: Engine,
    traffic: Traffic,
    _servers: Vec<SsServer>,
    _origin: Origin,
}

impl Workload {
    /// Starts it; `None` if a program for it is missing.
    pub fn start() -> Option<Self> {
        let origin = Origin::start(V4);
        let methods = ["aes-256-gcm", "chacha20-ietf-poly1305", "aes-128-gcm"];
        let servers = methods.iter().map(|method| SsServer::start(method)).collect::<Option<Vec<_>>>()?;
        let setup = Setup::new(&origin, |settings| {
            settings.health.schedule = vec![2];
            settings.language = sluice::model::settings::Language::Fixed(sluice::locale::Locale::English);
        });
        let nodes: Vec<_> =
            servers.iter().map(|server| working(server.node())).chain((MEMBERS..NODES).map(idle)).collect();
        setup.write("nodes.json", json!({ "version": 1, "nodes": nodes }).to_string().as_bytes());
        let rules: String = (0..RULES).map(|nth| format!("||site-{nth}.example.com^\n")).collect();
        setup.write("rules.txt", rules.as_bytes());
        let engine = setup.start();
        engine.run_ok(&["cluster", "on", "--group", GROUPS[0], "--size", "3", "--strategy", "round-robin"]);
        engine.wait_for_members(MEMBERS);
        let traffic = Traffic::start(engine.gateway(), &origin.url("/bytes/200000"));
        Some(Self { engine, traffic, _servers: servers, _origin: origin })
    }

    /// The engine's folder.
    pub fn home(&self) -> &Path {
        self.engine.home()
    }

    /// Where the engine's clients connect to.
    pub fn gateway(&self) -> SocketAddr {
        self.engine.gateway()
    }

    /// The engine's process.
    pub fn engine_pid(&self) -> u32 {
        self.engine.pid()
    }

    /// A line about the traffic so far.
    pub fn summary(&self) -> String {
        let totals = self.engine.totals();
        format!("{} pages loaded meanwhile, through members {totals:?}", self.traffic.loaded.load(Ordering::Relaxed))
    }
}

const GROUPS: [&str; 6] = ["Home", "Provider A", "Provider B", "机场", "Work", "Old"];

fn working(node: Node) -> Node {
    Node { group: GROUPS[0].into(), ..node }
}

fn idle(nth: usize) -> Node {
    let city = ["Tokyo", "Osaka", "香港", "Singapore", "Frankfurt", "洛杉矶", "London"][nth % 7];
    let kind = Kind::Ss { method: "aes-256-gcm".into(), password: "password".into(), plugin: None };
    let node = Node::new(format!("{city} server {nth}"), format!("s{nth}.example.com"), 8388, kind);
    Node { group: GROUPS[1 + nth % 5].into(), ..node }
}

/// Clients that load a page repeatedly until dropped.
struct Traffic {
    loaded: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Traffic {
    fn start(gateway: SocketAddr, url: &str) -> Self {
        let (loaded, is_over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let client = |_| {
            let (loaded, is_over, url) = (loaded.clone(), is_over.clone(), url.to_owned());
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    if load(gateway, &url).is_ok() {
                        loaded.fetch_add(1, Ordering::Relaxed);
                    }
                    thread::sleep(Duration::from_millis(50));
                }
            })
        };
        let clients = (0..CLIENTS).map(client).collect();
        Self { loaded, is_over, clients }
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            // A panic has been reported by the thread.
            let _ended = client.join();
        }
    }
}

/// Loads a page through the gateway, as a browser with an HTTP proxy does.
fn load(gateway: SocketAddr, url: &str) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect(gateway)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {url} HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")?;
    let mut page = Vec::new();
    stream.read_to_end(&mut page)
}
