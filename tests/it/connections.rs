//! The list of client connections: program names, exact byte counts, and closing selected connections.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use sluice::control::Client;
use sluice::control::client::ConnectionStream;
use sluice::model::connection::{
    ClientProtocol, ConnectionChanges, ConnectionEnd, ConnectionList, ConnectionView, NodeChoice,
};
use sluice::model::route::RuleSource;
use sluice::model::{Route, Target};
use sluice::os::paths::Paths;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::counterparts::{Origin, SocksServer, V4, missing};
use crate::engine::{Engine, LIMIT, Setup};
use crate::socks::Socks;

/// A client that follows an engine's list of connections.
struct Follower {
    changes: ConnectionStream,
    list: ConnectionList,
}

impl Follower {
    /// Follows from now on; returns when the current list has arrived.
    async fn of(engine: &Engine) -> Self {
        let client = Client::connect(&Paths::find(Some(engine.home())).unwrap()).await.unwrap();
        let mut follower = Self { changes: client.connections().await.unwrap(), list: ConnectionList::default() };
        follower.more().await;
        follower
    }

    async fn more(&mut self) -> ConnectionChanges {
        let changes = timeout(LIMIT, self.changes.next()).await.expect("changes are published every second").unwrap();
        self.list.apply(changes.clone());
        changes
    }

    /// Waits for a connection that meets a condition.
    async fn until(&mut self, what: &str, is_so: impl Fn(&ConnectionView) -> bool) -> ConnectionView {
        let found = async {
            loop {
                if let Some(row) = self.list.rows().find(|row| is_so(row)) {
                    return row.clone();
                }
                self.more().await;
            }
        };
        let found = timeout(LIMIT, found).await.ok();
        found.unwrap_or_else(|| panic!("not in time: {what}: {:#?}", self.list))
    }

    /// Waits until a connection to this host has ended.
    async fn ended(&mut self, host: &str) -> ConnectionView {
        self.until(&format!("{host} has ended"), |row| row.host == host && row.ended.is_some()).await
    }
}

fn cluster(servers: &[(&SocksServer, &str)], origin: &Origin) -> Engine {
    let engine = Engine::start(origin);
    engine.import(&servers.iter().map(|(server, name)| server.node(name)).collect::<Vec<_>>());
    engine.cluster_on(servers.len(), "sticky");
    engine
}

/// Opens a connection to an echo server under this name.
async fn echo(gateway: SocketAddr, host: &str) -> TcpStream {
    let target = Target::from_host(host, 7).unwrap();
    let mut stream = Socks::open(gateway).connect(&target).await.unwrap();
    exchange(&mut stream, b"hello").await.unwrap();
    stream
}

/// Sends bytes and reads their echo.
async fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    let mut back = vec![0; bytes.len()];
    timeout(LIMIT, stream.read_exact(&mut back)).await.expect("an answer or the end of the stream")?;
    assert_eq!(back, bytes);
    Ok(())
}

#[tokio::test]
async fn curl_is_identified_and_every_byte_is_counted() {
    if missing("curl") {
        return;
    }
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = cluster(&[(&server, "Tokyo")], &origin);
    let mut follower = Follower::of(&engine).await;
    let (gateway, port) = (engine.gateway().to_string(), origin.addr.port());
    let all = [
        ("socks5.test", vec!["--socks5-hostname".to_owned(), gateway.clone()], ClientProtocol::Socks5),
        ("socks4.test", vec!["--socks4a".to_owned(), gateway.clone()], ClientProtocol::Socks4),
        ("connect.test", vec!["--proxytunnel".to_owned(), "-x".to_owned(), gateway.clone()], ClientProtocol::Connect),
        ("http.test", vec!["-x".to_owned(), gateway.clone()], ClientProtocol::Http),
    ];
    for (host, options, protocol) in all {
        let mut curl = Command::new("curl");
        // Late enough to be seen while open; curl prints its own byte counts.
        curl.args(["-q", "-s", "-o", "/dev/null", "-w"]);
        curl.args(["%{size_request} %{size_header} %{size_download}"]).args(options);
        curl.arg(format!("http://{host}:{port}/late/500000/2500")).stdin(Stdio::null()).stdout(Stdio::piped());
        let curl = curl.spawn().unwrap();
        let pid = curl.id();
        let open = follower.until("curl is named", |row| row.host == host && row.program.is_some()).await;
        assert_eq!((open.program.as_deref(), open.pid), (Some("curl"), Some(pid)));
        assert_eq!((open.port, open.protocol, open.way, open.rule), (port, protocol, Route::Pool, None));
        let output = tokio::task::spawn_blocking(move || curl.wait_with_output().unwrap()).await.unwrap();
        let sizes = String::from_utf8(output.stdout).unwrap();
        let sizes: Vec<u64> = sizes.split(' ').map(|size| size.parse().unwrap()).collect();
        let ended = follower.ended(host).await;
        assert_eq!((ended.program.as_deref(), ended.ended), (Some("curl"), Some(ConnectionEnd::Closed)));
        assert_eq!((ended.node_name.as_deref(), &ended.why), (Some("Tokyo"), &Some(NodeChoice::Only)));
        match protocol {
            // The proxy changes heads, so the counts differ.
            ClientProtocol::Http => assert!(ended.up > 0 && ended.down > 500_000, "{ended:?}"),
            // curl counts the answer to CONNECT, too.
            ClientProtocol::Connect => {
                assert!(ended.down >= 500_000 && ended.down < sizes[1] + sizes[2], "{ended:?} {sizes:?}");
            }
            ClientProtocol::Socks5 | ClientProtocol::Socks4 | ClientProtocol::Udp => {
                assert_eq!((ended.up, ended.down), (sizes[0], sizes[1] + sizes[2]), "{host}");
            }
        }
    }
}

#[tokio::test]
async fn git_and_a_browser_are_identified() {
    if missing("git") || missing("chromium") {
        return;
    }
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = cluster(&[(&server, "Tokyo")], &origin);
    let mut follower = Follower::of(&engine).await;
    let (gateway, port) = (engine.gateway(), origin.addr.port());

    let mut git = Command::new("git");
    // The page is not a repository, so git fails, but only after the connection that this test looks at.
    git.args(["-c", &format!("http.proxy=socks5h://{gateway}"), "ls-remote"]);
    git.arg(format!("http://git.test:{port}/slow/10/700")).env("GIT_TERMINAL_PROMPT", "0");
    let mut git = git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let row = follower.until("git is named", |row| row.host == "git.test" && row.program.is_some()).await;
    assert_eq!(row.program.as_deref(), Some("git"));
    git.wait().unwrap();

    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]);
    browser.args(["--timeout=20000", "--dump-dom", "--proxy-bypass-list=<-loopback>"]);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).env("HOME", profile.path());
    browser.arg(format!("--proxy-server=http://{gateway}")).arg(format!("http://www.site.test:{port}/slow/10/700"));
    let mut browser = browser.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let named = |row: &ConnectionView| row.host == "www.site.test" && row.program.is_some();
    let row = follower.until("the browser is named", named).await;
    assert_eq!((row.program.as_deref(), row.site().as_str()), (Some("chromium"), "site.test"));
    let _ended = (browser.kill(), browser.wait());
}

#[tokio::test]
async fn only_the_selected_connections_are_closed() {
    let (origin, server) = (Origin::start(V4), SocksServer::start_echo());
    let engine = cluster(&[(&server, "Tokyo")], &origin);
    let gateway = engine.gateway();
    let mut open = Vec::new();
    for host in ["one.test", "two.test", "www.three.test", "four.test"] {
        open.push((host, echo(gateway, host).await));
    }
    let rows: Vec<ConnectionView> = engine.json(&["connections"]);
    let hosts: Vec<_> = rows.iter().map(|row| row.host.as_str()).collect();
    assert_eq!(hosts, ["four.test", "www.three.test", "two.test", "one.test"], "the newest first");
    assert!(rows.iter().all(|row| (row.up, row.down, row.ended) == (5, 5, None)), "{rows:#?}");
    let own = std::env::current_exe().unwrap();
    let own = own.file_name().unwrap().to_str().unwrap();
    assert!(rows.iter().all(|row| row.pid == Some(std::process::id())), "{rows:#?}");

    let two = rows[2].id.to_string();
    assert_eq!(engine.run_ok(&["connections", "close", &two]).trim(), "1 connection closed");
    assert_eq!(engine.run_ok(&["connections", "close", "THREE.test", "--program", own]).trim(), "1 connection closed");
    assert_eq!(engine.run_ok(&["connections", "close", "--node", "Lima"]).trim(), "0 connections closed");
    for (host, stream) in &mut open {
        let is_open = exchange(stream, b"again").await.is_ok();
        assert_eq!(is_open, ["one.test", "four.test"].contains(host), "{host}");
    }
    let rows: Vec<ConnectionView> = engine.json(&["connections", "--open"]);
    assert_eq!(rows.iter().map(|row| row.host.as_str()).collect::<Vec<_>>(), ["four.test", "one.test"]);
    let table = engine.run_ok(&["connections", "two"]);
    assert!(table.contains("two.test:7") && table.contains("closed by you") && table.contains("Tokyo"), "{table}");

    let closed: serde_json::Value = engine.json(&["connections", "close", "--all"]);
    assert_eq!(closed, serde_json::json!({ "closed": 2 }));
    assert!(exchange(&mut open[0].1, b"again").await.is_err());
}

#[tokio::test]
async fn a_kept_alive_http_connection_is_closed_too() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = cluster(&[(&server, "Tokyo")], &origin);
    let mut stream = TcpStream::connect(engine.gateway()).await.unwrap();
    let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", origin.url("/204"), origin.addr);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    timeout(LIMIT, stream.read_exact(&mut head)).await.unwrap().unwrap();
    assert_eq!(&head, b"HTTP/1.1 204");
    assert_eq!(engine.run_ok(&["connections", "close", "--all"]).trim(), "1 connection closed");
    let mut rest = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut rest)).await.expect("it is closed").unwrap();
}

#[tokio::test]
async fn blocked_and_direct_connections_are_listed_with_their_rule() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let setup = Setup::new(&origin, |_| {});
    setup.write("my.acl", b"[proxy_all]\n[outbound_block_list]\n||never.test\n[bypass_list]\n127.0.0.0/8\n");
    let acl = setup.home().join("my.acl").display().to_string();
    let engine = setup.start();
    engine.run_ok(&["set", "rules.acl", &acl]);
    engine.import(&[server.node("Tokyo")]);
    engine.cluster_on(1, "sticky");
    let mut follower = Follower::of(&engine).await;
    let socks = Socks::open(engine.gateway());
    socks.connect(&Target::from_host("a.never.test", 80).unwrap()).await.unwrap_err();
    let blocked = follower.ended("a.never.test").await;
    assert_eq!((blocked.way, blocked.ended), (Route::Block, Some(ConnectionEnd::Blocked)));
    assert_eq!(blocked.rule.map(|rule| (rule.source, rule.line)), Some((RuleSource::Acl, 3)));
    assert_eq!((blocked.node, blocked.node_name, blocked.why), (None, None, None));

    let mut direct = socks.connect(&Target::Address(origin.addr)).await.unwrap();
    let request = b"GET /204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    direct.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    timeout(LIMIT, direct.read_to_end(&mut answer)).await.unwrap().unwrap();
    drop(direct);
    let direct = follower.ended("127.0.0.1").await;
    assert_eq!((direct.way, direct.rule.map(|rule| rule.line)), (Route::Direct, Some(5)));
    assert_eq!((direct.up, direct.down), (request.len() as u64, answer.len() as u64));
    assert_eq!((direct.node, direct.why), (None, None));
}

#[tokio::test]
async fn hosts_of_connections_are_not_written_anywhere() {
    let (origin, server) = (Origin::start(V4), SocksServer::start_echo());
    let engine = cluster(&[(&server, "Tokyo")], &origin);
    let _open = echo(engine.gateway(), "private.test").await;
    assert!(engine.run_ok(&["connections"]).contains("private.test"));
    let _closed = engine.run_ok(&["connections", "close", "private"]);
    assert!(!engine.log().contains("private.test"));
    for args in [&["status", "--json"][..], &["events", "--json"], &["diagnose", "-"]] {
        assert!(!engine.run_ok(args).contains("private.test"), "{args:?}");
    }
}
