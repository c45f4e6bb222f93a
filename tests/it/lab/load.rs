//! Eight clients, of which half request pages and half make TLS handshakes, all with the same sites, until they are
//! stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sluice::model::Target;
use tokio::task::JoinSet;

use super::Testbed;
use crate::client::get;
use crate::counterparts::TlsServer;
use crate::socks::Socks;

const CLIENTS: usize = 8;

/// The number of different sites: enough for each member of a cluster to get some.
const SITES: usize = 40;

/// Pause of a client between two requests.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The results of all requests.
#[derive(Default)]
pub struct Tally {
    /// How long the successful ones took.
    pub took: Vec<Duration>,
    /// When the failed ones began, and their errors.
    pub failed: Vec<(Instant, String)>,
}

impl Tally {
    /// The 99th percentile of the successful ones.
    pub fn p99(&mut self) -> Duration {
        self.took.sort_unstable();
        self.took.get(self.took.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Running clients, on their own thread.
pub struct Load {
    stop: Arc<AtomicBool>,
    work: std::thread::JoinHandle<Tally>,
}

impl Load {
    pub fn start(testbed: &Testbed) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (gateway, pages, tls) = (testbed.engine.gateway(), testbed.origin.addr.port(), testbed.tls.clone());
        let stopped = stop.clone();
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(gateway, pages, tls, stopped))
        });
        Self { stop, work }
    }

    /// Stops the clients after their current request; the results.
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
    // Every site gets both kinds, so a node that serves any site gets both.
    let site = format!("site{}.test", turn / 2 % SITES);
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
