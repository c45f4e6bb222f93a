//! The gateway's ports: opening, moving, closing, draining.
//!
//! A port is opened at its new address before the old one is closed. If both have the same port number, the old one is
//! closed first, and opened again if the new one fails.

mod addresses;
mod door_ports;
mod inherited;
mod metrics_port;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::addresses::{is_for_others, shared_at};
pub(super) use self::door_ports::BoundDoor;
pub use self::inherited::InheritedPorts;
use self::inherited::TakenPorts;
use self::metrics_port::{MetricsPort, state_source};
use super::activity::ActivityLog;
use super::handle::Handle;
use super::plan::{DesiredMetrics, Serving};
use super::sites::LearnedSites;
use crate::gateway::{self, BindError, Bound, ServingPulse, ServingThread, Totals, Wiring};
use crate::metrics::StateSource;
use crate::model::connection::ConnectionView;
use crate::model::route::RoutingConfig;
use crate::model::snapshot::HttpView;
use crate::model::{Cause, EventKind, Fault, FaultCode, Roster, Target};
use crate::os::take_over::{self, Descriptor};
use crate::os::{network, port_holder, system_error};

/// Time limit for open connections when the engine stops.
const LAST_DRAIN: Duration = Duration::from_secs(5);

/// The gateway, while it is listening, and earlier ones that drain.
pub(super) struct Listening {
    wiring: Wiring,
    inherited: InheritedPorts,
    taken: TakenPorts,
    roster: watch::Receiver<Arc<Roster>>,
    routing: RoutingConfig,
    thread: Option<Arc<ServingThread>>,
    pulse: Arc<ServingPulse>,
    open: Option<OpenGateway>,
    metrics: Option<MetricsPort>,
    /// The state that is served there.
    source: StateSource,
    /// The addresses at which other devices reach this computer; empty unless a port is shared.
    own_addresses: Vec<IpAddr>,
    draining: JoinSet<()>,
}

struct OpenGateway {
    handle: gateway::Handle,
    config: gateway::Config,
}

impl Listening {
    /// No open port; gateways will use the members of `roster`.
    pub(super) fn new(
        wiring: Wiring,
        inherited: InheritedPorts,
        roster: watch::Receiver<Arc<Roster>>,
        engine: &Handle,
    ) -> Self {
        Self {
            wiring,
            inherited,
            taken: TakenPorts::default(),
            roster,
            routing: RoutingConfig::default(),
            thread: None,
            open: None,
            metrics: None,
            source: state_source(engine.clone()),
            pulse: Arc::clone(&engine.pulse),
            own_addresses: Vec::new(),
            draining: JoinSet::new(),
        }
    }

    /// The gateway's address, while it is listening.
    pub(super) fn addr(&self) -> Option<SocketAddr> {
        self.open.as_ref().map(|open| open.handle.addr())
    }

    /// The address of the port for HTTP only, while it is listening.
    pub(super) fn http_addr(&self) -> Option<SocketAddr> {
        self.open.as_ref().and_then(|open| open.handle.http_addr())
    }

    /// The counters of all gateways of this run.
    pub(super) fn totals(&self) -> &Totals {
        &self.wiring.totals
    }

    /// The connections of clients, in no particular order.
    pub(super) fn connections(&self) -> Vec<ConnectionView> {
        self.wiring.tracker.list().iter().map(|record| record.view()).collect()
    }

    /// What connections have shown about sites.
    pub(super) fn sites(&self) -> LearnedSites {
        LearnedSites::of_gateways(&self.wiring.sites)
    }

    /// Closes client connections by id; returns how many were open.
    pub(super) fn close_connections(&self, ids: &[u64]) -> usize {
        self.wiring.tracker.close(ids)
    }

    /// The members in the order in which they would be tried for a target; `None` while the gateway is not listening.
    pub(super) fn explain(
        &self,
        target: &Target,
        client: gateway::ExplainedClient<'_>,
    ) -> Option<Vec<gateway::MemberRank>> {
        self.open.as_ref().map(|open| open.handle.explain(target, client))
    }

    /// Changes the routing of new connections.
    pub(super) fn route(&mut self, routing: RoutingConfig) {
        self.routing = routing;
        if let Some(open) = &self.open {
            open.handle.route(self.routing.clone());
        }
    }

    /// Changes the gateway's configuration.
    pub(super) fn configure(&mut self, config: &gateway::Config) {
        if let Some(open) = &mut self.open {
            open.handle.configure(config.clone());
            open.config = config.clone();
        }
    }

    fn bind(&mut self, addr: SocketAddr) -> Result<Bound, BindError> {
        let thread = self.serving_thread().map_err(|source| BindError { addr, source })?;
        self.taken.take(&thread, addr).map_or_else(|| self.inherited.bind(&thread, addr), Ok)
    }

    /// The thread of all gateways of this run, started for the first one.
    fn serving_thread(&mut self) -> io::Result<Arc<ServingThread>> {
        match &self.thread {
            Some(thread) => Ok(Arc::clone(thread)),
            None => {
                let thread = self.thread.insert(ServingThread::start()?);
                thread.show_pulse(&self.pulse);
                Ok(Arc::clone(thread))
            }
        }
    }

    /// Uses the open ports of an earlier engine, until [`Listening::release_taken`].
    pub(super) fn use_ports(&mut self, ports: Vec<TcpListener>) {
        self.taken = TakenPorts::of(ports);
    }

    /// Closes the unused ports of an earlier engine.
    pub(super) fn release_taken(&mut self) {
        self.taken = TakenPorts::default();
    }

    /// Descriptors of all sockets that are listening.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn descriptors(&self) -> io::Result<Vec<Descriptor>> {
        let open = self.open.iter().flat_map(|open| open.handle.sockets());
        let metrics = self.metrics.iter().flat_map(|metrics| &metrics.sockets).map(|socket| &**socket);
        open.chain(metrics).map(take_over::of_listener).collect()
    }

    /// Stops accepting; the ports stay open, and clients wait in the system's queue.
    pub(super) async fn pause(&self) {
        if let Some(open) = &self.open {
            open.handle.pause().await;
        }
    }

    /// Accepts again.
    pub(super) fn resume(&mut self) {
        if let Some(open) = &mut self.open {
            open.handle.resume();
        }
    }

    /// Closes all ports of this process; another one has them open. The result is open connections, which end within
    /// the limit.
    pub(super) async fn leave(&mut self, drain_limit: Duration) -> JoinSet<()> {
        self.metrics = None;
        if let Some(OpenGateway { mut handle, .. }) = self.open.take() {
            handle.close().await;
            self.draining.spawn(async move { handle.drain(drain_limit).await });
        }
        std::mem::take(&mut self.draining)
    }

    /// Opens the gateway, replacing an open one.
    ///
    /// # Errors
    /// The address cannot be used; an open gateway stays open.
    pub(super) async fn open(
        &mut self,
        serving: &Serving,
        drain_limit: Duration,
        log: &mut ActivityLog,
    ) -> Result<(), Fault> {
        let overlaps = |old: &SocketAddr| old.port() == serving.listen.port();
        let bound = match (self.bind(serving.listen), self.addr().filter(overlaps)) {
            (Ok(bound), _) => bound,
            (Err(error), None) => return Err(bind_fault(&error)),
            (Err(_), Some(old)) => self.bind_again(serving.listen, old, drain_limit, log).await?,
        };
        let before = self.open.take();
        self.serve(bound, serving.config.clone(), log);
        if let Some(mut before) = before {
            // The ports of doors stay open.
            if let Some(open) = &mut self.open {
                open.handle.take_doors(&mut before.handle).await;
            }
            self.close_gateway(before, drain_limit, log).await;
        }
        Ok(())
    }

    /// Closes the conflicting port and binds; if that fails, opens the old one again.
    async fn bind_again(
        &mut self,
        addr: SocketAddr,
        old: SocketAddr,
        drain_limit: Duration,
        log: &mut ActivityLog,
    ) -> Result<Bound, Fault> {
        let before = self.open.as_ref().map(|open| open.config.clone());
        self.close(drain_limit, log).await;
        let error = match self.bind(addr) {
            Ok(bound) => return Ok(bound),
            Err(error) => error,
        };
        match (self.bind(old), before) {
            (Ok(bound), Some(config)) => self.serve(bound, config, log),
            (Err(error), _) => tracing::error!(%error, "the previous port cannot be opened again"),
            (Ok(_), None) => {}
        }
        Err(bind_fault(&error))
    }

    fn serve(&mut self, bound: Bound, config: gateway::Config, log: &mut ActivityLog) {
        log.note(EventKind::GatewayOpened { addr: bound.addr().to_string() });
        let handle = gateway::spawn(bound, config.clone(), self.roster.clone(), self.wiring.clone());
        handle.route(self.routing.clone());
        self.open = Some(OpenGateway { handle, config });
        self.find_own_addresses();
    }

    /// Closes all ports; open connections continue for the drain limit.
    pub(super) async fn close(&mut self, drain_limit: Duration, log: &mut ActivityLog) {
        if let Some(open) = self.open.take() {
            self.close_gateway(open, drain_limit, log).await;
        }
    }

    async fn close_gateway(&mut self, gateway: OpenGateway, drain_limit: Duration, log: &mut ActivityLog) {
        while self.draining.try_join_next().is_some() {}
        let OpenGateway { mut handle, .. } = gateway;
        handle.close().await;
        log.note(EventKind::GatewayClosed);
        self.draining.spawn(async move { handle.drain(drain_limit).await });
    }

    /// Opens the port for metrics, moves it or changes its login.
    ///
    /// # Errors
    /// The address cannot be used; then nothing has changed.
    pub(super) fn open_metrics(&mut self, desired: &DesiredMetrics) -> Result<(), Fault> {
        let login = desired.login.as_ref();
        if let Some(open) = self.metrics.as_mut().filter(|open| open.wanted == desired.listen) {
            open.require(login, &self.source);
            return Ok(());
        }
        let bound = self.bind(desired.listen).map_err(|error| bind_fault(&error))?;
        self.metrics = Some(MetricsPort::serve(desired.listen, bound, login, &self.source));
        Ok(())
    }

    /// Closes the port for metrics.
    pub(super) fn close_metrics(&mut self) {
        self.metrics = None;
    }

    /// Binds the port for HTTP before anything else changes. If one of our own ports is in the way, it is closed first,
    /// and opened again if the new one fails.
    ///
    /// # Errors
    /// The address cannot be used.
    pub(super) async fn bind_http(&mut self, addr: SocketAddr, log: &mut ActivityLog) -> Result<Bound, Fault> {
        let overlaps = |held: &SocketAddr| held.port() == addr.port();
        let held = match (self.bind(addr), self.http_addr().filter(overlaps)) {
            (Ok(bound), _) => return Ok(bound),
            (Err(error), None) => return Err(bind_fault(&error)),
            (Err(_), Some(held)) => held,
        };
        self.close_http().await;
        let error = match self.bind(addr) {
            Ok(bound) => return Ok(bound),
            Err(error) => error,
        };
        match self.bind(held) {
            Ok(bound) => self.serve_http(bound, log).await,
            Err(error) => tracing::error!(%error, "the previous port cannot be opened again"),
        }
        Err(bind_fault(&error))
    }

    /// Serves HTTP only on an additional port.
    pub(super) async fn serve_http(&mut self, bound: Bound, log: &mut ActivityLog) {
        let Some(open) = &mut self.open else { return };
        log.note(EventKind::GatewayOpened { addr: bound.addr().to_string() });
        open.handle.open_http(bound).await;
        self.find_own_addresses();
    }

    /// Closes the port for HTTP only.
    pub(super) async fn close_http(&mut self) {
        if let Some(open) = &mut self.open {
            open.handle.close_http().await;
        }
    }

    /// Updates the addresses of this computer, while a port is shared.
    pub(super) fn find_own_addresses(&mut self) {
        let doors = self.open.iter().flat_map(|open| open.handle.door_ports()).map(|port| port.addr);
        let is_open = self.addr().into_iter().chain(self.http_addr()).chain(doors).any(is_for_others);
        self.own_addresses = if is_open { network::own_addresses() } else { Vec::new() };
    }

    /// The addresses at which other devices reach the gateway; empty unless it is shared.
    pub(super) fn shared(&self) -> Vec<String> {
        self.addr().map(|addr| shared_at(addr, &self.own_addresses)).unwrap_or_default()
    }

    /// The port for HTTP only, which is configured as `wanted`.
    pub(super) fn http_view(&self, wanted: SocketAddr) -> HttpView {
        let listening = self.http_addr();
        let shared = listening.map(|addr| shared_at(addr, &self.own_addresses)).unwrap_or_default();
        HttpView { addr: listening.unwrap_or(wanted).to_string(), listening: listening.is_some(), shared }
    }

    /// Closes all ports permanently; open connections may continue for a few seconds.
    pub(super) async fn stop(&mut self, log: &mut ActivityLog) {
        if let Some(OpenGateway { mut handle, .. }) = self.open.take() {
            handle.close().await;
            log.note(EventKind::GatewayClosed);
            handle.drain(LAST_DRAIN).await;
        }
        self.draining.shutdown().await;
    }
}

fn bind_fault(error: &BindError) -> Fault {
    if error.source.kind() != ErrorKind::AddrInUse {
        let (place, why) = (error.addr.to_string(), system_error::of(&error.source));
        return Fault::of(FaultCode::CannotListen, Cause::At { place, why });
    }
    let addr = error.addr.to_string();
    match port_holder::of(error.addr.port()) {
        Some(program) => Fault::of(FaultCode::PortInUse, Cause::PortInUse { addr, program }),
        None => Fault::new(FaultCode::PortInUse, addr),
    }
}
