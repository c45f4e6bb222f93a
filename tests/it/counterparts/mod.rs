//! The real things Sluice is tested against, each on a free loopback port, each ended on drop.
//!
//! Programs: [`SsServer`] (Debian's `ss-server`, with SIP003 plugins), [`SsrServers`]. In this process, each on a
//! thread and runtime of its own so that it can be killed like a program: [`EmbeddedServer`]
//! (shadowsocks-service's own server), [`Origin`] (a web page), [`TcpEcho`], [`HalfCloseEcho`],
//! [`Greeter`], [`UdpEcho`], [`SocksServer`], [`TlsServer`], [`Provider`] (subscriptions), [`WebSocketServer`], and [`Hop`], which makes faults to order.
//!
//! All `start` functions return when the thing accepts, and may be called inside and outside a
//! runtime. Nothing here uses the internet.
#![expect(dead_code, reason = "a workshop of tools; not every test program needs each of them")]

mod background;
mod checks;
mod echo;
mod embedded;
mod hop;
mod origin;
mod page;
mod provider;
mod socks_server;
mod ss_server;
#[cfg(unix)]
mod ssr_server;
mod tls;
mod websocket;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use background::Background;
pub use echo::{Greeter, HalfCloseEcho, TcpEcho, UdpEcho, serve_tcp};
pub use embedded::{EmbeddedServer, Names};
pub use hop::{Fault, Hop};
pub use origin::{LOGIN, Origin, content, sha256};
pub use page::Page;
pub use provider::{Packing, Provider, Says, TOKEN};
pub use socks_server::SocksServer;
pub use ss_server::{ServerPlugin, SsServer};
#[cfg(unix)]
pub use ssr_server::{SsrServers, ssr, ssr_local};
pub use tls::TlsServer;
pub use websocket::{WebSocket, WebSocketServer};

/// How long anything on loopback may take to come up.
pub const START_LIMIT: Duration = Duration::from_secs(5);

/// 127.0.0.1.
pub const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// ::1.
pub const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Whether `program` is missing from PATH. Where it is, says so loudly, and fails the test where
/// `CI=true`: there every test must run.
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

/// The full path of a library that is put in front of a program's own; none where it is not installed, as
/// for a missing program.
pub fn library(name: &str) -> Option<String> {
    let places = ["/usr/lib".to_owned(), format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH)];
    let found = places.iter().map(|place| format!("{place}/{name}")).find(|file| Path::new(file).is_file());
    if found.is_none() {
        skip(&format!("the library `{name}`"));
    }
    found
}

#[expect(clippy::print_stderr, reason = "a test that shows nothing says so")]
fn skip(what: &str) {
    eprintln!("\n*** SKIP: {what} is not installed; this test shows nothing ***\n");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing, and CI=true allows no skipping");
}

/// The full path of a program in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| Path::is_file(file))
}

/// A port of `ip` that was free for TCP and UDP a moment ago. Another program may take it before
/// it is used: whoever uses it tries again with another.
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

/// Asks `condition` again and again until it holds; false after `limit`. For synchronous tests and
/// for short waits; asynchronous tests use [`until`].
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

/// Asks `condition` again and again until it holds; false after `limit`.
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
