//! The gateway's ports: opening, moving, closing, draining.
//!
//! A port is opened at its new address before the old one is closed. If both have the same port number, the old one is
//! closed first, and opened again if the new one fails.

mod addresses;
mod inherited;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::addresses::{is_for_others, shared_at};
pub use self::inherited::InheritedPorts;
use super::activity::ActivityLog;
use super::plan::Serving;
use crate::gateway::{self, BindError, Bound, Totals, Wiring};
use crate::model::route::RoutingConfig;
use crate::model::snapshot::HttpView;
use crate::model::{Cause, EventKind, Fault, FaultCode, Roster, Target};
use crate::os::{network, port_holder, system_error};

/// Time limit for open connections when the engine stops.
const LAST_DRAIN: Duration = Duration::from_secs(5);

/// The gateway, while it is listening, and earlier ones that drain.
pub(super) struct Listening {
    wiring: Wiring,
    inherited: InheritedPorts,
    roster: watch::Receiver<Arc<Roster>>,
    routing: RoutingConfig,
    open: Option<OpenGateway>,
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
    pub(super) fn new(wiring: Wiring, inherited: InheritedPorts, roster: watch::Receiver<Arc<Roster>>) -> Self {
        Self {
            wiring,
            inherited,
            roster,
            routing: RoutingConfig::default(),
            open: None,
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

    /// Closes client connections by id; returns how many were open.
    pub(super) fn close_connections(&self, ids: &[u64]) -> usize {
        self.wiring.tracker.close(ids)
    }

    /// The members in the order in which they would be tried for a target; `None` while the gateway is not listening.
    pub(super) fn explain(&self, target: &Target) -> Option<Vec<gateway::MemberRank>> {
        self.open.as_ref().map(|open| open.handle.explain(target))
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
        let bound = match (self.inherited.bind(serving.listen), self.addr().filter(overlaps)) {
            (Ok(bound), _) => bound,
            (Err(error), None) => return Err(bind_fault(&error)),
            (Err(_), Some(old)) => self.bind_again(serving.listen, old, drain_limit, log).await?,
        };
        self.close(drain_limit, log).await;
        self.serve(bound, serving.config.clone(), log);
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
        let error = match self.inherited.bind(addr) {
            Ok(bound) => return Ok(bound),
            Err(error) => error,
        };
        match (self.inherited.bind(old), before) {
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
        while self.draining.try_join_next().is_some() {}
        let Some(OpenGateway { handle, .. }) = self.open.take() else { return };
        handle.close().await;
        log.note(EventKind::GatewayClosed);
        self.draining.spawn(async move { handle.drain(drain_limit).await });
    }

    /// Binds the port for HTTP before anything else changes. If one of our own ports is in the way, it is closed first,
    /// and opened again if the new one fails.
    ///
    /// # Errors
    /// The address cannot be used.
    pub(super) async fn bind_http(&mut self, addr: SocketAddr, log: &mut ActivityLog) -> Result<Bound, Fault> {
        let overlaps = |held: &SocketAddr| held.port() == addr.port();
        let held = match (self.inherited.bind(addr), self.http_addr().filter(overlaps)) {
            (Ok(bound), _) => return Ok(bound),
            (Err(error), None) => return Err(bind_fault(&error)),
            (Err(_), Some(held)) => held,
        };
        self.close_http().await;
        let error = match self.inherited.bind(addr) {
            Ok(bound) => return Ok(bound),
            Err(error) => error,
        };
        match self.inherited.bind(held) {
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
        let is_open = self.addr().into_iter().chain(self.http_addr()).any(is_for_others);
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
        if let Some(OpenGateway { handle, .. }) = self.open.take() {
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
