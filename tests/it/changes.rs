//! Changes by the user while traffic flows, and changes that are refused.

use std::net::{SocketAddr, TcpListener, TcpStream as StdStream};
use std::time::Duration;

use sluice::model::{EventKind, Snapshot, Target};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{ask, body, get};
use crate::counterparts::{EmbeddedServer, Origin, SocksServer, V4, content, eventually, free_port};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;
use crate::socks::Socks;

/// An engine with two members, round robin.
fn two_members(origin: &Origin) -> ([EmbeddedServer; 2], Engine) {
    let servers = [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let engine = Engine::cluster_of(
        origin,
        &[named("one", servers[0].node()), named("other", servers[1].node())],
        "round-robin",
    );
    (servers, engine)
}

/// A download that takes three seconds and has begun.
struct Download(TcpStream);

impl Download {
    async fn start(gateway: SocketAddr, origin: &Origin) -> Self {
        let target = Target::Address(origin.addr);
        let mut stream = Socks::open(gateway).connect(&target).await.unwrap();
        ask(&mut stream, &target, "/drip/30/100").await.unwrap();
        stream.readable().await.unwrap();
        Self(stream)
    }

    /// The page, if it is complete.
    async fn end(mut self) -> Option<Vec<u8>> {
        let mut answer = Vec::new();
        timeout(LIMIT, self.0.read_to_end(&mut answer)).await.expect("the download ends within the limit").ok()?;
        body(&answer).ok().filter(|page| page.len() == 30)
    }
}

fn refuses(addr: SocketAddr) -> bool {
    StdStream::connect_timeout(&addr, Duration::from_secs(1)).is_err()
}

/// The parts of the status that a change affects: without times and rates.
fn state(status: &Snapshot) -> impl PartialEq + std::fmt::Debug + use<> {
    let members: Vec<_> = status.members.iter().map(|member| (member.id.clone(), member.pid)).collect();
    let gateway = (status.gateway.addr.clone(), status.gateway.listening);
    (status.active, status.connected, status.cluster.clone(), gateway, members)
}

#[test]
fn a_port_in_use_changes_nothing_and_the_process_that_holds_it_is_named() {
    let holder = TcpListener::bind((V4, 0)).unwrap();
    let taken = holder.local_addr().unwrap();
    let server = SocksServer::start();
    let origin = Origin::start(V4);
    let engine = Setup::new(&origin, |settings| settings.gateway.listen = taken).start();
    engine.import(&[server.node("remote")]);
    let before = engine.status();
    assert!(!before.active);
    let file = || std::fs::read(engine.home().join("settings.json")).unwrap();
    let file_before = file();

    for args in [&["cluster", "on", "--size", "2", "--strategy", "random"][..], &["connect", "remote"]] {
        let message = engine.run_err(args);
        assert!(message.contains("in use") && message.contains(&taken.to_string()), "{message}");
        if cfg!(target_os = "linux") {
            assert!(
                message.contains(&format!("pid {}", std::process::id())),
                "it names the process that holds the port: {message}"
            );
        }
        assert_eq!(state(&engine.status()), state(&before), "{args:?}");
        assert_eq!(file(), file_before, "{args:?}");
    }
    // The same while the proxy is on: it does not move to a port that is in use.
    let free = SocketAddr::new(V4, free_port(V4)).to_string();
    engine.run_ok(&["set", "gateway.listen", &free]);
    engine.cluster_on(1, "round-robin");
    let before = engine.wait_for("the proxy is connected", |status| status.connected);
    engine.run_err(&["set", "gateway.listen", &taken.to_string()]);
    assert_eq!(state(&engine.status()), state(&before));
    assert_eq!(engine.json::<String>(&["get", "gateway.listen"]), free);
    drop(holder);
    engine.run_ok(&["set", "gateway.listen", &taken.to_string()]);
    assert_eq!(engine.gateway(), taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moving_the_port_does_not_interrupt_a_download() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    let before = engine.gateway();
    let download = Download::start(before, &origin).await;
    let pids: Vec<_> = engine.status().members.iter().map(|member| member.pid).collect();
    engine.run_ok(&["set", "gateway.listen", &SocketAddr::new(V4, free_port(V4)).to_string()]);
    let after = engine.gateway();
    assert_ne!(after, before);
    assert!(refuses(before), "the old port is closed");
    get(after, &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
    assert_eq!(download.end().await, Some(content(30)), "the open download is complete");
    assert_eq!(engine.status().members.iter().map(|member| member.pid).collect::<Vec<_>>(), pids);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_node_gets_no_new_connections_and_finishes_open_ones() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    let gateway = engine.gateway();
    let downloads = [Download::start(gateway, &origin).await, Download::start(gateway, &origin).await];
    let status = engine.status();
    assert_eq!(status.members.iter().map(|member| member.active).collect::<Vec<_>>(), [1, 1]);
    engine.run_ok(&["node", "remove", "one"]);
    let left = engine.status().members.iter().find(|member| member.name == "other").unwrap().total;
    for _ in 0..10 {
        get(gateway, &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
    }
    let status = engine.status();
    let other = status.members.iter().find(|member| member.name == "other").unwrap();
    assert_eq!((status.nodes, other.total), (1, left + 10));
    for download in downloads {
        assert_eq!(download.end().await, Some(content(30)));
    }
    engine.wait_for_members(1);
    // Removing the last node turns the proxy off.
    engine.run_ok(&["node", "remove", "other"]);
    let status = engine.wait_for("the proxy is off", |status| !status.active);
    assert_eq!((status.nodes, status.gateway.listening), (0, false));
    assert!(refuses(gateway));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnect_closes_connections_and_connect_uses_the_last_node() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    engine.run_ok(&["connect", "other"]);
    engine.wait_for_members(1);
    let gateway = engine.gateway();
    let download = Download::start(gateway, &origin).await;
    engine.run_ok(&["disconnect"]);
    assert!(refuses(gateway));
    assert_eq!(download.end().await, None, "the download is cut off");
    let status = engine.wait_for("all members have ended", |status| status.members.is_empty());
    assert!(!status.active && !status.connected && !status.gateway.listening);
    engine.run_ok(&["connect"]);
    engine.wait_for_members(1);
    assert_eq!(engine.status().members[0].name, "other");
    get(engine.gateway(), &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_mode_uses_one_member() {
    let origin = Origin::start(V4);
    let servers = [SocksServer::start(), SocksServer::start()];
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("one"), servers[1].node("other")]);
    let target = Target::from_host("site.test", origin.addr.port()).unwrap();
    for (name, server) in ["one", "other"].into_iter().zip(&servers) {
        engine.run_ok(&["connect", name]);
        let status = engine.wait_for("only its member serves", |status| {
            status.members.len() == 1 && status.members[0].name == name && status.connected
        });
        assert!(status.active && !status.cluster.on);
        servers.iter().for_each(SocksServer::clear_requests);
        for _ in 0..5 {
            get(engine.gateway(), &target, "/bytes/1000").await.unwrap();
        }
        assert_eq!(server.requested_hosts(), ["site.test"; 5]);
        assert!(eventually(LIMIT, || engine.status().members[0].active == 0));
    }
    // And back to cluster mode.
    engine.cluster_on(2, "round-robin");
    assert!(engine.status().cluster.on);
}

/// What was on before a restart is on afterwards.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_restores_the_cluster_and_its_traffic_counters() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    for _ in 0..4 {
        get(engine.gateway(), &Target::Address(origin.addr), "/bytes/100000").await.unwrap();
    }
    let engine = engine.restarted(|_| {});
    engine.wait_for_members(2);
    get(engine.gateway(), &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
    let down: u64 = engine.nodes().iter().map(|node| node.down).sum();
    assert!(down >= 401_000, "the nodes' traffic is kept: {down}");
}

#[test]
fn switching_nodes_and_disconnecting_are_not_reported_as_failures() {
    let origin = Origin::start(V4);
    let servers = [SocksServer::start(), SocksServer::start()];
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("one"), servers[1].node("other")]);
    for name in ["one", "other"] {
        engine.run_ok(&["connect", name]);
        engine.wait_for("the node serves", |status| {
            status.members.len() == 1 && status.members[0].name == name && status.connected
        });
    }
    engine.run_ok(&["disconnect"]);
    engine.wait_for("the proxy is off", |status| !status.connected);
    let stdout = engine.events().into_iter().filter_map(|event| {
        if event.kind == EventKind::Disconnected {
            return Some("disconnected".into());
        }
        let EventKind::Connected { name, .. } = event.kind else { return None };
        Some(name)
    });
    assert_eq!(stdout.collect::<Vec<_>>(), ["one", "other"]);
}

#[cfg(unix)]
#[test]
fn a_deleted_runtime_folder_is_created_again_with_its_socket() {
    let engine = Engine::start(&Origin::start(V4));
    std::fs::remove_dir_all(engine.home().join("run")).unwrap();
    assert_eq!(engine.run(&["status"]).code, Some(3));
    assert!(eventually(LIMIT, || engine.run(&["status"]).code == Some(0)), "it answers again");
}

/// If the folder of a running engine is deleted and created again, exactly one engine uses it in the end.
#[cfg(unix)]
#[test]
fn a_home_that_is_deleted_and_created_again_has_one_engine() {
    let origin = Origin::start(V4);
    let mut first = Engine::start(&origin);
    let settings = std::fs::read(first.home().join("settings.json")).unwrap();
    std::fs::remove_dir_all(first.home()).unwrap();
    std::fs::create_dir(first.home()).unwrap();
    std::fs::write(first.home().join("settings.json"), settings).unwrap();
    let mut second = first.start_second();
    let is_one = eventually(LIMIT, || first.ended().is_some() != second.try_wait().unwrap().is_some());
    let is_answered = eventually(LIMIT, || first.run(&["status"]).code == Some(0));
    let ended = (first.ended(), second.try_wait().unwrap());
    second.kill().ok();
    second.wait().unwrap();
    assert!(is_one && is_answered, "{ended:?}");
}
