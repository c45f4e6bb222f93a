//! One side that is slow, or disconnects, while the other one continues.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use super::{HttpScene, send};
use crate::gateway::tests::stub::{TcpServer, read_head, read_rest, within};

#[tokio::test]
async fn a_slow_client_applies_back_pressure() {
    const TOTAL: usize = 64 * 1024 * 1024;
    let (sent, stuck) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
    let (counter, bell) = (Arc::clone(&sent), Arc::clone(&stuck));
    let origin = TcpServer::start(move |mut stream, _| {
        let (sent, stuck) = (Arc::clone(&counter), Arc::clone(&bell));
        async move {
            read_head(&mut stream).await;
            send(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\n")).await;
            let block = vec![7; 64 * 1024];
            for _ in 0..TOTAL / block.len() {
                let writing = stream.write_all(&block);
                tokio::pin!(writing);
                if tokio::time::timeout(Duration::from_millis(300), &mut writing).await.is_err() {
                    stuck.notify_one();
                    writing.await.unwrap();
                }
                sent.fetch_add(block.len() as u64, SeqCst);
            }
            read_rest(&mut stream).await;
        }
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/ HTTP/1.1\r\n\r\n", origin.named("a"))).await;
    within(stuck.notified()).await;
    assert!(sent.load(SeqCst) < TOTAL as u64 * 3 / 4, "{sent:?}");
    // Counted as it passes, not at its end.
    assert!(world.member.upstream.meter.read().down > 0);
    read_head(&mut client).await;
    let mut rest = tokio::io::BufReader::with_capacity(1024 * 1024, client.take(TOTAL as u64));
    let read = within(tokio::io::copy_buf(&mut rest, &mut tokio::io::sink())).await.unwrap();
    assert_eq!(read, TOTAL as u64);
    assert!(world.member.upstream.meter.read().down >= TOTAL as u64);
}

#[tokio::test]
async fn a_disconnected_client_closes_the_origins_connection() {
    let ended = Arc::new(Notify::new());
    let bell = Arc::clone(&ended);
    let origin = TcpServer::start(move |mut stream, _| {
        let ended = Arc::clone(&bell);
        async move {
            read_head(&mut stream).await;
            read_rest(&mut stream).await;
            ended.notify_one();
        }
    })
    .await;
    let world = HttpScene::new().await;
    let mut client = world.gate.connect().await;
    send(&mut client, &format!("GET http://{}/slow HTTP/1.1\r\n\r\n", origin.named("a"))).await;
    within(async {
        while origin.accepted() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(client);
    within(ended.notified()).await;
}
