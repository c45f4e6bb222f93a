//! A download of a gigabyte and a WebSocket through a node that stays in the list are not affected by updates of any kind.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sluice::model::subscription::NodeChange;
use sluice::model::{EventKind, Target};
use tokio::io::AsyncReadExt;
use tokio::task::JoinSet;

use super::{added, counts, engine_with_short_limit, every_failure, idle, links, names, updated};
use crate::client::ask;
use crate::counterparts::{
    EmbeddedServer, Origin, Provider, ProviderReply, V4, WebSocket, WebSocketServer, content, eventually,
};
use crate::engine::{Engine, LIMIT};
use crate::gateway::named;
use crate::socks::Socks;

/// A download that is compared byte by byte, and throttled until it is told to finish.
struct Download {
    so_far: Arc<AtomicU64>,
    hurry: Arc<AtomicBool>,
    work: JoinSet<io::Result<()>>,
}

/// The size of the download.
const GIGABYTE: u64 = 1_000_000_000;

impl Download {
    fn start(gateway: SocketAddr, origin: &Origin) -> Self {
        let (so_far, hurry) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let mut work = JoinSet::new();
        work.spawn(download(gateway, Target::Address(origin.addr), so_far.clone(), hurry.clone()));
        Self { so_far, hurry, work }
    }

    fn bytes(&self) -> u64 {
        self.so_far.load(Ordering::SeqCst)
    }

    /// Finishes it at full speed; the number of bytes.
    async fn end(mut self) -> u64 {
        self.hurry.store(true, Ordering::SeqCst);
        let result = self.work.join_next().await.unwrap().unwrap();
        result.expect("the download was not interrupted");
        self.bytes()
    }
}

async fn download(
    gateway: SocketAddr,
    target: Target,
    so_far: Arc<AtomicU64>,
    hurry: Arc<AtomicBool>,
) -> io::Result<()> {
    let mut stream =
        Socks::open(gateway).connect(&target).await.map_err(|refusal| io::Error::other(format!("{refusal:?}")))?;
    ask(&mut stream, &target, &format!("/bytes/{GIGABYTE}")).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let expected = content(1_000_003);
    let (mut piece, mut at) = (vec![0; 1 << 18], 0);
    while so_far.load(Ordering::SeqCst) < GIGABYTE {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let wanted = expected[at..].iter().chain(&expected).take(count);
        if !wanted.eq(&piece[..count]) {
            return Err(io::Error::other("the bytes differ"));
        }
        at = (at + count) % expected.len();
        so_far.fetch_add(count as u64, Ordering::SeqCst);
        if !hurry.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}

/// A WebSocket that exchanges messages until it is told to stop.
struct WebSocketTraffic {
    messages: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    work: JoinSet<io::Result<()>>,
}

impl WebSocketTraffic {
    async fn start(gateway: SocketAddr, server: &WebSocketServer) -> Self {
        let target = Target::Address(server.addr);
        let stream = Socks::open(gateway).connect(&target).await.unwrap();
        let mut socket = WebSocket::open(stream, &target.to_string()).await.unwrap();
        let (messages, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (count, stopped) = (messages.clone(), stop.clone());
        let mut work = JoinSet::new();
        work.spawn(async move {
            while !stopped.load(Ordering::SeqCst) {
                let nth = count.fetch_add(1, Ordering::SeqCst);
                socket.echo(format!("message {nth} {}", "x".repeat(nth as usize % 2_000)).as_bytes()).await?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Ok(())
        });
        Self { messages, stop, work }
    }

    fn count(&self) -> u64 {
        self.messages.load(Ordering::SeqCst)
    }

    async fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        self.work.join_next().await.unwrap().unwrap().expect("the WebSocket was not interrupted");
        self.count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_does_not_affect_traffic_on_a_node_that_stays() {
    let origin = Origin::start(V4);
    let sockets = WebSocketServer::start();
    let servers = [(); 4].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let [stays, renamed, goes, comes] = ["Stays", "Renamed", "Goes", "Comes"];
    let of = |place: usize, name: &str| named(name, servers[place].node());
    let first = [of(0, stays), of(1, renamed), of(2, goes)];
    let provider = Provider::start(&links(&first));
    let engine = engine_with_short_limit(&origin);
    engine.import(&[idle("by hand", "z")]);
    engine.run_ok(&["node", "exclude", "by hand"]);
    assert_eq!(counts(&added(&engine, &provider, "Cloud")), [3, 0, 0, 0]);

    // All traffic uses the first tier; one connection stays on the node that is removed.
    let tier = |name: &str, tier: &str| engine.run_ok(&["node", "edit", name, "--tier", tier]);
    for (name, number) in [(stays, "3"), (renamed, "3"), (goes, "2")] {
        tier(name, number);
    }
    engine.cluster_on(3, "failover");
    let drained = WebSocketTraffic::start(engine.gateway(), &sockets).await;
    tier(stays, "1");
    engine.run_ok(&["node", "edit", stays, "--weight", "7"]);
    let member = |engine: &Engine, name: &str| {
        engine.status().members.into_iter().find(|member| member.name == name).unwrap_or_else(|| panic!("no {name}"))
    };
    let download = Download::start(engine.gateway(), &origin);
    let talk = WebSocketTraffic::start(engine.gateway(), &sockets).await;
    assert!(eventually(LIMIT, || download.bytes() > 1_000_000 && talk.count() > 10));
    let before = member(&engine, stays);
    assert!(before.active >= 2, "both use the node that stays: {before:?}");
    assert!(member(&engine, goes).active >= 1);

    // Another order and a new name; one node removed and one added; then every failure.
    provider.serve_list(&links(&[of(1, "Renamed anew"), of(0, stays), of(2, goes)]));
    assert_eq!(counts(&updated(&engine)), [0, 0, 1, 2]);
    provider.serve_list(&links(&[of(3, comes), of(1, "Renamed anew"), of(0, stays)]));
    let changes = updated(&engine);
    assert_eq!(counts(&changes), [1, 1, 0, 2]);
    let (served, progress) = (talk.count(), download.bytes());
    for reply in every_failure() {
        provider.reply_with(reply.0.clone());
        engine.run_err(&["subscription", "update"]);
    }
    provider.reply_with(ProviderReply::List(
        links(&[of(0, stays), of(1, "Renamed anew"), of(3, comes)]),
        vec![("etag", "\"3\"".into())],
    ));
    assert_eq!(counts(&updated(&engine)), [0, 0, 0, 3]);
    assert_eq!(counts(&updated(&engine)), [0, 0, 0, 3], "no changes");
    assert_eq!(provider.requests().last().unwrap().header("if-none-match"), "\"3\"");

    // Neither was interrupted; process, position, edits and counters are unchanged.
    let after = member(&engine, stays);
    assert_eq!((after.pid, &after.addr), (before.pid, &before.addr), "the same process");
    assert!(after.total >= before.total && after.down > before.down && after.failures >= before.failures);
    assert!(talk.count() > served && download.bytes() > progress, "both continued during the updates");
    assert_eq!(
        names(&engine),
        ["by hand", stays, "Renamed anew", comes],
        "the user's order, with new nodes at the end"
    );
    let node = engine.nodes().into_iter().find(|node| node.name == stays).unwrap();
    assert_eq!((node.weight, node.tier, node.group.as_str()), (7, 1, "Cloud"));
    engine.wait_for("the new node serves", |status| {
        status.members.iter().any(|member| member.name == comes && member.state.is_serving())
    });

    // The open connection of the removed node continues.
    assert!(drained.end().await > 10);
    assert!(talk.end().await > served);
    assert_eq!(download.end().await, GIGABYTE);
    assert!(engine.nodes().iter().find(|node| node.name == stays).unwrap().down >= GIGABYTE, "the bytes are counted");

    let mut updates = Vec::new();
    for event in engine.events() {
        if let EventKind::SubscriptionUpdated { changes, .. } = event.kind
            && changes.is_news()
        {
            updates.push(changes.details);
        }
    }
    let [added, renamed_anew, exchanged] = updates.as_slice() else {
        panic!("three updates changed something: {updates:?}")
    };
    assert_eq!(added.len(), 3);
    assert!(
        matches!(&renamed_anew[..], [NodeChange::Renamed { from, name, .. }] if from == renamed && name == "Renamed anew"),
        "{renamed_anew:?}"
    );
    let [NodeChange::Added { name: new, .. }, NodeChange::Removed { name: old, .. }] = &exchanged[..] else {
        panic!("{exchanged:?}")
    };
    assert_eq!((new.as_str(), old.as_str()), (comes, goes));
    let lines = engine.run_ok(&["events"]);
    assert!(lines.contains("Cloud was updated: 1 added (Comes), 1 removed (Goes)"), "{lines}");
}
