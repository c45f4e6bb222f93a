//! POST requests are not replayed, even while nodes fail.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sluice::model::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::testbed::{NODES, NodeFault, Testbed};
use crate::client::body;
use crate::counterparts::{Background, V4, serve_tcp};
use crate::socks::Socks;

const POSTS: usize = 500;

/// How long a client waits for the answer to a POST.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server that counts how often each request reaches it.
struct Counter {
    port: u16,
    seen: Arc<Mutex<HashMap<String, usize>>>,
    _service: Background,
}

impl Counter {
    fn start() -> Self {
        let seen: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let noted = seen.clone();
        let (service, addr) = serve_tcp(V4, move |mut stream| {
            let noted = noted.clone();
            async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
                *noted.lock().unwrap().entry(line).or_default() += 1;
                stream.write_all(b"HTTP/1.0 204 No Content\r\n\r\n").await
            }
        });
        Self { port: addr.port(), seen, _service: service }
    }
}

async fn post(gateway: std::net::SocketAddr, target: &Target, number: usize) -> io::Result<()> {
    let refused = |refusal| io::Error::other(format!("{refusal:?}"));
    let mut stream = Socks::open(gateway).connect(target).await.map_err(refused)?;
    let request = format!("POST /{number} HTTP/1.0\r\nHost: {target}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    body(&answer).map(drop)
}

#[test]
fn no_post_is_delivered_twice_and_only_delivered_ones_are_answered() {
    let (testbed, counter) = (Testbed::with_cluster_of(NODES), Counter::start());
    let gateway = testbed.engine.gateway();
    let faults = [NodeFault::ClosesAfterRequest, NodeFault::Resets, NodeFault::BlackHole, NodeFault::Refuses];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut answered = 0;
    for number in 0..POSTS {
        if number % 50 == 0 {
            testbed.clear_faults();
            testbed.inject(faults[number / 50 % faults.len()], 2);
        }
        let target = Target::Name(format!("site{number}.test").into(), counter.port);
        let result = runtime.block_on(async { tokio::time::timeout(PATIENCE, post(gateway, &target, number)).await });
        if let Ok(Ok(())) = result {
            answered += 1;
        }
    }
    let seen = counter.seen.lock().unwrap();
    let duplicates: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(duplicates.is_empty(), "{duplicates:?}");
    assert!(answered <= seen.len(), "only a request that arrived is answered");
    assert!(answered > POSTS / 2, "{answered} of {POSTS} were answered");
}
