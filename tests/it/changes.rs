//! What users change while traffic flows, and what stays as it was where a change cannot be made.

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

/// Two members over embedded servers, round-robin.
fn two_members(origin: &Origin) -> ([EmbeddedServer; 2], Engine) {
    let servers = [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let engine = Engine::cluster_of(
        origin,
        &[named("one", servers[0].node()), named("other", servers[1].node())],
        "round-robin",
    );
    (servers, engine)
}

/// A download that goes on for three seconds, of which the beginning has come.
struct Download(TcpStream);

impl Download {
    async fn start(gateway: SocketAddr, origin: &Origin) -> Self {
        let target = Target::Address(origin.addr);
        let mut stream = Socks::open(gateway).connect(&target).await.unwrap();
        ask(&mut stream, &target, "/drip/30/100").await.unwrap();
        stream.readable().await.unwrap();
        Self(stream)
    }

    /// The page, if it came whole.
    async fn end(mut self) -> Option<Vec<u8>> {
        let mut answer = Vec::new();
        timeout(LIMIT, self.0.read_to_end(&mut answer)).await.expect("it ends in time").ok()?;
        body(&answer).ok().filter(|page| page.len() == 30)
    }
}

fn refuses(addr: SocketAddr) -> bool {
    StdStream::connect_timeout(&addr, Duration::from_secs(1)).is_err()
}

/// What a change is about: without times and rates.
fn state(status: &Snapshot) -> impl PartialEq + std::fmt::Debug + use<> {
    let members: Vec<_> = status.members.iter().map(|member| (member.id.clone(), member.pid)).collect();
    let gateway = (status.gateway.addr.clone(), status.gateway.listening);
    (status.active, status.connected, status.cluster.clone(), gateway, members)
}

#[test]
fn a_port_in_use_changes_nothing_and_its_holder_is_named() {
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

    for words in [&["cluster", "on", "--size", "2", "--strategy", "random"][..], &["connect", "remote"]] {
        let said = engine.refused(words);
        assert!(said.contains("in use") && said.contains(&taken.to_string()), "{said}");
        if cfg!(target_os = "linux") {
            assert!(said.contains(&format!("pid {}", std::process::id())), "it names who holds it: {said}");
        }
        assert_eq!(state(&engine.status()), state(&before), "{words:?}");
        assert_eq!(file(), file_before, "{words:?}");
    }
    // The same while it runs: to a port that is taken it does not move.
    let free = SocketAddr::new(V4, free_port(V4)).to_string();
    engine.done(&["set", "gateway.listen", &free]);
    engine.cluster_on(1, "round-robin");
    let before = engine.becomes("it is connected", |status| status.connected);
    engine.refused(&["set", "gateway.listen", &taken.to_string()]);
    assert_eq!(state(&engine.status()), state(&before));
    assert_eq!(engine.json::<String>(&["get", "gateway.listen"]), free);
    drop(holder);
    engine.done(&["set", "gateway.listen", &taken.to_string()]);
    assert_eq!(engine.gateway(), taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_port_moves_without_cutting_a_download() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    let before = engine.gateway();
    let download = Download::start(before, &origin).await;
    let pids: Vec<_> = engine.status().members.iter().map(|member| member.pid).collect();
    engine.done(&["set", "gateway.listen", &SocketAddr::new(V4, free_port(V4)).to_string()]);
    let after = engine.gateway();
    assert_ne!(after, before);
    assert!(refuses(before), "the old port is closed");
    get(after, &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
    assert_eq!(download.end().await, Some(content(30)), "what was open ends whole");
    assert_eq!(engine.status().members.iter().map(|member| member.pid).collect::<Vec<_>>(), pids);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_node_gets_nothing_new_and_ends_what_it_has() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    let gateway = engine.gateway();
    let downloads = [Download::start(gateway, &origin).await, Download::start(gateway, &origin).await];
    let status = engine.status();
    assert_eq!(status.members.iter().map(|member| member.active).collect::<Vec<_>>(), [1, 1]);
    engine.done(&["node", "remove", "one"]);
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
    engine.serves(1);
    // With the last node goes the traffic.
    engine.done(&["node", "remove", "other"]);
    let status = engine.becomes("it is off", |status| !status.active);
    assert_eq!((status.nodes, status.gateway.listening), (0, false));
    assert!(refuses(gateway));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnect_cuts_and_connect_goes_on_with_the_last_choice() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    engine.done(&["connect", "other"]);
    engine.serves(1);
    let gateway = engine.gateway();
    let download = Download::start(gateway, &origin).await;
    engine.done(&["disconnect"]);
    assert!(refuses(gateway));
    let cut = timeout(Duration::from_secs(2), download.end()).await.expect("it is cut, not left to end");
    assert_eq!(cut, None);
    let status = engine.becomes("the members ended", |status| status.members.is_empty());
    assert!(!status.active && !status.connected && !status.gateway.listening);
    engine.done(&["connect"]);
    engine.serves(1);
    assert_eq!(engine.status().members[0].name, "other");
    get(engine.gateway(), &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_mode_goes_through_the_gateway_with_one_member() {
    let origin = Origin::start(V4);
    let servers = [SocksServer::start(), SocksServer::start()];
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("one"), servers[1].node("other")]);
    let target = Target::from_host("site.test", origin.addr.port()).unwrap();
    for (name, server) in ["one", "other"].into_iter().zip(&servers) {
        engine.done(&["connect", name]);
        let status = engine.becomes("its member alone serves", |status| {
            status.members.len() == 1 && status.members[0].name == name && status.connected
        });
        assert!(status.active && !status.cluster.on);
        servers.iter().for_each(SocksServer::forget);
        for _ in 0..5 {
            get(engine.gateway(), &target, "/bytes/1000").await.unwrap();
        }
        assert_eq!(server.asked(), ["site.test"; 5]);
        assert!(eventually(LIMIT, || engine.status().members[0].active == 0));
    }
    // And back to many.
    engine.cluster_on(2, "round-robin");
    assert!(engine.status().cluster.on);
}

/// What was on before a restart is on after it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_goes_on_where_it_ended() {
    let origin = Origin::start(V4);
    let (_servers, engine) = two_members(&origin);
    for _ in 0..4 {
        get(engine.gateway(), &Target::Address(origin.addr), "/bytes/100000").await.unwrap();
    }
    let engine = engine.restarted(|_| {});
    engine.serves(2);
    get(engine.gateway(), &Target::Address(origin.addr), "/bytes/1000").await.unwrap();
    let down: u64 = engine.nodes().iter().map(|node| node.down).sum();
    assert!(down >= 401_000, "traffic of nodes is kept over a restart: {down}");
}

#[test]
fn another_node_and_off_are_told_as_the_user_sees_them() {
    let origin = Origin::start(V4);
    let servers = [SocksServer::start(), SocksServer::start()];
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("one"), servers[1].node("other")]);
    for name in ["one", "other"] {
        engine.done(&["connect", name]);
        engine.becomes("it serves", |status| {
            status.members.len() == 1 && status.members[0].name == name && status.connected
        });
    }
    engine.done(&["disconnect"]);
    engine.becomes("it is off", |status| !status.connected);
    let told = engine.events().into_iter().filter_map(|event| {
        if event.kind == EventKind::Disconnected {
            return Some("none works".into());
        }
        let EventKind::Connected { name, .. } = event.kind else { return None };
        Some(name)
    });
    assert_eq!(told.collect::<Vec<_>>(), ["one", "other"]);
}

#[cfg(unix)]
#[test]
fn a_deleted_runtime_folder_comes_back_with_its_socket() {
    let engine = Engine::start(&Origin::start(V4));
    std::fs::remove_dir_all(engine.home().join("run")).unwrap();
    assert_eq!(engine.run(&["status"]).code, Some(3));
    assert!(eventually(LIMIT, || engine.run(&["status"]).code == Some(0)), "it can be asked again");
}

/// Where a folder is deleted under a running engine and made anew, there is one engine on it in the end.
#[cfg(unix)]
#[test]
fn a_home_that_is_made_anew_has_one_engine() {
    let origin = Origin::start(V4);
    let mut first = Engine::start(&origin);
    let settings = std::fs::read(first.home().join("settings.json")).unwrap();
    std::fs::remove_dir_all(first.home()).unwrap();
    std::fs::create_dir(first.home()).unwrap();
    std::fs::write(first.home().join("settings.json"), settings).unwrap();
    let mut second = first.beside();
    let is_one = eventually(LIMIT, || first.ended().is_some() != second.try_wait().unwrap().is_some());
    let is_answered = eventually(LIMIT, || first.run(&["status"]).code == Some(0));
    let ended = (first.ended(), second.try_wait().unwrap());
    second.kill().ok();
    second.wait().unwrap();
    assert!(is_one && is_answered, "{ended:?}");
}
