//! Plain HTTP over real connections: a raw client, the gateway, a stub member, and origins that
//! are raw or hyper. Raw ends show what is really on the wire.

mod leniency;
mod pace;

use std::convert::Infallible;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::gateway::auth::AuthPolicy;
use crate::gateway::tests::stub::{
    LIMIT, StubGateway, StubMember, TcpServer, echo, opener, read_head, read_rest, read_text, within,
};
use crate::model::Login;

/// Responds to each request with its own head, any number per connection.
async fn mirror(stream: TcpStream, _number: usize) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nKeep-Alive: timeout=5\r\n\r\n", head.len());
        stream.write_all(&[answer.as_bytes(), &head].concat()).await.unwrap();
    }
}

/// Responds with the body that it gets, as it arrives.
async fn echo_bodies(stream: TcpStream, _number: usize) {
    let service =
        service_fn(|request: Request<Incoming>| async { Ok::<_, Infallible>(Response::new(request.into_body())) });
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

struct HttpScene {
    member: StubMember,
    gate: StubGateway,
}

impl HttpScene {
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(login: Option<Login>) -> Self {
        let member = StubMember::start().await;
        let gate = StubGateway::with(
            opener(&[&member]),
            AuthPolicy { login, doors: Vec::new(), handshake_limit: LIMIT, max_handshakes: 64 },
        )
        .await;
        Self { member, gate }
    }
}

async fn send(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).await.unwrap();
}

/// Reads a response with a `Content-Length`: head and body.
async fn read_answer(client: &mut TcpStream) -> (String, String) {
    let head = read_head(client).await;
    let length = field(&head, "content-length").unwrap_or_else(|| panic!("no length in {head}"));
    let body = read_text(client, length.parse().unwrap()).await;
    (head, body)
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

#[tokio::test]
async fn three_requests_to_two_hosts_on_one_connection() {
    let (one, two) = (TcpServer::start(mirror).await, TcpServer::start(mirror).await);
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    for (origin, host) in [(&one, one.named("a")), (&one, one.named("a")), (&two, two.named("b"))] {
        let fields = "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic bWU6cHc=\r\nX-Kept: 1\r\n\
                      X-Mine: 2\r\nConnection: x-mine\r\nTE: trailers\r\n";
        send(&mut client, &format!("GET http://u:p@{host}/x?y=1 HTTP/1.1\r\nHost: other\r\n{fields}\r\n")).await;
        let (head, seen) = read_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(field(&head, "keep-alive"), None);
        assert!(seen.starts_with("GET /x?y=1 HTTP/1.1\r\n"), "{seen}");
        assert_eq!(field(&seen, "host"), Some(&*host));
        assert_eq!(field(&seen, "x-kept"), Some("1"));
        for gone in ["proxy-connection", "proxy-authorization", "x-mine", "te", "connection", "via"] {
            assert_eq!(field(&seen, gone), None, "{seen}");
        }
        assert_eq!(origin.accepted(), 1);
    }
    let reading = world.member.upstream.meter.read();
    assert_eq!(reading.total, 2);
    assert!(reading.up > 100 && reading.down > 100, "{reading:?}");
    assert!(world.member.upstream.meter.is_proven());
}

#[tokio::test]
async fn chunked_both_ways() {
    let origin = TcpServer::start(echo_bodies).await;
    let world = HttpScene::new().await;
    let client = world.gate.connect().await;
    let (mut reading, mut writing) = client.into_split();
    let chunk = "0123456789abcdef".repeat(1024);
    let head = format!("POST http://{}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", origin.named("a"));
    let count = 200;
    let upload = async {
        writing.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..count {
            writing.write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes()).await.unwrap();
        }
        writing.write_all(b"0\r\n\r\n").await.unwrap();
    };
    let download = async {
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n0\r\n\r\n") {
            assert!(reading.read_buf(&mut all).await.unwrap() > 0);
        }
        String::from_utf8(all).unwrap()
    };
    let ((), answer) = within(async { tokio::join!(upload, download) }).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(field(head, "transfer-encoding"), Some("chunked"));
    assert_eq!(unchunked(body), chunk.repeat(count));
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    loop {
        let (length, rest) = body.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
}

#[tokio::test]
async fn a_body_under_an_unusual_method_is_passed_on() {
    let origin = TcpServer::start(echo_bodies).await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let head = format!("GET http://{}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", origin.named("a"));
    send(&mut client, &(head + "3\r\nabc\r\n0\r\n\r\n")).await;
    read_head(&mut client).await;
    assert_eq!(read_text(&mut client, 13).await, "3\r\nabc\r\n0\r\n\r\n");
}

/// Waits for a head; sends `first`; then responds with the body that it gets.
async fn check_expectation(first: &'static str) -> Duration {
    let origin = TcpServer::start(move |mut stream, _| async move {
        let head = read_head(&mut stream).await;
        assert_eq!(field(&head, "expect"), Some("100-continue"));
        send(&mut stream, first).await;
        let body = read_text(&mut stream, 5).await;
        send(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}")).await;
        read_rest(&mut stream).await;
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let fields = "Content-Length: 5\r\nExpect: 100-continue\r\n";
    let started = std::time::Instant::now();
    send(&mut client, &format!("PUT http://{}/ HTTP/1.1\r\n{fields}\r\n", origin.named("a"))).await;
    if first.contains("103") {
        assert_eq!(read_head(&mut client).await, first);
    }
    assert_eq!(read_head(&mut client).await, "HTTP/1.1 100 Continue\r\n\r\n");
    let took = started.elapsed();
    send(&mut client, "hello").await;
    assert_eq!(read_answer(&mut client).await.1, "hello");
    took
}

#[tokio::test]
async fn an_origin_that_sends_continue_gets_the_body() {
    assert!(check_expectation("HTTP/1.1 100 Continue\r\n\r\n").await < Duration::from_secs(1));
}

#[tokio::test]
async fn an_origin_without_continue_gets_the_body_after_a_second() {
    assert!(check_expectation("").await >= Duration::from_secs(1));
    assert!(check_expectation("HTTP/1.1 103 Early Hints\r\n\r\n").await >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_final_response_suppresses_the_body() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        read_head(&mut stream).await;
        send(&mut stream, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo ").await;
        // Longer than a client without a response would have waited.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        send(&mut stream, "much").await;
        assert_eq!(read_rest(&mut stream).await, "");
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let fields = "Content-Length: 1000000\r\nExpect: 100-continue\r\n";
    send(&mut client, &format!("PUT http://{}/ HTTP/1.1\r\n{fields}\r\n", origin.named("a"))).await;
    let (head, body) = read_answer(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 413 Content Too Large\r\n"), "{head}");
    assert_eq!(field(&head, "connection"), Some("close"));
    assert_eq!(body, "too much");
    assert_eq!(read_rest(&mut client).await, "");
}

#[tokio::test]
async fn a_websocket_becomes_a_tunnel() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        let head = read_head(&mut stream).await;
        assert_eq!(field(&head, "upgrade"), Some("websocket"));
        assert_eq!(field(&head, "connection"), Some("Upgrade"));
        assert_eq!(field(&head, "sec-websocket-key"), Some("x"));
        let fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: y\r\n";
        send(&mut stream, &format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nfirst")).await;
        echo(stream, 0).await;
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let fields = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n";
    send(&mut client, &format!("GET http://{}/chat HTTP/1.1\r\n{fields}\r\n", origin.named("a"))).await;
    let head = read_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    assert_eq!(field(&head, "upgrade"), Some("websocket"));
    assert_eq!(field(&head, "sec-websocket-accept"), Some("y"));
    assert_eq!(read_text(&mut client, 5).await, "first");
    send(&mut client, "hello").await;
    assert_eq!(read_text(&mut client, 5).await, "hello");
    assert_eq!(world.member.upstream.meter.active(), 1);
}

#[tokio::test]
async fn a_refused_websocket_leaves_a_usable_connection() {
    let origin = TcpServer::start(mirror).await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    for fields in
        ["Connection: Upgrade\r\nUpgrade: websocket\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Upgrade: x\r\n"]
    {
        send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n{fields}\r\n", origin.named("a"))).await;
        let (head, seen) = read_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(field(&seen, "upgrade").is_some(), fields.contains("Connection"));
    }
}

#[tokio::test]
async fn connect_after_get_and_after_a_refused_connect() {
    let (origin, echo) = (TcpServer::start(mirror).await, TcpServer::start(echo).await);
    let closed = TcpServer::start(mirror).await.addr;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
    read_answer(&mut client).await;
    send(&mut client, &format!("CONNECT {closed} HTTP/1.1\r\n\r\n")).await;
    let (head, _text) = read_answer(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{head}");
    assert_eq!(field(&head, "proxy-status"), Some("sluice; error=connection_refused"));
    send(&mut client, &format!("CONNECT {} HTTP/1.1\r\n\r\nearly", echo.named("echo"))).await;
    let head = read_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!((field(&head, "content-length"), field(&head, "transfer-encoding")), (None, None));
    assert_eq!(read_text(&mut client, 5).await, "early");
    send(&mut client, "hello").await;
    assert_eq!(read_text(&mut client, 5).await, "hello");
}

#[tokio::test]
async fn garbage_after_a_request_is_refused_after_its_response() {
    let origin = TcpServer::start(mirror).await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n\x01\x02garbage\r\n\r\n", origin.named("a"))).await;
    assert!(read_answer(&mut client).await.0.starts_with("HTTP/1.1 200 OK\r\n"));
    let rest = read_rest(&mut client).await;
    assert!(rest.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{rest}");
}

#[tokio::test]
async fn a_login_is_required_and_a_wrong_one_ends_the_connection() {
    let (origin, echo) = (TcpServer::start(mirror).await, TcpServer::start(echo).await);
    let world = HttpScene::with(Some(Login { user: "me".into(), password: "pw".into() })).await;
    let right = "Proxy-Authorization: Basic bWU6cHc=\r\n";
    let wrong = "Proxy-Authorization: Basic bWU6cHg=\r\n";

    let mut client = world.gate.connect().await;
    for (authorization, status) in [("", "407"), (wrong, "407"), (right, "200"), (right, "200"), ("", "407")] {
        send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n{authorization}\r\n", origin.named("a"))).await;
        let (head, seen) = read_answer(&mut client).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(field(&head, "proxy-authenticate").is_some(), status == "407");
        assert!(!seen.to_lowercase().contains("proxy-authorization"));
        if status == "407" {
            // A connection allows only one guess.
            assert_eq!(field(&head, "connection"), Some("close"));
            assert_eq!(read_rest(&mut client).await, "");
            client = world.gate.connect().await;
        }
    }

    let mut client = world.gate.connect().await;
    send(&mut client, &format!("CONNECT {} HTTP/1.1\r\n\r\n", echo.named("echo"))).await;
    assert!(read_answer(&mut client).await.0.starts_with("HTTP/1.1 407 "));
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("CONNECT {} HTTP/1.1\r\n{right}\r\n", echo.named("echo"))).await;
    assert!(read_head(&mut client).await.starts_with("HTTP/1.1 200 "));
    send(&mut client, "hello").await;
    assert_eq!(read_text(&mut client, 5).await, "hello");
}

#[tokio::test]
async fn requests_to_the_gateway_itself_are_answered_locally() {
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    for (line, status) in [
        ("GET / HTTP/1.1", "404 Not Found"),
        ("POST /x HTTP/1.1", "404 Not Found"),
        ("OPTIONS * HTTP/1.1", "400 Bad Request"),
        ("GET https://a.test/ HTTP/1.1", "400 Bad Request"),
        ("GET http://a.test:99999/ HTTP/1.1", "400 Bad Request"),
        ("CONNECT a.test HTTP/1.1", "400 Bad Request"),
    ] {
        send(&mut client, &format!("{line}\r\nHost: a.test\r\n\r\n")).await;
        let (head, _text) = read_answer(&mut client).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{line}: {head}");
    }
    assert_eq!(world.member.server.accepted(), 0);
}

#[tokio::test]
async fn responses_without_a_body_end_correctly() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        for fields in [
            "200 OK\r\nContent-Length: 1234",
            "200 OK\r\nTransfer-Encoding: chunked",
            "204 No Content",
            "304 Not Modified\r\nContent-Length: 77",
            "205 Reset Content\r\nContent-Length: 0",
        ] {
            read_head(&mut stream).await;
            send(&mut stream, &format!("HTTP/1.1 {fields}\r\n\r\n")).await;
        }
        read_rest(&mut stream).await;
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let lengths = [("HEAD", Some("1234")), ("HEAD", None), ("GET", None), ("GET", Some("77")), ("GET", Some("0"))];
    for (method, length) in lengths {
        send(&mut client, &format!("{method} http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
        let head = read_head(&mut client).await;
        assert_eq!(field(&head, "content-length"), length, "{head}");
    }
    assert_eq!(origin.accepted(), 1);
}

/// Serves one request per connection, then closes without announcing it.
async fn forgetful(mut stream: TcpStream, number: usize) {
    read_head(&mut stream).await;
    send(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}")).await;
}

#[tokio::test]
async fn a_kept_connection_that_has_closed_is_replaced() {
    let origin = TcpServer::start(forgetful).await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    for number in 0..10 {
        send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
        let (head, body) = read_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(body, number.to_string());
    }
    assert_eq!(origin.accepted(), 10);
}

#[tokio::test]
async fn an_origin_that_closes_before_its_response_is_reported() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        read_head(&mut stream).await;
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
    let (head, _text) = read_answer(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{head}");
    assert_eq!(field(&head, "proxy-status"), Some("sluice; error=connection_terminated"));
}

#[tokio::test]
async fn a_response_without_length_ends_with_the_connection() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        read_head(&mut stream).await;
        send(&mut stream, "HTTP/1.0 200 OK\r\n\r\nall of it").await;
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
    let head = read_head(&mut client).await;
    assert_eq!(field(&head, "transfer-encoding"), Some("chunked"));
    assert_eq!(read_text(&mut client, 19).await, "9\r\nall of it\r\n0\r\n\r\n");
    let mut old = world.gate.connect().await;
    send(&mut old, &format!("GET http://{}/ HTTP/1.0\r\n\r\n", origin.named("a"))).await;
    let answer = read_rest(&mut old).await;
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nall of it"), "{answer}");
}

#[tokio::test]
async fn a_truncated_response_resets_the_client() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        read_head(&mut stream).await;
        send(&mut stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.0\r\n\r\n", origin.named("a"))).await;
    let mut answer = Vec::new();
    let ended = within(client.read_to_end(&mut answer)).await;
    assert!(ended.is_err(), "{}", String::from_utf8_lossy(&answer));
}
