//! Transfers of all sizes, in both directions at once and each byte compared, while members are killed: no byte is lost,
//! doubled or overtaken, a broken transfer never looks complete, and neither memory nor descriptors grow, and no socket is left behind.
//!
//! Three nodes have members that take over clients' sockets, one is a SOCKS5 server, whose bytes pass the gateway. Some
//! clients give up in the middle. A transfer may break only if a member was killed meanwhile.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sluice::model::Target;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Timer;
use super::samples::{Limits, Processes, Role, Samples};
use crate::counterparts::{EmbeddedServer, Origin, SocksServer, V4, content, eventually, serve_tcp};
use crate::engine::{Engine, LIMIT};
use crate::gateway::named;
use crate::processes;
use crate::socks::Socks;

/// The short form, in seconds.
const SHORT: u64 = 20;

const CLIENTS: usize = 10;

/// Sizes are spread evenly over the orders of magnitude up to this power of two.
const MAX_BITS: f64 = 22.5;

/// How many transfers are given up in the middle: one of this many.
const GIVEN_UP: u64 = 12;

/// A transfer takes less than this on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How soon the end of a killed member is seen.
const IN_FORCE: Duration = Duration::from_secs(2);

/// Sockets that a process may have more at the end than at the start: a health check and a control client.
const SPARE: usize = 4;

/// The bytes of all transfers, again and again; a prime length, so that no whole number of blocks can be missing.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| content(65_521));

/// The bytes of one transfer from here on, up to the end of the block.
fn bytes_at(start: u64, at: u64, length: u64) -> &'static [u8] {
    let from = ((start + at) % BYTES.len() as u64) as usize;
    let rest = &BYTES[from..];
    &rest[..rest.len().min((length - at) as usize)]
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), start: u64, length: u64) -> io::Result<()> {
    let mut at = 0;
    while at < length {
        let bytes = bytes_at(start, at, length);
        stream.write_all(bytes).await?;
        at += bytes.len() as u64;
    }
    Ok(())
}

/// Reads a transfer; an error of the kind `InvalidData` if another byte comes than was sent.
async fn receive(stream: &mut (impl AsyncRead + Unpin), start: u64, length: u64) -> io::Result<()> {
    let (mut at, mut buffer) = (0, vec![0; 48 * 1024]);
    while at < length {
        let expected = bytes_at(start, at, length);
        let space = expected.len().min(buffer.len());
        let count = stream.read(&mut buffer[..space]).await?;
        if count == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, format!("an end after {at} of {length} bytes")));
        }
        if buffer[..count] != expected[..count] {
            return Err(io::Error::new(ErrorKind::InvalidData, format!("other bytes after {at} of {length}")));
        }
        at += count as u64;
    }
    Ok(())
}

/// What a client asks of the server, in 24 bytes.
#[derive(Clone, Copy, Debug)]
struct Transfer {
    start: u64,
    up: u64,
    down: u64,
}

impl Transfer {
    fn random(random: &mut StdRng) -> Self {
        let mut size = || random.random_range(0.0..MAX_BITS).exp2() as u64;
        let (up, down) = (size(), size());
        Self { start: random.random_range(0..BYTES.len() as u64), up, down }
    }

    async fn serve(mut stream: TcpStream) -> io::Result<()> {
        let (start, up, down) = (stream.read_u64().await?, stream.read_u64().await?, stream.read_u64().await?);
        let (mut from, mut to) = stream.split();
        let (received, sent) = tokio::join!(receive(&mut from, start, up), send(&mut to, start, down));
        sent?;
        stream.write_u8(received.is_ok().into()).await?;
        stream.shutdown().await?;
        // Closing with unread bytes would be a reset.
        stream.read_u8().await.map(drop)
    }

    /// Runs the whole transfer; `gives_up` ends it after so many bytes.
    async fn run(self, mut stream: TcpStream, gives_up: Option<u64>) -> io::Result<()> {
        for number in [self.start, self.up, self.down] {
            stream.write_u64(number).await?;
        }
        if let Some(at) = gives_up {
            return receive(&mut stream, self.start, at.min(self.down)).await;
        }
        let (mut from, mut to) = stream.split();
        tokio::try_join!(send(&mut to, self.start, self.up), receive(&mut from, self.start, self.down))?;
        if stream.read_u8().await? != 1 {
            return Err(io::Error::new(ErrorKind::InvalidData, "the server received other bytes"));
        }
        let rest = stream.read(&mut [0]).await?;
        if rest == 0 { Ok(()) } else { Err(io::Error::new(ErrorKind::InvalidData, "bytes after the end")) }
    }
}

/// The results of all clients.
#[derive(Default)]
struct Results {
    complete: usize,
    given_up: usize,
    bytes: u64,
    broken: Vec<Broken>,
}

struct Broken {
    began: Instant,
    ended: Instant,
    transfer: Transfer,
    error: io::Error,
}

impl Broken {
    /// Whether it is Sluice's fault: wrong bytes, an end that looks like an orderly one, or no reason at all.
    fn is_fault(&self, kills: &[Instant]) -> bool {
        let was_killed = kills.iter().any(|kill| self.began <= *kill + IN_FORCE && self.ended >= *kill);
        let is_reset = matches!(self.error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
        !(was_killed && is_reset)
    }
}

async fn client(seed: u64, gateway: SocketAddr, server: SocketAddr, stop: Arc<AtomicBool>, all: Arc<Mutex<Results>>) {
    let mut random = StdRng::seed_from_u64(seed);
    while !stop.load(Relaxed) {
        let transfer = Transfer::random(&mut random);
        let gives_up = random.random_ratio(1, GIVEN_UP as u32).then(|| random.random_range(0..=transfer.down));
        let began = Instant::now();
        let whole = async {
            let stream = Socks::open(gateway).connect(&Target::Address(server)).await;
            let stream = stream.map_err(|refusal| io::Error::other(format!("{refusal:?}")))?;
            transfer.run(stream, gives_up).await
        };
        let result = tokio::time::timeout(PATIENCE, whole).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        let mut all = all.lock().unwrap();
        match result {
            Ok(()) if gives_up.is_some() => all.given_up += 1,
            Ok(()) => {
                all.complete += 1;
                all.bytes += transfer.up + transfer.down;
            }
            Err(error) => all.broken.push(Broken { began, ended: Instant::now(), transfer, error }),
        }
    }
}

/// How many sockets a process has open. A few pipes are kept.
fn sockets(pid: u32) -> usize {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let targets = descriptors.filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

fn members(engine: &Engine) -> Vec<u32> {
    engine.status().members.iter().filter_map(|member| member.pid).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_arrives_once() {
    let total = super::duration_or(SHORT);
    let origin = Origin::start(V4);
    let servers: Vec<_> =
        ["aes-256-gcm", "chacha20-ietf-poly1305", "2022-blake3-aes-256-gcm"].map(EmbeddedServer::start).into();
    let socks = SocksServer::start();
    let mut nodes: Vec<_> = servers.iter().map(|server| named(&server.method, server.node())).collect();
    nodes.push(socks.node("socks"));
    let engine = Engine::cluster_of(&origin, &nodes, "round-robin");
    let (_server, addr) = serve_tcp(V4, Transfer::serve);
    let fresh = (sockets(engine.pid()), members(&engine).iter().map(|pid| sockets(*pid)).max().unwrap());

    let (stop, results) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Results>>::default());
    let mut clients = JoinSet::new();
    for seed in 0..CLIENTS as u64 {
        clients.spawn(client(seed, engine.gateway(), addr, stop.clone(), results.clone()));
    }
    let (began, mut kills, mut random) = (Instant::now(), Vec::new(), StdRng::seed_from_u64(18));
    let mut kill = Timer::every((total / 5).min(Duration::from_secs(15)));
    let mut samples = Samples::every((total / 40).min(Duration::from_secs(10)));
    while began.elapsed() < total {
        tokio::time::sleep(super::TICK).await;
        if kill.is_due(began.elapsed())
            && let Some(pid) = members(&engine).choose(&mut random)
        {
            kills.push(Instant::now());
            processes::kill(*pid);
        }
        if samples.timer.is_due(began.elapsed()) {
            let all = members(&engine);
            samples.take(began.elapsed(), &Processes { engine: engine.pid(), tray: 0, members: all.clone(), all });
        }
    }
    stop.store(true, Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }

    let Results { complete, given_up, bytes, broken } = std::mem::take(&mut *results.lock().unwrap());
    let (faults, cut): (Vec<_>, Vec<_>) = broken.into_iter().partition(|broken| broken.is_fault(&kills));
    println!("{complete} transfers, {} MiB, {given_up} given up, {} cut off", bytes >> 20, cut.len());
    println!("{} members killed; {}", kills.len(), samples.last());
    for Broken { transfer, error, .. } in &faults {
        println!("{transfer:?}: {error}");
    }
    assert!(faults.is_empty(), "{} transfers failed", faults.len());
    assert!(complete > 50 && given_up > 0 && !kills.is_empty(), "much was tried");
    for role in [Role::Engine, Role::Members] {
        let verdict = samples.check(role, Limits::of(total));
        println!("{}: {verdict:?}", role.as_str());
        assert!(verdict.is_ok(), "{}: {verdict:?}", role.as_str());
    }
    engine.wait_for("all are over", |status| status.gateway.active == 0);
    let left = || {
        let members = members(&engine).iter().map(|pid| sockets(*pid)).max().unwrap();
        (sockets(engine.pid()), members)
    };
    let is_free = || left().0 <= fresh.0 + SPARE && left().1 <= fresh.1 + SPARE;
    assert!(eventually(LIMIT, is_free), "at first {fresh:?}, at last {:?}", left());
    println!("sockets of the engine and of a member: {fresh:?} at first, {:?} at last", left());
}
