//! Whose fault it is: this machine's own network, the nodes, or a page in between that wants a
//! login. The network is a page behind a hop of its own, that members are not asked for.

use std::time::{Duration, Instant};

use sluice::model::snapshot::{MemberState, Network};
use sluice::model::{EventKind, Target};

use crate::client::{ask, body, get};
use crate::counterparts::{EmbeddedServer, Fault, Hop, LOGIN, Origin, V4, content, until};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;
use crate::socks::Socks;

/// An engine on a network that can be taken away: three members and one spare, each behind a hop,
/// and a page to look at directly, behind another.
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

    fn all(&self, fault: Fault) {
        self.hops.iter().chain([&self.direct]).for_each(|hop| hop.set(fault));
    }

    fn target(&self) -> Target {
        Target::Address(self.origin.addr)
    }

    /// How long until a page comes.
    async fn back_after(&self) -> Duration {
        let (start, gateway) = (Instant::now(), self.engine.gateway());
        while get(gateway, &self.target(), "/bytes/1000").await.is_err() {
            assert!(start.elapsed() < LIMIT, "traffic flows again");
        }
        start.elapsed()
    }

    #[track_caller]
    fn blames_nobody(&self) {
        let is_blame =
            |kind: &EventKind| matches!(kind, EventKind::MemberEjected { .. } | EventKind::MemberEvicted { .. });
        assert_eq!(self.engine.count_events(is_blame), 0, "{:#?}", self.engine.events());
    }

    #[track_caller]
    fn told(&self, kind: &EventKind) -> usize {
        self.engine.count_events(|event| event == kind)
    }
}

/// How long the network is away: a few seconds, or as many as `SLUICE_LAB_SECONDS` says.
fn outage() -> Duration {
    let seconds =
        std::env::var("SLUICE_LAB_SECONDS").map_or(4, |seconds| seconds.parse().expect("a number of seconds"));
    Duration::from_secs(seconds)
}

async fn check_own_network(fault: Fault) {
    let lab = Lab::start();
    let engine = &lab.engine;
    lab.all(fault);
    engine.becomes("the network is known to be down", |status| status.health.network == Network::Down);
    tokio::time::sleep(outage()).await;
    let status = engine.status();
    let usable = |state| [MemberState::Serving, MemberState::Warming, MemberState::Suspect].contains(&state);
    assert!(status.members.iter().all(|member| usable(member.state)), "{:#?}", status.members);
    lab.all(Fault::None);
    let back = lab.back_after().await;
    assert!(back < Duration::from_secs(2), "traffic flows again after {back:?}");
    engine.becomes("the network is known to be back", |status| status.health.network == Network::Up);
    engine.serves(3);
    lab.blames_nobody();
    assert_eq!((lab.told(&EventKind::NetworkDown), lab.told(&EventKind::NetworkBack)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_refuses_everything_is_no_fault_of_the_nodes() {
    check_own_network(Fault::Refuse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_is_no_fault_of_the_nodes() {
    check_own_network(Fault::BlackHole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_page_is_told_from_a_network_that_is_down() {
    let lab = Lab::start();
    let direct = format!("[\"http://{}/302\"]", lab.direct.addr);
    lab.engine.done(&["set", "health.direct_urls", &direct]);
    lab.engine.done(&["set", "health.urls", &format!("[\"{}\"]", lab.origin.url("/302"))]);
    lab.engine.becomes("the login page is seen", |status| status.health.network == Network::Portal);
    assert_eq!(lab.told(&EventKind::CaptivePortal { location: LOGIN.into() }), 1, "{:#?}", lab.engine.events());
    lab.blames_nobody();
    lab.engine.done(&["set", "health.urls", &format!("[\"{}\"]", lab.origin.url("/204"))]);
    lab.engine.done(&["set", "health.direct_urls", &format!("[\"http://{}/204\"]", lab.direct.addr)]);
    lab.engine.serves(3);
    assert_eq!(lab.told(&EventKind::NetworkBack), 1);
    lab.blames_nobody();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_every_node_fails_on_a_network_that_works_that_is_told_once_and_all_stay_in_use() {
    let lab = Lab::start();
    lab.hops.iter().for_each(|hop| hop.set(Fault::Refuse));
    let panics = || lab.told(&EventKind::AllNodesFail { members: 3 });
    assert!(until(LIMIT, || panics() == 1).await, "{:#?}", lab.engine.events());
    let status = lab.engine.status();
    assert!(status.members.iter().filter(|member| member.state == MemberState::Suspect).count() >= 3, "{status:#?}");
    assert_eq!(status.health.network, Network::Up);
    let tried = |kind: &EventKind| matches!(kind, EventKind::MemberReady { name, .. } if name == "node 3");
    assert!(until(LIMIT, || lab.engine.count_events(tried) == 1).await, "the spare is tried");
    lab.hops[0].set(Fault::None);
    lab.engine.becomes("one works again", |status| status.connected);
    get(lab.engine.gateway(), &lab.target(), "/bytes/1000").await.unwrap();
    lab.hops.iter().for_each(|hop| hop.set(Fault::None));
    // With the one that works as proof the others may be ejected by now; the first cooldown takes half a minute.
    let serving = || lab.engine.status().members.into_iter().filter(|member| member.state.is_serving()).count();
    assert!(until(2 * LIMIT, || serving() == 3).await, "three serve again: {:#?}", lab.engine.status());
    assert_eq!(panics(), 1);
    assert_eq!(lab.told(&EventKind::NetworkDown), 0);
}

/// The member is evicted for its checks; what runs through it is not its checks' business.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_download_outlives_the_eviction_of_its_member() {
    const LENGTH: usize = 100_000_000;
    let lab = Lab::start();
    let target = lab.target();
    let mut download = Socks::open(lab.engine.gateway()).connect(&target).await.unwrap();
    ask(&mut download, &target, &format!("/bytes/{LENGTH}")).await.unwrap();
    download.readable().await.unwrap();
    let carrier = lab.engine.becomes("it runs", |status| status.members.iter().any(|member| member.active > 0));
    let carrier = carrier.members.into_iter().find(|member| member.active > 0).unwrap();
    let nth: usize = carrier.name.trim_start_matches("node ").parse().unwrap();
    // Open connections run on where the port is closed.
    lab.hops[nth].set(Fault::Refuse);
    let start = Instant::now();
    let evicted = |kind: &EventKind| matches!(kind, EventKind::MemberEvicted { id, replacement: Some(_), .. } if *id == carrier.id);
    assert!(until(LIMIT, || lab.engine.count_events(evicted) == 1).await, "{:#?}", lab.engine.events());
    assert!(start.elapsed() < Duration::from_secs(10), "replaced after {:?}", start.elapsed());
    let status = lab.engine.status();
    let draining = status.members.iter().find(|member| member.id == carrier.id);
    assert_eq!(draining.map(|member| member.state), Some(MemberState::Draining));

    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut download, &mut answer).await.unwrap();
    assert!(body(&answer).unwrap() == content(LENGTH), "the download came whole");
    drop(download);
    lab.engine.becomes("its carrier ends with it", |status| {
        !status.members.iter().any(|member| member.state == MemberState::Draining)
    });
    lab.engine.serves(3);
}
