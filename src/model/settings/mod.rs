//! The settings, as they are written to `settings.json`.
//!
//! Plain values with defaults, so that a file may leave out anything. [`Settings::validate`] reports the first invalid
//! value; [`Settings::with`] changes one value by its dotted key, as `sluice set cluster.size 3` does. The file format
//! is versioned: changing the meaning of a field needs a step in `engine/store/migrations.rs`.

mod bounds;
mod change;
mod door;
pub mod foreign;
mod interface;
mod node_selector;
mod pin;
mod programs;
mod subscription;
mod updates;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::bounds::{ExpectedValue, InvalidValue};
pub use self::change::SettingChange;
pub use self::door::{Door, MAX_DOORS};
pub use self::interface::{Language, Notices, Theme, Tray, Window};
pub use self::node_selector::{NodeFallback, NodeSelector, NotANodeSelector};
pub use self::pin::{MAX_PINS, NotAPinTarget, Pin, PinTarget, normalized_site};
pub use self::programs::PROGRAM_KEYS;
pub use self::subscription::SubscriptionSettings;
pub use self::updates::UpdateSettings;
use crate::model::node::{Login, NodeId};

/// The version of the settings file that this program writes.
pub const VERSION: u32 = 1;

/// All settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Version of the file format.
    pub version: u32,
    /// Whether traffic is turned on.
    pub active: bool,
    /// The node that was chosen last for single mode.
    pub node: Option<NodeId>,
    /// The mode of the desktop's proxy.
    pub mode: Mode,
    /// Load balancing.
    pub cluster: Cluster,
    /// The gateway: the fixed local port.
    pub gateway: Gateway,
    /// The member processes.
    pub members: Members,
    /// Health checks.
    pub health: Health,
    /// Routing rules.
    pub rules: Rules,
    /// Sites and programs that go to certain nodes; the first that matches applies.
    pub pins: Vec<Pin>,
    /// Further ways into the gateway, each with nodes or a strategy of its own.
    pub doors: Vec<Door>,
    /// The PAC script.
    pub pac: Pac,
    /// Download of subscriptions.
    pub subscription: SubscriptionSettings,
    /// The check for a new release.
    pub updates: UpdateSettings,
    /// The language of the user interfaces.
    pub language: Language,
    /// Which desktop notifications are shown.
    pub notices: Notices,
    /// The tray icon.
    pub tray: Tray,
    /// The window.
    pub window: Window,
}

/// The mode of the desktop's proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The desktop's settings are not changed.
    #[default]
    Manual,
    /// A PAC script decides by rules.
    Pac,
    /// Everything goes through the gateway.
    Global,
}

/// Load balancing over several nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// Whether load balancing is on.
    pub on: bool,
    /// Only nodes of this group; empty for all.
    pub group: String,
    /// Number of members in the pool.
    pub size: usize,
    /// How the gateway orders members for a connection.
    pub strategy: Strategy,
    /// Whether `smart` remembers sites; without it that is the same as `sticky`.
    pub learn: bool,
}

/// How the gateway orders members for a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Each site uses the node that serves it well, learned from its connections, and stays there.
    #[default]
    Smart,
    /// All connections to a site use the same member, and so the same exit address.
    Sticky,
    /// In turn, by weight.
    RoundRobin,
    /// At random, by weight.
    Random,
    /// Fewest open connections relative to weight.
    LeastConnections,
    /// Least CPU time of the member's process.
    LeastCpu,
    /// Fastest, by measured time to first byte and load.
    Fastest,
    /// The first that works, by tier and order in the list.
    Failover,
}

impl Strategy {
    /// All strategies, in the order of menus.
    pub const ALL: [Self; 8] = [
        Self::Smart,
        Self::Sticky,
        Self::RoundRobin,
        Self::Random,
        Self::LeastConnections,
        Self::LeastCpu,
        Self::Fastest,
        Self::Failover,
    ];

    /// The name on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smart => "smart",
            Self::Sticky => "sticky",
            Self::RoundRobin => "round-robin",
            Self::Random => "random",
            Self::LeastConnections => "least-connections",
            Self::LeastCpu => "least-cpu",
            Self::Fastest => "fastest",
            Self::Failover => "failover",
        }
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|strategy| strategy.as_str() == text).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|strategy| strategy.as_str()).collect();
            format!("one of {}", words.join(", "))
        })
    }
}

/// The gateway: the fixed local port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// The address to listen on. With 127.0.0.1 the same port of `[::1]` is used too, if it is free.
    pub listen: SocketAddr,
    /// An additional port for programs that only support HTTP proxies.
    pub http_listen: Option<SocketAddr>,
    /// The address of the port for metrics and health; none if it is off.
    pub metrics: Option<SocketAddr>,
    /// Required from every client if set; necessary to listen on other than loopback addresses.
    pub login: Option<Login>,
    /// Maximum number of simultaneous connections; further ones wait in the system's queue.
    pub max_connections: usize,
    /// Time limit in seconds for a client's request.
    pub handshake_limit_s: u64,
    /// Time limit in milliseconds for a member to accept a connection.
    pub connect_limit_ms: u64,
    /// Seconds without traffic in either direction after which a connection is closed; 0 for never.
    pub idle_limit_s: u64,
    /// Seconds for which open connections of an evicted member may continue.
    pub drain_limit_s: u64,
}

/// The member processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Members {
    /// An external `ss-local` program for SS nodes; `None` for the built-in client.
    pub ss_local: Option<PathBuf>,
    /// An external `ssr-local` program for SSR nodes; `None` for the built-in client.
    pub ssr_local: Option<PathBuf>,
    /// Lowest local port for an external program.
    pub port_base: u16,
    /// Ports that are never used for an external program.
    pub excluded_ports: Vec<u16>,
    /// Plugins that the user has allowed, in addition to the known ones.
    pub plugins: Vec<String>,
    /// Whether the datagrams of a SOCKS5 node are sent to the address in its reply, even on another machine.
    pub any_udp_relay: bool,
}

/// Health checks: requests through a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// URLs of small pages; a failed check is repeated with another one.
    pub urls: Vec<String>,
    /// Accepted HTTP statuses.
    pub statuses: Vec<u16>,
    /// Time limit for a check in seconds.
    pub limit_s: u64,
    /// Seconds between the checks of a new member; the last value repeats.
    pub schedule: Vec<u64>,
    /// Bytes that a check transfers after its page, to notice a node whose transfers stall; 0 for none.
    pub transfer_bytes: usize,
    /// URL of a page of at least that length.
    pub transfer_url: String,
    /// URLs of small pages that are requested directly, to tell whether the local network is down.
    pub direct_urls: Vec<String>,
}

/// Routing rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// An access list in the format of Shadowsocks.
    pub acl: Option<PathBuf>,
    /// Whether the gateway itself applies the rules, for programs that do not use the PAC script.
    pub at_gateway: bool,
}

/// The PAC script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pac {
    /// The URL of the rule list, in the format of GFWList.
    pub url: String,
    /// Hours between two updates; 0 for manual updates only.
    pub update_h: u64,
    /// Whether browsers connect directly while the gateway is down, which reveals their address.
    pub direct_when_down: bool,
}

impl Default for Pac {
    fn default() -> Self {
        let url = "https://raw.githubusercontent.com/gfwlist/gfwlist/master/gfwlist.txt".into();
        Self { url, update_h: 24, direct_when_down: false }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            active: false,
            node: None,
            mode: Mode::default(),
            cluster: Cluster::default(),
            gateway: Gateway::default(),
            members: Members::default(),
            health: Health::default(),
            rules: Rules::default(),
            pins: Vec::new(),
            doors: Vec::new(),
            pac: Pac::default(),
            subscription: SubscriptionSettings::default(),
            updates: UpdateSettings::default(),
            language: Language::default(),
            notices: Notices::default(),
            tray: Tray::default(),
            window: Window::default(),
        }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self { on: false, group: String::new(), size: 3, strategy: Strategy::default(), learn: true }
    }
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1080),
            http_listen: None,
            metrics: None,
            login: None,
            max_connections: 16_384,
            handshake_limit_s: 10,
            connect_limit_ms: 5_000,
            idle_limit_s: 2 * 3600,
            drain_limit_s: 600,
        }
    }
}

impl Default for Members {
    fn default() -> Self {
        Self {
            ss_local: None,
            ssr_local: None,
            port_base: 21_080,
            excluded_ports: Vec::new(),
            plugins: Vec::new(),
            any_udp_relay: false,
        }
    }
}

impl Default for Health {
    fn default() -> Self {
        let urls = [
            "http://www.gstatic.com/generate_204",
            "http://cp.cloudflare.com/generate_204",
            "http://connectivitycheck.gstatic.com/generate_204",
        ];
        // Operated by different companies, small, and reachable without a proxy nearly everywhere, including China.
        let direct_urls = [
            "http://captive.apple.com/hotspot-detect.html",
            "http://connect.rom.miui.com/generate_204",
            "http://www.msftconnecttest.com/connecttest.txt",
        ];
        Self {
            urls: urls.map(str::to_owned).to_vec(),
            statuses: vec![200, 204],
            limit_s: 5,
            schedule: vec![10, 15, 30, 60, 180, 300],
            transfer_bytes: 32 * 1024,
            transfer_url: "http://speed.cloudflare.com/__down?bytes=65536".into(),
            direct_urls: direct_urls.map(str::to_owned).to_vec(),
        }
    }
}

impl Settings {
    /// These settings with one value replaced, given its dotted key. `text` is parsed as JSON if possible (`3`, `true`,
    /// `["a","b"]`, `null`), otherwise used as it is.
    ///
    /// # Errors
    /// An unknown key or an invalid value.
    pub fn with(&self, key: &str, text: &str) -> Result<Self, InvalidValue> {
        self.with_all([(key, text)])
    }

    /// The same for several values, validated together: a shared address needs a login.
    ///
    /// # Errors
    /// As for one.
    pub fn with_all<'a>(&self, changes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, InvalidValue> {
        let changed =
            changes.into_iter().try_fold(self.clone(), |settings, (key, text)| settings.with_text(key, text))?;
        changed.validate()?;
        Ok(changed)
    }

    fn with_text(&self, key: &str, text: &str) -> Result<Self, InvalidValue> {
        let as_text = Value::String(text.to_owned());
        let as_json = serde_json::from_str(text).unwrap_or_else(|_| as_text.clone());
        // A node id such as 1234567890 parses as a number but is text: the second attempt accepts it.
        self.with_value(key, as_json).or_else(|first| self.with_value(key, as_text).map_err(|_| first))
    }

    fn with_value(&self, key: &str, value: Value) -> Result<Self, InvalidValue> {
        let mut tree = serde_json::to_value(self).expect("settings are plain JSON values");
        let pointer = format!("/{}", key.replace('.', "/"));
        let place = tree.pointer_mut(&pointer).filter(|_| key != "version");
        *place.ok_or_else(|| InvalidValue::new(key, ExpectedValue::Key))? = value;
        serde_json::from_value(tree).map_err(|error| InvalidValue::new(key, expected_at(key, &error)))
    }

    /// The nodes that pins and doors select singly.
    pub fn selected_nodes(&self) -> impl Iterator<Item = &NodeId> {
        let pins = self.pins.iter().filter_map(|pin| match &pin.to {
            PinTarget::Nodes(nodes) => nodes.node(),
            PinTarget::Direct | PinTarget::Block => None,
        });
        pins.chain(self.doors.iter().filter_map(|door| door.to.as_ref()?.node()))
    }

    /// Makes pins and doors select another node in place of one.
    pub fn replace_node(&mut self, old: &NodeId, new: &NodeId) {
        let pins = self.pins.iter_mut().filter_map(|pin| match &mut pin.to {
            PinTarget::Nodes(nodes) => Some(nodes),
            PinTarget::Direct | PinTarget::Block => None,
        });
        let doors = self.doors.iter_mut().filter_map(|door| door.to.as_mut());
        for nodes in pins.chain(doors).filter(|nodes| nodes.node() == Some(old)) {
            *nodes = NodeSelector::Node(new.clone());
        }
    }

    /// All keys with their values, secrets as `***`, in the order of the file.
    pub fn listing(&self) -> Vec<(String, Value)> {
        let mut shown = self.clone();
        if let Some(login) = &mut shown.gateway.login {
            login.password = "***".into();
        }
        let tree = serde_json::to_value(shown).expect("settings are plain JSON values");
        let mut rows = Vec::new();
        collect("", &tree, &mut rows);
        rows
    }

    /// The settings of a [listing](Self::listing); secrets stay `***`. Values that are missing or invalid, as in a part
    /// of a listing, become their defaults.
    pub fn of_listing(rows: &[(String, Value)]) -> Self {
        let mut tree = Value::Object(Map::new());
        for (key, value) in rows {
            let place = key.split('.').fold(&mut tree, |place, name| &mut place[name]);
            place.clone_from(value);
        }
        serde_json::from_value(tree).unwrap_or_default()
    }
}

/// Which values are valid at a key. serde's message contains the value, which may be a password; that part is dropped.
fn expected_at(key: &str, error: &serde_json::Error) -> ExpectedValue {
    if key == "gateway.login" {
        return ExpectedValue::Login;
    }
    if key == "pins" {
        return ExpectedValue::Pins;
    }
    if key == "doors" {
        return ExpectedValue::Doors;
    }
    let text = error.to_string();
    match text.split_once(", expected ") {
        Some((found, wanted)) if found.starts_with("invalid") || found.starts_with("unknown variant") => {
            ExpectedValue::expected(wanted)
        }
        Some(_) | None if text == "invalid socket address syntax" => ExpectedValue::Address,
        Some(_) | None => ExpectedValue::Other(text),
    }
}

fn collect(prefix: &str, tree: &Value, rows: &mut Vec<(String, Value)>) {
    let Value::Object(fields) = tree else {
        rows.push((prefix.to_owned(), tree.clone()));
        return;
    };
    for (name, value) in fields {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        collect(&key, value, rows);
    }
}

#[cfg(test)]
mod tests;
