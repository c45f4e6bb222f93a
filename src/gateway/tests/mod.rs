//! What the tests of this room share, members, servers and gateways to order, and tests of the whole.

pub(super) mod stub;
pub(super) mod whole;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use self::stub::{Behavior, TcpServer, echo, read_text, within};
use self::whole::TestGateway;

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
    // It drains: no new connection, and this one goes on.
    is_echoed(&mut first).await;
    assert_eq!(gateway.members[1].server.accepted(), 1);
    // Nothing here waits: the gateway sleeps through the first of these.
    gateway.publish(&[1], &[]);
    gateway.publish(&[1], &[]);
    assert!(within(first.read_u8()).await.is_err(), "it was cut");
    is_echoed(&mut second).await;
}
