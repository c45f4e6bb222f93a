//! Doing what the plan says. What can fail is done first, so that a fault leaves all as it was.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::guide::Guide;
use super::owner::Engine;
use super::plan::{Change, Members, Wish, plan};
use super::store;
use crate::gateway::{self, BindError, Bound};
use crate::model::settings::Settings;
use crate::model::{Cause, EventKind, Fault, FaultCode};
use crate::os::{obstacle, port_holder};
use crate::pool::{Candidate, PoolSpec};

impl Engine {
    /// Has other settings hold: makes them true, then writes them down.
    ///
    /// # Errors
    /// They cannot be made true; then nothing has changed. Or they hold, but cannot be written.
    pub(super) async fn adopt(&mut self, settings: Settings) -> Result<(), Fault> {
        let wish = Wish::of(&settings, &self.book, &self.options, self.paths.runtime())?;
        if !self.has_rules() || settings.rules != self.settings.rules || settings.pac != self.settings.pac {
            self.follow_rules(&settings)?;
        }
        let changes = plan(&self.wish, &wish);
        if changes.iter().any(Change::moves_the_port) || settings.mode != self.settings.mode {
            self.give_desktop_back().await;
        }
        let mut http = self.reserve_http(&wish).await?;
        for change in changes {
            self.perform(change, &wish, &mut http).await?;
        }
        self.wish = wish;
        self.set_desktop(&settings).await;
        if settings == self.settings {
            return Ok(());
        }
        self.settings = settings;
        store::save(&self.paths.settings(), &self.settings).map_err(|error| Fault::from(&error))
    }

    /// Whether the files of rules have been read.
    pub(super) fn has_rules(&self) -> bool {
        !self.directions.script.is_empty()
    }

    /// Reads the files of rules and goes by them from now on; open connections go on.
    ///
    /// # Errors
    /// One of them cannot be read or understood; then those read before hold.
    pub(super) fn follow_rules(&mut self, settings: &Settings) -> Result<(), Fault> {
        self.guide = Arc::new(Guide::read(settings, &self.paths)?);
        self.directions = self.guide.directions(&settings.pac);
        if let Some(gateway) = &self.gateway {
            gateway.direct(self.directions.clone());
        }
        Ok(())
    }

    /// Has the nodes as they are now hold, and writes them down. Where none is left to go through,
    /// traffic is off.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) async fn adopt_nodes(&mut self) -> Result<(), Fault> {
        self.adopt_nodes_with(self.settings.clone()).await
    }

    /// The same, together with other settings.
    ///
    /// # Errors
    /// They cannot be written, or the settings cannot hold.
    pub(super) async fn adopt_nodes_with(&mut self, settings: Settings) -> Result<(), Fault> {
        store::save(&self.paths.nodes(), &self.book.file()).map_err(|error| Fault::from(&error))?;
        match self.adopt(settings.clone()).await {
            Err(fault) if fault.code == FaultCode::NoNode => self.adopt(Settings { active: false, ..settings }).await,
            result => result,
        }
    }

    async fn perform(&mut self, change: Change, wish: &Wish, http: &mut Option<Bound>) -> Result<(), Fault> {
        match change {
            Change::OpenGateway(addr) => self.open_gateway(addr, wish).await?,
            Change::CloseGateway => self.close_gateway(Duration::ZERO).await,
            Change::OpenHttp(addr) => {
                let bound = http.take().map_or_else(|| gateway::bind(addr), Ok).map_err(|error| bind_fault(&error))?;
                self.serve_http(bound).await;
            }
            Change::CloseHttp => self.close_http().await,
            Change::ConfigureGateway => {
                if let (Some(gateway), Some(config)) = (&self.gateway, &wish.gateway) {
                    gateway.configure(config.clone());
                }
            }
            Change::ConfigurePool => {
                if let Some(config) = &wish.start {
                    self.pool.configure(config.clone()).await;
                }
            }
            Change::WantMembers => {
                let wanted = self.wanted(&wish.members);
                self.pool.apply(wanted).await;
            }
        }
        Ok(())
    }

    /// Opens the port in the new place before the old one closes. On the same port that cannot be:
    /// then the old one is closed first, and opened again if the new one fails.
    async fn open_gateway(&mut self, addr: SocketAddr, wish: &Wish) -> Result<(), Fault> {
        let Some(config) = wish.gateway.clone() else { return Ok(()) };
        let overlaps = self.gateway.as_ref().map(gateway::Handle::addr).filter(|old| old.port() == addr.port());
        let bound = match (gateway::bind(addr), overlaps) {
            (Err(_), Some(old)) => {
                self.close_gateway(wish.members.drain_limit).await;
                match gateway::bind(addr) {
                    Ok(bound) => bound,
                    Err(error) => {
                        self.reopen(old);
                        return Err(bind_fault(&error));
                    }
                }
            }
            (result, _) => result.map_err(|error| bind_fault(&error))?,
        };
        self.close_gateway(wish.members.drain_limit).await;
        self.serve(bound, config);
        Ok(())
    }

    /// Opens the port for HTTP before anything else changes, where it is to be another one. Where one of
    /// ours is in the way, that is closed first, and opened again if the new one fails.
    async fn reserve_http(&mut self, wish: &Wish) -> Result<Option<Bound>, Fault> {
        let Some(addr) = wish.http.filter(|_| wish.http != self.wish.http) else { return Ok(None) };
        let held = self.gateway.as_ref().and_then(gateway::Handle::http_addr);
        match (gateway::bind(addr), held.filter(|held| held.port() == addr.port())) {
            (Ok(bound), _) => Ok(Some(bound)),
            (Err(error), None) => Err(bind_fault(&error)),
            (Err(_), Some(held)) => {
                self.close_http().await;
                match gateway::bind(addr) {
                    Ok(bound) => Ok(Some(bound)),
                    Err(error) => {
                        match gateway::bind(held) {
                            Ok(bound) => self.serve_http(bound).await,
                            Err(error) => tracing::error!(%error, "the earlier port cannot be opened again"),
                        }
                        Err(bind_fault(&error))
                    }
                }
            }
        }
    }

    async fn serve_http(&mut self, bound: Bound) {
        let Some(gateway) = &mut self.gateway else { return };
        self.activity.note(EventKind::GatewayOpened { addr: bound.addr().to_string() });
        gateway.open_http(bound).await;
        self.look_at_addresses();
    }

    async fn close_http(&mut self) {
        if let Some(gateway) = &mut self.gateway {
            gateway.close_http().await;
        }
    }

    fn reopen(&mut self, addr: SocketAddr) {
        match (gateway::bind(addr), self.wish.gateway.clone()) {
            (Ok(bound), Some(config)) => self.serve(bound, config),
            (Err(error), _) => tracing::error!(%error, "the earlier port cannot be opened again"),
            (Ok(_), None) => {}
        }
    }

    fn serve(&mut self, bound: Bound, config: gateway::Config) {
        self.activity.note(EventKind::GatewayOpened { addr: bound.addr().to_string() });
        let (totals, reports) = (Arc::clone(&self.totals), self.gateway_reports.clone());
        let gateway = gateway::spawn(bound, config, self.pool.roster(), totals, reports);
        gateway.direct(self.directions.clone());
        self.gateway = Some(gateway);
        self.look_at_addresses();
    }

    async fn close_gateway(&mut self, drain_limit: Duration) {
        let Some(gateway) = self.gateway.take() else { return };
        gateway.close().await;
        self.activity.note(EventKind::GatewayClosed);
        self.errands.spawn(async move { gateway.drain(drain_limit).await });
    }

    fn wanted(&self, members: &Members) -> PoolSpec {
        let entries = members.nodes.iter().filter_map(|(id, ..)| self.book.get(id));
        let candidate = |entry: &super::book::Entry| Candidate {
            id: entry.id.clone(),
            node: Arc::clone(&entry.node),
            meter: Arc::clone(&entry.meter),
        };
        PoolSpec {
            candidates: entries.map(candidate).collect(),
            size: members.size,
            drain_limit: members.drain_limit,
            schedule: members.schedule.clone(),
        }
    }
}

fn bind_fault(error: &BindError) -> Fault {
    if error.source.kind() != ErrorKind::AddrInUse {
        let (place, why) = (error.addr.to_string(), obstacle::of(&error.source));
        return Fault::of(FaultCode::CannotListen, Cause::At { place, why });
    }
    let addr = error.addr.to_string();
    match port_holder::of(error.addr.port()) {
        Some(program) => Fault::of(FaultCode::PortInUse, Cause::HeldBy { addr, program }),
        None => Fault::new(FaultCode::PortInUse, addr),
    }
}
