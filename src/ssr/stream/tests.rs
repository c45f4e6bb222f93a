//! The stream against a peer in memory, through pipes that are narrower than the data.

use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::time::timeout;

use super::*;
use crate::ssr::{Config, Method, Obfs, Protocol, SsrServer};

const TARGET: [u8; 7] = [1, 127, 0, 0, 1, 0, 80];
/// For a test that hangs: a machine with other work is slow, and nothing here waits for a clock.
const LIMIT: Duration = Duration::from_secs(180);

fn stream(obfs: Obfs, pipe: usize) -> (SsrStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(pipe);
    let config = Config {
        host: "192.0.2.7".to_owned(),
        port: 8388,
        method: Method::None,
        password: "correct horse".into(),
        protocol: Protocol::Origin,
        protocol_param: "".into(),
        obfs,
        obfs_param: String::new(),
    };
    (SsrServer::new(config).wrap(near, &TARGET, SystemTime::now()), far)
}

fn data(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at / 3) as u8).collect()
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_write() {
    let (mut stream, mut far) = stream(Obfs::Plain, 1024);
    let mut buffer = [0; 64];
    tokio::select! {
        biased;
        _ = stream.read_u8() => panic!("nobody has sent anything"),
        _ = far.read_u8() => panic!("the address went out alone"),
        () = async {} => {}
    }
    stream.write_all(b"hi").await.unwrap();
    let len = far.read(&mut buffer).await.unwrap();
    assert_eq!(buffer[..len], [&TARGET[..], b"hi"].concat());
}

#[tokio::test]
async fn a_flush_sends_the_address_alone_and_once() {
    let (mut stream, mut far) = stream(Obfs::Plain, 1024);
    stream.flush().await.unwrap();
    stream.flush().await.unwrap();
    stream.write_all(b"hi").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut sent = Vec::new();
    far.read_to_end(&mut sent).await.unwrap();
    assert_eq!(sent, [&TARGET[..], b"hi"].concat());
}

#[tokio::test]
async fn a_shutdown_sends_the_address_and_keeps_the_other_direction() {
    let (mut stream, mut far) = stream(Obfs::Plain, 1024);
    stream.shutdown().await.unwrap();
    let mut sent = Vec::new();
    far.read_to_end(&mut sent).await.unwrap();
    assert_eq!(sent, TARGET);
    far.write_all(b"late").await.unwrap();
    drop(far);
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, b"late");
}

#[tokio::test]
async fn nothing_is_lost_through_a_narrow_pipe() {
    let (stream, far) = stream(Obfs::HttpSimple, 7);
    let (mut reader, mut writer) = split(stream);
    let (mut far_reader, mut far_writer) = split(far);
    let (up, down) = (data(100_000), data(70_000));
    let sending = async {
        writer.write_all(&up).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let receiving = async {
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        received
    };
    let answering = async {
        far_writer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        far_writer.write_all(&down).await.unwrap();
        far_writer.shutdown().await.unwrap();
    };
    let listening = async {
        let mut sent = Vec::new();
        far_reader.read_to_end(&mut sent).await.unwrap();
        sent
    };
    let all = async { tokio::join!(sending, receiving, answering, listening) };
    let ((), received, (), sent) = timeout(LIMIT, all).await.unwrap();
    assert!(received == down && sent.ends_with(&up[1000..]), "{} {}", received.len(), sent.len());
}

#[tokio::test]
async fn writes_wait_for_the_reader() {
    let (mut stream, _far) = stream(Obfs::Plain, 1024);
    let write = async { stream.write_all(&data(10 * MAX_BACKLOG)).await };
    assert!(timeout(Duration::from_millis(50), write).await.is_err());
    assert!(stream.pipeline.wire.len() <= MAX_BACKLOG + BATCH);
}

/// The peer of `random_head`: takes the head, responds, then echoes everything after the address.
async fn echo_behind_a_head(mut far: DuplexStream) {
    let mut head = BytesMut::new();
    while head.len() < 8 || crc32fast::hash(&head) != u32::MAX {
        assert_ne!(far.read_buf(&mut head).await.unwrap(), 0);
    }
    far.write_all(&[7; 50]).await.unwrap();
    far.read_exact(&mut [0; TARGET.len()]).await.unwrap();
    let (mut reader, mut writer) = split(far);
    tokio::io::copy(&mut reader, &mut writer).await.unwrap();
    writer.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_handshake_is_driven_by_flushing_alone() {
    let (mut stream, far) = stream(Obfs::RandomHead, 4096);
    let client = async {
        stream.write_all(b"hello").await.unwrap();
        stream.flush().await.unwrap();
        stream.shutdown().await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        received
    };
    let both = async { tokio::join!(client, echo_behind_a_head(far)) };
    assert_eq!(timeout(LIMIT, both).await.unwrap().0, b"hello");
}

#[tokio::test]
async fn a_handshake_is_driven_by_reading_alone() {
    let (mut stream, far) = stream(Obfs::RandomHead, 4096);
    let client = async {
        stream.write_all(b"hello").await.unwrap();
        let mut received = [0; 5];
        stream.read_exact(&mut received).await.unwrap();
        drop(stream);
        received
    };
    let both = async { tokio::join!(client, echo_behind_a_head(far)) };
    assert_eq!(&timeout(LIMIT, both).await.unwrap().0, b"hello");
}

#[tokio::test]
async fn a_handshake_is_driven_by_many_writes() {
    let (mut stream, far) = stream(Obfs::RandomHead, 1 << 20);
    let client = async {
        stream.write_all(&data(8 * MAX_BACKLOG)).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        received
    };
    let both = async { tokio::join!(client, echo_behind_a_head(far)) };
    assert!(timeout(LIMIT, both).await.unwrap().0 == data(8 * MAX_BACKLOG));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reader_and_writer_may_be_two_tasks() {
    for round in 0..50 {
        let (stream, far) = stream(Obfs::RandomHead, 512);
        let (mut reader, mut writer) = split(stream);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let mut received = Vec::new();
            reader.read_to_end(&mut received).await.unwrap();
            assert!(received == data(200_000), "round {round}: {}", received.len());
        });
        tasks.spawn(async move {
            writer.write_all(&data(200_000)).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        tasks.spawn(echo_behind_a_head(far));
        timeout(LIMIT, tasks.join_all()).await.unwrap();
    }
}

#[tokio::test]
async fn highly_compressed_data_is_decompressed_as_it_is_read() {
    let (near, mut far) = duplex(1 << 20);
    let config = Config {
        host: "192.0.2.7".to_owned(),
        port: 8388,
        method: Method::None,
        password: "correct horse".into(),
        protocol: Protocol::VerifyDeflate,
        protocol_param: "".into(),
        obfs: Obfs::Plain,
        obfs_param: String::new(),
    };
    let server = SsrServer::new(config);
    let mut stream = server.wrap(near, &TARGET, SystemTime::now());
    stream.write_all(b"hello").await.unwrap();
    let mut sent = BytesMut::new();
    let mut peer = server.pipeline(&[], SystemTime::now(), &mut ThreadEntropy);
    let zeros = vec![0; 30_000];
    (0..1_000).for_each(|_| peer.send(&zeros, &mut ThreadEntropy).unwrap());
    std::mem::swap(&mut peer.wire, &mut sent);
    far.write_all(&sent).await.unwrap();
    far.shutdown().await.unwrap();
    let (mut received, mut buffer, mut most) = (0, vec![0; 10_000], 0);
    loop {
        match timeout(LIMIT, stream.read(&mut buffer)).await.unwrap().unwrap() {
            0 => break,
            len => received += len,
        }
        most = most.max(stream.pipeline.plain.capacity());
    }
    assert_eq!(received, 1_000 * zeros.len());
    assert!(most < 1 << 20, "{most} bytes were kept");
}

#[tokio::test]
async fn a_server_that_closes_in_the_handshake_is_an_error_to_both_directions() {
    let (mut stream, mut far) = stream(Obfs::RandomHead, 4096);
    stream.write_all(b"hello").await.unwrap();
    far.shutdown().await.unwrap();
    let read = stream.read(&mut [0; 10]).await.unwrap_err();
    let flush = stream.flush().await.unwrap_err();
    assert_eq!((read.kind(), flush.kind()), (io::ErrorKind::UnexpectedEof, io::ErrorKind::UnexpectedEof));
    assert_eq!(stream.answered(), Answered::NotYet);
}

#[tokio::test]
async fn data_before_an_error_is_still_read() {
    let (mut stream, mut far) = stream(Obfs::TlsTicketFastauth, 4096);
    stream.write_all(b"hello").await.unwrap();
    stream.pipeline.plain.extend_from_slice(b"early");
    far.write_all(b"no TLS at all").await.unwrap();
    let mut received = [0; 5];
    stream.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"early");
    assert_eq!(stream.read(&mut received).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
}
