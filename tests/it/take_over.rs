//! A new engine takes over from a running one: open connections continue, and a failed start changes nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use sluice::model::{EventKind, Snapshot, Target};
use sluice::os::paths::Paths;
use sluice::os::take_over::TakeOverStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{ask, body, get};
use crate::counterparts::{EmbeddedServer, Origin, TcpEcho, UdpEcho, V4, content, eventually};
use crate::engine::{Engine, LIMIT};
use crate::socks::{Association, Socks};

/// Bytes of the download; more than all buffers on the way hold.
const DOWNLOAD: usize = 48 << 20;

fn cluster(origin: &Origin, servers: &[EmbeddedServer]) -> Engine {
    let nodes: Vec<_> = servers.iter().map(EmbeddedServer::node).collect();
    Engine::cluster_of(origin, &nodes, "sticky")
}

fn servers() -> [EmbeddedServer; 3] {
    [(); 3].map(|()| EmbeddedServer::start("aes-128-gcm"))
}

/// Exchanges a message over a mostly idle connection, like a WebSocket.
async fn exchange(stream: &mut TcpStream, word: &[u8]) {
    stream.write_all(word).await.unwrap();
    let mut answer = vec![0; word.len()];
    tokio::time::timeout(LIMIT, stream.read_exact(&mut answer)).await.expect("in time").unwrap();
    assert_eq!(answer, word);
}

async fn exchange_datagram(association: &Association, target: &Target, word: &[u8]) {
    association.send(target, word).await.unwrap();
    let (_, answer) = tokio::time::timeout(LIMIT, association.receive()).await.expect("in time").unwrap();
    assert_eq!(answer, word);
}

/// Clients that request a small page, one request after another, until told to stop.
struct Clients {
    is_over: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
    tasks: JoinSet<Result<(), String>>,
}

impl Clients {
    fn start(gateway: SocketAddr, origin: &Origin) -> Self {
        let (is_over, requests, mut tasks) =
            (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default(), JoinSet::new());
        for _ in 0..4 {
            let (is_over, requests, target) = (is_over.clone(), requests.clone(), Target::Address(origin.addr));
            tasks.spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let page = get(gateway, &target, "/bytes/1000").await.map_err(|error| error.to_string())?;
                    if page != content(1000) {
                        return Err("the page is incomplete".into());
                    }
                    requests.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
        }
        Self { is_over, requests, tasks }
    }

    /// Waits until so many more requests have succeeded.
    async fn wait_for(&self, more: usize) {
        let wanted = self.requests.load(Ordering::Relaxed) + more;
        let enough = async {
            while self.requests.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LIMIT, enough).await.expect("requests go on");
    }

    async fn stop(mut self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap().expect("no request fails");
        }
        self.requests.load(Ordering::Relaxed)
    }
}

fn pids(status: &Snapshot) -> Vec<u32> {
    status.members.iter().filter_map(|member| member.pid).collect()
}

fn is_alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn open_connections_continue_and_no_request_fails() {
    let (origin, echo, datagrams, servers) = (Origin::start(V4), TcpEcho::start(V4), UdpEcho::start(V4), servers());
    let mut engine = cluster(&origin, &servers);
    let gateway = engine.gateway();
    let socks = Socks::open(gateway);

    let mut stream = socks.connect(&Target::Address(echo.addr)).await.unwrap();
    exchange(&mut stream, b"before").await;
    let association = socks.associate().await.unwrap();
    exchange_datagram(&association, &Target::Address(datagrams.addr), b"before").await;
    let target = Target::Address(origin.addr);
    let mut download = socks.connect(&target).await.unwrap();
    ask(&mut download, &target, &format!("/bytes/{DOWNLOAD}")).await.unwrap();
    let mut page = vec![0; 1 << 20];
    download.read_exact(&mut page).await.unwrap();
    let clients = Clients::start(gateway, &origin);
    clients.wait_for(50).await;

    let before = engine.status();
    let mut old = tokio::task::block_in_place(|| engine.take_over());
    clients.wait_for(50).await;
    let after = engine.status();
    assert_eq!(engine.gateway(), gateway);
    assert!(after.gateway.total > before.gateway.total && after.gateway.down > before.gateway.down, "{after:#?}");
    let ids = |status: &Snapshot| status.members.iter().map(|member| member.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&after), ids(&before));
    assert!(pids(&after).iter().all(|pid| !pids(&before).contains(pid)), "the members are new processes");
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::TookOver { .. })), 1);

    exchange(&mut stream, b"after").await;
    exchange_datagram(&association, &Target::Address(datagrams.addr), b"after").await;
    assert!(old.is_running() && pids(&before).into_iter().all(is_alive), "it has connections");
    let counted = engine.status().gateway.down;
    download.read_to_end(&mut page).await.unwrap();
    assert!(body(&page).unwrap() == content(DOWNLOAD), "the download is complete");
    engine.wait_for("the old engine's traffic is counted", |status| status.gateway.down > counted + (40 << 20));
    let requests = clients.stop().await;
    assert!(requests >= 100, "{requests}");

    drop((stream, association, download));
    tokio::task::block_in_place(|| old.wait());
    assert!(!pids(&before).into_iter().any(is_alive), "its members have ended");
    assert!(engine.home().join("engine.pid").exists() && engine.run(&["status"]).code == Some(0));
    get(gateway, &target, "/bytes/1000").await.unwrap();
    let node = |status: &Snapshot| status.members.iter().map(|member| member.down).sum::<u64>();
    assert!(node(&engine.status()) as usize > DOWNLOAD + requests * 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn take_overs_can_be_repeated_and_a_site_keeps_its_node() {
    let (origin, servers) = (Origin::start(V4), servers());
    let mut engine = cluster(&origin, &servers);
    let (gateway, target) = (engine.gateway(), Target::Address(origin.addr));
    let used = |before: &Snapshot, after: &Snapshot| -> Vec<_> {
        let total = |status: &Snapshot, index: usize| status.members[index].total;
        (0..3).filter(|index| total(after, *index) > total(before, *index)).collect()
    };
    let mut exits = Vec::new();
    for round in 0..4 {
        let before = engine.status();
        for _ in 0..5 {
            get(gateway, &target, "/bytes/10").await.unwrap();
        }
        exits.push(used(&before, &engine.status()));
        if round < 3 {
            tokio::task::block_in_place(|| engine.take_over().wait());
        }
    }
    assert!(exits.iter().all(|exit| *exit == exits[0] && exit.len() == 1), "{exits:?}");
    let total: u64 = engine.totals().iter().sum();
    assert!(total >= 20, "the counters continue: {total}");
    engine.terminate();
    assert!(eventually(LIMIT, || engine.ended().is_some()));
    assert!(!engine.home().join("engine.pid").exists() && !engine.home().join("control.sock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_start_does_not_affect_the_running_engine() {
    let (origin, servers) = (Origin::start(V4), servers());
    let engine = cluster(&origin, &servers);
    let (gateway, target) = (engine.gateway(), Target::Address(origin.addr));
    let clients = Clients::start(gateway, &origin);
    let settings = engine.home().join("settings.json");
    let good = std::fs::read(&settings).unwrap();
    std::fs::write(&settings, b"{\"version\":1,\"cluster\":{\"size\":0}}").unwrap();
    let pid = || std::fs::read_to_string(engine.home().join("engine.pid")).unwrap();
    let mut new = engine.start_taking_over();
    assert!(eventually(LIMIT, || new.try_wait().unwrap().is_some()));
    assert_eq!(new.wait().unwrap().code(), Some(1));
    assert_eq!(pid(), engine.pid().to_string());
    let files = std::fs::read_dir(engine.home()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!files.into_iter().any(|name| name.to_string_lossy().contains(".bad-")), "nothing is set aside");
    std::fs::write(&settings, good).unwrap();

    // A new engine that exits before it serves.
    let paths = Paths::find(Some(engine.home())).unwrap();
    for steps in 0..=2 {
        let mut stream = TakeOverStream::connect(&paths.socket()).await.unwrap();
        stream.send(br#"{"jsonrpc":"2.0","id":1,"method":"take-over"}"#, &[]).await.unwrap();
        let offer = stream.receive().await.unwrap().unwrap();
        let offer: Value = serde_json::from_slice(&offer.line).unwrap();
        assert_eq!(offer["offer"]["members"].as_array().unwrap().len(), 3, "{offer}");
        if steps > 0 {
            stream.send(b"\"commit\"", &[]).await.unwrap();
            let state = stream.receive().await.unwrap().unwrap();
            assert!(state.descriptors.len() >= 3, "lock, control socket and ports: {state:?}");
        }
        if steps > 1 {
            stream.send(b"\"what\"", &[]).await.unwrap();
        }
        drop(stream);
        get(gateway, &target, "/bytes/1000").await.unwrap();
    }
    clients.wait_for(20).await;
    clients.stop().await;
    engine.run_ok(&["set", "cluster.size", "2"]);
    assert_eq!(engine.status().cluster.size, 2);
}

#[test]
fn without_a_running_engine_it_starts_normally() {
    let origin = Origin::start(V4);
    let mut engine = Engine::start(&origin);
    engine.terminate();
    assert!(eventually(LIMIT, || engine.ended().is_some()));
    let mut new = engine.start_taking_over();
    assert!(eventually(LIMIT, || engine.run(&["status"]).code == Some(0)));
    new.kill().unwrap();
    new.wait().unwrap();
}
