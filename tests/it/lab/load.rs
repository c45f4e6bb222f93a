//! Eight clients that go on asking: every other one for pages, the rest for TLS handshakes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sluice::model::Target;
use tokio::task::JoinSet;

use super::Bench;
use crate::client::get;
use crate::counterparts::TlsServer;
use crate::socks::Socks;

const CLIENTS: usize = 8;

/// Sites that are asked for: enough for each member of a cluster to have some.
const SITES: usize = 40;

/// A client is no machine gun: so long between two requests.
const PAUSE: Duration = Duration::from_millis(10);

/// What one client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How requests went, since when is up to who reads.
#[derive(Default)]
pub struct Tally {
    /// How long the good ones took.
    pub took: Vec<Duration>,
    /// When the others began, and what went wrong with them.
    pub failed: Vec<(Instant, String)>,
}

impl Tally {
    /// What 99 of 100 took at most.
    pub fn p99(&mut self) -> Duration {
        self.took.sort_unstable();
        self.took.get(self.took.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Clients at work, on a thread of their own.
pub struct Load {
    stop: Arc<AtomicBool>,
    work: std::thread::JoinHandle<Tally>,
}

impl Load {
    pub fn start(bench: &Bench) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (gateway, pages, tls) = (bench.engine.gateway(), bench.origin.addr.port(), bench.tls.clone());
        let stopped = stop.clone();
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(gateway, pages, tls, stopped))
        });
        Self { stop, work }
    }

    /// Lets each client finish what it is at.
    pub fn stop(self) -> Tally {
        self.stop.store(true, Relaxed);
        self.work.join().unwrap()
    }
}

async fn run(gateway: SocketAddr, pages: u16, tls: Arc<TlsServer>, stop: Arc<AtomicBool>) -> Tally {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (stop, tls) = (stop.clone(), tls.clone());
        clients.spawn(async move {
            let (mut tally, mut turn) = (Tally::default(), client);
            while !stop.load(Relaxed) {
                let start = Instant::now();
                match one(gateway, pages, &tls, turn).await {
                    Ok(()) => tally.took.push(start.elapsed()),
                    Err(error) => tally.failed.push((start, format!("request {turn}: {error}"))),
                }
                turn += CLIENTS;
                tokio::time::sleep(PAUSE).await;
            }
            tally
        });
    }
    let mut all = Tally::default();
    while let Some(tally) = clients.join_next().await {
        let tally = tally.unwrap();
        all.took.extend(tally.took);
        all.failed.extend(tally.failed);
    }
    all
}

async fn one(gateway: SocketAddr, pages: u16, tls: &TlsServer, turn: usize) -> std::io::Result<()> {
    let site = format!("site{}.test", turn % SITES);
    let request = async {
        if turn.is_multiple_of(2) {
            let page = get(gateway, &Target::Name(site.into(), pages), "/bytes/2000").await?;
            return if page.len() == 2_000 { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) };
        }
        let target = Target::Name(site.into(), tls.port);
        let stream = Socks::open(gateway).connect(&target).await;
        tls.handshake(stream.map_err(|refusal| std::io::Error::other(format!("{refusal:?}")))?).await
    };
    tokio::time::timeout(PATIENCE, request).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}
