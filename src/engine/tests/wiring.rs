//! The queues between engine, pool and gateway: no deadlock, and outcomes for the pool cost the engine nothing.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::loaded;
use crate::model::command::ImportScope;
use crate::model::{Command, Kind, Node};
use crate::pool::{self, Candidate, Check, PoolSpec};

/// Members at a time.
const FEW: usize = 10;

/// More reports and commands than fit into a queue.
const MANY: usize = 400;

/// No test waits longer for anything.
const LIMIT: Duration = Duration::from_secs(30);

fn config() -> pool::Config {
    pool::Config {
        program: "sluice".into(),
        ss_local: None,
        ssr_local: None,
        port_base: 20_000,
        excluded_ports: Vec::new(),
        plugins: Vec::new(),
        runtime_dir: "/nowhere".into(),
        check: Check { urls: Vec::new(), statuses: vec![204], limit: LIMIT, transfer: None },
        direct_urls: Vec::new(),
    }
}

/// Other members in each round; they need no process, and nothing listens on their port.
fn wanted(round: usize) -> PoolSpec {
    let kind = || Kind::Socks5 { login: None };
    let node = |index| Node::new(format!("n{round}-{index}"), format!("127.0.{round}.{index}"), 1, kind());
    let nodes = (1..=FEW).map(node);
    let candidate = |node: Node| Candidate { id: node.id(), node: Arc::new(node), meter: Arc::default() };
    PoolSpec {
        candidates: nodes.map(candidate).collect(),
        others: Vec::new(),
        quotas: Vec::new(),
        size: FEW,
        drain_limit: Duration::ZERO,
        schedule: vec![Duration::from_secs(600)],
    }
}

#[tokio::test]
async fn unread_reports_do_not_block_commands_to_the_pool() {
    let (_outcomes, outcomes) = mpsc::channel(1);
    let (reports, reported) = mpsc::unbounded_channel();
    let pool = pool::spawn(config(), outcomes, reports);
    let orders = async {
        for round in 0..MANY / FEW {
            pool.apply(wanted(round)).await;
            // All are ready, and the reports are not read.
            while reported.len() < (round + 1) * FEW {
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..MANY {
            pool.configure(config()).await;
        }
    };
    tokio::time::timeout(LIMIT, orders).await.expect("the pool takes orders all the same");
}

/// A member that closes every connection.
async fn closing_member() -> (u16, tokio::task::JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { while listener.accept().await.is_ok() {} });
    (port, tasks)
}

#[tokio::test]
async fn outcomes_build_no_snapshots() {
    let (_home, _handle, mut engine) = loaded();
    let (port, _member) = closing_member().await;
    engine.import(vec![format!("socks5://127.0.0.1:{port}#n").into()], ImportScope::Nodes).await;
    let node = Some("n".to_owned());
    let call = engine.inbox.open.next_id();
    engine.execute(Command::Connect { node }, call).await.unwrap();

    let addr = engine.listening.addr().unwrap();
    let refused = |_| async move {
        let mut client = TcpStream::connect(addr).await.unwrap();
        client.write_all(b"\x05\x01\x00\x05\x01\x00\x03\x07example\x01\xbb").await.unwrap();
        let _refused = client.read_to_end(&mut Vec::new()).await;
    };
    // Many at once: each waits some time for a member that works.
    let traffic = stream::iter(0..MANY).for_each_concurrent(MANY / 4, refused);
    let (mut traffic, mut built) = (pin!(traffic), 0);
    loop {
        engine.publish();
        built += 1;
        tokio::select! {
            () = &mut traffic => break,
            input = engine.next() => engine.on(input).await,
        }
    }
    let failures = engine.nodes.entries()[0].meter.read().failures;
    println!("{failures} outcomes, {built} snapshots");
    assert!(failures >= MANY as u64, "{failures}");
    assert!(built < MANY / 10, "{built} snapshots for {failures} outcomes");
}
