//! All that is true now: what `sluice status --json` prints and every watcher gets.
//!
//! Small, whole, and without secrets. A watcher keeps the latest and forgets the one before.

use serde::{Deserialize, Serialize};

use super::english::maybe_reason;
use super::fault::Fault;
use crate::model::node::weakness::Weakness;
use crate::model::node::{NodeId, PluginRequest};
use crate::model::reasons::reason::Reason;
use crate::model::settings::{Mode, Strategy};

/// All that is true now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the program.
    pub version: String,
    /// What the desktop's own proxy setting is made to be.
    pub mode: Mode,
    /// Whether traffic is wanted to go through the gateway.
    pub active: bool,
    /// Whether a request has really gone through a member that is serving now.
    pub connected: bool,
    /// Load balancing as it is wanted.
    pub cluster: ClusterView,
    /// The fixed local port.
    pub gateway: GatewayView,
    /// The pool, in the order of the node list.
    pub members: Vec<MemberView>,
    /// How many nodes are configured.
    pub nodes: usize,
    /// What is known of the network.
    pub health: HealthView,
    /// What is being fetched, in the order in which it was begun.
    pub fetches: Vec<FetchView>,
    /// Revision numbers of what is too large for a snapshot.
    #[serde(default)]
    pub revisions: Revisions,
    /// Why what the user has made is not on disk as it is now; none where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsaved: Option<Fault>,
}

/// Revision numbers of what is fetched with a call of its own: one grows when what it stands for changes. Those of
/// another run of the engine mean nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revisions {
    /// Of all settings.
    pub settings: u64,
    /// Of the list of nodes, without traffic and latency, which change all the time.
    pub nodes: u64,
    /// Of the list of subscriptions.
    pub subscriptions: u64,
}

/// A file that is being fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchView {
    /// What it is for.
    #[serde(flatten)]
    pub what: FetchFor,
    /// How far it is.
    #[serde(flatten)]
    pub got: Got,
}

/// What a file is fetched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum FetchFor {
    /// The list of rules.
    Rules,
    /// An update of a subscription.
    Subscription {
        /// Its name.
        name: String,
    },
    /// A look at an address, before a subscription is made of it or when it is.
    Offer,
}

/// How far a file that is being fetched is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Got {
    /// Whether it goes through the gateway; directly else.
    pub by_gateway: bool,
    /// Whether the server has answered.
    pub is_answered: bool,
    /// Bytes of it that are here, unpacked.
    pub bytes: u64,
    /// Bytes of the whole, where the server says that.
    pub of: Option<u64>,
}

/// Load balancing as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// Several nodes instead of a single one.
    pub on: bool,
    /// Only nodes of this group; empty for all.
    pub group: String,
    /// Wanted number of members.
    pub size: usize,
    /// How the gateway orders members.
    pub strategy: Strategy,
}

/// The fixed local port and the sum of what went through it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayView {
    /// Where it listens, or would.
    pub addr: String,
    /// Whether it listens now.
    pub listening: bool,
    /// Under which addresses other machines of the network reach it, with the port: none while it is for
    /// this machine alone.
    pub shared: Vec<String>,
    /// The port for HTTP alone; none where none is wanted.
    pub http: Option<HttpView>,
    /// Open connections.
    pub active: u64,
    /// Client connections accepted since the engine's start.
    pub total: u64,
    /// Client connections closed for speaking no protocol that is known, or none in time.
    pub rejected: u64,
    /// Connections whose first exchange another member took over from one that failed.
    pub replayed: u64,
    /// Bytes from clients since the engine's start.
    pub up: u64,
    /// Bytes to clients since the engine's start.
    pub down: u64,
    /// Bytes a second from clients.
    pub up_rate: u64,
    /// Bytes a second to clients.
    pub down_rate: u64,
}

/// The port for HTTP alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpView {
    /// Where it listens, or would.
    pub addr: String,
    /// Whether it listens now.
    pub listening: bool,
    /// Under which addresses other machines of the network reach it, with the port.
    pub shared: Vec<String>,
}

/// One member of the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberView {
    /// Identity of its node.
    pub id: NodeId,
    /// Name of its node.
    pub name: String,
    /// Where it is in its life.
    pub state: MemberState,
    /// Unix time in ms at which it entered that state.
    pub since: i64,
    /// Why it did, where there is something to say.
    #[serde(flatten, with = "maybe_reason")]
    pub why: Option<Reason>,
    /// Its process; none for a node that needs none or while it is down.
    pub pid: Option<u32>,
    /// Its SOCKS5 port, while it has one.
    pub addr: Option<String>,
    /// Duration of the last good check in ms.
    pub latency_ms: Option<u32>,
    /// What real connections through it took to their first byte, in ms: the slow ones have more say.
    /// None before one was measured.
    pub first_byte_ms: Option<u32>,
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
    /// CPU share of its process, in percent of one core.
    pub cpu: f32,
    /// Why its node counts as legacy, if it does.
    pub legacy: Option<Weakness>,
}

/// Where a member is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// Its process is starting.
    Starting,
    /// It takes connections, at first a small share that grows: members that have served longer
    /// carry the rest.
    Warming,
    /// It takes connections.
    Serving,
    /// Something is wrong with it: it is being checked, and used only where no other is left.
    Suspect,
    /// Its checks fail while those of others do not: it takes no connections.
    Ejected,
    /// Its process ended and is started again after a pause.
    Restarting,
    /// It takes no new connections; open ones live on.
    Draining,
}

/// What is known of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// This machine's own network.
    pub network: Network,
}

/// This machine's own network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Nothing was seen yet.
    #[default]
    Unknown,
    /// A request went through.
    Up,
    /// Nothing goes through, neither past the members nor through them.
    Down,
    /// A page in between answers instead of the one asked for: somebody wants a login.
    Portal,
}

impl MemberState {
    /// Whether it takes connections and nothing is wrong with it.
    pub fn is_serving(self) -> bool {
        match self {
            Self::Warming | Self::Serving => true,
            Self::Starting | Self::Suspect | Self::Ejected | Self::Restarting | Self::Draining => false,
        }
    }
}

/// One node as lists show it: no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeView {
    /// Identity.
    pub id: NodeId,
    /// Name; may be empty.
    pub name: String,
    /// Group; empty for hand-added nodes.
    pub group: String,
    /// Protocol: `ss`, `ssr` or `socks5`.
    pub kind: String,
    /// Server host.
    pub host: String,
    /// Server port.
    pub port: u16,
    /// Cipher; empty where the protocol has none.
    pub method: String,
    /// SIP003 plugin; empty for none.
    pub plugin: String,
    /// The plugin's options, without secrets.
    pub plugin_options: String,
    /// Whether the plugin may run; true for none. Until then the node is not used.
    pub plugin_allowed: bool,
    /// SSR protocol; empty for other kinds.
    pub protocol: String,
    /// SSR obfs; empty for other kinds.
    pub obfs: String,
    /// Why it counts as legacy, if it does.
    pub legacy: Option<Weakness>,
    /// Never chosen by load balancing.
    pub excluded: bool,
    /// Share of traffic, 1 to 100.
    pub weight: u32,
    /// Order of use for the strategy `failover`.
    pub tier: u32,
    /// Duration of the last good check in ms.
    pub latency_ms: Option<u32>,
    /// Durations of the last checks in ms, oldest first; none for one that failed.
    pub history: Vec<Option<u32>>,
    /// Bytes to it, in all.
    pub up: u64,
    /// Bytes from it, in all.
    pub down: u64,
    /// Bytes to it today.
    pub up_today: u64,
    /// Bytes from it today.
    pub down_today: u64,
    /// Its place among all nodes by when it moved something last, 0 for the last one; none where it has not in
    /// three months.
    pub recency: Option<u32>,
}

impl NodeView {
    /// The plugin that the user has to allow before the node is used, if there is one.
    pub fn plugin_request(&self) -> Option<PluginRequest> {
        let request = || PluginRequest { plugin: self.plugin.clone(), options: self.plugin_options.clone() };
        (!self.plugin_allowed).then(request)
    }
}

#[cfg(test)]
impl Snapshot {
    /// A snapshot for tests to start from: nothing is wanted, and there is no node.
    pub(crate) fn example() -> Self {
        Self {
            version: "0.1.0".into(),
            mode: Mode::Manual,
            active: false,
            connected: false,
            cluster: ClusterView { on: false, group: String::new(), size: 3, strategy: Strategy::Sticky },
            gateway: GatewayView { addr: "127.0.0.1:1080".into(), ..GatewayView::default() },
            members: Vec::new(),
            nodes: 0,
            health: HealthView { network: Network::Unknown },
            fetches: Vec::new(),
            revisions: Revisions::default(),
            unsaved: None,
        }
    }
}

#[cfg(test)]
impl NodeView {
    /// A plain Shadowsocks node for tests to start from, used by nobody yet.
    pub(crate) fn example(id: &str, name: &str) -> Self {
        Self {
            id: NodeId::from_text(id),
            name: name.into(),
            group: String::new(),
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
    /// A member for tests to start from: it serves, and nothing went through it yet.
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
