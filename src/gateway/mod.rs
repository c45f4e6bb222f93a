//! The gateway: one fixed local port in front of all members, and optionally one more for HTTP only.
//!
//! It accepts connections ([`listener`]), runs the client's handshake ([`inbound`]), applies the rules ([`route`]),
//! selects members ([`strategy`]), connects through one of them ([`open`], [`dial`]), responds to the client, watches
//! the first exchange and replays it through another member if necessary ([`flight`]), and relays ([`relay`]). It reads
//! the roster that the pool publishes and never changes it; it reports what it observes of members and never judges
//! them. All of it runs on a thread of its own ([`serving_thread`]). It stores no settings: its [`Config`] can be replaced at any time, without any effect on open connections.
//!
//! ```text
//! listener → connection: inbound → route → open (strategy → dial)* → reply → flight (→ open)* → relay
//! ```

mod auth;
mod candidates;
mod client_programs;
mod client_reach;
mod connect_request;
mod connection;
mod connections;
mod dial;
mod explain;
mod flight;
mod forward;
mod hedge;
mod http1;
mod inbound;
mod learned;
mod listener;
mod open;
mod ports;
mod race;
mod relay;
mod route;
mod selected;
mod serving_thread;
mod site;
mod site_times;
mod stalls;
mod state;
mod strategy;
mod table;
#[cfg(test)]
mod tests;
mod totals;
mod udp;

/// The selection of members without the rest of the gateway, for simulations.
#[cfg(test)]
pub(crate) mod choice {
    pub(crate) use super::learned::{LearnedCosts, choose as learned_costs};
    pub(crate) use super::strategy::{SelectionKey, candidates};
    pub(crate) use super::table::Table;
}

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::connection::Connection;
use self::connections::tracker::ClientAddress;
pub use self::connections::tracker::{ConnectionRecord, ConnectionTracker, RecordStamp};
pub use self::dial::RelayAddress;
pub use self::explain::{ExplainedClient, MemberRank};
use self::inbound::ListenerProtocol;
use self::open::Opener;
pub use self::ports::DoorPort;
use self::ports::Port;
pub use self::serving_thread::{ServingPulse, ServingThread};
use self::state::GatewayState;
pub use self::totals::{Totals, TotalsReading};
use crate::model::doors::DoorTable;
use crate::model::pins::PinTable;
use crate::model::route::RoutingConfig;
use crate::model::{Login, Outcome, Roster, Strategy};
use crate::os::network::OwnPort;
use crate::sites::SharedSites;

/// Length of the accept queue; a browser with many tabs opens hundreds of connections at once.
const BACKLOG: u32 = 4_096;

/// Number of sweeps within the idle limit.
const SWEEPS: u32 = 4;

/// The configuration of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The strategy that orders members for a connection.
    pub strategy: Strategy,
    /// The login that clients must send, if any.
    pub login: Option<Login>,
    /// Maximum number of simultaneous connections.
    pub max_connections: usize,
    /// Time limit for a client's handshake.
    pub handshake_limit: Duration,
    /// Time limit for a connection through a member.
    pub connect_limit: Duration,
    /// Time limit for a connection without traffic; none for no limit.
    pub idle_limit: Option<Duration>,
    /// Whether the PAC script is served.
    pub serves_script: bool,
    /// Where datagrams for a SOCKS5 node are sent.
    pub udp_relay: RelayAddress,
    /// Which connections use certain members, or none.
    pub pins: Arc<PinTable>,
    /// Whether the strategy `smart` learns about sites.
    pub learns: bool,
    /// The doors.
    pub doors: Arc<DoorTable>,
}

/// A report to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The process or the system is out of descriptors; connections wait.
    DescriptorsExhausted,
    /// The connection limit is reached; further connections wait.
    ConnectionLimitReached,
    /// A connection needs the members of a door.
    DoorUsed {
        /// The name of the door.
        name: Box<str>,
    },
    /// An address has sent many wrong logins.
    LoginsRefused {
        /// The address.
        peer: IpAddr,
        /// Their number.
        count: u32,
    },
}

/// The port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}")]
pub struct BindError {
    /// The address.
    pub addr: SocketAddr,
    /// The system's error.
    #[source]
    pub source: io::Error,
}

/// An open port that is not served yet.
#[derive(Debug)]
pub struct Bound {
    listeners: Vec<TcpListener>,
    addr: SocketAddr,
    own: Vec<OwnPort>,
    thread: Arc<ServingThread>,
}

impl Bound {
    /// The listening address; the real port if 0 was requested.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its sockets, for another use than the gateway's; the second part keeps them registered as own ports.
    pub fn into_sockets(self) -> (Vec<Arc<TcpListener>>, Vec<OwnPort>) {
        (self.listeners.into_iter().map(Arc::new).collect(), self.own)
    }
}

/// Opens the port, for gateways of this thread: for 127.0.0.1 also on `[::1]` if that is available, since `localhost` may
/// mean either.
///
/// # Errors
/// The address is in use, not local, or not permitted.
pub fn bind(thread: &Arc<ServingThread>, addr: SocketAddr) -> Result<Bound, BindError> {
    let _entered = thread.enter();
    let first = listen(addr).map_err(|source| BindError { addr, source })?;
    let addr = first.local_addr().map_err(|source| BindError { addr, source })?;
    let second = twin(addr).and_then(|twin| listen(twin).ok());
    let listeners: Vec<_> = [Some(first), second].into_iter().flatten().collect();
    let own = listeners.iter().filter_map(|listener| listener.local_addr().ok()).map(OwnPort::register).collect();
    Ok(Bound { listeners, addr, own, thread: Arc::clone(thread) })
}

/// Takes over a port that the service manager or an earlier engine has opened. The address is that of the first socket;
/// one on `[::1]` may follow.
///
/// # Errors
/// Those of the system; `InvalidInput` if there is no socket.
pub fn adopt(thread: &Arc<ServingThread>, sockets: Vec<std::net::TcpListener>) -> io::Result<Bound> {
    let _entered = thread.enter();
    let addr = sockets.first().ok_or(io::ErrorKind::InvalidInput)?.local_addr()?;
    let (mut listeners, mut own) = (Vec::new(), Vec::new());
    for socket in sockets {
        own.push(OwnPort::register(socket.local_addr()?));
        socket.set_nonblocking(true)?;
        listeners.push(TcpListener::from_std(socket)?);
    }
    Ok(Bound { listeners, addr, own, thread: Arc::clone(thread) })
}

/// The other loopback address of a port on 127.0.0.1.
pub fn twin(addr: SocketAddr) -> Option<SocketAddr> {
    let is_v4_loopback = addr.ip().is_loopback() && addr.is_ipv4();
    is_v4_loopback.then(|| SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), addr.port()))
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Otherwise a restart within a minute of the last connection would fail. On Windows the option has another meaning:
    // taking the port from the process that has it.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// A running gateway. Dropping it closes the port and cuts every connection.
pub struct Handle {
    port: Port,
    http: Option<Port>,
    doors: Vec<Port>,
    state: Arc<GatewayState>,
    config: watch::Sender<Config>,
    permits: Arc<Semaphore>,
    serving: CancellationToken,
    connections: TaskTracker,
    // The gateway's own tasks; dropping the set ends them.
    work: JoinSet<()>,
    thread: Arc<ServingThread>,
}

/// The outputs of a gateway; the same for every gateway of one engine.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The traffic counters.
    pub totals: Arc<Totals>,
    /// The records of clients' connections.
    pub tracker: Arc<ConnectionTracker>,
    /// What is learned about sites.
    pub sites: Arc<SharedSites>,
    /// Outcomes of real traffic through members, for the pool.
    pub outcomes: mpsc::Sender<Outcome>,
    /// Reports to the engine.
    pub reports: mpsc::Sender<Report>,
}

/// Serves an open port with the members of `roster`.
pub fn spawn(bound: Bound, config: Config, roster: watch::Receiver<Arc<Roster>>, wiring: Wiring) -> Handle {
    let state = Arc::new(GatewayState::new(&config, wiring));
    let thread = Arc::clone(&bound.thread);
    let mut handle = Handle {
        port: Port::new(bound, ListenerProtocol::Any),
        http: None,
        doors: Vec::new(),
        state: Arc::clone(&state),
        permits: Arc::new(Semaphore::new(config.max_connections)),
        config: watch::Sender::new(config),
        serving: CancellationToken::new(),
        connections: TaskTracker::new(),
        work: JoinSet::new(),
        thread,
    };
    handle.listen(&handle.port);
    let (config, runtime) = (handle.config.subscribe(), handle.thread.runtime());
    handle.work.spawn_on(update_table(Arc::clone(&state), roster, config.clone()), runtime);
    handle.work.spawn_on(stalls::watch(Arc::clone(&state)), runtime);
    handle.work.spawn_on(sweep_idle(state, config), runtime);
    handle
}

/// Updates the table when the roster or the strategy changes.
async fn update_table(
    state: Arc<GatewayState>,
    mut roster: watch::Receiver<Arc<Roster>>,
    mut config: watch::Receiver<Config>,
) {
    loop {
        let (strategy, others) = {
            let config = config.borrow_and_update();
            (config.strategy, config.doors.strategies())
        };
        let now = Arc::clone(&roster.borrow_and_update());
        state.replace_table(|table| table.next_with(&now, strategy, &others));
        state.connections.cancel_unless(|upstream| state.keeps(upstream));
        let changed = tokio::select! {
            changed = roster.changed() => changed,
            changed = config.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Closes connections that have been idle for longer than the limit, at most a quarter later.
async fn sweep_idle(state: Arc<GatewayState>, mut config: watch::Receiver<Config>) {
    loop {
        let limit = config.borrow_and_update().idle_limit;
        let turn = async {
            match limit {
                // The first sweep records the traffic so far, the following ones find no more.
                Some(limit) => tokio::time::sleep(limit / SWEEPS).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = turn => state.connections.sweep_idle(SWEEPS),
            changed = config.changed() => if changed.is_err() { return },
        }
    }
}

impl Handle {
    /// The listening address.
    pub fn addr(&self) -> SocketAddr {
        self.port.addr
    }

    /// The listening address of the HTTP port, if it is open.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(|port| port.addr)
    }

    /// Opens the HTTP port, in place of an earlier one.
    pub async fn open_http(&mut self, bound: Bound) {
        self.close_http().await;
        let port = Port::new(bound, ListenerProtocol::Http);
        self.listen(&port);
        self.http = Some(port);
    }

    /// Closes the HTTP port; open connections continue. The port is free when this returns.
    pub async fn close_http(&mut self) {
        if let Some(mut port) = self.http.take() {
            port.close().await;
        }
    }

    /// Replaces the configuration; open connections continue.
    pub fn configure(&self, config: Config) {
        let before = self.config.borrow().max_connections;
        self.permits.add_permits(config.max_connections.saturating_sub(before));
        let surplus = before.saturating_sub(config.max_connections);
        let open = surplus - self.permits.forget_permits(surplus);
        if open > 0 {
            self.forget_when_free(open);
        }
        self.state.set_limits(&config);
        self.config.send_replace(config);
    }

    /// Removes permits that open connections hold, as those end; until then no new connection gets one, because the
    /// semaphore is first come, first served.
    fn forget_when_free(&self, permits: usize) {
        let (semaphore, serving) = (Arc::clone(&self.permits), self.serving.clone());
        let forget = async move {
            let permits = u32::try_from(permits).unwrap_or(u32::MAX);
            if let Some(Ok(permits)) = serving.run_until_cancelled(semaphore.acquire_many(permits)).await {
                permits.forget();
            }
        };
        self.connections.spawn_on(forget, self.thread.runtime());
    }

    /// Replaces the routing of new connections; open ones continue.
    pub fn route(&self, routing: RoutingConfig) {
        self.state.set_routing(routing);
    }

    /// Closes all ports; open connections continue. The ports are free when this returns.
    pub async fn close(&mut self) {
        for port in std::iter::once(&mut self.port).chain(&mut self.http).chain(&mut self.doors) {
            port.close().await;
        }
        self.connections.close();
    }

    /// The sockets that are listening, each in the order in which [`adopt`] takes them.
    pub fn sockets(&self) -> impl Iterator<Item = &TcpListener> {
        self.ports().flat_map(|port| &port.sockets).map(|socket| &**socket)
    }

    /// Stops accepting; the ports stay open, and clients wait in the system's queue.
    pub async fn pause(&self) {
        for port in self.ports() {
            port.pause().await;
        }
    }

    /// Accepts again after [`Handle::pause`].
    pub fn resume(&mut self) {
        for port in std::iter::once(&mut self.port).chain(&mut self.http).chain(&mut self.doors) {
            (port.accepting, port.listeners) = (CancellationToken::new(), TaskTracker::new());
        }
        self.ports().for_each(|port| self.listen(port));
    }

    fn ports(&self) -> impl Iterator<Item = &Port> {
        std::iter::once(&self.port).chain(&self.http).chain(&self.doors)
    }

    /// Waits for at most `limit` until every connection has ended, after [`Handle::close`]; then cuts the rest.
    pub async fn drain(&self, limit: Duration) {
        if tokio::time::timeout(limit, self.connections.wait()).await.is_err() {
            self.cut();
            self.connections.wait().await;
        }
    }

    fn cut(&self) {
        self.serving.cancel();
        self.state.connections.cancel_all();
    }

    fn listen(&self, port: &Port) {
        for listener in &port.sockets {
            let opener = Opener::new(Arc::clone(&self.state))
                .at_door(port.door.as_deref().map(|name| Arc::new(name.to_owned())));
            let (tasks, serving, protocol) = (self.connections.clone(), self.serving.clone(), port.protocol);
            let bound = listener.local_addr().ok();
            let serve = move |client: TcpStream, peer, permit| {
                let opener = opener.clone().for_client(ClientAddress::of(&client, peer, bound));
                tasks.spawn(Connection::new(client, protocol, permit, opener, serving.clone()));
            };
            let (permits, state) = (Arc::clone(&self.permits), Arc::clone(&self.state));
            let accept = listener::accept(Arc::clone(listener), permits, state, serve);
            port.listeners.spawn_on(port.accepting.clone().run_until_cancelled_owned(accept), self.thread.runtime());
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.ports().for_each(|port| port.accepting.cancel());
        self.cut();
    }
}

/// Runs every parser of client input.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    http1::fuzz(bytes);
    inbound::fuzz(bytes);
    flight::fuzz(bytes);
}
