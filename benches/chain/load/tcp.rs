//! Load over TCP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::socks::connect;
use super::{Busy, Chain, Meter, Sample};

/// The direction of the data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Down,
    Up,
}

const REQUEST: [u8; 100] = [1; 100];

/// Throughput over so many connections, in MiB/s; the first 100 ms are left out.
pub(super) fn bulk(chain: Chain<'_>, to: SocketAddr, way: Way, streams: usize, time: Duration) -> Sample {
    let (moved, over) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..streams {
            scope.spawn(|| transfer(connect(chain.client, to), way, &moved, &over));
        }
        thread::sleep(Duration::from_millis(100));
        let before = moved.load(Relaxed);
        let meter = Meter::start(chain);
        thread::sleep(time);
        let sample = meter.rate((moved.load(Relaxed) - before) as f64 / 1_048_576.0);
        over.store(true, Relaxed);
        sample
    })
}

fn transfer(mut stream: TcpStream, way: Way, moved: &AtomicU64, over: &AtomicBool) {
    let mut data = vec![7; 256 * 1024];
    stream.write_all(&[1]).unwrap();
    if way == Way::Up {
        stream.read_exact(&mut [0]).unwrap();
    }
    while !over.load(Relaxed) {
        let bytes = match way {
            Way::Down => stream.read(&mut data).unwrap(),
            Way::Up => stream.write(&data).unwrap(),
        };
        moved.fetch_add(bytes as u64, Relaxed);
    }
}

/// The median time of a connection with one request, in ms.
pub(super) fn new_connection(chain: Chain<'_>, to: SocketAddr, time: Duration) -> Sample {
    let meter = Meter::start(chain);
    let mut times = timed(time, || exchange(chain, &mut connect(chain.client, to)));
    meter.each(percentile(&mut times, 0.5), times.len() as f64)
}

/// Connections with one request each by so many clients, per second.
pub(super) fn new_connections(chain: Chain<'_>, to: SocketAddr, clients: usize, time: Duration) -> Sample {
    let meter = Meter::start(chain);
    let done = thread::scope(|scope| {
        let work = || timed(time, || exchange(chain, &mut connect(chain.client, to))).len();
        let running: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    meter.rate(done as f64)
}

/// The time of a request on a connection that is open, in ms.
pub(super) fn kept(chain: Chain<'_>, to: SocketAddr, part: f64, time: Duration) -> Sample {
    let mut stream = connect(chain.client, to);
    exchange(chain, &mut stream);
    let meter = Meter::start(chain);
    let mut times = timed(time, || exchange(chain, &mut stream));
    meter.each(percentile(&mut times, part), times.len() as f64)
}

/// The memory that an open connection adds, in bytes.
pub(super) fn idle(chain: Chain<'_>, to: SocketAddr, count: usize) -> Sample {
    let before = chain.client.process.usage().memory;
    let mut streams: Vec<_> = (0..count).map(|_| connect(chain.client, to)).collect();
    streams.iter_mut().for_each(|stream| exchange(chain, stream));
    thread::sleep(Duration::from_millis(500));
    let after = chain.client.process.usage().memory;
    Sample { value: (after - before).max(1.0) / count as f64, cpu: 0.0, busy: Busy::default() }
}

fn exchange(chain: Chain<'_>, stream: &mut TcpStream) {
    let mut answer = [0; REQUEST.len()];
    let exchanged = stream.write_all(&REQUEST).and_then(|()| stream.read_exact(&mut answer));
    exchanged.unwrap_or_else(|error| panic!("{}: {error}", chain.client.name));
}

/// The duration of each repetition, in ms.
fn timed(time: Duration, mut work: impl FnMut()) -> Vec<f64> {
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let from = Instant::now();
        work();
        times.push(from.elapsed().as_secs_f64() * 1e3);
    }
    times
}

fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part) as usize]
}
