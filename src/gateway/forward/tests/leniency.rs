//! HTTP as real clients and servers send it, beyond the letter of the standard, and what must hold nevertheless.

use std::sync::Arc;

use super::*;
use crate::gateway::Config;
use crate::gateway::tests::whole::config;
use crate::model::route::RoutingConfig;

/// An origin that sends these bytes as the response on each connection and closes.
async fn origin_of(answer: &[u8]) -> TcpServer {
    let answer: Arc<[u8]> = answer.into();
    TcpServer::start(move |mut stream, _| {
        let answer = Arc::clone(&answer);
        async move {
            read_head(&mut stream).await;
            stream.write_all(&answer).await.unwrap();
        }
    })
    .await
}

/// The client's view of such a response, to the end, and the number of requests that the origin got.
async fn passed(answer: &[u8]) -> (Vec<u8>, usize) {
    let origin = origin_of(answer).await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\nConnection: close\r\n\r\n", origin.named("a"))).await;
    let mut all = Vec::new();
    within(client.read_to_end(&mut all)).await.unwrap();
    assert!(!world.member.upstream.is_suspect);
    (all, origin.accepted())
}

async fn check_passed(head: &[u8], expected: &[u8]) {
    let (all, asked) = passed(&[head, b"Content-Length: 5\r\n\r\nhello"].concat()).await;
    let text = String::from_utf8_lossy(&all).into_owned();
    assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\nhello"), "{text}");
    assert!(all.windows(expected.len()).any(|part| part == expected), "{text}");
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn odd_responses_are_passed_on_and_fetched_once() {
    check_passed(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=dmo\x01ZPF\r\n", b"\r\nSet-Cookie: a=dmo\x01ZPF\r\n").await;
    check_passed(
        b"HTTP/1.1 200 OK\r\nsh: cannot create /dev/null\r\nno colon\r\n",
        b"\r\nsh: cannot create /dev/null\r\n",
    )
    .await;
    check_passed(b"HTTP/1.1 200 OK\r\nX Foo: 1\r\nX-Bar: 2\r\n", b"\r\nX-Bar: 2\r\n").await;
    check_passed(b"HTTP/1.1 200 Tr\xe8s bien\r\n", b" 200 Tr\xe8s bien\r\n").await;
    check_passed(b"HTTP/1.1 200 OK\nX-Bare: 1\n", b"\r\nX-Bare: 1\r\n").await;
    let many: String = (0..199).map(|nth| format!("X-{nth}: v\r\n")).collect();
    check_passed(format!("HTTP/1.1 200 OK\r\n{many}").as_bytes(), b"\r\nX-198: v\r\n").await;
}

#[tokio::test]
async fn icy_responses_are_passed_on() {
    let (all, asked) = passed(b"ICY 200 OK\r\nicy-name: r\r\nContent-Type: audio/mpeg\r\n\r\nhello").await;
    let text = String::from_utf8(all).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\nicy-name: r\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{text}");
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn invalid_responses_are_fetched_once_without_a_failure() {
    for answer in
        [&b"SSH-2.0-OpenSSH_9.6\r\n"[..], b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"]
    {
        let (first, second) = (StubMember::start().await, StubMember::start().await);
        let origin = origin_of(answer).await;
        let gate = StubGateway::start(opener(&[&first, &second])).await;
        let mut client = gate.connect().await;
        send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
        let (head, _) = read_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
        assert_eq!(field(&head, "proxy-status"), Some("sluice; error=http_protocol_error"));
        assert_eq!((origin.accepted(), second.server.accepted()), (1, 0));
        assert_eq!(first.upstream.meter.read().failures, 0);
    }
}

#[tokio::test]
async fn chunked_framing_overrides_a_wrong_length() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (all, _) = passed(&[&head[..], b"b\r\nhello world\r\n0\r\n\r\n"].concat()).await;
    let text = String::from_utf8(all).unwrap();
    assert_eq!(field(&text, "content-length"), None, "{text}");
    assert!(text.ends_with("\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"), "{text}");
}

#[tokio::test]
async fn any_target_is_passed_on_as_it_is() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let line = head.split(|byte| *byte == b'\r').next().unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", line.len());
        stream.write_all(&[answer.as_bytes(), line].concat()).await.unwrap();
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    for target in [&b"/a?filter={\"name\":\"x\"}"[..], b"/a?q=<b>", b"/a<b>.txt", b"/a`b|c\\d^e", b"/\xce\xc4\xbc\xfe"]
    {
        let start = format!("GET http://{}", origin.named("a"));
        client.write_all(&[start.as_bytes(), target, b" HTTP/1.1\r\n\r\n"].concat()).await.unwrap();
        let head = read_head(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let mut seen = vec![0; field(&head, "content-length").unwrap().parse().unwrap()];
        within(client.read_exact(&mut seen)).await.unwrap();
        assert_eq!(seen, [b"GET ", target, b" HTTP/1.1"].concat());
    }
}

#[tokio::test]
async fn heads_are_limited_in_length() {
    let origin = TcpServer::start(mirror).await;
    let world = HttpScene::new().await;
    let many: String = (0..190).map(|nth| format!("X-{nth}: v\r\n")).collect();
    for (fields, status) in [
        (format!("Cookie: {}\r\n", "x".repeat(60_000)), "200"),
        (many.clone(), "200"),
        (format!("Cookie: {}\r\n", "x".repeat(70_000)), "431"),
        (many + &"A: b\r\n".repeat(20), "431"),
    ] {
        let mut client = world.gate.connect().await;
        send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n{fields}\r\n", origin.named("a"))).await;
        let head = read_head(&mut client).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
    }
}

#[tokio::test]
async fn ambiguous_requests_are_not_forwarded() {
    let world = HttpScene::new().await;
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "X: a\r\n Transfer-Encoding: chunked\r\n",
    ] {
        let mut client = world.gate.connect().await;
        send(
            &mut client,
            &format!("POST http://a.test/ HTTP/1.1\r\n{fields}\r\n0\r\n\r\nGET http://b.test/ HTTP/1.1\r\n\r\n"),
        )
        .await;
        let rest = read_rest(&mut client).await;
        assert!(rest.starts_with("HTTP/1.1 400 Bad Request\r\n") && rest.matches("HTTP/1.1").count() == 1, "{rest}");
    }
    assert_eq!(world.member.server.accepted(), 0);
}

#[tokio::test]
async fn upgrades_work_for_any_protocol_even_with_a_body() {
    for protocol in ["tailscale-control-protocol", "tcp", "SPDY/3.1", "h2c"] {
        let origin = TcpServer::start(async |mut stream: TcpStream, _| {
            let head = read_head(&mut stream).await;
            let protocol = field(&head, "upgrade").unwrap();
            assert_eq!(read_text(&mut stream, 2).await, "hi");
            let fields = format!("Connection: Upgrade\r\nUpgrade: {protocol}\r\n");
            send(&mut stream, &format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nEARLY")).await;
            echo(stream, 0).await;
        })
        .await;
        let world = HttpScene::new().await;
        let mut client = world.gate.connect().await;
        let fields = format!("Content-Length: 2\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n");
        send(&mut client, &format!("POST http://{}/x HTTP/1.1\r\n{fields}\r\nhi", origin.named("a"))).await;
        let head = read_head(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert_eq!((field(&head, "upgrade"), field(&head, "connection")), (Some(protocol), Some("Upgrade")));
        assert_eq!(read_text(&mut client, 5).await, "EARLY");
        send(&mut client, "hello").await;
        assert_eq!(read_text(&mut client, 5).await, "hello");
    }
}

#[tokio::test]
async fn interim_responses_are_passed_on() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
    let (all, _) = passed(format!("{hints}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
    let text = String::from_utf8(all).unwrap();
    assert!(text.starts_with(hints) && text[hints.len()..].starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
}

#[tokio::test]
async fn the_response_arrives_after_a_half_close() {
    let origin = TcpServer::start(async |mut stream: TcpStream, _| {
        read_head(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        send(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        send(&mut stream, "world").await;
    })
    .await;
    for method in ["GET", "POST"] {
        let world = HttpScene::new().await;
        let mut client = world.gate.connect().await;
        send(&mut client, &format!("{method} http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
        client.shutdown().await.unwrap();
        assert!(read_rest(&mut client).await.ends_with("\r\n\r\nhelloworld"));
    }
}

#[tokio::test]
async fn a_connection_based_login_stays_on_its_connection() {
    let origin = TcpServer::start(|mut stream: TcpStream, number: usize| async move {
        for turn in 0..3 {
            read_head(&mut stream).await;
            send(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{number}/{turn}")).await;
        }
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let ask = |method: &str, login: &str| format!("{method} http://{}/ HTTP/1.1\r\n{login}\r\n", origin.named("a"));
    for (request, pause, answer) in [
        (ask("GET", "Authorization: NTLM TlRMTVNTUAAB\r\n"), 0, "0/0"),
        (ask("POST", "Authorization: NTLM TlRMTVNTUAAD\r\nContent-Length: 0\r\n"), 1_100, "0/1"),
        (ask("POST", "Content-Length: 0\r\n"), 1_100, "0/2"),
    ] {
        // Longer than a connection may be idle for a request that must be sent only once.
        tokio::time::sleep(Duration::from_millis(pause)).await;
        send(&mut client, &request).await;
        assert_eq!(read_answer(&mut client).await.1, answer);
    }
    // The origin has closed it, and the login is lost with it: the client must notice.
    send(&mut client, &ask("GET", "")).await;
    assert_eq!(read_rest(&mut client).await, "");
    assert_eq!(origin.accepted(), 1);
}

#[tokio::test]
async fn the_script_is_served_only_while_it_is_in_use() {
    for (serves_script, status) in [(true, "200"), (false, "404")] {
        let opener = opener(&[]);
        let routing = RoutingConfig { script: "script".into(), ..RoutingConfig::default() };
        opener.state().set_routing(routing);
        opener.state().set_limits(&Config { serves_script, ..config() });
        let gate = StubGateway::start(opener).await;
        let mut client = gate.connect().await;
        send(&mut client, "GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
        assert!(read_head(&mut client).await.starts_with(&format!("HTTP/1.1 {status} ")));
    }
}

#[tokio::test]
async fn options_and_trace_respect_max_forwards() {
    let origin = TcpServer::start(mirror).await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    let host = origin.named("a");
    send(&mut client, &format!("OPTIONS http://{host} HTTP/1.1\r\nMax-Forwards: 2\r\n\r\n")).await;
    let (_, seen) = read_answer(&mut client).await;
    assert!(seen.starts_with("OPTIONS * HTTP/1.1\r\n"), "{seen}");
    assert_eq!(field(&seen, "max-forwards"), Some("1"));
    send(&mut client, &format!("OPTIONS http://{host} HTTP/1.1\r\nMax-Forwards: 0\r\n\r\n")).await;
    assert!(read_answer(&mut client).await.0.starts_with("HTTP/1.1 200 OK\r\n"));
    send(&mut client, &format!("TRACE http://{host}/x HTTP/1.1\r\nMax-Forwards: 0\r\nCookie: a=b\r\nX: 1\r\n\r\n"))
        .await;
    let (head, echo) = read_answer(&mut client).await;
    assert_eq!(field(&head, "content-type"), Some("message/http"));
    assert!(echo.contains("X: 1\r\n") && !echo.contains("a=b"), "{echo}");
    assert_eq!(origin.accepted(), 1);
}
