//! Nodes whose connections stall after some bytes: found while transfers run, and by the next check without traffic.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sluice::model::snapshot::{MemberState, Snapshot};
use sluice::model::{EventKind, Settings, Target};
use tokio::task::JoinSet;

use super::testbed::{NODES, NodeFault, Testbed, name};
use crate::client::get;

/// Time within which a node that stalls is found under traffic.
const FOUND: Duration = Duration::from_secs(10);

/// Clients that fetch pages of this length from many sites, until stopped. Each fetches one after another and gives up
/// after a while.
struct Transfers {
    stop: Arc<AtomicBool>,
    complete: Arc<AtomicUsize>,
    work: std::thread::JoinHandle<()>,
}

impl Transfers {
    fn start(gateway: SocketAddr, port: u16, bytes: usize) -> Self {
        let (stop, complete) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (stopped, counted) = (stop.clone(), complete.clone());
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut clients = JoinSet::new();
                for client in 0..16 {
                    clients.spawn(fetch(gateway, port, bytes, client, stopped.clone(), counted.clone()));
                }
                clients.join_all().await;
            });
        });
        Self { stop, complete, work }
    }

    /// Waits until so many pages were complete.
    fn wait_for(&self, count: usize) {
        assert!(crate::counterparts::eventually(crate::engine::LIMIT, || self.complete.load(Relaxed) >= count));
    }

    fn stop(self) {
        self.stop.store(true, Relaxed);
        self.work.join().unwrap();
    }
}

async fn fetch(
    gateway: SocketAddr,
    port: u16,
    bytes: usize,
    client: usize,
    stop: Arc<AtomicBool>,
    complete: Arc<AtomicUsize>,
) {
    let mut turn = client;
    while !stop.load(Relaxed) {
        let target = Target::Name(format!("site{}.test", turn % 40).into(), port);
        let path = format!("/bytes/{bytes}");
        let page = tokio::time::timeout(Duration::from_secs(4), get(gateway, &target, &path)).await;
        if page.is_ok_and(|page| page.is_ok_and(|page| page.len() == bytes)) {
            complete.fetch_add(1, Relaxed);
        }
        turn += 16;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Five nodes whose checks transfer so many bytes.
fn testbed(bytes: usize, change: impl FnOnce(&mut Settings)) -> Testbed {
    Testbed::with(NODES, |settings| {
        settings.health.transfer_bytes = bytes;
        // The first page of the checks is on the same server.
        settings.health.transfer_url = settings.health.urls[0].replace("/204", "/bytes/65536");
        change(settings);
    })
}

fn has_lost_the_first(status: &Snapshot) -> bool {
    let first = status.members.iter().find(|member| member.name == name(0));
    first.is_none_or(|member| matches!(member.state, MemberState::Ejected | MemberState::Draining))
}

/// Members other than the first that were ejected.
fn wrongly_ejected(testbed: &Testbed) -> usize {
    let is_other =
        |kind: &EventKind| matches!(kind, EventKind::MemberEjected { name: ejected, .. } if *ejected != name(0));
    testbed.engine.count_events(is_other)
}

/// How long it takes under traffic of pages of this length.
fn found_under_traffic(testbed: &Testbed, fault: NodeFault, bytes: usize) -> Duration {
    let load = Transfers::start(testbed.engine.gateway(), testbed.origin.addr.port(), bytes);
    load.wait_for(60);
    testbed.inject(fault, 1);
    let start = Instant::now();
    testbed.engine.wait_for("the node is found", has_lost_the_first);
    let took = start.elapsed();
    assert_eq!(wrongly_ejected(testbed), 0);
    load.stop();
    took
}

#[test]
fn a_node_that_stalls_after_16_kb_is_found_under_traffic() {
    let took = found_under_traffic(&testbed(32 * 1024, |_| {}), NodeFault::Stalls(16 * 1024), 50_000);
    assert!(took < FOUND, "{took:?}");
}

#[test]
fn transfers_of_several_sites_are_proof_without_a_test_transfer() {
    let took = found_under_traffic(&testbed(0, |_| {}), NodeFault::Stalls(60 * 1024), 110_000);
    assert!(took < 2 * FOUND, "{took:?}");
}

#[test]
fn a_node_that_stalls_after_the_hand_over_is_found_under_traffic() {
    let took = found_under_traffic(&testbed(0, |_| {}), NodeFault::Stalls(300 * 1024), 600_000);
    assert!(took < 2 * FOUND, "{took:?}");
}

#[test]
fn a_node_that_stalls_is_found_by_the_next_check_without_traffic() {
    let testbed = testbed(32 * 1024, |settings| settings.health.schedule = vec![1]);
    testbed.inject(NodeFault::Stalls(16 * 1024), 1);
    let start = Instant::now();
    testbed.engine.wait_for("the node is found", has_lost_the_first);
    assert!(start.elapsed() < FOUND, "{:?}", start.elapsed());
    assert_eq!(wrongly_ejected(&testbed), 0);
}

/// Pages whose length is known and that stop half-way, behind healthy members.
#[test]
fn sites_that_stop_half_way_cost_no_member() {
    let testbed = testbed(32 * 1024, |settings| settings.health.schedule = vec![1]);
    let load = Transfers::start(testbed.engine.gateway(), testbed.origin.addr.port(), 50_000);
    load.wait_for(60);
    let (gateway, port) = (testbed.engine.gateway(), testbed.origin.addr.port());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut slow = JoinSet::new();
        for site in 0..10 {
            slow.spawn(async move {
                let target = Target::Name(format!("slow{site}.test").into(), port);
                // One byte each 30 s.
                let page = get(gateway, &target, "/drip/100/30000");
                assert!(tokio::time::timeout(Duration::from_secs(12), page).await.is_err(), "it stops half-way");
            });
        }
        slow.join_all().await;
    });
    load.stop();
    let ejections = testbed
        .engine
        .count_events(|kind| matches!(kind, EventKind::MemberEjected { .. } | EventKind::MemberEvicted { .. }));
    assert_eq!(ejections, 0);
}
