//! The gateway's port with real clients in front and real servers behind.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sluice::model::{Node, Target};
use tokio::time::timeout;

use crate::client::{Way, curl, get};
use crate::counterparts::{
    EmbeddedServer, Origin, ServerPlugin, SocksServer, SsServer, UdpEcho, V4, V6, content, find, free_port, missing,
};
use crate::engine::{Engine, LIMIT, Setup};
use crate::socks::Socks;

const HUNDRED_MB: u64 = 100_000_000;

/// What curl should say of `/bytes/length`.
fn whole(length: u64) -> (u64, String) {
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

/// A node with a name of its own.
pub fn named(name: &str, mut node: Node) -> Node {
    node.name = name.into();
    node
}

#[test]
fn a_hundred_megabytes_arrive_whole_every_way() {
    if missing("curl") {
        return;
    }
    let Some(one) = SsServer::start("aes-256-gcm") else { return };
    let Some(other) = SsServer::start("chacha20-ietf-poly1305") else { return };
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[named("one", one.node()), named("other", other.node())], "round-robin");
    let expected = whole(HUNDRED_MB);
    for way in Way::ALL {
        let came = curl(way, engine.gateway(), &origin.url(&format!("/bytes/{HUNDRED_MB}")), &[]);
        assert_eq!(came, expected, "{way:?}");
    }
    let status = engine.status();
    assert_eq!(status.members.iter().map(|member| member.total).collect::<Vec<_>>(), [2, 2]);
    assert!(status.gateway.down >= 4 * HUNDRED_MB, "all of it was counted: {}", status.gateway.down);
}

#[tokio::test]
async fn every_cipher_and_plugin_carries_every_way() {
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
        // Single mode goes the same way as a cluster, with one member.
        engine.done(&["connect", &node.name]);
        engine.serves(1);
        for way in Way::ALL {
            let check = |url: String, length| {
                assert_eq!(curl(way, engine.gateway(), &url, &[]), whole(length), "{way:?}, {node:?}");
            };
            check(four.url("/bytes/3000000"), 3_000_000);
            check(six.url("/chunked/100000"), 100_000);
            check(format!("http://localhost:{}/bytes/1000", four.addr.port()), 1000);
        }
    }
    for node in &nodes[..with_udp.len()] {
        engine.done(&["connect", &node.name]);
        engine.serves(1);
        carries_datagrams(engine.gateway(), V4).await;
        carries_datagrams(engine.gateway(), V6).await;
    }
}

async fn carries_datagrams(gateway: SocketAddr, ip: std::net::IpAddr) {
    let (one, other) = (UdpEcho::start(ip), UdpEcho::start(ip));
    let association = Socks::open(gateway).associate().await.unwrap();
    for (length, echo) in [(1, &one), (1400, &other), (512, &one)] {
        let payload = content(length);
        association.send(&Target::Address(echo.addr), &payload).await.unwrap();
        let (from, answer) = timeout(LIMIT, association.receive()).await.expect("an answer in time").unwrap();
        assert_eq!((from, answer), (Target::Address(echo.addr), payload));
    }
}

#[test]
fn long_host_names_reach_the_server_unresolved() {
    if missing("curl") {
        return;
    }
    let server = EmbeddedServer::start("aes-256-gcm");
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node()], "sticky");
    let host = format!("{}.{}.{}.{}.test", "a".repeat(61), "b".repeat(61), "c".repeat(61), "d".repeat(59));
    assert_eq!(host.len(), 250);
    for way in Way::ALL {
        let url = format!("http://{host}:{}/bytes/1000", origin.addr.port());
        assert_eq!(curl(way, engine.gateway(), &url, &[]), whole(1000), "{way:?}");
    }
}

#[test]
fn a_socks5_server_is_a_node_with_its_login() {
    if missing("curl") {
        return;
    }
    let server = SocksServer::start_with_login("some body", "pass:word/@%");
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node("remote")], "sticky");
    server.forget();
    for way in Way::ALL {
        let url = format!("http://far.test:{}/bytes/100000", origin.addr.port());
        assert_eq!(curl(way, engine.gateway(), &url, &[]), whole(100_000), "{way:?}");
    }
    assert_eq!(server.asked(), ["far.test"; 4]);
    assert_eq!(engine.status().members[0].pid, None, "it needs no process");
}

#[test]
fn who_has_no_login_is_not_let_in_where_one_is_set() {
    if missing("curl") {
        return;
    }
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node("remote")], "sticky");
    let ran = engine.run_with(&["set", "gateway.login", "-"], r#"{"user":"me","password":"hunter2"}"#);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (gateway, url) = (engine.gateway(), origin.url("/bytes/1000"));
    for way in [Way::Socks5, Way::Connect, Way::PlainHttp] {
        let came = curl(way, gateway, &url, &["--proxy-user", "me:hunter2"]);
        assert_eq!(came, whole(1000), "{way:?}");
        let turned_away = std::panic::catch_unwind(|| curl(way, gateway, &url, &["--proxy-user", "me:guessed"]));
        assert!(turned_away.is_err(), "{way:?} got in with a wrong password");
        let turned_away = std::panic::catch_unwind(|| curl(way, gateway, &url, &[]));
        assert!(turned_away.is_err(), "{way:?} got in without a login");
    }
    // SOCKS4 knows no password.
    let turned_away = std::panic::catch_unwind(|| curl(Way::Socks4a, gateway, &url, &[]));
    assert!(turned_away.is_err(), "SOCKS4 got in");
}

/// An engine whose members are the user's own `ss-local`, and the first port they may have.
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
async fn the_users_own_ss_local_serves_as_a_member() {
    use crate::counterparts::eventually;
    use crate::processes;

    let Some(program) = find("ss-local").filter(|_| !missing("ss-local") && !missing("curl")) else { return };
    let Some(one) = SsServer::start("aes-256-gcm") else { return };
    let Some(other) = SsServer::start("chacha20-ietf-poly1305") else { return };
    let origin = Origin::start(V4);
    // Three ports in a row of which the first is in use and the second excluded.
    let (taken, base) = row_of_ports(6);
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
    for way in Way::ALL {
        assert_eq!(curl(way, engine.gateway(), &origin.url("/bytes/3000000"), &[]), whole(3_000_000), "{way:?}");
    }
    carries_datagrams(engine.gateway(), V4).await;

    let left: Vec<_> = files_below(engine.home()).into_iter().filter(|file| file.ends_with(".json")).collect();
    let left: Vec<_> = left.iter().filter(|file| file.to_string_lossy().contains("ss-local")).collect();
    assert!(left.is_empty(), "configuration files are gone: {left:?}");

    let members = processes::below(engine.pid());
    assert_eq!(members.iter().map(|&pid| processes::name(pid)).collect::<Vec<_>>(), ["ss-local", "ss-local"]);
    engine.kill();
    let gone = eventually(std::time::Duration::from_secs(1), || !members.iter().any(|&pid| processes::is_alive(pid)));
    assert!(gone, "no orphan is left");
    drop(taken);
}

/// The file that `ss-local` reads its password from is nobody else's to read. A program in its place
/// looks: its port must never be ready, since the file is gone then.
#[cfg(target_os = "linux")]
#[test]
fn the_configuration_of_an_external_program_is_private_while_it_is_there() {
    use std::os::unix::fs::PermissionsExt;

    use crate::counterparts::eventually;

    let Some(server) = SsServer::start("aes-256-gcm") else { return };
    let origin = Origin::start(V4);
    let folder = tempfile::tempdir().unwrap();
    let (program, seen) = (folder.path().join("looks"), folder.path().join("seen"));
    let script = format!("#!/bin/sh\nstat -c '%a' \"$2\" > {0}.part\nmv {0}.part {0}\nsleep 60\n", seen.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let engine = with_ss_local(&origin, &program, 21_080, &[]);
    engine.import(&[server.node()]);
    engine.done(&["cluster", "on"]);
    assert!(eventually(LIMIT, || seen.exists()), "the program was started");
    assert_eq!(std::fs::read_to_string(&seen).unwrap().trim(), "600");
}

/// A port in use, and as many free ones behind it. Below those that systems give to clients: among
/// them the connections of other tests leave no row free.
#[cfg(target_os = "linux")]
fn row_of_ports(count: u16) -> (TcpListener, u16) {
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
async fn a_page_that_nobody_serves_is_an_honest_failure() {
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let engine = Engine::cluster_of(&origin, &[server.node("remote")], "sticky");
    let nowhere = Target::Address(SocketAddr::new(V4, free_port(V4)));
    let error = get(engine.gateway(), &nowhere, "/").await.unwrap_err();
    assert!(error.to_string().contains("Reply(5)"), "connection refused, and nothing else: {error}");
}

/// How many descriptors a process has open.
#[cfg(target_os = "linux")]
fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

#[test]
#[cfg(target_os = "linux")]
fn nodes_that_lead_back_to_the_gateway_are_refused() {
    let (origin, server) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"));
    let engine = Engine::start(&origin);
    engine.import(&[named("good", server.node())]);
    engine.done(&["connect", "good"]);
    engine.serves(1);
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
        assert!(tested.stdout.contains("it leads back to Sluice itself"), "{}: {tested:?}", node.name);
    }
    // All at once in a cluster, with clients that ask: the good one serves, and nothing piles up.
    engine.done(&["cluster", "on", "--size", "9", "--strategy", "round-robin"]);
    engine.becomes("the good one serves", |status| status.members.iter().any(|member| member.state.is_serving()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..20 {
        let page = runtime.block_on(get(engine.gateway(), &Target::Address(origin.addr), "/bytes/10")).unwrap();
        assert_eq!(page.len(), 10);
    }
    assert!(descriptors(engine.pid()) < 200, "{} descriptors", descriptors(engine.pid()));
}
