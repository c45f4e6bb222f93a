//! The clients.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::TIME;
use super::backend::{ECHO, SINK};
use super::relays::Relay;

/// One measurement: the result, and the relay's CPU seconds per unit of work.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    pub value: f64,
    pub cpu: f64,
}

/// Throughput in one direction over `streams` connections, in Gbit/s.
pub fn bulk(relay: &Relay, streams: usize, way: u16) -> Sample {
    let moved = measured(relay, streams, move |addr, moved, over| {
        let mut stream = connect(addr, way);
        let mut data = vec![7; 256 * 1024];
        while !over.load(Relaxed) {
            let bytes = match way {
                SINK => stream.write(&data).unwrap_or(0),
                _source => stream.read(&mut data).unwrap_or(0),
            };
            moved.fetch_add(bytes as u64, Relaxed);
        }
    });
    Sample { value: moved.value * 8.0 / 1e9, cpu: moved.cpu }
}

/// New connections per second by `clients` clients; each carries one byte in both directions.
pub fn connections(relay: &Relay, clients: usize) -> Sample {
    measured(relay, clients, |addr, moved, over| {
        while !over.load(Relaxed) {
            let mut stream = connect(addr, ECHO);
            let mut byte = [1];
            stream.write_all(&byte).unwrap();
            stream.read_exact(&mut byte).unwrap();
            moved.fetch_add(1, Relaxed);
        }
    })
}

/// The memory of an idle connection that has carried data, in bytes.
pub fn idle(relay: &Relay, count: usize) -> Sample {
    let (_, before) = relay.usage();
    let streams: Vec<_> = (0..count).map(|_| connect(relay.addr, SINK)).collect();
    for mut stream in &streams {
        stream.write_all(&[1; 100]).unwrap();
    }
    thread::sleep(Duration::from_millis(500));
    let (_, after) = relay.usage();
    Sample { value: (after - before).max(1.0) / count as f64, cpu: 1.0 }
}

fn measured(
    relay: &Relay,
    threads: usize,
    work: impl Fn(std::net::SocketAddr, &AtomicU64, &AtomicBool) + Send + Sync + Copy + 'static,
) -> Sample {
    let (moved, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (cpu_before, _) = relay.usage();
    let started = Instant::now();
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let (addr, moved, over) = (relay.addr, Arc::clone(&moved), Arc::clone(&over));
            thread::spawn(move || work(addr, &moved, &over))
        })
        .collect();
    thread::sleep(TIME);
    let done = moved.load(Relaxed) as f64;
    let took = started.elapsed().as_secs_f64();
    let (cpu_after, _) = relay.usage();
    over.store(true, Relaxed);
    running.into_iter().for_each(|thread| thread.join().unwrap());
    Sample { value: done / took, cpu: (cpu_after - cpu_before) / done.max(1.0) }
}

fn connect(addr: std::net::SocketAddr, port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answer = [0; 10];
    stream.write_all(&[5, 1, 0]).unwrap();
    stream.read_exact(&mut answer[..2]).unwrap();
    let [high, low] = port.to_be_bytes();
    stream.write_all(&[5, 1, 0, 1, 127, 0, 0, 1, high, low]).unwrap();
    stream.read_exact(&mut answer).unwrap();
    stream
}
