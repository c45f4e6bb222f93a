//! Killed processes, and the orderly end of the engine.
#![cfg(target_os = "linux")]

use std::net::{SocketAddr, TcpStream as StdStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sluice::model::settings::Mode;
use sluice::model::snapshot::MemberState;
use sluice::model::{Event, EventKind, NodeId, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{ask, body, get};
use crate::counterparts::{
    EmbeddedServer, Origin, ServerPlugin, SocksServer, SsServer, TcpEcho, V4, content, eventually, until,
};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;
use crate::processes;
use crate::socks::Socks;

const REQUESTS: usize = 2_000;
const CLIENTS: usize = 16;

/// Running requests, and for each when it began and whether its page was complete.
struct Traffic {
    begun: Arc<AtomicUsize>,
    clients: JoinSet<Vec<(Instant, Result<(), String>)>>,
}

impl Traffic {
    fn start(gateway: SocketAddr, origin: &Origin) -> Self {
        let begun = Arc::new(AtomicUsize::new(0));
        let target = Target::Address(origin.addr);
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (begun, target) = (begun.clone(), target.clone());
            clients.spawn(async move {
                let mut ends = Vec::new();
                while begun.fetch_add(1, Ordering::SeqCst) < REQUESTS {
                    let start = Instant::now();
                    let page = get(gateway, &target, "/bytes/5000").await;
                    let end = page
                        .map_err(|error| error.to_string())
                        .and_then(|page| if page == content(5000) { Ok(()) } else { Err("wrong content".into()) });
                    ends.push((start, end));
                }
                ends
            });
        }
        Self { begun, clients }
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    async fn ends(self) -> Vec<(Instant, Result<(), String>)> {
        self.clients.join_all().await.into_iter().flatten().collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_member_fails_no_later_connection_and_is_restarted_within_a_second() {
    let servers = ["aes-256-gcm", "chacha20-ietf-poly1305", "aes-256-gcm"].map(SsServer::start);
    let Some(nodes) = servers.iter().map(|server| server.as_ref().map(SsServer::node)).collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &nodes, "round-robin");
    let victim = engine.status().members[1].clone();
    let pid = victim.pid.unwrap();

    let traffic = Traffic::start(engine.gateway(), &origin);
    assert!(until(LIMIT, || traffic.begun() >= REQUESTS / 4).await);
    let killed_at = jiff::Timestamp::now().as_millisecond();
    processes::kill(pid);
    // Its sockets are closed once it is listed as dead.
    assert!(eventually(LIMIT, || !processes::is_alive(pid)));
    let killed = Instant::now();
    let begun = traffic.begun();
    let ends = traffic.ends().await;

    assert!(begun < REQUESTS * 3 / 4, "it was killed while requests were running: {begun}");
    let (before, after): (Vec<_>, Vec<_>) = ends.into_iter().partition(|(start, _)| *start < killed);
    let failed: Vec<_> = after.iter().filter_map(|(_, end)| end.as_ref().err()).collect();
    assert!(failed.is_empty(), "{} of {} after the kill: {failed:?}", failed.len(), after.len());
    let broken = before.iter().filter(|(_, end)| end.is_err()).count();
    assert!(broken <= CLIENTS, "only requests that were open at the time may fail: {broken}");

    let status = engine.wait_for("the member is back", |status| {
        let member = &status.members[1];
        member.state == MemberState::Serving && member.pid.is_some_and(|now| now != pid)
    });
    assert!(processes::is_alive(status.members[1].pid.unwrap()));
    let events = engine.events();
    let exited = time_of(&events, |kind| matches!(kind, EventKind::MemberExited { id, .. } if *id == victim.id));
    assert_eq!(exited.len(), 1, "one event for its end: {events:?}");
    let ready = time_of(&events, |kind| matches!(kind, EventKind::MemberReady { id, .. } if *id == victim.id));
    assert_eq!(ready.len(), 2, "ready at the start and after the restart: {events:?}");
    // A second, and a margin for a busy machine, which also took longer for the first start.
    let limit = 1_000 + 10 * first_start(&events, &victim.id);
    assert!(ready[1] - killed_at <= limit, "restarted {} ms after the kill, limit {limit} ms", ready[1] - killed_at);
}

/// How long the first start of a member took, in ms.
fn first_start(events: &[Event], member: &NodeId) -> i64 {
    let took = events.iter().find_map(|event| {
        let EventKind::MemberReady { id, took_ms, .. } = &event.kind else { return None };
        (id == member).then_some(*took_ms)
    });
    took.and_then(|took| took.try_into().ok()).expect("the member has started")
}

/// The times of the events that match, as Unix time in ms.
fn time_of(events: &[Event], fits: impl Fn(&EventKind) -> bool) -> Vec<i64> {
    events.iter().filter(|event| fits(&event.kind)).map(|event| event.at).collect()
}

#[tokio::test]
async fn a_member_that_keeps_crashing_is_evicted_with_the_reason() {
    let servers = [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &servers.each_ref().map(EmbeddedServer::node), "round-robin");
    let victim = engine.status().members[0].id.clone();
    let mut pids = Vec::new();
    let evicted = |kind: &EventKind| matches!(kind, EventKind::MemberEvicted { id, .. } if *id == victim);
    let ended = until(LIMIT, || {
        if let Some(pid) = pid_of(&engine, &victim).filter(|pid| !pids.contains(pid)) {
            processes::kill(pid);
            pids.push(pid);
        }
        engine.count_events(evicted) == 1
    });
    assert!(ended.await, "after {} kills", pids.len());
    let events = engine.events();
    let reason = events.iter().find(|event| evicted(&event.kind)).map(|event| serde_json::to_value(event).unwrap());
    assert_eq!(reason.unwrap()["reason"]["cause"], "crash-loop");
    engine.wait_for_members(1);
    get(engine.gateway(), &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
}

fn pid_of(engine: &Engine, id: &NodeId) -> Option<u32> {
    engine.status().members.iter().find(|member| member.id == *id).and_then(|member| member.pid)
}

/// Nodes for all kinds of member processes: built-in, with a plugin.
fn nodes_with_processes(servers: &[Option<SsServer>]) -> Option<Vec<sluice::model::Node>> {
    let numbered = servers.iter().enumerate();
    numbered.map(|(nth, server)| Some(named(&format!("node {nth}"), server.as_ref()?.node()))).collect()
}

fn servers() -> [Option<SsServer>; 3] {
    [
        SsServer::start("aes-256-gcm"),
        SsServer::start_with_plugin("aes-256-gcm", ServerPlugin::OBFS_HTTP),
        SsServer::start_with_plugin("aes-256-gcm", ServerPlugin::V2RAY_WEBSOCKET),
    ]
}

#[tokio::test]
async fn a_killed_engine_leaves_no_process_behind() {
    let servers = servers();
    let Some(nodes) = nodes_with_processes(&servers) else { return };
    let origin = Origin::start(V4);
    let mut engine = Engine::cluster_of(&origin, &nodes, "round-robin");
    let below = processes::below(engine.pid());
    let mut names: Vec<_> = below.iter().map(|&pid| processes::name(pid)).collect();
    names.sort();
    assert_eq!(names, ["obfs-local", "sluice", "sluice", "sluice", "ss-v2ray-plugin"]);
    engine.kill();
    let has_ended = eventually(LIMIT, || !below.iter().any(|&pid| processes::is_alive(pid)));
    let left: Vec<_> = below.iter().filter(|&&pid| processes::is_alive(pid)).map(|&pid| processes::name(pid)).collect();
    assert!(has_ended, "still running: {left:?}");
}

/// Whether an address refuses connections.
fn refuses(addr: SocketAddr) -> bool {
    StdStream::connect_timeout(&addr, LIMIT).is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sigterm_the_port_closes_and_downloads_finish() {
    let servers = servers();
    let Some(nodes) = nodes_with_processes(&servers) else { return };
    let origin = Origin::start(V4);
    let mut engine = Engine::cluster_of(&origin, &nodes, "round-robin");
    let gateway = engine.gateway();
    let below = processes::below(engine.pid());

    // Through each member 30 bytes in 3 s, the first of which has arrived when the signal is sent.
    let target = Target::Address(origin.addr);
    let mut downloads = Vec::new();
    for _ in 0..3 {
        let mut stream = Socks::open(gateway).connect(&target).await.unwrap();
        ask(&mut stream, &target, "/drip/30/100").await.unwrap();
        stream.readable().await.unwrap();
        downloads.push(stream);
    }
    engine.terminate();
    let asked = Instant::now();
    assert!(until(LIMIT, || refuses(gateway)).await, "the port closes first");
    assert!(processes::is_alive(engine.pid()), "the program still runs");
    let mut clients = JoinSet::new();
    for mut stream in downloads {
        clients.spawn(async move {
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            body(&answer).unwrap()
        });
    }
    for page in clients.join_all().await {
        assert_eq!(page, content(30), "the download is complete");
    }
    let mut ended = None;
    assert!(
        until(LIMIT, || {
            ended = engine.ended();
            ended.is_some()
        })
        .await,
        "it exits once no connection is open"
    );
    assert_eq!(ended.unwrap().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert!(!below.iter().any(|&pid| processes::is_alive(pid)), "its members ended before it did");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sigterm_the_engine_waits_no_longer_than_its_drain_limit() {
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let mut engine = Engine::cluster_of(&origin, &[server.node("remote")], "round-robin");
    let echo = TcpEcho::start(V4);
    let mut open = Socks::open(engine.gateway()).connect(&Target::Address(echo.addr)).await.unwrap();
    open.write_all(b"x").await.unwrap();
    open.read_exact(&mut [0]).await.unwrap();
    engine.terminate();
    let asked = Instant::now();
    assert!(matches!(open.read(&mut [0]).await, Ok(0) | Err(_)), "the connection is closed");
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_secs(4) && waited < Duration::from_secs(10), "after 5 s: {waited:?}");
    let mut ended = None;
    assert!(
        until(LIMIT, || {
            ended = engine.ended();
            ended.is_some()
        })
        .await
    );
    assert_eq!(ended.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_member_breaks_only_its_own_connections() {
    let servers = [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &servers.each_ref().map(EmbeddedServer::node), "round-robin");
    let (gateway, echo) = (engine.gateway(), TcpEcho::start(V4));
    let mut open: Vec<TcpStream> = Vec::new();
    for _ in 0..10 {
        open.push(Socks::open(gateway).connect(&Target::Address(echo.addr)).await.unwrap());
    }
    for stream in &mut open {
        stream.write_all(b"x").await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
    }
    processes::kill(engine.status().members[0].pid.unwrap());
    let mut cut = 0;
    for stream in &mut open {
        let answered = async {
            stream.write_all(b"y").await?;
            stream.read_exact(&mut [0]).await
        };
        cut += usize::from(answered.await.is_err());
    }
    assert_eq!(cut, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hanging_desktop_program_delays_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let (origin, server, programs) = (Origin::start(V4), SocksServer::start(), tempfile::tempdir().unwrap());
    let pid_file = programs.path().join("pid");
    for name in ["gsettings", "kreadconfig6", "kreadconfig5"] {
        let program = programs.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", pid_file.display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let node = server.node("one");
    let setup = Setup::new(&origin, |settings| {
        (settings.mode, settings.active, settings.node) = (Mode::Global, true, Some(node.id()));
    });
    setup.write("nodes.json", &serde_json::to_vec(&serde_json::json!({ "version": 1, "nodes": [node] })).unwrap());
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let mut engine = setup.with_variable("PATH", path).start_busy();
    let hanging = || std::fs::read_to_string(&pid_file).ok()?.trim().parse().ok();
    let is_prompt = || {
        let pid: Option<u32> = hanging();
        engine.run_ok(&["get", "mode"]);
        pid.is_some_and(processes::is_alive)
    };
    assert!(eventually(LIMIT, is_prompt), "the engine answers while the program hangs, not after it was killed");
    engine.wait_for("the port is open and its member serves", |status| status.gateway.listening && status.connected);
    let target = Target::Address(origin.addr);
    get(engine.gateway(), &target, "/bytes/1000").await.unwrap();
    engine.run_ok(&["get", "mode"]);
    engine.terminate();
    assert!(eventually(LIMIT, || engine.ended().is_some()), "it exits on SIGTERM");
}
