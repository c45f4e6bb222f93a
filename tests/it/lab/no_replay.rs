//! What must not happen twice does not: forms that are sent while nodes fail.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sluice::model::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::bench::{Bench, NODES, Trouble};
use crate::client::body;
use crate::counterparts::{Background, V4, serve_tcp};
use crate::socks::Socks;

const POSTS: usize = 500;

/// What a form is given to be answered.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server that counts how often each form reaches it.
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
fn no_post_is_delivered_twice_and_those_that_fail_say_so() {
    let (bench, counter) = (Bench::with_cluster_of(NODES), Counter::start());
    let gateway = bench.engine.gateway();
    let troubles = [Trouble::ClosesAfterRequest, Trouble::Resets, Trouble::BlackHole, Trouble::Refuses];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut answered = 0;
    for number in 0..POSTS {
        if number % 50 == 0 {
            bench.mend();
            bench.make(troubles[number / 50 % troubles.len()], 2);
        }
        let target = Target::Name(format!("site{number}.test").into(), counter.port);
        let went = runtime.block_on(async { tokio::time::timeout(PATIENCE, post(gateway, &target, number)).await });
        if let Ok(Ok(())) = went {
            answered += 1;
        }
    }
    let seen = counter.seen.lock().unwrap();
    let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(answered <= seen.len(), "a good answer is for a form that arrived");
    assert!(answered > POSTS / 2, "{answered} of {POSTS} were answered");
}
