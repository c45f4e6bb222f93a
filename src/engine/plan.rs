//! Computes the changes that settings require: pure rules.
//!
//! A [`DesiredState`] is what settings and nodes require of the rooms. [`plan`] returns the changes from one state to
//! another; the start is the change from "off".

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::Options;
use super::desired_members::{DesiredMembers, members, selectable};
use super::doors::DoorUses;
use super::nodes::NodeStore;
use crate::gateway::{DoorPort, RelayAddress};
use crate::model::doors::DoorTable;
use crate::model::node_set::NodeSets;
use crate::model::pins::PinTable;
use crate::model::settings::{ExpectedValue, Health, InvalidValue, Mode, Settings};
use crate::model::{Fault, Login};
use crate::{gateway, pool};

/// The state of the rooms that settings and nodes require.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DesiredState {
    /// `None` while traffic is off.
    pub(super) serving: Option<Serving>,
    /// The members of the pool.
    pub(super) members: DesiredMembers,
    /// How members are started and checked.
    pub(super) pool: pool::Config,
    /// The port for metrics; `None` while it is off.
    pub(super) metrics: Option<DesiredMetrics>,
}

/// The port for metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DesiredMetrics {
    pub(super) listen: SocketAddr,
    /// Required, since others can reach it.
    pub(super) login: Option<Login>,
}

/// How the gateway serves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Serving {
    /// The gateway's address.
    pub(super) listen: SocketAddr,
    /// The address of the port for HTTP only, if any.
    pub(super) http: Option<SocketAddr>,
    /// The ports of doors.
    pub(super) doors: Vec<DoorPort>,
    pub(super) config: gateway::Config,
}

/// A change to carry out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Open the gateway, or move it to this address.
    OpenGateway(SocketAddr),
    /// Close the gateway.
    CloseGateway,
    /// Open the port for HTTP only, or move it to this address.
    OpenHttp(SocketAddr),
    /// Close the port for HTTP only.
    CloseHttp,
    /// Open these ports of doors, and close all others.
    SetDoors(Vec<DoorPort>),
    /// Open the port for metrics, move it or change its login.
    OpenMetrics(DesiredMetrics),
    /// Close the port for metrics.
    CloseMetrics,
    /// Change the gateway's configuration.
    ConfigureGateway,
    /// Change how members are started.
    ConfigurePool,
    /// Change the members.
    SetMembers,
}

impl Change {
    /// Whether the gateway's address changes.
    pub(super) fn moves_the_port(&self) -> bool {
        match self {
            Self::OpenGateway(_) | Self::CloseGateway => true,
            Self::OpenHttp(_) | Self::CloseHttp | Self::OpenMetrics(_) | Self::CloseMetrics => false,
            Self::SetDoors(_) => false,
            Self::ConfigureGateway | Self::ConfigurePool | Self::SetMembers => false,
        }
    }
}

/// The current desired state, and the options for further ones.
pub(super) struct Planner {
    options: Options,
    /// The folder for the configuration files of external programs.
    runtime: PathBuf,
    current: DesiredState,
    /// The doors in use.
    pub(super) doors: DoorUses,
}

impl Planner {
    /// With traffic off, whatever the settings are.
    ///
    /// # Errors
    /// A setting cannot be used.
    pub(super) fn off(settings: &Settings, options: Options, runtime: PathBuf) -> Result<Self, Fault> {
        let pool = pool_config(settings, &options, runtime.clone())?;
        let current = DesiredState { serving: None, members: DesiredMembers::default(), pool, metrics: None };
        Ok(Self { options, runtime, current, doors: DoorUses::default() })
    }

    /// The current desired state.
    pub(super) fn current(&self) -> &DesiredState {
        &self.current
    }

    /// Sets the current desired state.
    pub(super) fn set_current(&mut self, desired: DesiredState) {
        if let Some(serving) = &desired.serving {
            self.doors.keep_only(&serving.config.doors);
        }
        self.current = desired;
    }

    /// The gateway's address that goes before the settings, if any.
    pub(super) fn listen_option(&self) -> Option<SocketAddr> {
        self.options.listen
    }

    /// The gateway's address with these settings.
    pub(super) fn listen(&self, settings: &Settings) -> SocketAddr {
        self.options.listen.unwrap_or(settings.gateway.listen)
    }

    /// The desired state for these settings and nodes.
    ///
    /// # Errors
    /// Traffic is on and there is no node for it, or the gateway would be open to everyone.
    pub(super) fn desired(&mut self, settings: &Settings, nodes: &NodeStore) -> Result<DesiredState, Fault> {
        let pool = pool_config(settings, &self.options, self.runtime.clone())?;
        let metrics = metrics(settings);
        if !settings.active {
            return Ok(DesiredState { serving: None, members: DesiredMembers::default(), pool, metrics });
        }
        let selectable = selectable(settings, nodes);
        let mut sets = NodeSets::new(&selectable);
        let pins = PinTable::resolve(&settings.pins, &mut sets);
        let doors = DoorTable::resolve(&settings.doors, &mut sets, |name| self.doors.of(name));
        let members = members(settings, nodes, pins.sets().chain(doors.started_sets()))?;
        let listen = self.listen(settings);
        settings.gateway.may_listen("gateway.listen", listen)?;
        let ports = settings
            .doors
            .iter()
            .filter_map(|door| Some(DoorPort { name: door.name.as_str().into(), addr: door.listen? }));
        let serving = Serving {
            listen,
            http: settings.gateway.http_listen,
            doors: ports.collect(),
            config: gateway_config(settings, Arc::new(pins), Arc::new(doors)),
        };
        Ok(DesiredState { serving: Some(serving), members, pool, metrics })
    }
}

/// The changes between two states, in the order in which they are carried out: those that can fail first, members
/// before the port closes, and the port before members start.
pub(super) fn plan(old: &DesiredState, new: &DesiredState) -> Vec<Change> {
    let gateway = match (&old.serving, &new.serving) {
        (None, None) => Vec::new(),
        (Some(_), None) => vec![Change::CloseGateway],
        (None, Some(new)) => opened(new),
        // If the gateway moves, its other port is opened anew.
        (Some(old), Some(new)) if old.listen != new.listen => opened(new),
        (Some(old), Some(new)) => reconfigured(old, new),
    };
    let of = |state: &DesiredState| state.serving.as_ref().map(|serving| serving.doors.clone()).unwrap_or_default();
    let doors = (new.serving.is_some() && of(new) != of(old)).then(|| Change::SetDoors(of(new)));
    let metrics =
        (new.metrics != old.metrics).then(|| new.metrics.clone().map_or(Change::CloseMetrics, Change::OpenMetrics));
    let pool = (new.pool != old.pool).then_some(Change::ConfigurePool);
    let members = (new.members != old.members).then_some(Change::SetMembers);
    match &new.serving {
        Some(_) => gateway.into_iter().chain(doors).chain(metrics).chain(pool).chain(members).collect(),
        None => pool.into_iter().chain(gateway).chain(metrics).chain(members).collect(),
    }
}

fn opened(new: &Serving) -> Vec<Change> {
    std::iter::once(Change::OpenGateway(new.listen)).chain(new.http.map(Change::OpenHttp)).collect()
}

fn reconfigured(old: &Serving, new: &Serving) -> Vec<Change> {
    let http = match new.http {
        Some(addr) => (old.http != new.http).then_some(Change::OpenHttp(addr)),
        None => old.http.is_some().then_some(Change::CloseHttp),
    };
    let config = (old.config != new.config).then_some(Change::ConfigureGateway);
    http.into_iter().chain(config).collect()
}

fn metrics(settings: &Settings) -> Option<DesiredMetrics> {
    let listen = settings.gateway.metrics?;
    let is_local = listen.ip().to_canonical().is_loopback();
    Some(DesiredMetrics { listen, login: settings.gateway.login.clone().filter(|_| !is_local) })
}

fn gateway_config(settings: &Settings, pins: Arc<PinTable>, doors: Arc<DoorTable>) -> gateway::Config {
    let wanted = &settings.gateway;
    gateway::Config {
        strategy: settings.cluster.strategy,
        login: wanted.login.clone(),
        max_connections: wanted.max_connections,
        handshake_limit: Duration::from_secs(wanted.handshake_limit_s),
        connect_limit: Duration::from_millis(wanted.connect_limit_ms),
        idle_limit: (wanted.idle_limit_s > 0).then(|| Duration::from_secs(wanted.idle_limit_s)),
        serves_script: settings.mode == Mode::Pac,
        udp_relay: if settings.members.any_udp_relay { RelayAddress::FromReply } else { RelayAddress::OfServer },
        pins,
        learns: settings.cluster.learn,
        doors,
    }
}

fn pool_config(settings: &Settings, options: &Options, runtime_dir: PathBuf) -> Result<pool::Config, Fault> {
    let health = &settings.health;
    Ok(pool::Config {
        program: options.program.clone(),
        ss_local: settings.members.ss_local.clone(),
        ssr_local: settings.members.ssr_local.clone(),
        port_base: settings.members.port_base,
        excluded_ports: settings.members.excluded_ports.clone(),
        plugins: settings.members.plugins.clone(),
        runtime_dir,
        check: pool::Check {
            urls: pages("health.urls", &health.urls)?,
            statuses: health.statuses.clone(),
            limit: Duration::from_secs(health.limit_s),
            transfer: transfer(health)?,
        },
        direct_urls: pages("health.direct_urls", &health.direct_urls)?,
    })
}

fn transfer(health: &Health) -> Result<Option<pool::TransferPage>, Fault> {
    let wrong = |_| InvalidValue::new("health.transfer_url", ExpectedValue::Pages);
    let url = health.transfer_url.parse().map_err(wrong)?;
    Ok((health.transfer_bytes > 0).then_some(pool::TransferPage { url, bytes: health.transfer_bytes }))
}

fn pages<Page>(key: &str, urls: &[String]) -> Result<Vec<Page>, Fault>
where
    Page: FromStr,
{
    urls.iter().map(|url| url.parse().map_err(|_| InvalidValue::new(key, ExpectedValue::Pages).into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::nodes::KnownNodes;
    use crate::locale::Locale;
    use crate::model::settings::{NodeFallback, Pin};
    use crate::model::{FaultCode, NodeId};
    use crate::pool::MemberQuota;

    fn options() -> Options {
        Options { listen: None, inherited: super::super::InheritedPorts::default(), program: "sluice".into() }
    }

    fn store() -> NodeStore {
        let mut store = NodeStore::default();
        let new = KnownNodes::of(Vec::new()).import("socks5://a.example:1#a\nsocks5://b.example:1#b\n");
        store.add(new.unwrap().0);
        store
    }

    fn desired(settings: &Settings, options: Options) -> Result<DesiredState, Fault> {
        Planner::off(settings, options, "/run".into()).unwrap().desired(settings, &store())
    }

    fn state(change: impl Fn(&mut Settings)) -> DesiredState {
        let mut settings = Settings { active: true, ..Settings::default() };
        settings.cluster.on = true;
        change(&mut settings);
        desired(&settings, options()).unwrap()
    }

    #[test]
    fn a_start_opens_the_port_before_members_start() {
        let off = state(|settings| {
            settings.active = false;
            settings.members.port_base = 30_000;
        });
        let changes = plan(&off, &state(|_| {}));
        let addr = "127.0.0.1:1080".parse().unwrap();
        assert_eq!(changes, [Change::OpenGateway(addr), Change::ConfigurePool, Change::SetMembers]);
    }

    #[test]
    fn off_closes_the_port_and_stops_members() {
        let off = state(|settings| settings.active = false);
        assert_eq!(plan(&state(|_| {}), &off), [Change::CloseGateway, Change::SetMembers]);
        assert_eq!(plan(&off, &off), []);
    }

    #[test]
    fn another_strategy_reconfigures_only_the_gateway() {
        let random = state(|settings| settings.cluster.strategy = crate::model::Strategy::Random);
        assert_eq!(plan(&state(|_| {}), &random), [Change::ConfigureGateway]);
    }

    #[test]
    fn another_udp_relay_setting_reconfigures_only_the_gateway() {
        let any = state(|settings| settings.members.any_udp_relay = true);
        assert_eq!(any.serving.as_ref().unwrap().config.udp_relay, RelayAddress::FromReply);
        assert_eq!(plan(&state(|_| {}), &any), [Change::ConfigureGateway]);
    }

    #[test]
    fn another_address_moves_the_port() {
        let addr = "127.0.0.1:2080".parse().unwrap();
        assert_eq!(
            plan(&state(|_| {}), &state(|settings| settings.gateway.listen = addr)),
            [Change::OpenGateway(addr)]
        );
    }

    #[test]
    fn the_http_port_opens_and_closes_independently() {
        let addr = "127.0.0.1:8118".parse().unwrap();
        let with = state(|settings| settings.gateway.http_listen = Some(addr));
        assert_eq!(plan(&state(|_| {}), &with), [Change::OpenHttp(addr)]);
        assert_eq!(plan(&with, &state(|_| {})), [Change::CloseHttp]);
        assert_eq!(plan(&with, &state(|settings| settings.active = false))[0], Change::CloseGateway);
        let elsewhere = "127.0.0.1:2080".parse().unwrap();
        let moved = state(|settings| {
            settings.gateway.listen = elsewhere;
            settings.gateway.http_listen = Some(addr);
        });
        assert_eq!(plan(&with, &moved), [Change::OpenGateway(elsewhere), Change::OpenHttp(addr)]);
    }

    #[test]
    fn the_port_for_metrics_is_open_while_traffic_is_off_and_has_a_login_for_others_alone() {
        let metrics = |addr: &str| {
            state(|settings| {
                settings.active = false;
                settings.gateway.metrics = Some(addr.parse().unwrap());
                settings.gateway.login = Some(Login { user: "me".into(), password: "pw".into() });
            })
        };
        let off = state(|settings| settings.active = false);
        let (local, shared) = (metrics("127.0.0.1:9180"), metrics("0.0.0.0:9180"));
        let opened = |state: &DesiredState| Change::OpenMetrics(state.metrics.clone().unwrap());
        assert_eq!(plan(&off, &local), [opened(&local)]);
        assert_eq!(plan(&local, &off), [Change::CloseMetrics]);
        assert_eq!(plan(&local, &shared), [opened(&shared)]);
        let has_login = [&local, &shared].map(|state| state.metrics.as_ref().unwrap().login.is_some());
        assert_eq!(has_login, [false, true]);
    }

    #[test]
    fn remote_clients_require_a_login() {
        let options = Options { listen: Some("0.0.0.0:1080".parse().unwrap()), ..options() };
        let mut settings = Settings { active: true, ..Settings::default() };
        settings.cluster.on = true;
        let fault = desired(&settings, options.clone()).unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidSetting);
        settings.gateway.login = Some(Login { user: "me".into(), password: "pw".into() });
        assert!(desired(&settings, options).is_ok());
    }

    #[test]
    fn single_mode_is_a_pool_of_one() {
        let id = store().find("b").unwrap().id.clone();
        let single = state(|settings| {
            settings.cluster.on = false;
            settings.node = Some(id.clone());
        });
        assert_eq!((single.members.nodes.len(), single.members.size), (1, 1));
        assert_eq!(plan(&state(|_| {}), &single), [Change::SetMembers]);
    }

    #[test]
    fn pins_keep_members_beside_the_pool() {
        let pinned = |id: &NodeId, size| {
            state(|settings| {
                settings.cluster.size = size;
                settings.pins =
                    vec![Pin::parse("a.test", format!("node:{id}").parse().unwrap(), NodeFallback::Any).unwrap()];
            })
        };
        let id = store().find("b").unwrap().id.clone();
        let members = pinned(&id, 1).members;
        assert_eq!((members.size, members.nodes.len(), members.others.len()), (1, 2, 0));
        assert_eq!(members.quotas, [MemberQuota { nodes: [id.clone()].into(), count: 1 }]);
        let excluded = |settings: &mut Settings| {
            (settings.cluster.on, settings.node) = (false, store().find("a").ok().map(|entry| entry.id.clone()));
            settings.pins =
                vec![Pin::parse("a.test", format!("node:{id}").parse().unwrap(), NodeFallback::Any).unwrap()];
        };
        let members = state(excluded).members;
        assert_eq!((members.size, members.nodes.len(), members.others.len()), (1, 1, 1));
    }

    #[test]
    fn a_missing_node_fails_before_any_change() {
        let mut settings = Settings { active: true, ..Settings::default() };
        let refused = |settings: &Settings| {
            let fault = desired(settings, options()).unwrap_err();
            assert_eq!(fault.code, FaultCode::NoNode);
            fault.detail(Locale::English)
        };
        assert!(refused(&settings).contains("selected"));
        settings.cluster = crate::model::settings::Cluster { on: true, group: "x".into(), ..Default::default() };
        assert!(refused(&settings).contains("group"));
    }
}
