//! Records without connections.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::*;
use crate::gateway::connections::entry::ConnectionEntry;
use crate::gateway::tests::stub::upstream;
use crate::model::connection::{ClientProtocol, ConnectionEnd, ConnectionView, NodeChoice};
use crate::model::route::RouteDecision;
use crate::model::{Route, Target};
use crate::os::client_program::Program;

const HERE: ClientAddress =
    ClientAddress { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 40_000, at: 1_080, is_local: true };

fn track(tracker: &Arc<ConnectionTracker>, host: &str, client: ClientAddress) -> Tracked {
    let target = Target::from_host(host, 443).unwrap();
    let decision = RouteDecision { route: Route::Pool, rule: None };
    tracker.track(TrackedRequest { client, target: &target, protocol: ClientProtocol::Socks5, decision, door: None })
}

fn entry(name: &str) -> Arc<ConnectionEntry> {
    Arc::new(ConnectionEntry::new(Arc::new(upstream(name, "host")), None))
}

fn rows(tracker: &ConnectionTracker) -> Vec<ConnectionView> {
    let mut rows: Vec<_> = tracker.list().iter().map(|record| record.view()).collect();
    rows.sort_by_key(|row| row.id);
    rows
}

#[test]
fn the_last_ended_connections_stay_listed() {
    let tracker = Arc::default();
    let open = track(&tracker, "open.test", HERE);
    for _ in 0..MAX_ENDED + 100 {
        drop(track(&tracker, "ended.test", HERE));
    }
    let rows = rows(&tracker);
    assert_eq!(rows.len(), MAX_ENDED + 1);
    assert_eq!((rows[0].id, rows[0].ended), (1, None));
    assert_eq!((rows[1].id, rows[1].ended), (102, Some(ConnectionEnd::Closed)));
    drop(open);
}

#[test]
fn only_the_newest_open_connections_are_listed() {
    let tracker = Arc::default();
    let open: Vec<_> = (0..MAX_LISTED + 10).map(|_| track(&tracker, "open.test", HERE)).collect();
    let rows = rows(&tracker);
    assert_eq!((rows.len(), rows[0].id), (MAX_LISTED, 11));
    drop(open);
}

#[test]
fn replayed_bytes_count_once() {
    let tracker = Arc::default();
    let tracked = track(&tracker, "a.test", HERE);
    let (first, second) = (entry("first"), entry("second"));
    tracked.set_carrier(&first, CarrierChoice::Strategy(crate::model::Strategy::Sticky));
    first.up.fetch_add(300, Relaxed);
    let stamp = tracker.list()[0].stamp();
    second.up.fetch_add(300, Relaxed);
    second.down.fetch_add(5_000, Relaxed);
    tracked.set_carrier(&second, CarrierChoice::Replayed(Arc::clone(first.upstream())));
    assert_ne!(tracker.list()[0].stamp(), stamp);
    let row = rows(&tracker).remove(0);
    assert_eq!((row.up, row.down), (300, 5_000));
    assert_eq!(row.node.as_ref(), Some(&second.upstream().id));
    assert_eq!(row.why, Some(NodeChoice::Replayed { from: first.upstream().id.clone() }));
    drop(tracked);
    assert_eq!(rows(&tracker)[0].down, 5_000, "what has ended keeps its figures");
}

#[test]
fn a_record_ends_with_its_last_handle() {
    let tracker = Arc::default();
    let one = track(&tracker, "a.test", HERE);
    let other = one.clone();
    one.set_end(ConnectionEnd::Reset);
    drop(one);
    assert_eq!(rows(&tracker)[0].ended, None);
    other.set_end(ConnectionEnd::Closed);
    drop(other);
    assert_eq!(rows(&tracker)[0].ended, Some(ConnectionEnd::Reset), "what is noted first counts");
}

#[test]
fn only_the_requested_connections_are_closed() {
    let tracker = Arc::default();
    let open: Vec<_> = (0..4).map(|_| (track(&tracker, "a.test", HERE), entry("node"))).collect();
    for (tracked, entry) in &open[..3] {
        tracked.set_carrier(entry, CarrierChoice::Only);
    }
    // The last one has no member yet: it is closed as soon as it has.
    assert_eq!(tracker.close(&[2, 4, 99]), 2);
    open[3].0.set_carrier(&open[3].1, CarrierChoice::Only);
    let closed: Vec<_> = open.iter().map(|(_, entry)| entry.cancelled.load(Relaxed)).collect();
    assert_eq!(closed, [false, true, false, true]);
    drop(open);
    let ends: Vec<_> = rows(&tracker).iter().map(|row| row.ended.unwrap()).collect();
    use ConnectionEnd::{Cancelled, Closed};
    assert_eq!(ends, [Closed, Cancelled, Closed, Cancelled]);
    assert_eq!(tracker.close(&[1, 2]), 0);
}

#[test]
fn programs_are_looked_up_for_local_clients_only() {
    let tracker = Arc::default();
    let elsewhere = ClientAddress { ip: "192.168.1.7".parse().unwrap(), is_local: false, ..HERE };
    let (here, _there) = (track(&tracker, "a.test", HERE), track(&tracker, "b.test", elsewhere));
    let sought = || tracker.list().iter().filter_map(|record| record.unidentified()).collect::<Vec<_>>();
    let [socket] = sought()[..] else { panic!("{:?}", sought()) };
    assert_eq!(
        (socket.local.to_string(), socket.remote.to_string()),
        ("127.0.0.1:40000".into(), "127.0.0.1:1080".into())
    );
    let stamp = tracker.list()[0].stamp();
    tracker.list()[0].identify(Arc::new(Program { name: "curl".into(), pid: 7 }));
    assert_eq!(sought(), []);
    assert_ne!(tracker.list()[0].stamp(), stamp);
    assert_eq!(rows(&tracker)[0].program.as_deref(), Some("curl"));
    assert_eq!(rows(&tracker)[1].client, "192.168.1.7:40000");
    drop(here);
    assert_eq!(rows(&tracker)[0].program.as_deref(), Some("curl"), "it is known after the end");
}

#[test]
fn notifications_need_a_watcher() {
    let tracker: Arc<ConnectionTracker> = Arc::default();
    let mut opened = tracker.watch();
    drop(track(&tracker, "a.test", HERE));
    assert!(opened.has_changed().unwrap());
    opened.mark_unchanged();
    let _other = track(&tracker, "b.test", HERE);
    assert!(opened.has_changed().unwrap());
}

#[test]
fn a_record_is_small_and_hides_its_host() {
    let size = size_of::<ConnectionRecord>();
    assert!(size <= 144, "{size} bytes");
    let tracker = Arc::default();
    let _tracked = track(&tracker, "secret.test", HERE);
    assert!(!format!("{tracker:?} {:?}", tracker.list()).contains("secret"));
}
