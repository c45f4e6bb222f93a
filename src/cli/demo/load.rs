//! Clients that ask for the page through the gateway, steadily, and keep count.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_socks::tcp::Socks5Stream;
use tokio_util::sync::CancellationToken;

use super::servers::BODY;
use crate::model::Obstacle;
use crate::os::obstacle;

/// Clients at the same time, and the pause between two requests of one: 200 requests a second.
const CLIENTS: usize = 8;
const PAUSE: Duration = Duration::from_millis(40);

/// A request that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(10);

/// Running clients.
pub(super) struct Load {
    clients: JoinSet<Tally>,
    stopping: CancellationToken,
}

/// What they counted.
pub(super) struct Tally {
    pub(super) requests: u64,
    pub(super) failed: u64,
    /// Why the first one failed.
    pub(super) first_failure: Option<Obstacle>,
    /// How long each took that did not fail.
    pub(super) times: Vec<Duration>,
}

impl Load {
    /// Starts the clients.
    pub(super) fn start(gateway: SocketAddr, page: SocketAddr) -> Self {
        let stopping = CancellationToken::new();
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(ask_steadily(gateway, page, stopping.clone()));
        }
        Self { clients, stopping }
    }

    /// Lets each client finish its request, and adds up.
    pub(super) async fn stop(mut self) -> Tally {
        self.stopping.cancel();
        let mut sum = Tally::new();
        while let Some(ended) = self.clients.join_next().await {
            match ended {
                Ok(tally) => sum.add(tally),
                Err(error) => sum.note(Err(io::Error::other(error)), Duration::ZERO),
            }
        }
        sum
    }
}

impl Tally {
    fn new() -> Self {
        Self { requests: 0, failed: 0, first_failure: None, times: Vec::new() }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
        self.times.extend(other.times);
    }

    /// The time within which this share of the requests was answered, by nearest rank; zero where none was.
    pub(super) fn time_at(&self, share: f64) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let rank = (share * times.len() as f64).ceil() as usize;
        times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    fn note(&mut self, result: io::Result<()>, took: Duration) {
        self.requests += 1;
        match result {
            Ok(()) => self.times.push(took),
            Err(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert_with(|| obstacle::of(&error));
            }
        }
    }
}

async fn ask_steadily(gateway: SocketAddr, page: SocketAddr, stopping: CancellationToken) -> Tally {
    let mut tally = Tally::new();
    let mut turns = tokio::time::interval(PAUSE);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(turns.tick()).await.is_some() {
        let started = Instant::now();
        let asked = tokio::time::timeout(LIMIT, ask(gateway, page)).await;
        let late = || Err(io::ErrorKind::TimedOut.into());
        tally.note(asked.unwrap_or_else(|_| late()), started.elapsed());
    }
    tally
}

/// One request on a connection of its own; the page must come whole.
async fn ask(gateway: SocketAddr, page: SocketAddr) -> io::Result<()> {
    let mut stream = Socks5Stream::connect(gateway, page).await.map_err(io::Error::other)?;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if answer.ends_with(BODY) { Ok(()) } else { Err(io::Error::other(Obstacle::Unfinished)) }
}
