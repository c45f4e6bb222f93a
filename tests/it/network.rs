//! Telling apart an outage of the own network, failing nodes, and a captive portal. The network is a page behind a hop,
//! which is fetched directly and never through members.

use std::time::{Duration, Instant};

use sluice::model::snapshot::{MemberState, Network};
use sluice::model::{EventKind, Target};

use crate::client::{ask, body, get};
use crate::counterparts::{EmbeddedServer, Fault, Hop, LOGIN, Origin, V4, content, until};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;
use crate::socks::Socks;

/// An engine on a network that can fail: three members and one spare, each behind a hop, and a page for the direct
/// connectivity checks behind another one.
struct Lab {
    _servers: Vec<EmbeddedServer>,
    hops: Vec<Hop>,
    direct: Hop,
    origin: Origin,
    engine: Engine,
}

impl Lab {
    fn start() -> Self {
        let servers: Vec<_> = (0..4).map(|_| EmbeddedServer::start("aes-256-gcm")).collect();
        let origin = Origin::start(V4);
        let direct = Hop::to(origin.addr);
        let hops: Vec<_> = servers.iter().map(|server| Hop::to(server.addr)).collect();
        let nodes = servers.iter().zip(&hops).enumerate().map(|(nth, (server, hop))| {
            let mut node = named(&format!("node {nth}"), server.node());
            node.port = hop.addr.port();
            node
        });
        let engine = Setup::new(&origin, |settings| {
            settings.health.direct_urls = vec![format!("http://{}/204", direct.addr)];
            settings.health.limit_s = 2;
            settings.health.schedule = vec![1];
        });
        let engine = engine.start();
        engine.import(&nodes.collect::<Vec<_>>());
        engine.cluster_on(3, "round-robin");
        Self { _servers: servers, hops, direct, origin, engine }
    }

    /// Injects a fault into the whole network. At the same time everywhere: a member that still works while another one
    /// fails already would prove that one faulty.
    fn all(&self, fault: Fault) {
        Hop::set_all([&self.direct].into_iter().chain(&self.hops), fault);
    }

    fn target(&self) -> Target {
        Target::Address(self.origin.addr)
    }

    /// How long until a page loads.
    async fn back_after(&self) -> Duration {
        let (start, gateway) = (Instant::now(), self.engine.gateway());
        while get(gateway, &self.target(), "/bytes/1000").await.is_err() {
            assert!(start.elapsed() < LIMIT, "traffic flows again");
        }
        start.elapsed()
    }

    #[track_caller]
    fn assert_nothing_ejected(&self) {
        let is_ejection =
            |kind: &EventKind| matches!(kind, EventKind::MemberEjected { .. } | EventKind::MemberEvicted { .. });
        assert_eq!(self.engine.count_events(is_ejection), 0, "{:#?}", self.engine.events());
    }

    #[track_caller]
    fn count(&self, kind: &EventKind) -> usize {
        self.engine.count_events(|event| event == kind)
    }
}

/// How long it may take until traffic flows again: two seconds, and a margin for a busy machine.
const BACK_LIMIT: Duration = Duration::from_secs(5);

/// How long the network is down: a few seconds, or `SLUICE_LAB_SECONDS`.
fn outage() -> Duration {
    let seconds = std::env::var("SLUICE_LAB_SECONDS")
        .map_or(4, |seconds| seconds.parse().expect("SLUICE_LAB_SECONDS is a number"));
    Duration::from_secs(seconds)
}

async fn check_own_network(fault: Fault) {
    let lab = Lab::start();
    let engine = &lab.engine;
    lab.all(fault);
    engine.wait_for("the network is reported as down", |status| status.health.network == Network::Down);
    tokio::time::sleep(outage()).await;
    let status = engine.status();
    let usable = |state| [MemberState::Serving, MemberState::Warming, MemberState::Suspect].contains(&state);
    assert!(status.members.iter().all(|member| usable(member.state)), "{:#?}", status.members);
    lab.all(Fault::None);
    let back = lab.back_after().await;
    assert!(back < BACK_LIMIT, "traffic flows again after {back:?}");
    engine.wait_for("the network is reported as up", |status| status.health.network == Network::Up);
    engine.wait_for_members(3);
    lab.assert_nothing_ejected();
    assert_eq!((lab.count(&EventKind::NetworkDown), lab.count(&EventKind::NetworkBack)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_refuses_connections_ejects_no_node() {
    check_own_network(Fault::Refuse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_drops_everything_ejects_no_node() {
    check_own_network(Fault::BlackHole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captive_portal_is_distinguished_from_an_outage() {
    let lab = Lab::start();
    let direct = format!("[\"http://{}/302\"]", lab.direct.addr);
    lab.engine.run_ok(&["set", "health.direct_urls", &direct]);
    lab.engine.run_ok(&["set", "health.urls", &format!("[\"{}\"]", lab.origin.url("/302"))]);
    lab.engine.wait_for("the captive portal is reported", |status| status.health.network == Network::Portal);
    assert_eq!(lab.count(&EventKind::CaptivePortal { location: LOGIN.into() }), 1, "{:#?}", lab.engine.events());
    lab.assert_nothing_ejected();
    lab.engine.run_ok(&["set", "health.urls", &format!("[\"{}\"]", lab.origin.url("/204"))]);
    lab.engine.run_ok(&["set", "health.direct_urls", &format!("[\"http://{}/204\"]", lab.direct.addr)]);
    lab.engine.wait_for_members(3);
    assert_eq!(lab.count(&EventKind::NetworkBack), 1);
    lab.assert_nothing_ejected();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn if_every_node_fails_on_a_working_network_all_stay_in_use_and_one_event_says_so() {
    let lab = Lab::start();
    // A direct check that times out on a busy machine would be reported as an outage.
    lab.engine.run_ok(&["set", "health.limit_s", "20"]);
    Hop::set_all(&lab.hops, Fault::Refuse);
    let all_nodes_fail = || lab.count(&EventKind::AllNodesFail { members: 3 });
    assert!(until(LIMIT, || all_nodes_fail() == 1).await, "{:#?}", lab.engine.events());
    let status = lab.engine.wait_for("all three stay in use", |status| {
        status.members.iter().filter(|member| member.state == MemberState::Suspect).count() >= 3
    });
    assert_eq!(status.health.network, Network::Up);
    let tried = |kind: &EventKind| matches!(kind, EventKind::MemberReady { name, .. } if name == "node 3");
    assert!(until(LIMIT, || lab.engine.count_events(tried) >= 1).await, "the spare is tried");
    lab.hops[0].set(Fault::None);
    lab.engine.wait_for("one node works again", |status| status.connected);
    get(lab.engine.gateway(), &lab.target(), "/bytes/1000").await.unwrap();
    Hop::set_all(&lab.hops, Fault::None);
    // The node that works proves the others faulty, so they may be ejected by now. The first cooldown is 30 s, the second
    // one a minute.
    let serving = || lab.engine.status().members.into_iter().filter(|member| member.state.is_serving()).count();
    assert!(until(4 * LIMIT, || serving() == 3).await, "three serve again: {:#?}", lab.engine.status());
    assert_eq!(all_nodes_fail(), 1);
    assert_eq!(lab.count(&EventKind::NetworkDown), 0);
}

/// The member is evicted because its checks fail; its open connections continue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_download_outlives_the_eviction_of_its_member() {
    const LENGTH: usize = 100_000_000;
    let lab = Lab::start();
    let target = lab.target();
    let mut download = Socks::open(lab.engine.gateway()).connect(&target).await.unwrap();
    ask(&mut download, &target, &format!("/bytes/{LENGTH}")).await.unwrap();
    download.readable().await.unwrap();
    let status =
        lab.engine.wait_for("the download runs", |status| status.members.iter().any(|member| member.active > 0));
    let carrier = status.members.into_iter().find(|member| member.active > 0).unwrap();
    let nth: usize = carrier.name.trim_start_matches("node ").parse().unwrap();
    // Closing the port does not affect open connections.
    lab.hops[nth].set(Fault::Refuse);
    let start = Instant::now();
    let evicted = |kind: &EventKind| matches!(kind, EventKind::MemberEvicted { id, replacement: Some(_), .. } if *id == carrier.id);
    assert!(until(LIMIT, || lab.engine.count_events(evicted) == 1).await, "{:#?}", lab.engine.events());
    assert!(start.elapsed() < Duration::from_secs(20), "replaced after {:?}", start.elapsed());
    let status = lab.engine.status();
    let draining = status.members.iter().find(|member| member.id == carrier.id);
    assert_eq!(draining.map(|member| member.state), Some(MemberState::Draining));

    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut download, &mut answer).await.unwrap();
    assert!(body(&answer).unwrap() == content(LENGTH), "the download is complete");
    drop(download);
    lab.engine.wait_for("the drained member ends with the download", |status| {
        !status.members.iter().any(|member| member.state == MemberState::Draining)
    });
    lab.engine.wait_for_members(3);
}
