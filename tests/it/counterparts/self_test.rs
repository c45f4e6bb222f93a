//! Tests of the test servers: if a fault were not injected, the tests that rely on it would prove nothing.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Fault, Hop, Origin, START_LIMIT, TcpEcho, V4, content};

/// Sends one word and reads the echo.
async fn ask(stream: &mut TcpStream) -> std::io::Result<usize> {
    stream.write_all(b"word").await?;
    timeout(START_LIMIT, stream.read(&mut [0; 16])).await.expect("an answer or the end of the stream")
}

#[tokio::test]
async fn a_hop_injects_and_clears_every_fault() {
    let echo = TcpEcho::start(V4);
    let hop = Hop::to(echo.addr);
    let connect = async || TcpStream::connect(hop.addr).await;
    let mut open = connect().await.unwrap();
    assert_eq!(ask(&mut open).await.unwrap(), 4);

    hop.set(Fault::Refuse);
    assert_eq!(connect().await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(ask(&mut open).await.unwrap(), 4);

    hop.set(Fault::Delay(Duration::from_millis(50)));
    let start = Instant::now();
    assert_eq!(ask(&mut connect().await.unwrap()).await.unwrap(), 4);
    assert!(start.elapsed() >= Duration::from_millis(50));

    hop.set(Fault::CloseAfterRequest);
    assert_eq!(ask(&mut connect().await.unwrap()).await.unwrap(), 0);

    hop.set(Fault::None);
    let mut open = connect().await.unwrap();
    assert_eq!(ask(&mut open).await.unwrap(), 4);
    hop.set(Fault::BlackHole);
    let mut fresh = connect().await.unwrap();
    for stream in [&mut open, &mut fresh] {
        stream.write_all(b"word").await.unwrap();
        assert!(timeout(Duration::from_millis(50), stream.read(&mut [0; 16])).await.is_err(), "no bytes come back");
    }
    hop.set(Fault::Reset);
    assert_eq!(open.read(&mut [0; 16]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(hop.accepted() >= 5);
}

#[tokio::test]
async fn the_origin_answers_as_documented() {
    let origin = Origin::start(V4);
    let check = async |request: &str, body: &str, expected: &[u8]| {
        let mut stream = TcpStream::connect(origin.addr).await.unwrap();
        let head = format!("{request} HTTP/1.0\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.ends_with(expected), "{request}: {}", String::from_utf8_lossy(&answer));
    };
    check("GET /bytes/1000", "", &content(1000)).await;
    check("GET /chunked/1000", "", &content(1000)).await;
    check("GET /slow/10/20", "", &content(10)).await;
    check("GET /drip/3/5", "", &content(3)).await;
    check("GET /204", "", b"\r\n\r\n").await;
    check("POST /echo", "hello", b"hello").await;
    check("GET /elsewhere", "", b"no such page\n").await;
    assert_eq!(origin.requests(), 7);
}
