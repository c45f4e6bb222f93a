//! The gateway with real clients and real servers.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sluice::model::{Node, Target};
use tokio::time::timeout;

use crate::client::{CurlProxy, curl, get};
use crate::counterparts::{
    EmbeddedServer, Origin, ServerPlugin, SocksServer, SsServer, UdpEcho, V4, V6, content, find, free_port, missing,
};
use crate::engine::{Engine, LIMIT, Setup};
use crate::socks::Socks;

const HUNDRED_MB: u64 = 100_000_000;

/// What [`curl`] returns for `/bytes/length`.
fn length_and_hash(length: u64) -> (u64, String) {
    let block = content(1_000_003);
    let mut hash = Sha256::new();
    let mut left = length;
    while left > 0 {
        let piece = left.min(block.len() as u64);
        hash.update(&block[..piece as usize]);
        left -= piece;
    }
    (length, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A node with this name.
pub fn named(name: &str, mut node: Node) -> Node {
    node.name = name.into();
    node
}

#[test]
fn a_100_mb_download_is_complete_over_every_proxy_protocol() {
    if missing("curl") {
        return;
    }
    let Some(one) = SsServer::start("aes-256-gcm") else { return };
    let Some(other) = SsServer::start("chacha20-ietf-poly1305") else { return };
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[named("one", one.node()), named("other", other.node())], "round-robin");
    let expected = length_and_hash(HUNDRED_MB);
    for proxy in CurlProxy::ALL {
        let received = curl(proxy, engine.gateway(), &origin.url(&format!("/bytes/{HUNDRED_MB}")), &[]);
        assert_eq!(received, expected, "{proxy:?}");
    }
    let status = engine.status();
    assert_eq!(status.members.iter().map(|member| member.total).collect::<Vec<_>>(), [2, 2]);
    assert!(status.gateway.down >= 4 * HUNDRED_MB, "all bytes were counted: {}", status.gateway.down);
}

#[tokio::test]
async fn every_cipher_and_plugin_works_over_every_proxy_protocol() {
    if missing("curl") {
        return;
    }
    let ss = ["aes-256-gcm", "chacha20-ietf-poly1305"].map(SsServer::start);
    let plugins = [ServerPlugin::OBFS_HTTP, ServerPlugin::OBFS_TLS, ServerPlugin::V2RAY_WEBSOCKET];
    let plugins = plugins.map(|plugin| SsServer::start_with_plugin("aes-256-gcm", plugin));
    let new = ["2022-blake3-aes-256-gcm", "2022-blake3-chacha20-poly1305"].map(EmbeddedServer::start);
    let with_udp = ss.iter().flatten().map(SsServer::node).chain(new.iter().map(EmbeddedServer::node));
    let with_udp: Vec<_> = with_udp.collect();
    let tcp_only: Vec<_> = plugins.iter().flatten().map(SsServer::node).collect();

    let (four, six) = (Origin::start(V4), Origin::start(V6));
    let engine = Engine::start(&four);
    let numbered = with_udp.iter().chain(&tcp_only).enumerate();
    let nodes: Vec<_> = numbered.map(|(nth, node)| named(&format!("node {nth}"), node.clone())).collect();
    engine.import(&nodes);
    for node in &nodes {
        // Single mode uses the same path as a cluster, with one member.
        engine.run_ok(&["connect", &node.name]);
        engine.wait_for_members(1);
        for proxy in CurlProxy::ALL {
            let check = |url: String, length| {
                assert_eq!(curl(proxy, engine.gateway(), &url, &[]), length_and_hash(length), "{proxy:?}, {node:?}");
            };
            check(four.url("/bytes/3000000"), 3_000_000);
            check(six.url("/chunked/100000"), 100_000);
            check(format!("http://localhost:{}/bytes/1000", four.addr.port()), 1000);
        }
    }
    for node in &nodes[..with_udp.len()] {
        engine.run_ok(&["connect", &node.name]);
        engine.wait_for_members(1);
        echo_datagrams(engine.gateway(), V4).await;
        echo_datagrams(engine.gateway(), V6).await;
    }
}

async fn echo_datagrams(gateway: SocketAddr, ip: std::net::IpAddr) {
    let (one, other) = (UdpEcho::start(ip), UdpEcho::start(ip));
    let association = Socks::open(gateway).associate().await.unwrap();
    for (length, echo) in [(1, &one), (1400, &other), (512, &one)] {
        let payload = content(length);
        association.send(&Target::Address(echo.addr), &payload).await.unwrap();
        let (from, answer) = timeout(LIMIT, association.receive()).await.expect("an answer within the limit").unwrap();
        assert_eq!((from, answer), (Target::Address(echo.addr), payload));
    }
}

#[test]
fn long_host_names_are_passed_to_the_server_unresolved() {
    if missing("curl") {
        return;
    }
    let server = EmbeddedServer::start("aes-256-gcm");
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node()], "sticky");
    let host = format!("{}.{}.{}.{}.test", "a".repeat(61), "b".repeat(61), "c".repeat(61), "d".repeat(59));
    assert_eq!(host.len(), 250);
    for proxy in CurlProxy::ALL {
        let url = format!("http://{host}:{}/bytes/1000", origin.addr.port());
        assert_eq!(curl(proxy, engine.gateway(), &url, &[]), length_and_hash(1000), "{proxy:?}");
    }
}

#[test]
fn a_socks5_server_with_a_login_works_as_a_node() {
    if missing("curl") {
        return;
    }
    let server = SocksServer::start_with_login("some body", "pass:word/@%");
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node("remote")], "sticky");
    server.clear_requests();
    for proxy in CurlProxy::ALL {
        let url = format!("http://far.test:{}/bytes/100000", origin.addr.port());
        assert_eq!(curl(proxy, engine.gateway(), &url, &[]), length_and_hash(100_000), "{proxy:?}");
    }
    assert_eq!(server.requested_hosts(), ["far.test"; 4]);
    assert_eq!(engine.status().members[0].pid, None, "it needs no process");
}

#[test]
fn clients_without_the_login_are_rejected_if_one_is_set() {
    if missing("curl") {
        return;
    }
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node("remote")], "sticky");
    let output = engine.run_with(&["set", "gateway.login", "-"], r#"{"user":"me","password":"hunter2"}"#);
    assert_eq!(output.code, Some(0), "{output:?}");
    let (gateway, url) = (engine.gateway(), origin.url("/bytes/1000"));
    for proxy in [CurlProxy::Socks5, CurlProxy::Connect, CurlProxy::PlainHttp] {
        let received = curl(proxy, gateway, &url, &["--proxy-user", "me:hunter2"]);
        assert_eq!(received, length_and_hash(1000), "{proxy:?}");
        let rejected = std::panic::catch_unwind(|| curl(proxy, gateway, &url, &["--proxy-user", "me:guessed"]));
        assert!(rejected.is_err(), "{proxy:?} was accepted with a wrong password");
        let rejected = std::panic::catch_unwind(|| curl(proxy, gateway, &url, &[]));
        assert!(rejected.is_err(), "{proxy:?} was accepted without a login");
    }
    // SOCKS4 has no password.
    let rejected = std::panic::catch_unwind(|| curl(CurlProxy::Socks4a, gateway, &url, &[]));
    assert!(rejected.is_err(), "SOCKS4 was accepted");
}

/// An engine that runs the user's own `ss-local` for its members, on ports from `port_base` upward.
#[cfg(target_os = "linux")]
fn with_ss_local(origin: &Origin, program: &Path, port_base: u16, excluded: &[u16]) -> Engine {
    let setup = Setup::new(origin, |settings| {
        settings.members.ss_local = Some(program.into());
        settings.members.port_base = port_base;
        settings.members.excluded_ports = excluded.to_vec();
    });
    setup.start()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_users_own_ss_local_works_as_a_member() {
    use crate::counterparts::eventually;
    use crate::processes;

    let Some(program) = find("ss-local").filter(|_| !missing("ss-local") && !missing("curl")) else { return };
    let Some(one) = SsServer::start("aes-256-gcm") else { return };
    let Some(other) = SsServer::start("chacha20-ietf-poly1305") else { return };
    let origin = Origin::start(V4);
    // The first port is in use and the second one excluded.
    let (taken, base) = adjacent_ports(6);
    let mut engine = with_ss_local(&origin, &program, base, &[base + 1]);
    engine.import(&[named("one", one.node()), named("other", other.node())]);
    engine.cluster_on(2, "round-robin");

    let status = engine.status();
    let mut ports: Vec<u16> = status
        .members
        .iter()
        .map(|member| member.addr.as_ref().unwrap().rsplit(':').next().unwrap().parse().unwrap())
        .collect();
    ports.sort();
    assert!(ports[0] >= base + 2 && ports[1] < base + 10, "from {base} upward, without the first two: {ports:?}");
    for proxy in CurlProxy::ALL {
        assert_eq!(
            curl(proxy, engine.gateway(), &origin.url("/bytes/3000000"), &[]),
            length_and_hash(3_000_000),
            "{proxy:?}"
        );
    }
    echo_datagrams(engine.gateway(), V4).await;

    let left: Vec<_> = files_below(engine.home()).into_iter().filter(|file| file.ends_with(".json")).collect();
    let left: Vec<_> = left.iter().filter(|file| file.to_string_lossy().contains("ss-local")).collect();
    assert!(left.is_empty(), "configuration files are left: {left:?}");

    let members = processes::below(engine.pid());
    assert_eq!(members.iter().map(|&pid| processes::name(pid)).collect::<Vec<_>>(), ["ss-local", "ss-local"]);
    engine.kill();
    let has_ended = eventually(LIMIT, || !members.iter().any(|&pid| processes::is_alive(pid)));
    assert!(has_ended, "no process is left");
    drop(taken);
}

/// The file from which `ss-local` reads its password has mode 0600. A program in its place records the mode and never
/// opens its port, since the file is removed once the port is open.
#[cfg(target_os = "linux")]
#[test]
fn the_configuration_file_of_an_external_program_has_mode_0600() {
    use std::os::unix::fs::PermissionsExt;

    use crate::counterparts::eventually;

    let Some(server) = SsServer::start("aes-256-gcm") else { return };
    let origin = Origin::start(V4);
    let folder = tempfile::tempdir().unwrap();
    let (program, seen) = (folder.path().join("record-mode"), folder.path().join("mode"));
    let script = format!("#!/bin/sh\nstat -c '%a' \"$2\" > {0}.part\nmv {0}.part {0}\nsleep 60\n", seen.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let engine = with_ss_local(&origin, &program, 21_080, &[]);
    engine.import(&[server.node()]);
    engine.run_ok(&["cluster", "on"]);
    assert!(eventually(LIMIT, || seen.exists()), "the program was started");
    assert_eq!(std::fs::read_to_string(&seen).unwrap().trim(), "600");
}

/// A port in use that is followed by free ones, `count` in all. They are below the range of ephemeral ports, in which
/// the connections of other tests leave no such row.
#[cfg(target_os = "linux")]
fn adjacent_ports(count: u16) -> (TcpListener, u16) {
    let somewhere = (std::process::id() % 150) as u16;
    for nth in 0..150 {
        let first = 15_000 + (somewhere + nth) % 150 * 100;
        let free = |port| TcpListener::bind((V4, port)).is_ok();
        if (first + 1..first + count).all(free)
            && let Ok(taken) = TcpListener::bind((V4, first))
        {
            return (taken, first);
        }
    }
    panic!("loopback has {count} free ports in a row")
}

/// All files below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_refused_destination_is_reported_as_connection_refused() {
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node("remote")], "sticky");
    let nowhere = Target::Address(SocketAddr::new(V4, free_port(V4)));
    let error = get(engine.gateway(), &nowhere, "/").await.unwrap_err();
    assert!(error.to_string().contains("Reply(5)"), "connection refused: {error}");
}

/// How many file descriptors a process has open.
#[cfg(target_os = "linux")]
pub fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

#[test]
#[cfg(target_os = "linux")]
fn nodes_that_point_to_the_gateway_are_refused() {
    let (origin, server) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"));
    let engine = Engine::start(&origin);
    engine.import(&[named("good", server.node())]);
    engine.run_ok(&["connect", "good"]);
    engine.wait_for_members(1);
    let port = engine.gateway().port();
    let socks = |host: &str| {
        let kind = sluice::model::Kind::Socks5 { login: None };
        Node::new(format!("socks {host}"), host.to_owned(), port, kind)
    };
    let shadowsocks = |host: &str| {
        let mut node = named(&format!("ss {host}"), server.node());
        (node.host, node.port) = (host.to_owned(), port);
        node
    };
    let hosts = ["127.0.0.1", "localhost", "::1", "0.0.0.0"];
    let nodes: Vec<_> = hosts.iter().flat_map(|host| [socks(host), shadowsocks(host)]).collect();
    engine.import(&nodes);
    for node in &nodes {
        let tested = engine.run(&["test", &node.name]);
        assert!(tested.stdout.contains("the node's address is one of Sluice's own ports"), "{}: {tested:?}", node.name);
    }
    // All of them in a cluster, with clients: the working one serves, and descriptors do not accumulate.
    engine.run_ok(&["cluster", "on", "--size", "9", "--strategy", "round-robin"]);
    engine.wait_for("the working node serves", |status| status.members.iter().any(|member| member.state.is_serving()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..20 {
        let page = runtime.block_on(get(engine.gateway(), &Target::Address(origin.addr), "/bytes/10")).unwrap();
        assert_eq!(page.len(), 10);
    }
    assert!(descriptors(engine.pid()) < 200, "{} descriptors", descriptors(engine.pid()));
}
