//! Connections that the gateway hands over to a member process, and the same on the way that other members have.
#![cfg(target_os = "linux")]

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use sluice::model::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::counterparts::{
    EmbeddedServer, HalfCloseEcho, Origin, SocksServer, SsServer, TcpEcho, V4, content, eventually, serve_tcp, sha256,
    until,
};
use crate::engine::{Engine, LIMIT};
use crate::gateway::{descriptors, named};
use crate::processes;
use crate::socks::Socks;

/// More than a connection moves before it is handed over.
const MUCH: usize = 600_000;

/// An engine with one node.
fn engine_with(origin: &Origin, node: sluice::model::Node) -> Engine {
    let engine = Engine::start(origin);
    engine.import(&[node]);
    engine.cluster_on(1, "failover");
    engine
}

/// Sends bytes and reads their echo at the same time, in pieces of many sizes.
async fn echoed(stream: &mut TcpStream, bytes: &[u8]) {
    let (mut from, mut to) = stream.split();
    let sending = async {
        let (mut rest, mut piece) = (bytes, 1);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            to.write_all(now).await.unwrap();
            (rest, piece) = (later, (piece * 7 + 3) % 200_000 + 1);
        }
    };
    let mut echo = vec![0; bytes.len()];
    let both = async { tokio::join!(sending, from.read_exact(&mut echo)).1.unwrap() };
    timeout(LIMIT, both).await.expect("the echo arrives in time");
    assert_eq!(sha256(&echo), sha256(bytes));
}

async fn connect(engine: &Engine, echo: &TcpEcho) -> TcpStream {
    Socks::open(engine.gateway()).connect(&Target::Address(echo.addr)).await.unwrap()
}

/// Opens connections that stay open, and have the bytes echoed over each.
async fn open_connections(engine: &Engine, echo: &TcpEcho, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        let mut stream = connect(engine, echo).await;
        echoed(&mut stream, bytes).await;
        open.push(stream);
    }
    open
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_connections_are_handed_over_however_little_they_move() {
    const COUNT: usize = 40;
    let (origin, server, echo) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"), TcpEcho::start(V4));
    let engine = engine_with(&origin, server.node());
    let idle = descriptors(engine.pid());
    let mut open = open_connections(&engine, &echo, COUNT, b"one request").await;
    // The gateway has two sockets of each.
    assert!(descriptors(engine.pid()) > idle + COUNT, "{idle} {}", descriptors(engine.pid()));
    for _ in 0..9 {
        for stream in &mut open {
            echoed(stream, b"another one").await;
        }
    }
    assert!(until(LIMIT, || descriptors(engine.pid()) < idle + COUNT).await, "{idle} {}", descriptors(engine.pid()));
    assert_eq!(engine.status().gateway.active, COUNT as u64);
    for stream in &mut open {
        echoed(stream, b"the last one").await;
    }
    let moved = COUNT as u64 * (b"one request".len() + 9 * b"another one".len() + b"the last one".len()) as u64;
    let gateway = engine.status().gateway;
    assert!(gateway.up >= moved && gateway.down >= moved, "{gateway:?}, {moved}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_connections_need_no_descriptor_of_the_gateway_and_leave_none_behind() {
    const COUNT: usize = 12;
    let (origin, server, echo) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"), TcpEcho::start(V4));
    let engine = engine_with(&origin, server.node());
    let member = engine.status().members[0].pid.unwrap();
    let counts = || (descriptors(engine.pid()), descriptors(member));
    let bytes = content(MUCH);
    let mut open = open_connections(&engine, &echo, COUNT, &bytes).await;
    // The control client's own connection is one, and pipes for splice(2) are kept.
    assert!(until(LIMIT, || descriptors(engine.pid()) < 2 * COUNT + 20).await, "{:?}", counts());
    let during = counts();
    for stream in &mut open {
        echoed(stream, &bytes).await;
    }
    assert_eq!(engine.status().gateway.active, COUNT as u64);
    drop(open);
    let is_over = || engine.status().gateway.active == 0;
    assert!(eventually(LIMIT, is_over));
    // Two for each connection, the client's socket and the server's.
    let member_is_free = || descriptors(member) + 2 * COUNT <= during.1;
    assert!(until(LIMIT, member_is_free).await, "{during:?} {:?}", counts());
    // It may have opened a few of its own meanwhile.
    assert!(descriptors(engine.pid()) < during.0 + COUNT, "{during:?} {:?}", counts());
    let (gateway, listed) = (engine.status().gateway, COUNT as u64 * 2 * MUCH as u64);
    assert!(gateway.up >= listed && gateway.down >= listed, "{gateway:?}");
}

/// The anonymous memory of a process, in KiB.
fn anonymous_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[cfg(target_env = "gnu")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_of_many_connections_is_returned() {
    const COUNT: usize = 700;
    let (origin, server, echo) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"), TcpEcho::start(V4));
    let engine = engine_with(&origin, server.node());
    let member = engine.status().members[0].pid.unwrap();
    let (before, bytes) = (anonymous_kib(member), content(100_000));
    let open = open_connections(&engine, &echo, COUNT, &bytes).await;
    let grown = anonymous_kib(member) - before;
    assert!(grown > 5_000, "{grown} KiB for {COUNT} connections");
    drop(open);
    let is_returned = || anonymous_kib(member) < before + grown / 3;
    assert!(until(LIMIT, is_returned).await, "{before} + {grown} KiB, now {}", anonymous_kib(member));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checksums_and_counters_are_right_on_both_ways() {
    let (origin, aead, new) =
        (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"), EmbeddedServer::start("2022-blake3-aes-256-gcm"));
    let (socks, separate) = (SocksServer::start(), SsServer::start("chacha20-ietf-poly1305"));
    let nodes = [Some(aead.node()), Some(new.node()), Some(socks.node("socks")), separate.as_ref().map(SsServer::node)];
    for (nth, node) in nodes.into_iter().flatten().enumerate() {
        let engine = engine_with(&origin, named("the only one", node));
        let (echo, half_close) = (TcpEcho::start(V4), HalfCloseEcho::start(V4));
        let before = engine.status().gateway;
        let mut sent = 0;
        for length in [1, 1_000, 100_000, 131_072, 131_073, 3_000_000, 20_000_000] {
            let mut stream = connect(&engine, &echo).await;
            echoed(&mut stream, &content(length)).await;
            sent += length as u64;
            // All of it is counted while the connection is open.
            engine.wait_for("it is counted", |status| {
                (status.gateway.up, status.gateway.down) == (before.up + sent, before.down + sent)
            });
            assert_eq!(engine.status().members[0].up, engine.status().gateway.up, "of the only member");
        }
        // `ss-server` closes both directions at the end of one.
        if nth == 3 {
            continue;
        }
        let mut stream = Socks::open(engine.gateway()).connect(&Target::Address(half_close.addr)).await.unwrap();
        let bytes = content(5_000_000);
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut all = Vec::new();
        timeout(LIMIT, stream.read_to_end(&mut all)).await.expect("the echo arrives in time").unwrap();
        assert_eq!(sha256(&all), sha256(&bytes));
    }
}

/// Kills the member of a connection that is in the middle of a transfer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_of_a_killed_member_is_no_complete_one() {
    let (origin, server) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"));
    let engine = engine_with(&origin, server.node());
    let (_source, addr) = serve_tcp(V4, |mut stream| async move {
        loop {
            stream.write_all(&[7; 10_000]).await?;
        }
    });
    let mut stream = Socks::open(engine.gateway()).connect(&Target::Address(addr)).await.unwrap();
    stream.write_all(b"go").await.unwrap();
    let mut buffer = vec![0; 2 * MUCH];
    stream.read_exact(&mut buffer).await.unwrap();
    processes::kill(engine.status().members[0].pid.unwrap());
    let ended = async {
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    };
    assert!(timeout(LIMIT, ended).await.expect("it ends in time").is_err(), "a reset, not an end");
    engine.wait_for("it is over", |status| status.gateway.active == 0);
}

/// Kills the gateway or a member before a connection has moved enough to be handed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_response_of_a_killed_process_is_no_complete_one() {
    for kills_engine in [false, true] {
        let (origin, server) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"));
        let mut engine = engine_with(&origin, server.node());
        let (_source, addr) = serve_tcp(V4, |mut stream| async move {
            stream.read_u8().await?;
            stream.write_all(&[7; 10_000]).await?;
            // Until the other side closes.
            stream.read_u8().await.map(drop)
        });
        let mut stream = Socks::open(engine.gateway()).connect(&Target::Address(addr)).await.unwrap();
        stream.write_all(&[1]).await.unwrap();
        stream.read_exact(&mut [0; 10_000]).await.unwrap();
        if kills_engine {
            engine.kill();
        } else {
            processes::kill(engine.status().members[0].pid.unwrap());
        }
        let end = timeout(LIMIT, stream.read(&mut [0])).await.expect("it ends in time");
        assert!(end.is_err(), "a reset, not an end: {end:?}, of the engine: {kills_engine}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_connection_is_closed_on_request() {
    let (origin, server, echo) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"), TcpEcho::start(V4));
    let engine = engine_with(&origin, server.node());
    let mut stream = connect(&engine, &echo).await;
    echoed(&mut stream, &content(MUCH)).await;
    engine.run_ok(&["connections", "close", "--all"]);
    let read = timeout(LIMIT, stream.read(&mut [0; 8])).await.expect("it is cut in time");
    assert!(read.is_err(), "a reset: {read:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_without_free_descriptors_refuses_and_the_gateway_relays() {
    let (origin, server, echo) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"), TcpEcho::start(V4));
    let engine = engine_with(&origin, server.node());
    let member = engine.status().members[0].pid.unwrap();
    let mut stream = connect(&engine, &echo).await;
    echoed(&mut stream, b"small").await;
    // What it has open stays so, and nothing can be added: no client's socket either.
    let set_limit = |current| {
        let pid = Pid::from_raw(i32::try_from(member).unwrap());
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        prlimit(pid, Resource::Nofile, Rlimit { current, maximum }).unwrap().current
    };
    let before = set_limit(Some(3));
    echoed(&mut stream, &content(5 * MUCH)).await;
    set_limit(before);
    // It stays where it is, beside one that is handed over.
    let mut other = connect(&engine, &echo).await;
    for stream in [&mut other, &mut stream] {
        echoed(stream, &content(MUCH)).await;
    }
    assert_eq!(engine.status().gateway.active, 2);
}
