//! The strategies with real members and many concurrent clients.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sluice::model::{Node, Target};
use tokio::task::JoinSet;

use crate::client::get;
use crate::counterparts::{EmbeddedServer, Fault, Hop, Origin, SocksServer, V4};
use crate::engine::Engine;
use crate::gateway::named;

const CLIENTS: usize = 16;

/// Fetches all pages with [`CLIENTS`] concurrent clients; every request must succeed.
async fn fetch_all(engine: &Engine, pages: Vec<(Target, &'static str)>) {
    let gateway = engine.gateway();
    let (next, pages) = (Arc::new(AtomicUsize::new(0)), Arc::new(pages));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (next, pages) = (next.clone(), pages.clone());
        clients.spawn(async move {
            while let Some((target, path)) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                get(gateway, target, path).await.unwrap();
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}

/// How many connections each member gets for `count` page requests.
async fn shares(engine: &Engine, origin: &Origin, count: usize) -> Vec<u64> {
    let before = engine.totals();
    fetch_all(engine, vec![(Target::Address(origin.addr), "/bytes/1000"); count]).await;
    engine.totals().iter().zip(before).map(|(after, before)| after - before).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_robin_is_even_to_within_one_connection() {
    let servers = [(); 3].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let origin = Origin::start(V4);
    let nodes: Vec<_> = servers.iter().map(EmbeddedServer::node).collect();
    let engine = Engine::cluster_of(&origin, &nodes, "round-robin");
    for count in [400, 200] {
        let shares = shares(&engine, &origin, count).await;
        assert_eq!(shares.iter().sum::<u64>(), count as u64, "each request used one member only");
        assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{shares:?}");
    }
}

/// Which server got the requests for each site. A site that was requested from two servers fails the test.
fn server_of_site(servers: &[SocksServer]) -> HashMap<String, usize> {
    let mut server_of_site = HashMap::new();
    for (nth, server) in servers.iter().enumerate() {
        // Health checks request an address.
        for site in server.requested_hosts().into_iter().filter(|host| host.ends_with(".test")) {
            let earlier = server_of_site.insert(site.clone(), nth);
            assert!(earlier.is_none_or(|earlier| earlier == nth), "{site} was requested from two servers");
        }
        server.clear_requests();
    }
    server_of_site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sticky_keeps_each_site_on_its_member_and_moves_only_sites_of_a_member_that_leaves() {
    let servers = [(); 3].map(|()| SocksServer::start());
    let origin = Origin::start(V4);
    let nodes: Vec<_> = servers.iter().enumerate().map(|(nth, server)| server.node(&format!("node {nth}"))).collect();
    let engine = Engine::cluster_of(&origin, &nodes, "sticky");
    let hosts = |prefix: &str| -> Vec<_> {
        let host = |nth| format!("{prefix}site-{nth}.test");
        (0..200).map(|nth| Target::from_host(&host(nth), origin.addr.port()).unwrap()).collect()
    };
    let sites: Vec<_> = hosts("").into_iter().map(|site| (site, "/bytes/10")).collect();

    fetch_all(&engine, [sites.clone(), sites.clone(), sites.clone()].concat()).await;
    let first = server_of_site(&servers);
    assert_eq!(first.len(), 200);
    for nth in 0..3 {
        let share = first.values().filter(|&&way| way == nth).count();
        // 67 expected; a fair draw of 200 is beyond these bounds once in ten million.
        assert!((33..=101).contains(&share), "member {nth} has {share} of 200 sites");
    }
    // Hosts of one site use the same member.
    fetch_all(&engine, hosts("www.").into_iter().map(|host| (host, "/bytes/10")).collect()).await;
    let of_hosts = server_of_site(&servers);
    assert!(of_hosts.iter().all(|(host, way)| first[host.trim_start_matches("www.")] == *way));

    engine.run_ok(&["node", "exclude", "node 1"]);
    engine.wait_for_members(2);
    fetch_all(&engine, sites.clone()).await;
    let without = server_of_site(&servers);
    assert!(without.values().all(|&way| way != 1), "an excluded node gets nothing");
    let moved = |now: &HashMap<String, usize>| -> Vec<_> {
        first.iter().filter(|(site, way)| now[*site] != **way).map(|(_, way)| *way).collect()
    };
    assert!(moved(&without).iter().all(|&way| way == 1), "only sites of the excluded member moved");

    engine.run_ok(&["node", "exclude", "node 1", "--undo"]);
    engine.wait_for_members(3);
    fetch_all(&engine, sites.clone()).await;
    assert!(moved(&server_of_site(&servers)).is_empty(), "every site is back on its member");

    engine.run_ok(&["node", "remove", "node 2"]);
    engine.wait_for_members(2);
    fetch_all(&engine, sites).await;
    assert!(moved(&server_of_site(&servers)).iter().all(|&way| way == 2), "only sites of the removed member moved");
}

/// A cluster of three members, of which the middle one is slow.
struct ClusterWithSlowMember {
    _servers: [EmbeddedServer; 3],
    _hop: Hop,
    origin: Origin,
    engine: Engine,
}

impl ClusterWithSlowMember {
    fn start(strategy: &str, delay: Duration) -> Self {
        let servers = [(); 3].map(|()| EmbeddedServer::start("aes-256-gcm"));
        let origin = Origin::start(V4);
        let hop = Hop::to(servers[1].addr);
        hop.set(Fault::Delay(delay));
        let nodes = servers.iter().enumerate().map(|(nth, server)| named(&format!("node {nth}"), server.node()));
        let mut nodes: Vec<Node> = nodes.collect();
        nodes[1].port = hop.addr.port();
        let engine = Engine::cluster_of(&origin, &nodes, strategy);
        Self { _servers: servers, _hop: hop, origin, engine }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn least_connections_gives_fewer_connections_to_a_slow_member() {
    let cluster = ClusterWithSlowMember::start("least-connections", Duration::from_millis(500));
    let shares = shares(&cluster.engine, &cluster.origin, 400).await;
    assert!(shares[1] * 3 < shares[0] && shares[1] * 3 < shares[2], "the middle member is slow: {shares:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fastest_gives_fewer_connections_to_a_slow_member_once_it_is_measured() {
    let cluster = ClusterWithSlowMember::start("fastest", Duration::from_secs(1));
    shares(&cluster.engine, &cluster.origin, 60).await;
    let shares = shares(&cluster.engine, &cluster.origin, 400).await;
    assert!(shares[1] * 4 < shares[0] && shares[1] * 4 < shares[2], "the middle member is slow: {shares:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failover_uses_the_next_tier_only_if_the_first_one_fails() {
    let servers = [(); 3].map(|()| SocksServer::start());
    let origin = Origin::start(V4);
    let mut nodes: Vec<_> =
        servers.iter().enumerate().map(|(nth, server)| server.node(&format!("node {nth}"))).collect();
    let hop = Hop::to(servers[2].addr);
    nodes[2].port = hop.addr.port();
    let engine = Engine::cluster_of(&origin, &nodes, "failover");
    engine.run_ok(&["node", "edit", "node 0", "--tier", "2"]);
    engine.run_ok(&["node", "edit", "node 1", "--tier", "1"]);
    assert_eq!(shares(&engine, &origin, 50).await, [0, 0, 50]);
    hop.set(Fault::Refuse);
    let after = shares(&engine, &origin, 50).await;
    assert_eq!((after[0], after[1]), (0, 50), "the next tier is used: {after:?}");
}
