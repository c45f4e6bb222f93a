//! Each protocol over a real connection: from the first byte to an echo behind a member, and the ways in which clients
//! fail.

use std::net::Ipv6Addr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{ListenerProtocol, Rejected};
use crate::gateway::auth::AuthPolicy;
use crate::gateway::tests::stub::{
    LIMIT, StubGateway, StubMember, TcpServer, echo, opener, read_head, read_rest, read_text, within,
};
use crate::model::{Handshake, Login, Target};
use crate::socks5::write_address;

fn login() -> Login {
    Login { user: "me".into(), password: "secret".into() }
}

fn asking_for_login() -> AuthPolicy {
    AuthPolicy { login: Some(login()), doors: Vec::new(), handshake_limit: LIMIT, max_handshakes: 64 }
}

fn connect_request(target: &Target) -> Vec<u8> {
    let mut request = vec![5, 1, 0];
    write_address(&mut request, target);
    request
}

async fn check_echo(client: &mut TcpStream) {
    client.write_all(b"hello").await.unwrap();
    assert_eq!(read_text(client, 5).await, "hello");
}

async fn check_socks5(target: Target) {
    let member = StubMember::start().await;
    let gate = StubGateway::start(opener(&[&member])).await;
    let mut client = gate.connect().await;
    client.write_all(&[5, 1, 0]).await.unwrap();
    assert_eq!(read_text(&mut client, 2).await, "\x05\0");
    client.write_all(&connect_request(&target)).await.unwrap();
    assert_eq!(read_text(&mut client, 10).await, "\x05\0\0\x01\0\0\0\0\0\0");
    check_echo(&mut client).await;
    assert_eq!(gate.users(), [None]);
}

#[tokio::test]
async fn socks5_by_address_and_name() {
    let echo = TcpServer::start(echo).await;
    check_socks5(Target::Address(echo.addr)).await;
    check_socks5(Target::Name("echo.test".into(), echo.addr.port())).await;
    check_socks5(Target::Name(format!("{}.test", "x".repeat(250)).into(), echo.addr.port())).await;
}

#[tokio::test]
async fn socks5_by_ipv6_address() {
    let echo = TcpServer::on((Ipv6Addr::LOCALHOST, 0).into(), echo).await;
    check_socks5(Target::Address(echo.addr)).await;
    check_socks5(Target::from_host("::1", echo.addr.port()).unwrap()).await;
}

#[tokio::test]
async fn socks5_all_at_once_with_early_data() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::with(Some(login()), Handshake::Stepwise).await;
    let gate = StubGateway::start(opener(&[&member])).await;
    let mut client = gate.connect().await;
    let request = connect_request(&Target::Address(echo.addr));
    client.write_all(&[&[5, 1, 0], &request[..], b"early"].concat()).await.unwrap();
    assert_eq!(read_text(&mut client, 12 + 5).await, "\x05\0\x05\0\0\x01\0\0\0\0\0\0early");
    check_echo(&mut client).await;
}

#[tokio::test]
async fn socks5_user_isolates_connections_without_a_login() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::start().await;
    let gate = StubGateway::start(opener(&[&member])).await;
    let mut client = gate.connect().await;
    client.write_all(&[&[5, 2, 0, 2], &b"\x01\x05alice\x01x"[..]].concat()).await.unwrap();
    client.write_all(&connect_request(&Target::Address(echo.addr))).await.unwrap();
    assert_eq!(read_text(&mut client, 4).await, "\x05\x02\x01\0");
    assert_eq!(read_text(&mut client, 10).await, "\x05\0\0\x01\0\0\0\0\0\0");
    assert_eq!(gate.users(), [Some("alice".into())]);
}

#[tokio::test]
async fn socks5_login_good_and_bad() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::with(Some(login()), Handshake::Pipelined).await;
    let gate = StubGateway::with(opener(&[&member]), asking_for_login()).await;
    let mut client = gate.connect().await;
    client.write_all(b"\x05\x02\x00\x02\x01\x02me\x06secret").await.unwrap();
    client.write_all(&connect_request(&Target::Address(echo.addr))).await.unwrap();
    assert_eq!(read_text(&mut client, 14).await, "\x05\x02\x01\0\x05\0\0\x01\0\0\0\0\0\0");
    check_echo(&mut client).await;

    let mut client = gate.connect().await;
    client.write_all(b"\x05\x01\x02\x01\x02me\x06sEcret").await.unwrap();
    assert_eq!(read_rest(&mut client).await, "\x05\x02\x01\x01");
    drop(client);
    assert_eq!(gate.rejected().await, Rejected::Login);

    let mut client = gate.connect().await;
    client.write_all(&[5, 1, 0]).await.unwrap();
    let mut answer = [0; 2];
    tokio::io::AsyncReadExt::read_exact(&mut client, &mut answer).await.unwrap();
    assert_eq!(answer, [5, 0xff]);
}

#[tokio::test]
async fn wrong_logins_are_delayed_and_correct_ones_are_not() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::start().await;
    let gate = StubGateway::with(opener(&[&member]), asking_for_login()).await;
    let begun = std::time::Instant::now();
    // By SOCKS and by HTTP: three are free, the fourth waits 250 ms, the fifth 500 ms.
    for number in 0..5 {
        let mut client = gate.connect().await;
        if number % 2 == 0 {
            client.write_all(b"\x05\x01\x02\x01\x02me\x02no").await.unwrap();
            assert_eq!(read_rest(&mut client).await, "\x05\x02\x01\x01");
        } else {
            let guess = "Proxy-Authorization: Basic bWU6bm8=";
            client.write_all(format!("CONNECT a.test:1 HTTP/1.1\r\n{guess}\r\n\r\n").as_bytes()).await.unwrap();
            assert!(read_rest(&mut client).await.starts_with("HTTP/1.1 407 "));
        }
    }
    assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
    let begun = std::time::Instant::now();
    let mut client = gate.connect().await;
    client.write_all(b"\x05\x01\x02\x01\x02me\x06secret").await.unwrap();
    client.write_all(&connect_request(&Target::Address(echo.addr))).await.unwrap();
    assert_eq!(read_text(&mut client, 4).await, "\x05\x02\x01\0");
    assert!(begun.elapsed() < Duration::from_millis(700));
}

#[tokio::test]
async fn concurrent_guesses_are_not_checked() {
    let gate = StubGateway::with(opener(&[]), asking_for_login()).await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = gate.connect().await;
        client.write_all(b"\x05\x01\x02").await.unwrap();
        assert_eq!(read_text(&mut client, 2).await, "\x05\x02");
        clients.push(client);
    }
    for client in &mut clients {
        client.write_all(b"\x01\x02me\x02no").await.unwrap();
    }
    let mut heard = 0;
    for mut client in clients {
        let mut answer = Vec::new();
        let _reset = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut answer).await;
        heard += usize::from(answer == b"\x01\x01");
    }
    assert!((4..=12).contains(&heard), "{heard} of 40 guesses were answered");
}

#[tokio::test]
async fn clients_without_a_login_cannot_use_all_connections() {
    let policy = AuthPolicy { max_handshakes: 2, ..asking_for_login() };
    let gate = StubGateway::with(opener(&[]), policy).await;
    let mut silent = Vec::new();
    for _ in 0..2 {
        let mut client = gate.connect().await;
        client.write_all(b"\x05\x01\x02").await.unwrap();
        assert_eq!(read_text(&mut client, 2).await, "\x05\x02");
        silent.push(client);
    }
    assert_eq!(read_rest(&mut gate.connect().await).await, "");
    assert_eq!(gate.rejected().await, Rejected::TooMany);
    drop(silent);
    within(async {
        loop {
            let mut client = gate.connect().await;
            // Refused while the others still count: then the write or the read fails.
            let _refused = client.write_all(b"\x05\x01\x02").await;
            let mut answer = [0; 2];
            if tokio::io::AsyncReadExt::read_exact(&mut client, &mut answer).await.is_ok() {
                return assert_eq!(answer, [5, 2]);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn socks5_replies_with_the_reason() {
    let member = StubMember::start().await;
    let gate = StubGateway::start(opener(&[&member])).await;
    let closed = TcpServer::start(echo).await.addr;
    let reply_to = async |request: &[u8]| {
        let mut client = gate.connect().await;
        client.write_all(&[&[5, 1, 0], request].concat()).await.unwrap();
        read_rest(&mut client).await.as_bytes()[3]
    };
    assert_eq!(reply_to(&connect_request(&Target::Address(closed))).await, 5);
    assert_eq!(reply_to(&[5, 2, 0, 1, 127, 0, 0, 1, 0, 80]).await, 7);
    assert_eq!(reply_to(&[5, 1, 0, 9]).await, 8);
}

#[tokio::test]
async fn socks5_without_a_member_is_a_general_failure() {
    let gate = StubGateway::start(opener(&[])).await;
    let mut client = gate.connect().await;
    let request = connect_request(&Target::Name("a.test".into(), 80));
    client.write_all(&[&[5, 1, 0], &request[..]].concat()).await.unwrap();
    assert_eq!(read_rest(&mut client).await, "\x05\0\x05\x01\0\x01\0\0\0\0\0\0");
}

#[tokio::test]
async fn socks4_and_4a() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::start().await;
    let gate = StubGateway::start(opener(&[&member])).await;
    let [high, low] = echo.addr.port().to_be_bytes();
    let head = [4, 1, high, low];
    for rest in [&b"\x7f\0\0\x01me\0"[..], b"\0\0\0\x01me\0echo.test\0"] {
        let mut client = gate.connect().await;
        client.write_all(&[&head[..], rest, b"early"].concat()).await.unwrap();
        assert_eq!(read_text(&mut client, 8 + 5).await, "\0\x5a\0\0\0\0\0\0early");
        check_echo(&mut client).await;
    }
    assert_eq!(gate.users(), [Some("me".into()), Some("me".into())]);
}

#[tokio::test]
async fn socks4_is_refused_if_a_login_is_required() {
    let gate = StubGateway::with(opener(&[]), asking_for_login()).await;
    let mut client = gate.connect().await;
    client.write_all(b"\x04\x01\0\x50\x7f\0\0\x01me\0").await.unwrap();
    assert_eq!(read_rest(&mut client).await, "\0\x5d\0\0\0\0\0\0");
    drop(client);
    assert_eq!(gate.rejected().await, Rejected::Login);
}

#[tokio::test]
async fn http_connect_with_early_data() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::start().await;
    let gate = StubGateway::start(opener(&[&member])).await;
    let mut client = gate.connect().await;
    let request = format!("CONNECT {} HTTP/1.1\r\nHost: x\r\n\r\nearly", echo.named("echo"));
    client.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(read_head(&mut client).await, "HTTP/1.1 200 Connection established\r\n\r\n");
    assert_eq!(read_text(&mut client, 5).await, "early");
    check_echo(&mut client).await;
}

#[tokio::test]
async fn http_connect_responds_with_the_reason() {
    let member = StubMember::start().await;
    let closed = TcpServer::start(echo).await.addr;
    for (members, status, kind) in [
        (&[&member][..], "502 Bad Gateway", "connection_refused"),
        (&[], "503 Service Unavailable", "destination_unavailable"),
    ] {
        let gate = StubGateway::start(opener(members)).await;
        let mut client = gate.connect().await;
        client.write_all(format!("CONNECT {closed} HTTP/1.1\r\n\r\nearly").as_bytes()).await.unwrap();
        let answer = read_rest(&mut client).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
        assert!(answer.contains(&format!("\r\nProxy-Status: sluice; error={kind}\r\n")), "{answer}");
    }
}

async fn check_rejected(sent: &[u8], reason: Rejected, answer: &str) {
    let gate = StubGateway::start(opener(&[])).await;
    let mut client = gate.connect().await;
    client.write_all(sent).await.unwrap();
    client.shutdown().await.unwrap();
    let text = read_rest(&mut client).await;
    assert!(text.starts_with(answer), "{text}");
    assert_eq!(gate.rejected().await, reason);
}

#[tokio::test]
async fn invalid_clients_are_closed_and_counted() {
    check_rejected(b"", Rejected::Silent, "").await;
    check_rejected(b"\x16", Rejected::Unknown, "").await;
    check_rejected(b"\x05\x03\x00", Rejected::Closed, "").await;
    check_rejected(b"\x05\x01\x00\x04\x01\x00\x01", Rejected::Malformed, "\x05\0").await;
    check_rejected(b"GET http://a/ HTTP/1.1\r\n", Rejected::Closed, "").await;
    check_rejected(b"garbage\r\n\r\n", Rejected::Malformed, "HTTP/1.1 400 ").await;
    let long = format!("GET http://a/ HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(66_000));
    check_rejected(long.as_bytes(), Rejected::TooLong, "HTTP/1.1 431 ").await;
    let long = [&[4, 1, 0, 80, 1, 2, 3, 4][..], &[b'x'; 640 - 8]].concat();
    check_rejected(&long, Rejected::TooLong, "").await;
}

#[tokio::test]
async fn incomplete_handshakes_time_out() {
    for sent in [&b""[..], b"\x05", b"\x04\x01\x00", b"CONN", b"GET http://a/ HTTP/1.1\r\nHost:"] {
        let policy = AuthPolicy {
            login: None,
            doors: Vec::new(),
            handshake_limit: Duration::from_millis(50),
            max_handshakes: 64,
        };
        let gate = StubGateway::with(opener(&[]), policy).await;
        let mut client = gate.connect().await;
        client.write_all(sent).await.unwrap();
        assert_eq!(read_rest(&mut client).await, "");
        assert_eq!(gate.rejected().await, Rejected::TimedOut);
    }
}

#[tokio::test]
async fn an_http_port_accepts_nothing_else() {
    let echo = TcpServer::start(echo).await;
    let member = StubMember::start().await;
    let policy = || AuthPolicy { login: None, doors: Vec::new(), handshake_limit: LIMIT, max_handshakes: 64 };
    for hello in [&[5, 1, 0][..], &[4, 1, 0, 80, 1, 2, 3, 4, 0]] {
        let gate = StubGateway::at_port(ListenerProtocol::Http, opener(&[&member]), policy()).await;
        let mut client = gate.connect().await;
        client.write_all(hello).await.unwrap();
        assert_eq!(read_rest(&mut client).await, "");
        assert_eq!(gate.rejected().await, Rejected::Unknown);
    }
    let gate = StubGateway::at_port(ListenerProtocol::Http, opener(&[&member]), policy()).await;
    let mut client = gate.connect().await;
    client.write_all(format!("CONNECT {} HTTP/1.1\r\n\r\n", echo.named("echo")).as_bytes()).await.unwrap();
    assert_eq!(read_head(&mut client).await, "HTTP/1.1 200 Connection established\r\n\r\n");
    check_echo(&mut client).await;
}
