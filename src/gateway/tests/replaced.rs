//! Requests in progress while members fail, are removed, and are replaced by others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::stub::{Behavior, StubMember, TcpServer, echo, read_head, within};
use super::whole::TestGateway;
use crate::model::Upstream;

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// How a client sends a request.
#[derive(Clone, Copy, Debug)]
enum RequestForm {
    Tunnel,
    Proxied,
}

const FORMS: [RequestForm; 2] = [RequestForm::Tunnel, RequestForm::Proxied];

async fn page() -> TcpServer {
    TcpServer::start(|mut stream, _number| async move {
        read_head(&mut stream).await;
        let _left = stream.write_all(PAGE).await;
    })
    .await
}

/// Sends a request, and returns the head of the response.
async fn get(gateway: &TestGateway, site: &TcpServer, form: RequestForm) -> String {
    read_head(&mut ask(gateway, site, form).await).await
}

/// Sends a request.
async fn ask(gateway: &TestGateway, site: &TcpServer, form: RequestForm) -> TcpStream {
    let url = site.named("site");
    let (mut stream, place) = match form {
        RequestForm::Tunnel => (gateway.tunnel(site).await, String::new()),
        RequestForm::Proxied => (TcpStream::connect(gateway.handle.addr()).await.unwrap(), format!("http://{url}")),
    };
    stream.write_all(format!("GET {place}/ HTTP/1.1\r\nHost: {url}\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

/// Waits for a condition.
async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The same node with another process.
fn restarted(node: &StubMember, process: StubMember) -> StubMember {
    let upstream = Upstream {
        id: node.upstream.id.clone(),
        spawn: node.upstream.spawn + 1,
        meter: Arc::clone(&node.upstream.meter),
        ..Upstream::clone(&process.upstream)
    };
    StubMember { upstream: Arc::new(upstream), server: process.server }
}

#[tokio::test]
async fn if_all_members_fail_the_one_that_comes_next_is_tried() {
    let site = page().await;
    for form in FORMS {
        for first in [Behavior::Refuse, Behavior::CloseAtOnce, Behavior::CloseWhenAsked, Behavior::BreakWhenAsked] {
            let gateway = TestGateway::over(&[first, Behavior::Refuse, Behavior::Serve]).await;
            gateway.publish(&[0, 1], &[]);
            let replaced = async {
                until(|| gateway.members[..2].iter().all(|member| member.server.accepted() > 0)).await;
                gateway.publish(&[0, 1, 2], &[]);
            };
            let ((), head) = tokio::join!(replaced, get(&gateway, &site, form));
            assert!(head.starts_with("HTTP/1.1 200"), "{form:?}, {first:?}: {head}");
        }
    }
}

#[tokio::test]
async fn a_member_that_closed_before_the_request_is_not_tried_again() {
    let site = page().await;
    let gateway = TestGateway::over(&[Behavior::CloseAtOnce, Behavior::CloseWhenAsked, Behavior::Refuse]).await;
    let mut tunnel = gateway.tunnel(&site).await;
    until(|| gateway.members[1].server.accepted() > 0).await;
    tunnel.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    assert_eq!(within(tunnel.read(&mut [0; 64])).await.unwrap_or(0), 0, "no response");
    assert_eq!(gateway.members[0].server.accepted(), 1);
}

#[tokio::test]
async fn if_the_only_member_is_silent_the_one_that_comes_next_is_tried() {
    let site = page().await;
    for form in FORMS {
        let gateway = TestGateway::over(&[Behavior::Silent, Behavior::Serve]).await;
        gateway.publish(&[0], &[]);
        let ejected = async {
            until(|| gateway.members[0].server.accepted() > 0).await;
            gateway.publish(&[1], &[0]);
        };
        let ((), head) = tokio::join!(ejected, get(&gateway, &site, form));
        assert!(head.starts_with("HTTP/1.1 200"), "{form:?}: {head}");
    }
}

#[tokio::test]
async fn the_request_of_a_process_that_ended_is_sent_through_the_next_one_of_the_same_node() {
    let site = page().await;
    for form in FORMS {
        let first = StubMember::that(Behavior::Silent).await;
        let second = restarted(&first, StubMember::start().await);
        let mut gateway = TestGateway::of(vec![first, second]);
        gateway.publish(&[0], &[]);
        let process = std::mem::replace(&mut gateway.members[0].server, TcpServer::start(echo).await);
        let meter = &gateway.members[0].upstream.meter;
        let restart = async {
            until(|| meter.read().up > 0).await;
            drop(process);
            // The pool learns of it later than the gateway.
            until(|| meter.read().failures > 0).await;
            gateway.publish(&[1], &[]);
        };
        let ((), head) = tokio::join!(restart, get(&gateway, &site, form));
        assert!(head.starts_with("HTTP/1.1 200"), "{form:?}: {head}");
    }
}

#[tokio::test]
async fn a_request_goes_on_when_its_member_is_removed() {
    let site = page().await;
    for form in FORMS {
        let gateway = TestGateway::over(&[Behavior::Silent, Behavior::Serve]).await;
        let removed = async {
            until(|| gateway.members[0].upstream.meter.read().up > 0).await;
            gateway.publish(&[1], &[]);
        };
        let ((), head) = tokio::join!(removed, get(&gateway, &site, form));
        assert!(head.starts_with("HTTP/1.1 200"), "{form:?}: {head}");
    }
}

#[tokio::test]
async fn a_replay_goes_on_when_the_member_that_failed_is_removed() {
    let release = Arc::new(Notify::new());
    let released = Arc::clone(&release);
    let site = TcpServer::start(move |mut stream, _number| {
        let released = Arc::clone(&released);
        async move {
            read_head(&mut stream).await;
            released.notified().await;
            let _left = stream.write_all(PAGE).await;
        }
    })
    .await;
    for form in FORMS {
        let gateway = TestGateway::over(&[Behavior::CloseWhenAsked, Behavior::Serve]).await;
        let before = site.accepted();
        let removed = async {
            until(|| site.accepted() > before).await;
            gateway.publish(&[1], &[]);
            // The gateway has handled the publication.
            drop(gateway.tunnel(&site).await);
            gateway.publish(&[1], &[]);
            release.notify_waiters();
            release.notify_one();
        };
        let ((), head) = tokio::join!(removed, get(&gateway, &site, form));
        assert!(head.starts_with("HTTP/1.1 200"), "{form:?}: {head}");
    }
}

#[tokio::test]
async fn a_tunnel_without_traffic_changes_its_member_when_that_is_removed() {
    let (site, gateway) = (page().await, TestGateway::over(&[Behavior::Serve, Behavior::Serve]).await);
    let mut tunnel = gateway.tunnel(&site).await;
    gateway.publish(&[1], &[]);
    until(|| gateway.members[1].server.accepted() > 0).await;
    tunnel.write_all(b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert!(read_head(&mut tunnel).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_member_that_failed_is_tried_again_once_it_has_passed_a_check() {
    let site = page().await;
    for form in FORMS {
        let gateway = TestGateway::of(vec![StubMember::in_turn(&[Behavior::Refuse, Behavior::Serve]).await]);
        let meter = &gateway.members[0].upstream.meter;
        let checked = async {
            until(|| meter.read().failures > 0).await;
            meter.answered(None, 0);
        };
        let ((), head) = tokio::join!(checked, get(&gateway, &site, form));
        assert!(head.starts_with("HTTP/1.1 200"), "{form:?}: {head}");
    }
}

#[tokio::test]
async fn the_request_of_the_only_member_whose_server_dies_waits_until_that_is_back() {
    let site = page().await;
    for form in FORMS {
        for first in [Behavior::CloseAtOnce, Behavior::CloseWhenAsked, Behavior::BreakWhenAsked] {
            // Two connections are checks: of its process, and of its server.
            let member = StubMember::in_turn(&[first, Behavior::Refuse, Behavior::Refuse, Behavior::Serve]).await;
            let gateway = TestGateway::of(vec![member]);
            let meter = &gateway.members[0].upstream.meter;
            let checked = async {
                until(|| meter.read().failures > 0).await;
                meter.answered(None, 0);
            };
            let ((), head) = tokio::join!(checked, get(&gateway, &site, form));
            assert!(head.starts_with("HTTP/1.1 200"), "{form:?}, {first:?}: {head}");
        }
    }
}

#[tokio::test]
async fn a_request_that_the_site_closes_is_sent_once() {
    for form in FORMS {
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let site = TcpServer::start(move |mut stream, _number| {
            let count = Arc::clone(&count);
            async move {
                if stream.read(&mut [0; 1_024]).await.is_ok_and(|length| length > 0) {
                    count.fetch_add(1, SeqCst);
                }
            }
        })
        .await;
        let gateway = TestGateway::over(&[Behavior::Serve]).await;
        let mut response = [0; 1_024];
        let length = within(ask(&gateway, &site, form).await.read(&mut response)).await.unwrap_or(0);
        assert!(!response[..length].starts_with(b"HTTP/1.1 200"), "{form:?}");
        assert_eq!(requests.load(SeqCst), 1, "{form:?}");
    }
}
