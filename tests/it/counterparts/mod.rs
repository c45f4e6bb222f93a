//! Real servers that Sluice is tested against, each on a free loopback port and stopped on drop.
//!
//! Separate programs: [`SsServer`] (Debian's `ss-server`, with SIP003 plugins) and [`SsrServers`]. In this process, each
//! on its own thread and runtime so that it can be killed like a program: [`EmbeddedServer`]
//! (shadowsocks-service's own server), [`Origin`] (a web page), [`TcpEcho`], [`HalfCloseEcho`],
//! [`Greeter`], [`UdpEcho`], [`SocksServer`], [`TlsServer`], [`Provider`] (subscriptions), [`WebPage`],
//! [`BlockingSite`], [`WebSocketServer`], [`WebSocketBridge`], and [`Hop`], which injects faults.
//!
//! Every `start` function returns when the server accepts connections, and may be called inside and outside
//! a runtime. Nothing here uses the internet.
#![expect(dead_code, reason = "shared by several test programs, none of which uses everything")]

mod background;
mod blocking_site;
mod echo;
mod embedded;
mod hop;
mod origin;
mod provider;
#[cfg(unix)]
mod python;
mod self_test;
mod socks_server;
mod ss_server;
#[cfg(unix)]
mod ssr_server;
mod tls;
mod web_page;
mod websocket;
mod websocket_bridge;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use background::Background;
pub use blocking_site::BlockingSite;
pub use echo::{Greeter, HalfCloseEcho, TcpEcho, UdpEcho, serve_tcp};
pub use embedded::{EmbeddedServer, NameResolution};
pub use hop::{Fault, Hop};
pub use origin::{LOGIN, Origin, content, sha256};
pub use provider::{Encoding, Provider, ProviderReply, TOKEN};
#[cfg(unix)]
pub use python::sing_box;
pub use socks_server::SocksServer;
pub use ss_server::{ServerPlugin, SsServer};
#[cfg(unix)]
pub use ssr_server::{SsrServers, ssr, ssr_local};
pub use tls::TlsServer;
pub use web_page::WebPage;
pub use websocket::{WebSocket, WebSocketServer};
pub use websocket_bridge::{BridgeFault, WebSocketBridge};

/// How long a server on loopback may take to start on a busy machine.
pub const START_LIMIT: Duration = Duration::from_secs(20);

/// 127.0.0.1.
pub const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// ::1.
pub const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Whether `program` is missing from PATH. If it is, prints a warning, and fails the test if `CI=true`,
/// where every test must run.
///
/// ```ignore
/// if counterparts::missing("ss-server") { return; }
/// ```
pub fn missing(program: &str) -> bool {
    let is_missing = find(program).is_none();
    if is_missing {
        skip(&format!("the program `{program}`"));
    }
    is_missing
}

/// The full path of a library for `LD_PRELOAD`; `None` if it is not installed, with the same warning as
/// for a missing program.
pub fn library(name: &str) -> Option<String> {
    let places = ["/usr/lib".to_owned(), format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH)];
    let found = places.iter().map(|place| format!("{place}/{name}")).find(|file| Path::new(file).is_file());
    if found.is_none() {
        skip(&format!("the library `{name}`"));
    }
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(what: &str) {
    eprintln!("\n*** SKIP: {what} is not installed; this test is skipped ***\n");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing, and with CI=true no test may be skipped");
}

/// The full path of a program in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| Path::is_file(file))
}

/// A port of `ip` that was free for TCP and UDP a moment ago. Another program may take it before it is
/// used, so callers must be able to try again with another.
pub fn free_port(ip: IpAddr) -> u16 {
    for _ in 0..50 {
        let listener = TcpListener::bind((ip, 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        if UdpSocket::bind((ip, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free for both TCP and UDP")
}

/// Waits until `addr` accepts; false after `limit`.
pub fn accepts(addr: SocketAddr, limit: Duration) -> bool {
    eventually(limit, || TcpStream::connect_timeout(&addr, Duration::from_secs(1)).is_ok())
}

/// Polls `condition` until it holds; false after `limit`. For synchronous tests and short waits;
/// asynchronous tests use [`until`].
pub fn eventually(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    true
}

/// Polls `condition` until it holds; false after `limit`.
pub async fn until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    true
}
