//! What is done with a client, and what it costs.

mod socks;
mod tcp;
mod udp;

use std::time::{Duration, Instant};

use super::clients::Client;
use super::destination::Destination;
use super::processes::Usage;

/// One measurement: the result, and the client's CPU seconds per unit of work.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    pub value: f64,
    pub cpu: f64,
}

/// One kind of load.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Load {
    Down1,
    Down4,
    Up1,
    Up4,
    /// A connection with one small request, one after another; the median.
    NewConnection,
    /// The same by 16 clients at once.
    NewConnections16,
    /// A small request on an open connection; the median and the 99th percentile.
    Kept,
    KeptSlow,
    Datagrams,
    /// The memory that an open connection adds.
    Idle,
}

/// Whether a larger value is better, or a smaller one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Better {
    More,
    Less,
}

impl Load {
    pub const ALL: [Self; 10] = [
        Self::Down1,
        Self::Down4,
        Self::Up1,
        Self::Up4,
        Self::NewConnection,
        Self::NewConnections16,
        Self::Kept,
        Self::KeptSlow,
        Self::Datagrams,
        Self::Idle,
    ];

    /// Its name, the unit of its value, and that of its CPU time with the factor from seconds.
    pub const fn words(self) -> (&'static str, Better, &'static str, f64) {
        const GIB: f64 = 1024.0;
        match self {
            Self::Down1 => ("down, 1 stream, MiB/s", Better::More, "s/GiB", GIB),
            Self::Down4 => ("down, 4 streams, MiB/s", Better::More, "s/GiB", GIB),
            Self::Up1 => ("up, 1 stream, MiB/s", Better::More, "s/GiB", GIB),
            Self::Up4 => ("up, 4 streams, MiB/s", Better::More, "s/GiB", GIB),
            Self::NewConnection => ("new connection with a request, median ms", Better::Less, "µs", 1e6),
            Self::NewConnections16 => ("the same, 16 at once, per second", Better::More, "µs", 1e6),
            Self::Kept => ("request on an open connection, median ms", Better::Less, "µs", 1e6),
            Self::KeptSlow => ("the same, 99th percentile ms", Better::Less, "µs", 1e6),
            Self::Datagrams => ("UDP echoes of 1,200 bytes, 64 at once, per second", Better::More, "µs", 1e6),
            Self::Idle => ("memory of an open connection, bytes", Better::Less, "", 0.0),
        }
    }

    pub fn measure(self, client: &Client, to: &Destination, time: Duration) -> Sample {
        match self {
            Self::Down1 => tcp::bulk(client, to.source, tcp::Way::Down, 1, time),
            Self::Down4 => tcp::bulk(client, to.source, tcp::Way::Down, 4, time),
            Self::Up1 => tcp::bulk(client, to.sink, tcp::Way::Up, 1, time),
            Self::Up4 => tcp::bulk(client, to.sink, tcp::Way::Up, 4, time),
            Self::NewConnection => tcp::new_connection(client, to.echo, time),
            Self::NewConnections16 => tcp::new_connections(client, to.echo, 16, time),
            Self::Kept => tcp::kept(client, to.echo, 0.5, time),
            Self::KeptSlow => tcp::kept(client, to.echo, 0.99, time),
            Self::Datagrams => udp::echoes(client, to.datagrams, time),
            Self::Idle => tcp::idle(client, to.echo, 500),
        }
    }
}

/// The clock and the client's CPU time from a moment on.
struct Meter<'a> {
    client: &'a Client,
    since: Instant,
    before: Usage,
}

impl<'a> Meter<'a> {
    fn start(client: &'a Client) -> Self {
        Self { client, before: client.process.usage(), since: Instant::now() }
    }

    /// So much work a second.
    fn rate(&self, done: f64) -> Sample {
        Sample { value: done / self.since.elapsed().as_secs_f64(), ..self.each(0.0, done) }
    }

    /// A value that was measured over so much work.
    fn each(&self, value: f64, done: f64) -> Sample {
        Sample { value, cpu: (self.client.process.usage().cpu - self.before.cpu) / done.max(1.0) }
    }
}
