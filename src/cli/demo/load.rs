//! The demo's clients: they request the page through the gateway at a steady rate and record the results.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_socks::tcp::Socks5Stream;
use tokio_util::sync::CancellationToken;

use super::servers::BODY;
use crate::model::SystemError;
use crate::os::system_error;

/// Number of clients, and the pause between two requests of one: 200 requests a second in total.
const CLIENTS: usize = 8;
const PAUSE: Duration = Duration::from_millis(40);

/// Time limit for a request.
const LIMIT: Duration = Duration::from_secs(10);

/// The running clients.
pub(super) struct LoadGenerator {
    clients: JoinSet<LoadStats>,
    stopping: CancellationToken,
}

/// The results of the clients.
#[derive(Debug, Default)]
pub(super) struct LoadStats {
    pub(super) requests: u64,
    pub(super) failed: u64,
    /// Why the first one failed.
    pub(super) first_failure: Option<SystemError>,
    /// Time of each successful request.
    times: Vec<Duration>,
}

impl LoadGenerator {
    /// Starts the clients.
    pub(super) fn start(gateway: SocketAddr, page: SocketAddr) -> Self {
        let stopping = CancellationToken::new();
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(send_steadily(gateway, page, stopping.clone()));
        }
        Self { clients, stopping }
    }

    /// Lets each client finish its request, and returns the combined results.
    pub(super) async fn stop(mut self) -> LoadStats {
        self.stopping.cancel();
        let mut sum = LoadStats::default();
        while let Some(ended) = self.clients.join_next().await {
            match ended {
                Ok(stats) => sum.add(stats),
                Err(error) => sum.record(Err(io::Error::other(error)), Duration::ZERO),
            }
        }
        sum
    }
}

impl LoadStats {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
        self.times.extend(other.times);
    }

    fn record(&mut self, result: io::Result<()>, took: Duration) {
        self.requests += 1;
        match result {
            Ok(()) => self.times.push(took),
            Err(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert_with(|| system_error::of(&error));
            }
        }
    }

    /// The median, the 99th percentile and the maximum of the successful requests.
    pub(super) fn latencies(&self) -> Latencies {
        let mut times = self.times.clone();
        times.sort_unstable();
        let within = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        let [p50, p99, max] = [50, 99, 100].map(|percent| within(percent).unwrap_or_default());
        Latencies { p50, p99, max }
    }
}

/// Percentiles of the time a request took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Latencies {
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    pub(super) max: Duration,
}

async fn send_steadily(gateway: SocketAddr, page: SocketAddr, stopping: CancellationToken) -> LoadStats {
    let mut stats = LoadStats::default();
    let mut interval = tokio::time::interval(PAUSE);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(interval.tick()).await.is_some() {
        let started = Instant::now();
        let sent = tokio::time::timeout(LIMIT, send(gateway, page)).await;
        let timed_out = || Err(io::ErrorKind::TimedOut.into());
        stats.record(sent.unwrap_or_else(|_| timed_out()), started.elapsed());
    }
    stats
}

/// One request on a connection of its own; the response must be complete.
async fn send(gateway: SocketAddr, page: SocketAddr) -> io::Result<()> {
    let mut stream = Socks5Stream::connect(gateway, page).await.map_err(io::Error::other)?;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if answer.ends_with(BODY) { Ok(()) } else { Err(io::Error::other(SystemError::Unfinished)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_percentiles_of_the_successful_requests() {
        let mut stats = LoadStats::default();
        assert_eq!(stats.latencies().max, Duration::ZERO);
        for millis in (1..=200).rev() {
            stats.record(Ok(()), Duration::from_millis(millis));
        }
        stats.record(Err(io::ErrorKind::TimedOut.into()), LIMIT);
        let [p50, p99, max] = [100, 198, 200].map(Duration::from_millis);
        assert_eq!(stats.latencies(), Latencies { p50, p99, max });
        assert_eq!((stats.requests, stats.failed), (201, 1));
    }
}
