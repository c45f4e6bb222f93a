//! Connecting to a server: name resolution, address cache, TCP connection.
//!
//! Addresses are cached for half a minute, so that a page with fifty connections is one lookup, and a stale entry stays
//! in use while lookups fail. If there are several addresses, datagrams go to the one that accepted TCP last.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::websocket::WebSocketError;
use crate::os::connect::connect;
use crate::os::network;

/// Enough for three retransmissions of a SYN (after 1, 3 and 7 s).
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Long enough to save lookups, short enough to follow a server that moves.
const CACHE_TIME: Duration = Duration::from_secs(30);
/// Below the idle limits of home routers, so that they keep the mapping, and a dead connection is noticed.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// Why a server was not reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReachError {
    /// Its name has no address.
    #[error("the server's name has no address: {0}")]
    Dns(#[source] io::Error),
    /// The TCP connection failed.
    #[error("no connection to the server: {0}")]
    Connect(#[source] io::Error),
    /// It leads back to the program that this member belongs to.
    #[error("the node points to one of Sluice's own ports")]
    OwnPort,
    /// The WebSocket over the TCP connection failed.
    #[error(transparent)]
    WebSocket(#[from] WebSocketError),
    /// The access key has an endpoint for streams only.
    #[error("the access key has no UDP endpoint")]
    NoDatagrams,
    /// It did not respond in time.
    #[error("the server did not answer in {} s", CONNECT_LIMIT.as_secs())]
    TimedOut,
}

/// A server as configured, and the addresses of its name.
pub(super) struct ServerEndpoint {
    host: EndpointHost,
    port: u16,
    /// The address that accepted TCP last.
    accepted: Mutex<Option<SocketAddr>>,
}

enum EndpointHost {
    Address(IpAddr),
    Name { name: String, resolved: Mutex<Resolved> },
}

#[derive(Default)]
struct Resolved {
    addresses: Arc<[SocketAddr]>,
    since: Option<Instant>,
}

impl ServerEndpoint {
    /// The server at a host name or an IP address.
    pub(super) fn new(host: &str, port: u16) -> Self {
        let host = match host.parse() {
            Ok(ip) => EndpointHost::Address(ip),
            Err(_) => EndpointHost::Name { name: host.to_owned(), resolved: Mutex::default() },
        };
        Self { host, port, accepted: Mutex::default() }
    }

    /// Opens a TCP connection to it.
    pub(super) async fn connect(&self) -> Result<TcpStream, ReachError> {
        let attempt = async {
            let addresses = self.addresses().await?;
            let others: Vec<_> = addresses.iter().copied().filter(|addr| !network::leads_back(*addr)).collect();
            if others.is_empty() {
                return Err(ReachError::OwnPort);
            }
            let stream = connect(&others).await.map_err(ReachError::Connect)?;
            let accepted = if let [only] = *others { Some(only) } else { stream.peer_addr().ok() };
            Ok((stream, accepted))
        };
        let (stream, accepted) = match timeout(CONNECT_LIMIT, attempt).await.unwrap_or(Err(ReachError::TimedOut)) {
            Ok(connected) => connected,
            Err(error) => {
                self.expire();
                return Err(error);
            }
        };
        prepare(&stream).map_err(ReachError::Connect)?;
        *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) = accepted;
        Ok(stream)
    }

    /// The address for datagrams: the one that accepted TCP last, if the server still has it, or the first one.
    pub(super) async fn datagram_address(&self) -> Result<SocketAddr, ReachError> {
        let addresses = self.addresses().await?;
        let accepted = *self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(accepted.filter(|addr| addresses.contains(addr)).unwrap_or(addresses[0]))
    }

    /// Its addresses, at least one.
    pub(super) async fn addresses(&self) -> Result<Arc<[SocketAddr]>, ReachError> {
        let (name, resolved) = match &self.host {
            EndpointHost::Address(ip) => return Ok([SocketAddr::new(*ip, self.port)].into()),
            EndpointHost::Name { name, resolved } => (name, resolved),
        };
        let cached = {
            let resolved = resolved.lock().unwrap_or_else(PoisonError::into_inner);
            if resolved.since.is_some_and(|since| since.elapsed() < CACHE_TIME) {
                return Ok(resolved.addresses.clone());
            }
            resolved.addresses.clone()
        };
        match look_up(name, self.port).await {
            Ok(addresses) => {
                let fresh = Resolved { addresses: addresses.clone(), since: Some(Instant::now()) };
                *resolved.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                Ok(addresses)
            }
            Err(error) if cached.is_empty() => Err(ReachError::Dns(error)),
            Err(error) => {
                tracing::debug!(%error, "lookup failed; using the cached addresses");
                Ok(cached)
            }
        }
    }

    /// Expires the cached addresses, so that the next connection resolves the name again.
    fn expire(&self) {
        if let EndpointHost::Name { resolved, .. } = &self.host {
            resolved.lock().unwrap_or_else(PoisonError::into_inner).since = None;
        }
    }
}

async fn look_up(name: &str, port: u16) -> io::Result<Arc<[SocketAddr]>> {
    let addresses: Arc<[SocketAddr]> = tokio::net::lookup_host((name, port)).await?.collect();
    if addresses.is_empty() { Err(io::Error::other("no addresses")) } else { Ok(addresses) }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    // Relayed data is already in segments as the sender made them; Nagle's algorithm would only delay it.
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No label may be longer than 63 bytes: the system refuses it without a query.
    fn nowhere() -> String {
        format!("{}.invalid", "x".repeat(64))
    }

    #[tokio::test]
    async fn a_name_without_address_is_a_dns_failure() {
        let server = ServerEndpoint::new(&nowhere(), 1);
        assert!(matches!(server.connect().await, Err(ReachError::Dns(_))));
    }

    #[tokio::test]
    async fn a_cached_address_is_used_when_a_lookup_fails() {
        let server = ServerEndpoint::new(&nowhere(), 9);
        let known: Arc<[SocketAddr]> = ["127.0.0.1:9".parse().unwrap()].into();
        let EndpointHost::Name { resolved, .. } = &server.host else { panic!("a name") };
        resolved.lock().unwrap().addresses = known.clone();
        assert_eq!(server.addresses().await.unwrap(), known);
    }

    #[tokio::test]
    async fn datagrams_go_to_the_address_that_accepted() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let server = ServerEndpoint::new("server.test", good.port());
        let EndpointHost::Name { resolved, .. } = &server.host else { panic!("a name") };
        // Nothing listens at the first.
        let first = SocketAddr::from(([127, 0, 0, 77], good.port()));
        *resolved.lock().unwrap() = Resolved { addresses: [first, good].into(), since: Some(Instant::now()) };
        assert_eq!(server.datagram_address().await.unwrap(), first);
        server.connect().await.unwrap();
        assert_eq!(server.datagram_address().await.unwrap(), good);
    }
}
