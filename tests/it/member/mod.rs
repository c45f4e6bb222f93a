//! The member process (`sluice node`) with real servers.

#[cfg(target_os = "linux")]
mod linux;
mod websockets;

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use sluice::model::{Failure, Kind, Login, MemberReport, MemberSpec, MemberUpdate, Node, Plugin, Stage, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::counterparts::{
    EmbeddedServer, Fault, Greeter, HalfCloseEcho, Hop, Origin, ServerPlugin, SsServer, TcpEcho, UdpEcho, V4, V6,
    content, free_port, sha256, until,
};
use crate::socks::{Association, Refusal, Socks, packet};

/// A generous limit for anything on loopback.
const LIMIT: Duration = Duration::from_secs(20);
const TEN_MB: usize = 10_000_000;

/// A member process; killed on drop.
struct Member {
    child: Child,
    /// Closing it tells the process to exit.
    stdin: Option<ChildStdin>,
    socks: Socks,
}

impl Member {
    fn start(node: &Node) -> Self {
        Self::try_start(node).unwrap_or_else(|failure| panic!("the member did not start: {failure}"))
    }

    fn try_start(node: &Node) -> Result<Self, Failure> {
        Self::try_start_with(node, &[])
    }

    /// Starts one with these variables in its environment.
    fn try_start_with(node: &Node, variables: &[(&str, &Path)]) -> Result<Self, Failure> {
        let login = Login { user: "member".into(), password: "fresh-for-this-start".into() };
        let spec = MemberSpec { node: node.clone(), login: login.clone(), gateway: Vec::new(), handover: None };
        let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .arg("node")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be executed");
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{}", serde_json::to_string(&spec).unwrap()).unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        match serde_json::from_str(&line).expect("one report line") {
            MemberReport::Ready { addr } => {
                Ok(Self { child, stdin: Some(stdin), socks: Socks::with_login(addr, login) })
            }
            MemberReport::Failed(failure) => {
                assert!(!child.wait().unwrap().success(), "a failed start is a failed process");
                Err(failure)
            }
        }
    }

    /// Waits for the process to exit; whether it succeeded, or `None` at the limit.
    async fn ended_within(&mut self, limit: Duration) -> Option<bool> {
        let mut ended = None;
        until(limit, || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        })
        .await;
        ended.map(|status| status.success())
    }

    /// The process IDs of its children.
    #[cfg(target_os = "linux")]
    fn children(&self) -> Vec<u32> {
        let id = self.child.id();
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))
            .unwrap()
            .split_whitespace()
            .map(|pid| pid.parse().unwrap())
            .collect()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn name(host: &str, port: u16) -> Target {
    Target::from_host(host, port).unwrap()
}

/// Reads to the end of the stream within the limit.
async fn read_all(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut all)).await.expect("the stream ends in time")?;
    Ok(all)
}

/// Fetches `/bytes/length` from `target` and compares every byte.
async fn fetch(socks: &Socks, target: &Target, length: usize) {
    let mut stream = socks.connect(target).await.unwrap();
    let request = format!("GET /bytes/{length} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await.unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an HTTP answer") + 4;
    assert_eq!(sha256(&answer[head..]), sha256(&content(length)), "through {socks:?}");
}

/// TCP by address, by name and over IPv6, and UDP, through a node with a real server.
async fn check_tcp_and_udp(node: &Node) {
    let member = Member::start(node);
    let (four, six) = (Origin::start(V4), Origin::start(V6));
    fetch(&member.socks, &Target::Address(four.addr), TEN_MB).await;
    fetch(&member.socks, &Target::Address(six.addr), 100_000).await;
    fetch(&member.socks, &name("localhost", four.addr.port()), 100_000).await;
    echo_datagrams(&member.socks).await;
}

async fn echo_datagrams(socks: &Socks) {
    let (one, other) = (UdpEcho::start(V4), UdpEcho::start(V4));
    let association = socks.associate().await.unwrap();
    // No empty datagrams: shadowsocks-service drops those.
    for (length, echo) in [(1, &one), (2, &other), (512, &one), (1400, &other), (1400, &one)] {
        let payload = content(length);
        association.send(&Target::Address(echo.addr), &payload).await.unwrap();
        let (from, answer) = timeout(LIMIT, association.receive()).await.expect("an answer in time").unwrap();
        assert_eq!((from, answer), (Target::Address(echo.addr), payload));
    }
}

#[tokio::test]
async fn aead_ciphers_with_ss_server() {
    for method in ["aes-256-gcm", "chacha20-ietf-poly1305"] {
        let Some(server) = SsServer::start(method) else { return };
        check_tcp_and_udp(&server.node()).await;
    }
}

#[tokio::test]
async fn stream_ciphers_with_ss_server() {
    for method in ["aes-256-cfb", "rc4-md5"] {
        let Some(server) = SsServer::start(method) else { return };
        check_tcp_and_udp(&server.node()).await;
    }
}

#[tokio::test]
async fn aead_2022_ciphers() {
    for method in ["2022-blake3-aes-128-gcm", "2022-blake3-aes-256-gcm", "2022-blake3-chacha20-poly1305"] {
        check_tcp_and_udp(&EmbeddedServer::start(method).node()).await;
    }
}

#[tokio::test]
async fn aead_2022_with_an_identity_header() {
    check_tcp_and_udp(&EmbeddedServer::start_with_identity("2022-blake3-aes-256-gcm").node()).await;
}

#[tokio::test]
async fn a_server_without_encryption() {
    check_tcp_and_udp(&EmbeddedServer::start("none").node()).await;
}

#[tokio::test]
async fn salts_with_a_prefix() {
    for method in ["aes-128-gcm", "chacha20-ietf-poly1305"] {
        let Some(server) = SsServer::start(method) else { return };
        let mut node = server.node();
        let Kind::Ss { plugin, .. } = &mut node.kind else { panic!("Shadowsocks") };
        *plugin = Some(Plugin { name: "outline".into(), options: "prefix=POST%20".into() });
        check_tcp_and_udp(&node).await;
    }
}

#[tokio::test]
async fn downloads_work_through_every_plugin() {
    for plugin in [ServerPlugin::OBFS_HTTP, ServerPlugin::OBFS_TLS, ServerPlugin::V2RAY_WEBSOCKET] {
        let Some(server) = SsServer::start_with_plugin("aes-256-gcm", plugin) else { return };
        let member = Member::start(&server.node());
        let origin = Origin::start(V4);
        fetch(&member.socks, &Target::Address(origin.addr), TEN_MB).await;
    }
}

#[tokio::test]
async fn a_udp_association_ends_with_its_tcp_connection() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let member = Member::start(&server.node());
    let Association { mut control, socket, relay } = member.socks.associate().await.unwrap();
    control.shutdown().await.unwrap();
    assert!(read_all(&mut control).await.unwrap().is_empty());
    socket.connect(relay).await.unwrap();
    let refused = async {
        // The first datagram after the end is answered with ICMP port unreachable, which the next call reports.
        while socket.send(b"anybody?").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, refused).await.expect("the port is closed");
}

#[tokio::test]
async fn fragments_and_datagrams_of_strangers_are_dropped() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let member = Member::start(&server.node());
    let echo = UdpEcho::start(V4);
    let target = Target::Address(echo.addr);
    let association = member.socks.associate().await.unwrap();
    association.send(&target, b"first").await.unwrap();
    timeout(LIMIT, association.receive()).await.unwrap().unwrap();

    let stranger = tokio::net::UdpSocket::bind((V4, 0)).await.unwrap();
    stranger.send_to(&packet(0, &target, b"stranger"), association.relay).await.unwrap();
    association.socket.send_to(&packet(1, &target, b"fragment"), association.relay).await.unwrap();
    association.socket.send_to(b"\0\0\0\x03\xff", association.relay).await.unwrap();
    association.send(&target, b"last").await.unwrap();
    let (_, answer) = timeout(LIMIT, association.receive()).await.unwrap().unwrap();
    assert_eq!(answer, b"last");
    assert_eq!(echo.seen(), 2);
}

#[tokio::test]
async fn many_short_exchanges_on_one_connection_work() {
    let server = EmbeddedServer::start("2022-blake3-chacha20-poly1305");
    let member = Member::start(&server.node());
    let echo = TcpEcho::start(V4);
    let mut stream = member.socks.connect(&Target::Address(echo.addr)).await.unwrap();
    for round in 0..200u32 {
        let mut answer = [0; 4];
        stream.write_all(&round.to_le_bytes()).await.unwrap();
        timeout(LIMIT, stream.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(u32::from_le_bytes(answer), round);
    }
}

#[tokio::test]
async fn host_names_of_250_bytes_work() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let member = Member::start(&server.node());
    let origin = Origin::start(V4);
    let host = format!("{}.{}.{}.{}.test", "a".repeat(61), "b".repeat(61), "c".repeat(61), "d".repeat(59));
    assert_eq!(host.len(), 250);
    fetch(&member.socks, &name(&host, origin.addr.port()), 1000).await;
}

#[tokio::test]
async fn data_after_a_half_close_is_complete() {
    for method in ["aes-256-gcm", "2022-blake3-aes-256-gcm", "aes-256-cfb", "none"] {
        let server = EmbeddedServer::start(method);
        let member = Member::start(&server.node());
        let echo = HalfCloseEcho::start(V4);
        let mut stream = member.socks.connect(&Target::Address(echo.addr)).await.unwrap();
        let sent = content(1 << 20);
        stream.write_all(&sent).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(read_all(&mut stream).await.unwrap() == sent, "{method}: the echo differs");
    }
}

#[tokio::test]
async fn a_server_that_sends_first_is_relayed() {
    let server = EmbeddedServer::start("2022-blake3-aes-256-gcm");
    let member = Member::start(&server.node());
    let greeter = Greeter::start(V4);
    let mut stream = member.socks.connect(&Target::Address(greeter.addr)).await.unwrap();
    let mut greeting = vec![0; Greeter::GREETING.len()];
    timeout(LIMIT, stream.read_exact(&mut greeting)).await.unwrap().unwrap();
    assert_eq!(greeting, Greeter::GREETING);
}

/// A node whose server is this test: with the cipher `none` it sees what the member sends.
fn bare(server: SocketAddr) -> Node {
    let kind = Kind::Ss { method: "none".into(), password: "".into(), plugin: None };
    Node::new("bare", server.ip().to_string(), server.port(), kind)
}

/// `example.test:80` as encoded before the payload.
const EXAMPLE: &[u8] = b"\x03\x0cexample.test\x00\x50";

#[tokio::test]
async fn the_first_bytes_are_sent_together_with_the_address() {
    let listener = TcpListener::bind((V4, 0)).await.unwrap();
    let member = Member::start(&bare(listener.local_addr().unwrap()));
    let target = name("example.test", 80);
    let first_packet = async {
        let (mut server, _) = listener.accept().await.unwrap();
        let mut packet = vec![0; 9000];
        let length = server.read(&mut packet).await.unwrap();
        packet.truncate(length);
        (packet, server)
    };
    let expected = [EXAMPLE, b"hello"].concat();

    let (client, (packet, _server)) = tokio::join!(member.socks.connect_pipelined(&target, b"hello"), first_packet);
    client.unwrap();
    assert_eq!(packet, expected);

    // A client that waits for the answer to its request before it sends data.
    let stepwise = async {
        let mut client = member.socks.connect(&target).await.unwrap();
        client.write_all(b"hello").await.unwrap();
        client
    };
    let first_packet = async {
        let (mut server, _) = listener.accept().await.unwrap();
        let mut packet = vec![0; 9000];
        let length = server.read(&mut packet).await.unwrap();
        packet.truncate(length);
        (packet, server)
    };
    let (_client, (packet, _server)) = tokio::join!(stepwise, first_packet);
    assert_eq!(packet, expected);
}

#[tokio::test]
async fn a_long_first_write_is_complete() {
    // Longer than one chunk of any cipher.
    let first_flight = content(100_000);
    for method in ["aes-256-gcm", "2022-blake3-aes-256-gcm", "none"] {
        let server = EmbeddedServer::start(method);
        let member = Member::start(&server.node());
        let echo = HalfCloseEcho::start(V4);
        let mut stream = member.socks.connect_pipelined(&Target::Address(echo.addr), &first_flight).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(read_all(&mut stream).await.unwrap() == first_flight, "{method}: the echo differs");
    }
}

#[tokio::test]
async fn a_reset_is_passed_on_to_the_other_side() {
    let listener = TcpListener::bind((V4, 0)).await.unwrap();
    let member = Member::start(&bare(listener.local_addr().unwrap()));
    let target = name("example.test", 80);
    let pair = async || {
        let accept = async {
            let (mut server, _) = listener.accept().await.unwrap();
            server.read_exact(&mut vec![0; EXAMPLE.len() + 5]).await.unwrap();
            server
        };
        let (client, server) = tokio::join!(member.socks.connect_pipelined(&target, b"hello"), accept);
        (client.unwrap(), server)
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
}

#[tokio::test]
async fn an_unreachable_server_is_reported_with_the_right_reply_code() {
    let check = async |host: &str, port: u16, code: u8| {
        let mut node = bare(SocketAddr::new(V4, port));
        node.host = host.into();
        let member = Member::start(&node);
        for _ in 0..2 {
            match member.socks.connect(&name("example.test", 80)).await {
                Err(Refusal::Reply(reply)) => assert_eq!(reply, code, "for {host}"),
                other => panic!("{host}: {other:?}"),
            }
        }
    };
    check("127.0.0.1", free_port(V4), 5).await;
    // A label longer than 63 bytes is rejected by the resolver without a query.
    check(&format!("{}.invalid", "x".repeat(64)), 80, 4).await;
}

#[tokio::test]
async fn a_server_that_is_reachable_again_is_used_again() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let hop = Hop::to(server.addr);
    let mut node = server.node();
    node.port = hop.addr.port();
    let member = Member::start(&node);
    let origin = Origin::start(V4);
    let target = Target::Address(origin.addr);
    fetch(&member.socks, &target, 1000).await;
    hop.set(Fault::Refuse);
    assert!(matches!(member.socks.connect(&target).await, Err(Refusal::Reply(5))));
    hop.set(Fault::None);
    fetch(&member.socks, &target, 1000).await;
}

#[tokio::test]
async fn a_wrong_or_missing_login_is_rejected() {
    let member = Member::start(&bare(SocketAddr::new(V4, 1)));
    let target = name("example.test", 80);
    let mut socks = member.socks.clone();
    socks.login = Some(Login { user: "member".into(), password: "guessed".into() });
    assert!(matches!(socks.connect(&target).await, Err(Refusal::Login)));
    assert!(matches!(socks.connect_pipelined(&target, b"hello").await, Err(Refusal::Login)));
    socks.login = None;
    assert!(matches!(socks.connect(&target).await, Err(Refusal::Method)));
}

#[tokio::test]
async fn an_invalid_configuration_is_reported_instead_of_ready() {
    let fails = |kind: Kind, stage: Stage, detail: &str| {
        let failure = Member::try_start(&Node::new("", "127.0.0.1", 1, kind)).err().expect("it cannot start");
        assert_eq!(failure.stage, stage, "{failure}");
        assert!(failure.to_string().contains(detail) && !failure.to_string().contains("hunter2"), "{failure}");
    };
    let ss = |method: &str, plugin: Option<&str>| Kind::Ss {
        method: method.into(),
        password: "hunter2".into(),
        plugin: plugin.map(|name| Plugin { name: name.into(), options: String::new() }),
    };
    fails(ss("rot13", None), Stage::Configuration, "rot13");
    fails(ss("2022-blake3-aes-256-gcm", None), Stage::Configuration, "2022-blake3-aes-256-gcm");
    fails(ss("aes-256-gcm", Some("no-such-plugin")), Stage::Plugin, "no-such-plugin");
    #[cfg(unix)]
    fails(ss("aes-256-gcm", Some("false")), Stage::Plugin, "exited (exit status 1)");
    fails(Kind::Socks5 { login: None }, Stage::Configuration, "SOCKS5");
}

#[tokio::test]
async fn a_gateway_port_that_is_opened_later_is_refused_from_then_on() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let mut member = Member::start(&server.node());
    let origin = Origin::start(V4);
    let target = Target::Address(origin.addr);
    fetch(&member.socks, &target, 1000).await;
    for (gateway, refused) in [(vec![server.addr], true), (Vec::new(), false)] {
        let update = serde_json::to_string(&MemberUpdate { gateway }).unwrap();
        writeln!(member.stdin.as_mut().unwrap(), "{update}").unwrap();
        let is_applied = async {
            loop {
                match member.socks.connect(&target).await {
                    Err(Refusal::Reply(2)) if refused => return,
                    Ok(_) if !refused => return,
                    Ok(_) | Err(Refusal::Reply(2)) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        timeout(LIMIT, is_applied).await.expect("the update is applied within the limit");
    }
}

#[tokio::test]
async fn a_member_exits_when_its_stdin_closes() {
    let mut member = Member::start(&bare(SocketAddr::new(V4, 1)));
    let start = Instant::now();
    drop(member.stdin.take());
    assert_eq!(member.ended_within(LIMIT).await, Some(true), "after {:?}", start.elapsed());
}
