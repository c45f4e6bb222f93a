//! A page that is slow itself, behind healthy members.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sluice::model::{EventKind, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::testbed::{NODES, Testbed};
use crate::client::get;
use crate::counterparts::{Origin, V4};

const CLIENTS: usize = 10;

/// Pages that each client fetches, one after another.
const ROUNDS: usize = 4;

/// The page takes 2.5 s, three times as long as a member initially gets before a replay.
const PAGE: &str = "/slow/3/2500";

const LIMIT: Duration = Duration::from_secs(20);

/// Fetches a page as browsers do through an HTTP proxy.
async fn get_by_http_proxy(gateway: SocketAddr, host: &str) -> String {
    let mut stream = TcpStream::connect(gateway).await.unwrap();
    let request = format!("GET http://{host}{PAGE} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// All clients fetch at the same time, half of them through SOCKS5, half through the HTTP proxy.
async fn ask(gateway: SocketAddr, port: u16) {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            for _ in 0..ROUNDS {
                if client % 2 == 0 {
                    let target = Target::Name("slow.test".into(), port);
                    let page = tokio::time::timeout(LIMIT, get(gateway, &target, PAGE)).await.unwrap();
                    assert_eq!(page.unwrap().len(), 3);
                } else {
                    let host = format!("slow.test:{port}");
                    let answer = tokio::time::timeout(LIMIT, get_by_http_proxy(gateway, &host)).await.unwrap();
                    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                }
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}

#[test]
fn a_slow_page_behind_healthy_members_is_requested_once() {
    for strategy in ["sticky", "round-robin"] {
        let testbed = Testbed::with_cluster_of(NODES);
        testbed.engine.run_ok(&["set", "cluster.strategy", strategy]);
        let slow = Arc::new(Origin::start(V4));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ask(testbed.engine.gateway(), slow.addr.port()));
        let (pages, requests) = (CLIENTS * ROUNDS, slow.requests());
        assert!(requests * 10 <= pages * 11, "{requests} requests for {pages} pages ({strategy})");
        let ejections =
            testbed.engine.events().into_iter().filter(|event| {
                matches!(event.kind, EventKind::MemberEjected { .. } | EventKind::MemberEvicted { .. })
            });
        assert_eq!(ejections.count(), 0, "{strategy}");
    }
}
