//! Eight clients, of which half request pages and half make TLS handshakes, all with the same sites, until they are
//! stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sluice::model::Target;
use tokio::task::JoinSet;
use tokio_util::io::InspectReader;

use super::Testbed;
use crate::client::fetch;
use crate::counterparts::TlsServer;
use crate::socks::Socks;

const CLIENTS: usize = 8;

/// The number of different sites: enough for each member of a cluster to get some.
const SITES: usize = 40;

/// How the clients behave.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Pause of a client between two requests.
    pub pause: Duration,
    /// How long a client waits for an answer.
    pub patience: Duration,
}

const QUICK: Pace = Pace { pause: Duration::from_millis(10), patience: Duration::from_secs(10) };

/// The results of all requests.
#[derive(Default)]
pub struct Tally {
    /// How long the successful ones took.
    pub took: Vec<Duration>,
    /// The failed ones.
    pub failed: Vec<FailedRequest>,
}

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRequest {
    pub began: Instant,
    pub ended: Instant,
    /// Whether the client had received a part of the response, so that the request could not be replayed.
    pub is_cut: bool,
    pub error: String,
}

impl Tally {
    fn add(&mut self, turn: usize, began: Instant, outcome: Result<(), (io::Error, bool)>) {
        let ended = Instant::now();
        match outcome {
            Ok(()) => self.took.push(ended - began),
            Err((error, is_cut)) => {
                let error = format!("request {turn}: {error}");
                self.failed.push(FailedRequest { began, ended, is_cut, error });
            }
        }
    }

    /// The 99th percentile of the successful ones.
    pub fn p99(&mut self) -> Duration {
        self.took.sort_unstable();
        self.took.get(self.took.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Running clients, on their own thread.
pub struct Load {
    stop: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
    work: std::thread::JoinHandle<()>,
}

impl Load {
    pub fn start(testbed: &Testbed) -> Self {
        Self::with_pace(testbed, QUICK)
    }

    pub fn with_pace(testbed: &Testbed, pace: Pace) -> Self {
        let (stop, tally) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Tally>>::default());
        let (gateway, pages, tls) = (testbed.engine.gateway(), testbed.origin.addr.port(), testbed.tls.clone());
        let (stopped, results) = (stop.clone(), tally.clone());
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(Arc::new(Requests { gateway, pages, tls, pace }), &stopped, &results));
        });
        Self { stop, tally, work }
    }

    /// The number of successful requests so far, and the failed ones.
    pub fn so_far(&self) -> (usize, Vec<FailedRequest>) {
        let tally = self.tally.lock().unwrap();
        (tally.took.len(), tally.failed.clone())
    }

    /// Stops the clients after their current request; the results.
    pub fn stop(self) -> Tally {
        self.stop.store(true, Relaxed);
        self.work.join().unwrap();
        std::mem::take(&mut *self.tally.lock().unwrap())
    }
}

async fn run(requests: Arc<Requests>, stop: &Arc<AtomicBool>, tally: &Arc<Mutex<Tally>>) {
    let mut clients = JoinSet::new();
    for first in 0..CLIENTS {
        let (requests, stop, tally) = (requests.clone(), stop.clone(), tally.clone());
        clients.spawn(async move {
            let mut turn = first;
            while !stop.load(Relaxed) {
                let began = Instant::now();
                let outcome = requests.request(turn).await;
                tally.lock().unwrap().add(turn, began, outcome);
                turn += CLIENTS;
                tokio::time::sleep(requests.pace.pause).await;
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
}

/// What the clients request, and where.
struct Requests {
    gateway: SocketAddr,
    pages: u16,
    tls: Arc<TlsServer>,
    pace: Pace,
}

impl Requests {
    /// One request; its error, and whether the response had begun.
    async fn request(&self, turn: usize) -> Result<(), (io::Error, bool)> {
        let has_begun = AtomicBool::new(false);
        let request = tokio::time::timeout(self.pace.patience, self.exchange(turn, &has_begun)).await;
        let outcome = request.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        outcome.map_err(|error| (error, has_begun.load(Relaxed)))
    }

    async fn exchange(&self, turn: usize, has_begun: &AtomicBool) -> io::Result<()> {
        // Every site gets both kinds, so a node that serves any site gets both.
        let (site, is_page) = (format!("site{}.test", turn / 2 % SITES), turn.is_multiple_of(2));
        let target = Target::Name(site.into(), if is_page { self.pages } else { self.tls.port });
        let stream = Socks::open(self.gateway).connect(&target).await;
        let stream = stream.map_err(|refusal| io::Error::other(format!("{refusal:?}")))?;
        let stream = InspectReader::new(stream, |bytes: &[u8]| _ = has_begun.fetch_or(!bytes.is_empty(), Relaxed));
        if !is_page {
            return self.tls.handshake(stream).await;
        }
        let page = fetch(stream, &target, "/bytes/2000").await?;
        if page.len() == 2_000 { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}
