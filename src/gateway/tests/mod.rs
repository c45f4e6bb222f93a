//! Shared parts of this room's tests (stub members, servers and gateways), and tests of the whole room.

#[cfg(target_os = "linux")]
mod handed;
mod replaced;
pub(super) mod stub;
pub(super) mod whole;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::stub::{Behavior, TcpServer, echo, read_text, within};
use self::whole::TestGateway;
use crate::gateway::Config;

async fn is_echoed(tunnel: &mut TcpStream) {
    tunnel.write_all(b"hello").await.unwrap();
    assert_eq!(read_text(tunnel, 5).await, "hello");
}

#[tokio::test]
async fn connections_of_a_member_without_process_end_though_publications_were_missed() {
    let (gateway, site) = (TestGateway::over(&[Behavior::Serve, Behavior::Serve]).await, TcpServer::start(echo).await);
    let mut first = gateway.tunnel(&site).await;
    is_echoed(&mut first).await;
    gateway.publish(&[1], &[0]);
    let mut second = gateway.tunnel(&site).await;
    is_echoed(&mut second).await;
    // It drains: no new connection, and this one continues.
    is_echoed(&mut first).await;
    assert_eq!(gateway.members[1].server.accepted(), 1);
    // No await here: the gateway misses the first of these publications.
    gateway.publish(&[1], &[]);
    gateway.publish(&[1], &[]);
    assert!(within(first.read_u8()).await.is_err(), "it was cut");
    is_echoed(&mut second).await;
}

#[tokio::test]
async fn a_lower_limit_holds_though_more_are_open() {
    let (gateway, site) = (TestGateway::over(&[Behavior::Serve]).await, TcpServer::start(echo).await);
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(gateway.tunnel(&site).await);
    }
    gateway.handle.configure(Config { max_connections: 3, ..whole::config() });
    // The listener holds one more permit already; the one at [::1] keeps its own.
    open.push(gateway.tunnel(&site).await);
    open.truncate(3);
    active(&gateway, 3).await;
    let mut next = Box::pin(gateway.tunnel(&site));
    assert!(timeout(Duration::from_millis(300), &mut next).await.is_err(), "as many are open as are allowed");
    open.truncate(1);
    is_echoed(&mut next.await).await;
    gateway.handle.configure(whole::config());
    for _ in 0..6 {
        open.push(gateway.tunnel(&site).await);
    }
    is_echoed(open.last_mut().unwrap()).await;
}

/// Waits until this many clients are connected.
async fn active(gateway: &TestGateway, count: usize) {
    within(async {
        while gateway.totals.reading().active > count as u64 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
