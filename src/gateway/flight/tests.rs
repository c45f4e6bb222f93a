//! First exchanges through members of which some misbehave.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::gateway::tests::stub::{Behavior, TcpServer, echo, read_rest, read_text, within};
use crate::gateway::tests::whole::TestGateway;
use crate::model::Outcome;
use crate::model::signal::Signal;

/// A ClientHello of three bytes; its echo serves as the response.
const HELLO: &[u8] = &[22, 3, 1, 0, 7, 1, 0, 0, 3, 7, 7, 7];

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n";

async fn send(stream: &mut TcpStream, words: &[u8]) {
    within(stream.write_all(words)).await.unwrap();
}

async fn expect(stream: &mut TcpStream, words: &[u8]) {
    assert_eq!(read_text(stream, words.len()).await.as_bytes(), words);
}

#[tokio::test]
async fn a_member_that_closes_is_replaced_transparently() {
    for behavior in [Behavior::CloseWhenAsked, Behavior::BreakWhenAsked] {
        for words in [HELLO, GET] {
            let (mut gate, site) =
                (TestGateway::over(&[behavior, Behavior::Serve]).await, TcpServer::start(echo).await);
            let mut tunnel = gate.tunnel(&site).await;
            send(&mut tunnel, words).await;
            expect(&mut tunnel, words).await;
            send(&mut tunnel, b"and more").await;
            expect(&mut tunnel, b"and more").await;
            assert_eq!(gate.totals.replayed(), 1);
            assert_eq!(gate.outcomes(), [(0, Signal::ClosedAlone), (1, Signal::FirstByte)]);
            // The client has sent it once.
            assert_eq!(gate.totals.reading().up, (words.len() + 8) as u64);
        }
    }
}

#[tokio::test]
async fn a_silent_members_request_is_hedged() {
    for words in [HELLO, GET] {
        let (mut gate, site) =
            (TestGateway::over(&[Behavior::Silent, Behavior::Serve]).await, TcpServer::start(echo).await);
        let mut tunnel = gate.tunnel(&site).await;
        send(&mut tunnel, words).await;
        expect(&mut tunnel, words).await;
        assert_eq!(gate.totals.replayed(), 1);
        assert_eq!(gate.outcomes(), [(0, Signal::Unanswered), (0, Signal::Silent), (1, Signal::FirstByte)]);
    }
}

/// A redirect to a login page is indistinguishable from any other redirect, so the client gets it and no failure is
/// reported. A handshake or a health check through the same member will detect it.
#[tokio::test]
async fn a_login_page_is_a_response_to_plain_http() {
    let (mut gate, site) =
        (TestGateway::over(&[Behavior::LoginPage, Behavior::Serve]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, GET).await;
    expect(&mut tunnel, b"HTTP/1.0 302 Found").await;
    assert_eq!((gate.outcomes(), gate.totals.replayed()), (vec![(0, Signal::FirstByte)], 0));
}

#[tokio::test]
async fn a_login_page_is_no_response_to_a_client_hello() {
    let (mut gate, site) =
        (TestGateway::over(&[Behavior::LoginPage, Behavior::Serve]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, HELLO).await;
    expect(&mut tunnel, HELLO).await;
    assert_eq!(gate.outcomes(), [(0, Signal::WrongAnswer), (1, Signal::FirstByte)]);
    // If all respond alike, the client gets that response.
    for behaviors in [&[Behavior::LoginPage][..], &[Behavior::LoginPage, Behavior::LoginPage]] {
        let gate = TestGateway::over(behaviors).await;
        let mut tunnel = gate.tunnel(&site).await;
        send(&mut tunnel, HELLO).await;
        expect(&mut tunnel, b"HTTP/1.0 302 Found").await;
    }
}

#[tokio::test]
async fn four_of_five_may_be_dead() {
    let behaviors =
        [Behavior::Silent, Behavior::CloseAtOnce, Behavior::CloseWhenAsked, Behavior::BreakWhenAsked, Behavior::Serve];
    let (mut gate, site) = (TestGateway::over(&behaviors).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, GET).await;
    expect(&mut tunnel, GET).await;
    let mut told = gate.outcomes();
    told.sort_by_key(|(member, _)| *member);
    let alone = [1, 2, 3].map(|member| (member, Signal::ClosedAlone));
    assert_eq!(told, [&[(0, Signal::Unanswered), (0, Signal::Silent)], &alone[..], &[(4, Signal::FirstByte)]].concat());
}

#[tokio::test]
async fn a_post_is_sent_once() {
    for behavior in [Behavior::CloseWhenAsked, Behavior::BreakWhenAsked] {
        let (gate, site) = (TestGateway::over(&[behavior, Behavior::Serve]).await, TcpServer::start(echo).await);
        let mut tunnel = gate.tunnel(&site).await;
        send(&mut tunnel, POST).await;
        assert_eq!(within(tunnel.read(&mut [0; 64])).await.unwrap_or(0), 0, "no answer");
        assert_eq!((gate.members[1].server.accepted(), site.accepted()), (0, 0));
        assert_eq!(gate.totals.replayed(), 0);
    }
}

#[tokio::test]
async fn a_member_lost_before_the_first_byte_is_replaced() {
    let (gate, site) =
        (TestGateway::over(&[Behavior::CloseAtOnce, Behavior::Serve]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    // The second member was tried before the client sent anything.
    within(async {
        while gate.members[1].server.accepted() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    send(&mut tunnel, POST).await;
    expect(&mut tunnel, POST).await;
}

#[tokio::test]
async fn early_data_is_sent_at_once_and_never_replayed() {
    let (gate, site) =
        (TestGateway::over(&[Behavior::CloseWhenAsked, Behavior::Serve]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, &[HELLO, &[23, 3, 3, 0, 1, 7]].concat()).await;
    assert_eq!(within(tunnel.read(&mut [0; 64])).await.unwrap_or(0), 0, "no answer");
    assert_eq!(gate.members[1].server.accepted(), 0);
}

#[tokio::test]
async fn a_slow_page_is_not_the_members_fault() {
    // The page responds to its first reader once a second one has connected, and never to the second.
    let second = Arc::new(Notify::new());
    let site = TcpServer::start(move |mut stream, number| {
        let second = Arc::clone(&second);
        async move {
            let _asked = stream.read_u8().await;
            if number > 0 {
                second.notify_one();
                return std::future::pending().await;
            }
            second.notified().await;
            let _told = stream.write_all(b"slow").await;
        }
    })
    .await;
    let mut gate = TestGateway::over(&[Behavior::Serve, Behavior::Serve]).await;
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, GET).await;
    expect(&mut tunnel, b"slow").await;
    assert_eq!(gate.outcomes(), [(0, Signal::Unanswered), (0, Signal::FirstByte)]);
    assert_eq!(gate.totals.replayed(), 0);
}

#[tokio::test]
async fn without_any_response_the_connection_ends_alike() {
    let (mut gate, site) =
        (TestGateway::over(&[Behavior::BreakWhenAsked, Behavior::CloseWhenAsked]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, GET).await;
    assert_eq!(read_rest(&mut tunnel).await, "");
    assert_eq!(gate.outcomes(), [(0, Signal::ClosedEmpty)]);
}

#[tokio::test]
async fn a_disconnected_client_causes_no_hedging() {
    let (gate, site) = (TestGateway::over(&[Behavior::Silent, Behavior::Silent]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, GET).await;
    within(async {
        while gate.members[1].server.accepted() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    tunnel.set_zero_linger().unwrap();
    drop(tunnel);
    within(async {
        while gate.totals.reading().active > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn silence_to_unrepeatable_data_is_reported() {
    let (mut gate, site) = (TestGateway::over(&[Behavior::Silent]).await, TcpServer::start(echo).await);
    let mut tunnel = gate.tunnel(&site).await;
    send(&mut tunnel, POST).await;
    let told = within(gate.outcomes.recv()).await.unwrap();
    let id = gate.members[0].upstream.id.clone();
    assert_eq!(told, Outcome { id, signal: Signal::Unanswered });
}
