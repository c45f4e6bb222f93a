//! Every ShadowsocksR cipher with every protocol and every obfs, from a client through the gateway and a member to the
//! real server: a small request, a download, an upload, concurrent downloads, a target that speaks first, and datagrams.
#![cfg(unix)]

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use sluice::model::snapshot::MemberState;
use sluice::model::ssr::{Method, Obfs, Protocol};
use sluice::model::{Kind, Node, Ssr, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::counterparts::{Background, Greeter, Origin, SsrServers, UdpEcho, V4, serve_tcp, ssr};
use crate::engine::{Engine, LIMIT, Setup};
use crate::socks::{Refusal, Socks};

const METHODS: [Method; 9] = [
    Method::None,
    Method::Aes128Cfb,
    Method::Aes256Cfb,
    Method::Aes256Ctr,
    Method::Camellia128Cfb,
    Method::Chacha20,
    Method::Chacha20Ietf,
    Method::Salsa20,
    Method::Rc4Md5,
];
/// The number of engines, each of which handles a share of the nodes.
const ENGINES: usize = 4;
/// The limit for all combinations. Two cores take 80 s; the rest is a margin for a busy machine.
const TOTAL_LIMIT: Duration = Duration::from_secs(600);

#[test]
fn every_combination_works_through_the_gateway() {
    let names =
        |protocol| METHODS.into_iter().flat_map(move |method| Obfs::ALL.map(|obfs| ssr(method, protocol, obfs)));
    let mut wanted: Vec<Ssr> = Protocol::ALL.into_iter().flat_map(names).collect();
    for ssr in wanted.iter_mut().filter(|ssr| ssr.obfs == Obfs::HttpPost) {
        ssr.obfs_param = "www.example.com,example.org".into();
    }
    assert_eq!(wanted.len(), 9 * 7 * 6);
    let Some(servers) = SsrServers::start(&wanted) else { return };
    run(servers.nodes());
}

#[test]
fn a_shared_server_knows_its_users() {
    let mut wanted = Vec::new();
    for protocol in [Protocol::AuthAes128Md5, Protocol::AuthAes128Sha1, Protocol::AuthChainA, Protocol::AuthChainB] {
        for obfs in [Obfs::Plain, Obfs::TlsTicketAuth, Obfs::HttpPost] {
            let user = |method, param: &str| Ssr { protocol_param: param.into(), ..ssr(method, protocol, obfs) };
            wanted.push(user(Method::Aes256Cfb, "1001:first user"));
            wanted.push(user(Method::None, "1002:second user"));
        }
    }
    let Some(servers) = SsrServers::start_shared(&wanted, "64#1001:first user,1002:second user") else { return };
    run(servers.nodes());
}

/// Tests all nodes, one at a time in each engine.
fn run(nodes: &[Node]) {
    let targets = Targets::start();
    let origin = Origin::start(V4);
    let started = Instant::now();
    let failures: Vec<String> = thread::scope(|scope| {
        let share = |nodes| {
            let (origin, targets) = (&origin, &targets);
            scope.spawn(move || run_share(nodes, origin, targets))
        };
        let shares: Vec<_> = nodes.chunks(nodes.len().div_ceil(ENGINES)).map(share).collect();
        shares.into_iter().flat_map(|share| share.join().unwrap()).collect()
    });
    let (count, took) = (nodes.len(), started.elapsed());
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(took < TOTAL_LIMIT, "{count} combinations took {took:?}");
}

fn run_share(nodes: &[Node], origin: &Origin, targets: &Targets) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Every request is a check already; the engine's own health checks would only take time.
    let engine = Setup::new(origin, |settings| settings.health.schedule = vec![3600]).start();
    engine.import(nodes);
    let mut failures = Vec::new();
    for node in nodes {
        use_only(&engine, node);
        if let Err(why) = runtime.block_on(check(engine.gateway(), node, targets)) {
            failures.push(format!("{}: {why}", node.name));
            continue;
        }
        let member = engine.status().members.into_iter().find(|member| member.id == node.id()).unwrap();
        // Small, download, upload, eight concurrent downloads.
        assert!(member.total >= 11, "all requests went through {}: {member:?}", node.name);
    }
    failures
}

fn use_only(engine: &Engine, node: &Node) {
    let id = node.id();
    engine.run_ok(&["connect", id.as_str()]);
    engine.wait_for(&node.name, |status| {
        let serves = |state| state == MemberState::Serving;
        let mut others = status.members.iter().filter(|member| member.id != id);
        status.members.iter().any(|member| member.id == id && serves(member.state))
            && others.all(|member| !serves(member.state))
    });
}

/// Everything that one combination must do.
async fn check(gateway: SocketAddr, node: &Node, targets: &Targets) -> Result<(), String> {
    let within = async |what: &str, work: &mut (dyn Future<Output = io::Result<()>> + Unpin)| {
        let outcome = timeout(LIMIT, work).await.map_err(|_| format!("{what}: timed out"))?;
        outcome.map_err(|why| format!("{what}: {why}"))
    };
    let Kind::Ssr(ssr) = &node.kind else { return Err("another kind".into()) };
    let pages = Target::Address(targets.pages);
    within("small", &mut Box::pin(small(gateway, &pages))).await?;
    within("download", &mut Box::pin(download(gateway, pages.clone(), 1_500_000))).await?;
    within("upload", &mut Box::pin(upload(gateway, &pages, 1_000_000))).await?;
    let mut parallel = JoinSet::new();
    for _ in 0..8 {
        parallel.spawn(download(gateway, pages.clone(), 20_000));
    }
    let all = async { parallel.join_all().await.into_iter().collect() };
    within("parallel", &mut Box::pin(all)).await?;
    // Such a server waits for 13 bytes, and an address has 7.
    let is_bare = ssr.method == Method::None && ssr.protocol == Protocol::Origin;
    if !(is_bare && matches!(ssr.obfs, Obfs::HttpSimple | Obfs::HttpPost)) {
        within("greeting", &mut Box::pin(greeting(gateway, targets))).await?;
    }
    if !matches!(ssr.obfs, Obfs::TlsTicketAuth | Obfs::TlsTicketFastauth) {
        within("datagrams", &mut Box::pin(datagrams(gateway, targets))).await?;
    }
    Ok(())
}

async fn small(gateway: SocketAddr, pages: &Target) -> io::Result<()> {
    let mut stream = connect(gateway, pages).await?;
    for _ in 0..3 {
        exchange(&mut stream, &request(b'D', 7), 7).await?;
    }
    Ok(())
}

async fn download(gateway: SocketAddr, pages: Target, length: usize) -> io::Result<()> {
    let mut stream = connect(gateway, &pages).await?;
    exchange(&mut stream, &request(b'D', length), length).await
}

async fn upload(gateway: SocketAddr, pages: &Target, length: usize) -> io::Result<()> {
    let mut stream = connect(gateway, pages).await?;
    exchange(&mut stream, &[request(b'U', length), pattern(length)].concat(), 1).await
}

/// A target that speaks first: the client has nothing to write.
async fn greeting(gateway: SocketAddr, targets: &Targets) -> io::Result<()> {
    let mut stream = connect(gateway, &Target::Address(targets.greeter.addr)).await?;
    let mut greeting = vec![0; Greeter::GREETING.len()];
    stream.read_exact(&mut greeting).await?;
    if greeting == Greeter::GREETING { Ok(()) } else { Err(io::Error::other("not the greeting")) }
}

async fn datagrams(gateway: SocketAddr, targets: &Targets) -> io::Result<()> {
    let association = Socks::open(gateway).associate().await.map_err(refused)?;
    let echo = Target::Address(targets.datagrams.addr);
    for length in [1, 100, 1300] {
        association.send(&echo, &pattern(length)).await?;
        let (from, payload) = association.receive().await?;
        if (from, &payload) != (echo.clone(), &pattern(length)) {
            return Err(io::Error::other(format!("a wrong datagram of {} bytes", payload.len())));
        }
    }
    Ok(())
}

async fn connect(gateway: SocketAddr, target: &Target) -> io::Result<TcpStream> {
    Socks::open(gateway).connect(target).await.map_err(refused)
}

fn refused(refusal: Refusal) -> io::Error {
    io::Error::other(format!("{refusal:?}"))
}

async fn exchange(stream: &mut TcpStream, request: &[u8], length: usize) -> io::Result<()> {
    stream.write_all(request).await?;
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await?;
    if answer == pattern(length) { Ok(()) } else { Err(io::Error::other("the bytes differ")) }
}

fn request(kind: u8, length: usize) -> Vec<u8> {
    [&[kind][..], &(length as u64).to_be_bytes()].concat()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// The destinations behind the servers.
struct Targets {
    pages: SocketAddr,
    greeter: Greeter,
    datagrams: UdpEcho,
    _service: Background,
}

impl Targets {
    fn start() -> Self {
        let (service, pages) = serve_tcp(V4, serve_pages);
        Self { pages, greeter: Greeter::start(V4), datagrams: UdpEcho::start(V4), _service: service }
    }
}

/// `D` and a big-endian 64-bit length: sends that many bytes. `U`, a length and bytes: answers one byte, which tells
/// whether the bytes are correct.
async fn serve_pages(mut stream: TcpStream) -> io::Result<()> {
    while let Ok(kind) = stream.read_u8().await {
        let length = stream.read_u64().await? as usize;
        let mut data = pattern(length);
        if kind == b'U' {
            stream.read_exact(&mut data).await?;
            data = if data == pattern(length) { pattern(1) } else { vec![1] };
        }
        stream.write_all(&data).await?;
    }
    Ok(())
}
