//! Half-closed, reset, idle, malformed and too many connections.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sluice::model::{Event, EventKind, Kind, Login, Node, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::get;
use crate::counterparts::{EmbeddedServer, HalfCloseEcho, Origin, SocksServer, V4, content, until};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;
use crate::socks::Socks;

const MIB: usize = 1 << 20;

/// An engine with three kinds of nodes, which tests use one after another.
struct Kinds {
    _servers: (EmbeddedServer, EmbeddedServer, SocksServer),
    engine: Engine,
}

impl Kinds {
    const NAMES: [&str; 3] = ["aead", "aead-2022", "socks5"];

    fn start(origin: &Origin) -> Self {
        let aead = EmbeddedServer::start("aes-256-gcm");
        let new = EmbeddedServer::start("2022-blake3-aes-256-gcm");
        let socks = SocksServer::start();
        let engine = Engine::start(origin);
        engine.import(&[named("aead", aead.node()), named("aead-2022", new.node()), socks.node("socks5")]);
        Self { _servers: (aead, new, socks), engine }
    }

    /// Switches to single mode with one of them; a client of the port.
    fn through(&self, name: &str) -> Socks {
        self.engine.run_ok(&["connect", name]);
        self.engine.wait_for("its member serves", |status| status.members.len() == 1 && status.connected);
        Socks::open(self.engine.gateway())
    }
}

async fn read_all(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut all)).await.expect("the stream ends in time")?;
    Ok(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mebibyte_after_the_clients_half_close_is_complete() {
    let origin = Origin::start(V4);
    let kinds = Kinds::start(&origin);
    for name in Kinds::NAMES {
        let echo = HalfCloseEcho::start(V4);
        let mut stream = kinds.through(name).connect(&Target::Address(echo.addr)).await.unwrap();
        // The echo server answers only after the end of the stream.
        stream.write_all(&content(MIB)).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(read_all(&mut stream).await.unwrap() == content(MIB), "{name}: the echo differs");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mebibyte_after_the_servers_half_close_is_complete() {
    let origin = Origin::start(V4);
    let kinds = Kinds::start(&origin);
    let listener = TcpListener::bind((V4, 0)).await.unwrap();
    let target = Target::Address(listener.local_addr().unwrap());
    for name in Kinds::NAMES {
        let socks = kinds.through(name);
        let serve = async {
            let (mut server, _) = listener.accept().await.unwrap();
            server.write_all(b"that is all").await.unwrap();
            server.shutdown().await.unwrap();
            read_all(&mut server).await.unwrap()
        };
        let ask = async {
            let mut stream = socks.connect(&target).await.unwrap();
            stream.write_all(b"?").await.unwrap();
            assert_eq!(read_all(&mut stream).await.unwrap(), b"that is all");
            stream.write_all(&content(MIB)).await.unwrap();
            stream.shutdown().await.unwrap();
            // Kept open: the server must see the end of the stream all the same.
            stream
        };
        let (received, _stream) = tokio::join!(serve, ask);
        assert!(received[1..] == content(MIB), "{name}: {} bytes arrived", received.len());
    }
}

/// A node whose server is this test: with the cipher `none` it sees the plain bytes.
fn bare(server: SocketAddr) -> Node {
    let kind = Kind::Ss { method: "none".into(), password: "".into(), plugin: None };
    Node::new("bare", server.ip().to_string(), server.port(), kind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_by_either_side_is_passed_on() {
    let origin = Origin::start(V4);
    let listener = TcpListener::bind((V4, 0)).await.unwrap();
    // This member's health check gets no answer; it must not time out before the test ends.
    let engine = Setup::new(&origin, |settings| settings.health.limit_s = 120).start();
    engine.import(&[bare(listener.local_addr().unwrap())]);
    engine.run_ok(&["connect", "bare"]);
    engine.wait_for("its member has a port", |status| status.members.iter().any(|member| member.addr.is_some()));
    let socks = Socks::open(engine.gateway());
    let target = Target::from_host("example.test", 80).unwrap();
    let pair = async || {
        let client = async {
            let mut client = socks.connect(&target).await.unwrap();
            client.write_all(b"hello").await.unwrap();
            client
        };
        let server = async {
            // The engine's health check connects to the same listener.
            loop {
                let (mut server, _) = listener.accept().await.unwrap();
                let mut first = vec![0; 1 + 1 + "example.test".len() + 2 + 5];
                if server.read_exact(&mut first).await.is_ok() && first.ends_with(b"hello") {
                    return server;
                }
            }
        };
        timeout(LIMIT, async { tokio::join!(client, server) }).await.expect("both ends are connected within the limit")
    };

    let (mut client, server) = pair().await;
    server.set_zero_linger().unwrap();
    drop(server);
    assert_eq!(read_all(&mut client).await.unwrap_err().kind(), ErrorKind::ConnectionReset);

    let (client, mut server) = pair().await;
    client.set_zero_linger().unwrap();
    drop(client);
    assert_eq!(read_all(&mut server).await.unwrap_err().kind(), ErrorKind::ConnectionReset);

    // An end of stream is not a reset.
    let (mut client, server) = pair().await;
    drop(server);
    assert_eq!(read_all(&mut client).await.unwrap(), b"");
    let (client, mut server) = pair().await;
    drop(client);
    assert_eq!(read_all(&mut server).await.unwrap(), b"");
}

/// What a misbehaving client sends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum BadClient {
    Sends(&'static [u8]),
    SendsNothing,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_incomplete_and_silent_handshakes_are_closed_in_time_and_counted() {
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let setup = Setup::new(&origin, |settings| {
        settings.gateway.handshake_limit_s = 1;
        settings.gateway.login = Some(Login { user: "me".into(), password: "hunter2".into() });
    });
    let engine = setup.start();
    engine.import(&[server.node("remote")]);
    engine.cluster_on(1, "round-robin");
    let gateway = engine.gateway();
    let bad_clients = [
        BadClient::SendsNothing,
        BadClient::Sends(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        BadClient::Sends(b"\x00\xff\x80garbage"),
        BadClient::Sends(b"\x05"),
        BadClient::Sends(b"\x05\x01\x02\x01\x02m"),
        BadClient::Sends(b"\x05\x01\x00\x05\x01\x00\x01\x7f"),
        BadClient::Sends(b"\x04\x01\x00\x50\x7f\x00\x00\x01someone"),
        BadClient::Sends(b"GET http://exa"),
        BadClient::Sends(b"CONNECT example.test:80 HTTP/1.1\r\nHost: x\r\n"),
        BadClient::Sends(b"HELLO THERE\r\n\r\n"),
    ];
    let mut clients = JoinSet::new();
    for bad_client in bad_clients {
        clients.spawn(async move {
            let mut stream = TcpStream::connect(gateway).await.unwrap();
            let connected = Instant::now();
            if let BadClient::Sends(bytes) = bad_client {
                stream.write_all(bytes).await.unwrap();
            }
            let mut answer = Vec::new();
            let ended = timeout(LIMIT, stream.read_to_end(&mut answer)).await;
            assert!(ended.is_ok(), "{bad_client:?} is not closed");
            (bad_client, connected.elapsed())
        });
    }
    for (bad_client, took) in clients.join_all().await {
        // A second, and a margin for a busy machine. By default it would be ten seconds.
        assert!(took < Duration::from_secs(6), "{bad_client:?} was closed after {took:?}");
        if bad_client == BadClient::SendsNothing {
            assert!(took >= Duration::from_millis(900), "a silent client gets the whole limit: {took:?}");
        }
    }
    engine.wait_for("each rejected client is counted", |status| status.gateway.rejected == bad_clients.len() as u64);

    // Browsers open connections in advance and close them unused, which is not an error.
    drop(TcpStream::connect(gateway).await.unwrap());
    let status = engine.wait_for("no connection is open", |status| status.gateway.active == 0);
    assert_eq!(status.gateway.rejected, bad_clients.len() as u64);
    let login = Login { user: "me".into(), password: "hunter2".into() };
    Socks::with_login(gateway, login).connect(&Target::Address(origin.addr)).await.unwrap();
}

/// Sends a byte and waits for its echo.
async fn answers(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"?").await?;
    let mut answer = [0];
    timeout(LIMIT, stream.read_exact(&mut answer)).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into())).map(drop)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nine_thousand_idle_connections_stay_open() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    // Each connection takes two sockets in this process and two in the engine; some remain for the rest.
    let room = limit.maximum.map_or(usize::MAX, |most| (most as usize).saturating_sub(1000) / 2);
    let count = room.min(9_000);
    assert!(count == 9_000 || std::env::var("CI").as_deref() != Ok("true"), "the hard limit allows {count} only");

    let echo = SocksServer::start_echo();
    let proxy = SocksServer::start();
    let origin = Origin::start(V4);
    // Started with a low soft limit, which it raises.
    let engine = Setup::new(&origin, |_| {}).after_shell_command("ulimit -S -n 256").start();
    engine.import(&[echo.node("echo"), proxy.node("proxy")]);
    engine.run_ok(&["connect", "echo"]);
    engine.wait_for_members(1);
    let socks = Socks::open(engine.gateway());
    let target = Target::from_host("somewhere.test", 80).unwrap();

    let mut opening = JoinSet::new();
    for nth in 0..64 {
        let (socks, target) = (socks.clone(), target.clone());
        opening.spawn(async move {
            let mut open = Vec::new();
            for _ in (nth..count).step_by(64) {
                let mut stream = socks.connect(&target).await.unwrap();
                answers(&mut stream).await.unwrap();
                open.push(stream);
            }
            open
        });
    }
    let mut open: Vec<TcpStream> = opening.join_all().await.into_iter().flatten().collect();
    assert_eq!(open.len(), count);
    assert_eq!(engine.status().gateway.active, count as u64);

    // All of them still work, and more can be opened.
    for stream in &mut open {
        answers(stream).await.unwrap();
    }
    let mut more = socks.connect(&target).await.unwrap();
    answers(&mut more).await.unwrap();
    drop((open, more));
    engine.wait_for("all connections are closed", |status| status.gateway.active == 0);
    engine.run_ok(&["connect", "proxy"]);
    engine.wait_for("the other node serves", |status| status.connected);
    get(engine.gateway(), &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn the_soft_limit_of_descriptors_is_raised_to_the_hard_one() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let origin = Origin::start(V4);
    let engine = Setup::new(&origin, |_| {}).after_shell_command("ulimit -S -n 256; ulimit -H -n 4321").start();
    engine.import(&[server.node()]);
    engine.cluster_on(1, "round-robin");
    let member = engine.status().members[0].pid.unwrap();
    for pid in [engine.pid(), member] {
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        assert_eq!(files.split_whitespace().collect::<Vec<_>>(), ["Max", "open", "files", "4321", "4321", "files"]);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_out_of_descriptors_is_reported_once_and_recovered_from() {
    let echo = SocksServer::start_echo();
    let proxy = SocksServer::start();
    let origin = Origin::start(V4);
    let setup = Setup::new(&origin, |settings| settings.health.schedule = vec![1]);
    let engine = setup.after_shell_command("ulimit -n 64").with_variable("SLUICE_LOG", "sluice=debug").start();
    engine.import(&[echo.node("echo"), proxy.node("proxy")]);
    engine.run_ok(&["connect", "echo"]);
    engine.wait_for_members(1);
    let (gateway, target) = (engine.gateway(), Target::from_host("somewhere.test", 80).unwrap());
    // First clients that only connect, at one descriptor each; then clients with a request, at two each.
    let mut waiting = Vec::new();
    for _ in 0..100 {
        waiting.push(TcpStream::connect(gateway).await.unwrap());
    }
    // No descriptor is left for the control socket either: only the log shows what happens.
    assert!(until(LIMIT, || engine.log().contains("descriptors-exhausted")).await);
    drop(waiting);
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let target = target.clone();
        asking.spawn(async move {
            let _kept = Socks::open(gateway).connect(&target).await;
            std::future::pending::<()>().await;
        });
    }
    let refused = |line: &str| line.contains("a candidate failed") && line.contains("os error 24");
    assert!(until(LIMIT, || engine.log().lines().any(refused)).await);
    drop(asking);

    assert!(until(LIMIT, || engine.run(&["status"]).code == Some(0)).await, "the control socket answers again");
    let status = engine.wait_for("all connections are closed", |status| status.gateway.active == 0);
    assert_eq!(status.members[0].failures, 0, "the failures are not counted against the member");
    let mut stream = Socks::open(gateway).connect(&target).await.unwrap();
    answers(&mut stream).await.unwrap();
    let events = engine.events();
    let limits = events.iter().filter_map(|event| {
        let EventKind::DescriptorsExhausted { limit } = event.kind else { return None };
        Some(limit)
    });
    assert_eq!(limits.collect::<Vec<_>>(), [64], "one event");
    let blames = |event: &&Event| matches!(event.kind, EventKind::NetworkDown | EventKind::MemberSuspected { .. });
    assert_eq!(events.iter().find(blames), None, "neither the network nor a node is blamed");
}
