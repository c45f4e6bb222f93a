//! What is done with a client, and what it costs.

mod socks;
mod tcp;
mod udp;

use std::time::{Duration, Instant};

use super::clients::Client;
use super::destination::Destination;
use super::processes::own_cpu;
use super::servers::Server;

/// A client between this program, which is both ends, and the server.
#[derive(Clone, Copy)]
pub struct Chain<'a> {
    pub client: &'a Client,
    pub server: &'a Server,
    pub to: &'a Destination,
}

/// One measurement: the result, the client's CPU seconds per unit of work, and how busy everybody was.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    pub value: f64,
    pub cpu: f64,
    pub busy: Busy,
}

/// How many cores were in use, by whom.
#[derive(Clone, Copy, Default)]
pub struct Busy {
    pub client: f64,
    pub server: f64,
    /// Of this program.
    pub ends: f64,
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

    pub fn measure(self, chain: Chain<'_>, time: Duration) -> Sample {
        let to = chain.to;
        match self {
            Self::Down1 => tcp::bulk(chain, to.source, tcp::Way::Down, 1, time),
            Self::Down4 => tcp::bulk(chain, to.source, tcp::Way::Down, 4, time),
            Self::Up1 => tcp::bulk(chain, to.sink, tcp::Way::Up, 1, time),
            Self::Up4 => tcp::bulk(chain, to.sink, tcp::Way::Up, 4, time),
            Self::NewConnection => tcp::new_connection(chain, to.echo, time),
            Self::NewConnections16 => tcp::new_connections(chain, to.echo, 16, time),
            Self::Kept => tcp::kept(chain, to.echo, 0.5, time),
            Self::KeptSlow => tcp::kept(chain, to.echo, 0.99, time),
            Self::Datagrams => udp::echoes(chain, to.datagrams, time),
            Self::Idle => tcp::idle(chain, to.echo, 500),
        }
    }
}

/// The clock and everybody's CPU time from a moment on.
struct Meter<'a> {
    chain: Chain<'a>,
    since: Instant,
    before: [f64; 3],
}

impl<'a> Meter<'a> {
    fn start(chain: Chain<'a>) -> Self {
        Self { chain, before: cpu(chain), since: Instant::now() }
    }

    /// So much work a second.
    fn rate(&self, done: f64) -> Sample {
        Sample { value: done / self.since.elapsed().as_secs_f64(), ..self.each(0.0, done) }
    }

    /// A value that was measured over so much work.
    fn each(&self, value: f64, done: f64) -> Sample {
        let (time, after) = (self.since.elapsed().as_secs_f64(), cpu(self.chain));
        let [client, server, ends] = [0, 1, 2].map(|whose| after[whose] - self.before[whose]);
        let busy = Busy { client: client / time, server: server / time, ends: ends / time };
        Sample { value, cpu: client / done.max(1.0), busy }
    }
}

/// CPU seconds of client, server and this program.
fn cpu(chain: Chain<'_>) -> [f64; 3] {
    [chain.client.process.usage().cpu, chain.server.process.usage().cpu, own_cpu()]
}
