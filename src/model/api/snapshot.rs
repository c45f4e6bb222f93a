//! The current state: what `sluice status --json` prints and every watcher gets.
//!
//! Small, complete, and without secrets. A watcher keeps only the latest.

use serde::{Deserialize, Serialize};

use super::door::DoorView;
use super::english::maybe_reason;
use super::fault::Fault;
use crate::locale::messages;
use crate::model::node::weakness::Weakness;
use crate::model::node::{Country, NodeId, PluginRequest};
use crate::model::reasons::reason::Reason;
use crate::model::settings::{Mode, Strategy};

/// The current state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the program.
    pub version: String,
    /// The mode of the desktop's proxy.
    pub mode: Mode,
    /// Whether traffic is turned on.
    pub active: bool,
    /// Whether a request has succeeded through a member that is serving now.
    pub connected: bool,
    /// The settings of load balancing.
    pub cluster: ClusterView,
    /// The gateway: the fixed local port.
    pub gateway: GatewayView,
    /// The pool, in the order of the node list.
    pub members: Vec<MemberView>,
    /// The doors, in the order of the settings.
    #[serde(default)]
    pub doors: Vec<DoorView>,
    /// Number of configured nodes.
    pub nodes: usize,
    /// The state of the network.
    pub health: HealthView,
    /// The downloads in progress, in the order in which they were started.
    pub fetches: Vec<FetchView>,
    /// Revision numbers of state that is too large for a snapshot.
    #[serde(default)]
    pub revisions: Revisions,
    /// Why the user's changes could not be saved to disk; `None` if all are saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsaved: Option<Fault>,
    /// The newest release, if it is newer than this program; `None` also if there is no check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
}

/// Revision numbers of state that is fetched by separate calls: a number increases when that state changes. Numbers
/// of different runs of the engine cannot be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revisions {
    /// Of all settings.
    pub settings: u64,
    /// Of the list of nodes, without traffic and latency, which change all the time.
    pub nodes: u64,
    /// Of the list of subscriptions.
    pub subscriptions: u64,
}

/// A download in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchView {
    /// Its purpose.
    #[serde(flatten)]
    pub what: FetchFor,
    /// Its progress.
    #[serde(flatten)]
    pub got: FetchProgress,
}

/// The purpose of a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum FetchFor {
    /// The rule list.
    Rules,
    /// An update of a subscription.
    Subscription {
        /// Its name.
        name: String,
    },
    /// A subscription that is previewed or added.
    Offer,
    /// The newest release.
    Release,
}

/// The progress of a download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchProgress {
    /// Whether it goes through the gateway, otherwise directly.
    pub by_gateway: bool,
    /// Whether the server has responded.
    pub is_answered: bool,
    /// Bytes received, decompressed.
    pub bytes: u64,
    /// Total bytes, if the server states them.
    pub of: Option<u64>,
}

/// The settings of load balancing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// Whether load balancing is on.
    pub on: bool,
    /// Only nodes of this group; empty for all.
    pub group: String,
    /// Configured number of members.
    pub size: usize,
    /// How the gateway orders members.
    pub strategy: Strategy,
}

/// The gateway, and the sum of its traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayView {
    /// Its address, even while it is not listening.
    pub addr: String,
    /// Whether it is listening.
    pub listening: bool,
    /// The addresses, with the port, at which other devices reach it; empty unless it is shared.
    pub shared: Vec<String>,
    /// The port for HTTP only; `None` if not configured.
    pub http: Option<HttpView>,
    /// Open connections.
    pub active: u64,
    /// Client connections accepted since the engine's start.
    pub total: u64,
    /// Client connections closed because they used an unknown protocol or none in time.
    pub rejected: u64,
    /// Connections whose first exchange was replayed through another member after one had failed.
    pub replayed: u64,
    /// Bytes from clients since the engine's start.
    pub up: u64,
    /// Bytes to clients since the engine's start.
    pub down: u64,
    /// Bytes per second from clients.
    pub up_rate: u64,
    /// Bytes per second to clients.
    pub down_rate: u64,
}

/// The port for HTTP only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpView {
    /// Its address, even while it is not listening.
    pub addr: String,
    /// Whether it is listening.
    pub listening: bool,
    /// The addresses, with the port, at which other devices reach it.
    pub shared: Vec<String>,
}

/// A member of the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberView {
    /// The id of its node.
    pub id: NodeId,
    /// The name of its node.
    pub name: String,
    /// Its state.
    pub state: MemberState,
    /// Unix time in ms at which it entered that state.
    pub since: i64,
    /// Why, if there is a reason.
    #[serde(flatten, with = "maybe_reason")]
    pub why: Option<Reason>,
    /// Its process; `None` for a node that needs none, or while it is not running.
    pub pid: Option<u32>,
    /// Its SOCKS5 port, while it has one.
    pub addr: Option<String>,
    /// Duration of the last successful check in ms.
    pub latency_ms: Option<u32>,
    /// Time to first byte of its connections in ms, weighted towards slow ones. `None` before the first measurement.
    pub first_byte_ms: Option<u32>,
    /// Mean round-trip time of TCP to its server in ms. `None` before the first measurement, and where the system or the
    /// member's program does not tell.
    pub round_trip_ms: Option<f32>,
    /// TCP segments that had to be sent to its server again, in percent. `None` as above.
    pub retransmitted: Option<f32>,
    /// Open connections.
    pub active: u64,
    /// Connections since the engine's start.
    pub total: u64,
    /// Connections that failed before their first byte.
    pub failures: u64,
    /// Bytes to it.
    pub up: u64,
    /// Bytes from it.
    pub down: u64,
    /// CPU usage of its process, in percent of one core.
    pub cpu: f32,
    /// Why its node counts as legacy, if it does.
    pub legacy: Option<Weakness>,
}

messages! {
    /// The state of a member.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum MemberState {
        /// Its process is starting.
        Starting = "state-starting",
        /// It takes a small but growing share of new connections.
        Warming = "state-warming",
        /// It takes connections.
        Serving = "state-serving",
        /// It may be failing: it is being checked, and used only if no other member is left.
        Suspect = "state-suspect",
        /// It has failed checks that other members pass: it gets no new connections.
        Ejected = "state-ejected",
        /// Its process has exited and will be restarted after a pause.
        Restarting = "state-restarting",
        /// It gets no new connections; open ones continue.
        Draining = "state-draining",
    }
}

/// The state of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// The state of the local network.
    pub network: Network,
}

messages! {
    /// The state of the local network.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Network {
        /// Not known yet.
        #[default]
        Unknown = "network-unknown",
        /// A request has succeeded.
        Up = "network-up",
        /// Requests fail, both directly and through all members.
        Down = "network-down",
        /// A captive portal answers: the network requires a login.
        Portal = "network-portal",
    }
}

impl MemberState {
    /// Whether it takes connections normally.
    pub fn is_serving(self) -> bool {
        match self {
            Self::Warming | Self::Serving => true,
            Self::Starting | Self::Suspect | Self::Ejected | Self::Restarting | Self::Draining => false,
        }
    }
}

/// A node as lists show it: no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeView {
    /// Its id.
    pub id: NodeId,
    /// Name; may be empty.
    pub name: String,
    /// Group; empty for hand-added nodes.
    pub group: String,
    /// Its country: as set by the user, or as its name tells.
    pub country: Option<Country>,
    /// Protocol: `ss`, `ssr` or `socks5`.
    pub kind: String,
    /// Server host.
    pub host: String,
    /// Server port.
    pub port: u16,
    /// Cipher; empty if the protocol has none.
    pub method: String,
    /// SIP003 plugin; empty for none.
    pub plugin: String,
    /// The plugin's options, without secrets.
    pub plugin_options: String,
    /// Whether the plugin may run; true if there is none. Until then the node is not used.
    pub plugin_allowed: bool,
    /// SSR protocol; empty for other kinds.
    pub protocol: String,
    /// SSR obfs; empty for other kinds.
    pub obfs: String,
    /// Why it counts as legacy, if it does.
    pub legacy: Option<Weakness>,
    /// Whether load balancing excludes it.
    pub excluded: bool,
    /// Share of traffic, 1 to 100.
    pub weight: u32,
    /// Order of use for the strategy `failover`.
    pub tier: u32,
    /// Duration of the last successful check in ms.
    pub latency_ms: Option<u32>,
    /// Durations of the last checks in ms, oldest first; `None` for a failed one.
    pub history: Vec<Option<u32>>,
    /// Total bytes to it.
    pub up: u64,
    /// Total bytes from it.
    pub down: u64,
    /// Bytes to it today.
    pub up_today: u64,
    /// Bytes from it today.
    pub down_today: u64,
    /// Its rank by last use, 0 for the most recent; `None` if it was not used in three months.
    pub recency: Option<u32>,
}

impl NodeView {
    /// The plugin that the user has to allow before the node is used, if any.
    pub fn plugin_request(&self) -> Option<PluginRequest> {
        let request = || PluginRequest { plugin: self.plugin.clone(), options: self.plugin_options.clone() };
        (!self.plugin_allowed).then(request)
    }
}

#[cfg(test)]
impl Snapshot {
    /// A snapshot for tests: disconnected, without nodes.
    pub(crate) fn example() -> Self {
        Self {
            version: "0.1.0".into(),
            mode: Mode::Manual,
            active: false,
            connected: false,
            cluster: ClusterView { on: false, group: String::new(), size: 3, strategy: Strategy::Sticky },
            gateway: GatewayView { addr: "127.0.0.1:1080".into(), ..GatewayView::default() },
            members: Vec::new(),
            doors: Vec::new(),
            nodes: 0,
            health: HealthView { network: Network::Unknown },
            fetches: Vec::new(),
            revisions: Revisions::default(),
            unsaved: None,
            release: None,
        }
    }
}

#[cfg(test)]
impl NodeView {
    /// A Shadowsocks node for tests, never used.
    pub(crate) fn example(id: &str, name: &str) -> Self {
        Self {
            id: NodeId::from_text(id),
            name: name.into(),
            group: String::new(),
            country: None,
            kind: "ss".into(),
            host: "tokyo.example".into(),
            port: 8388,
            method: "aes-256-gcm".into(),
            plugin: String::new(),
            plugin_options: String::new(),
            plugin_allowed: true,
            protocol: String::new(),
            obfs: String::new(),
            legacy: None,
            excluded: false,
            weight: 1,
            tier: 0,
            latency_ms: None,
            history: Vec::new(),
            up: 0,
            down: 0,
            up_today: 0,
            down_today: 0,
            recency: None,
        }
    }
}

#[cfg(test)]
impl MemberView {
    /// A member for tests: serving, without traffic.
    pub(crate) fn example(id: &str, name: &str) -> Self {
        Self {
            id: NodeId::from_text(id),
            name: name.into(),
            state: MemberState::Serving,
            since: 0,
            why: None,
            pid: None,
            addr: None,
            latency_ms: None,
            first_byte_ms: None,
            round_trip_ms: None,
            retransmitted: None,
            active: 0,
            total: 0,
            failures: 0,
            up: 0,
            down: 0,
            cpu: 0.0,
            legacy: None,
        }
    }
}
