//! What the user wants, as it is written to `settings.json`.
//!
//! Plain values with defaults, so a file may leave out anything. [`Settings::validate`] says what
//! is out of bounds, with the key and what is wanted there; [`Settings::with`] changes one value by
//! its dotted key, as `sluice set cluster.size 3` does. The file format is versioned: changing the
//! meaning of a field needs a step in `engine/store/migrations.rs`.

mod bounds;
mod change;
pub mod foreign;
mod shown;
mod subscription;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::bounds::{Invalid, Wanted};
pub use self::change::SettingChange;
pub use self::shown::{Language, Notices, Theme, Tray, Window};
pub use self::subscription::SubscriptionSettings;
use crate::model::node::{Login, NodeId};

/// The version of the settings file that this program writes.
pub const VERSION: u32 = 1;

/// Everything the user can choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Version of the file format.
    pub version: u32,
    /// Whether traffic is wanted to go through the gateway at all.
    pub active: bool,
    /// The node chosen last for single mode.
    pub node: Option<NodeId>,
    /// What the desktop's own proxy setting is made to be.
    pub mode: Mode,
    /// Load balancing.
    pub cluster: Cluster,
    /// The fixed local port.
    pub gateway: Gateway,
    /// The member processes.
    pub members: Members,
    /// End-to-end checks.
    pub health: Health,
    /// Which ways connections go.
    pub rules: Rules,
    /// The script for browsers.
    pub pac: Pac,
    /// How lists of nodes are fetched.
    pub subscription: SubscriptionSettings,
    /// The language that people are spoken to in.
    pub language: Language,
    /// What is worth a notice on the desktop.
    pub notices: Notices,
    /// The icon in the panel.
    pub tray: Tray,
    /// The window.
    pub window: Window,
}

/// What the desktop's own proxy setting is made to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Leave the desktop alone.
    #[default]
    Manual,
    /// A script decides by rules.
    Pac,
    /// Everything goes through the gateway.
    Global,
}

/// Load balancing over several nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// Several nodes instead of a single one.
    pub on: bool,
    /// Only nodes of this group; empty for all.
    pub group: String,
    /// How many members the pool is to have.
    pub size: usize,
    /// How the gateway orders members for a connection.
    pub strategy: Strategy,
}

/// How the gateway orders upstreams for a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// One site keeps one member, and so one exit address.
    #[default]
    Sticky,
    /// Each in turn, by weight.
    RoundRobin,
    /// By chance, by weight.
    Random,
    /// The one with the fewest open connections for its weight.
    LeastConnections,
    /// The one whose process uses the least CPU time.
    LeastCpu,
    /// The one that answers first, by measured time to first byte and load.
    Fastest,
    /// The first that works, by tier and order in the list.
    Failover,
}

impl Strategy {
    /// All of them, in the order in which a menu lists them.
    pub const ALL: [Self; 7] = [
        Self::Sticky,
        Self::RoundRobin,
        Self::Random,
        Self::LeastConnections,
        Self::LeastCpu,
        Self::Fastest,
        Self::Failover,
    ];

    /// The word for it on the command line and in files.
    pub fn word(self) -> &'static str {
        match self {
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
        Self::ALL.into_iter().find(|strategy| strategy.word() == text).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|strategy| strategy.word()).collect();
            format!("one of {}", words.join(", "))
        })
    }
}

/// The fixed local port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// Where it listens. On 127.0.0.1 the same port of `[::1]` is taken too, where it is free.
    pub listen: SocketAddr,
    /// Another port, for programs that are to be given an HTTP proxy and nothing else; none for none.
    pub http_listen: Option<SocketAddr>,
    /// Asked of every client when set; needed to listen beyond this machine.
    pub login: Option<Login>,
    /// Connections at the same time; further ones wait in the system's queue.
    pub max_connections: usize,
    /// Seconds a client may take for its request.
    pub handshake_limit_s: u64,
    /// Milliseconds a member may take to accept a connection.
    pub connect_limit_ms: u64,
    /// Seconds without a byte in either direction after which a connection is closed; 0 for never.
    pub idle_limit_s: u64,
    /// Seconds that open connections of an evicted member live on.
    pub drain_limit_s: u64,
}

/// The member processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Members {
    /// The user's own `ss-local` program for SS nodes; none for the built-in client.
    pub ss_local: Option<PathBuf>,
    /// The user's own `ssr-local` program for SSR nodes; none for the built-in client.
    pub ssr_local: Option<PathBuf>,
    /// Lowest local port given to an external program.
    pub port_base: u16,
    /// Ports never given to one.
    pub excluded_ports: Vec<u16>,
    /// Plugins that the user has allowed to run, besides the known ones.
    pub plugins: Vec<String>,
}

/// End-to-end checks through a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// Small pages to fetch; another one is used for the second look.
    pub urls: Vec<String>,
    /// Accepted HTTP statuses.
    pub statuses: Vec<u16>,
    /// Seconds a check may take.
    pub limit_s: u64,
    /// Seconds between the checks of a new member; the last value repeats.
    pub schedule: Vec<u64>,
    /// Small pages fetched past every member, to tell a network that is down from nodes that are.
    pub direct_urls: Vec<String>,
}

/// Which ways connections go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// An access list in the format of Shadowsocks; none for none.
    pub acl: Option<PathBuf>,
    /// Whether the gateway itself goes by the rules of the script, for programs that read none.
    pub at_gateway: bool,
}

/// The script for browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pac {
    /// Where the list of rules is, in GFWList's format.
    pub url: String,
    /// Hours after which it is fetched again; 0 for never by itself.
    pub update_h: u64,
    /// Whether browsers go past the gateway while it is down, which shows their address.
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
            pac: Pac::default(),
            subscription: SubscriptionSettings::default(),
            language: Language::default(),
            notices: Notices::default(),
            tray: Tray::default(),
            window: Window::default(),
        }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self { on: false, group: String::new(), size: 3, strategy: Strategy::default() }
    }
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1080),
            http_listen: None,
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
        Self { ss_local: None, ssr_local: None, port_base: 21_080, excluded_ports: Vec::new(), plugins: Vec::new() }
    }
}

impl Default for Health {
    fn default() -> Self {
        let urls = [
            "http://www.gstatic.com/generate_204",
            "http://cp.cloudflare.com/generate_204",
            "http://connectivitycheck.gstatic.com/generate_204",
        ];
        // Of different owners, small, and reachable without a proxy nearly everywhere, China included.
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
            direct_urls: direct_urls.map(str::to_owned).to_vec(),
        }
    }
}

impl Settings {
    /// These settings with the value at a dotted key replaced. `text` is read as JSON where it is
    /// some (`3`, `true`, `["a","b"]`, `null`), otherwise as the text itself.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong kind or out of bounds.
    pub fn with(&self, key: &str, text: &str) -> Result<Self, Invalid> {
        self.with_all([(key, text)])
    }

    /// The same for several, which hold together or not at all: an address for other machines comes
    /// with its login.
    ///
    /// # Errors
    /// As for one.
    pub fn with_all<'a>(&self, changes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Invalid> {
        let changed =
            changes.into_iter().try_fold(self.clone(), |settings, (key, text)| settings.with_text(key, text))?;
        changed.validate()?;
        Ok(changed)
    }

    fn with_text(&self, key: &str, text: &str) -> Result<Self, Invalid> {
        let as_text = Value::String(text.to_owned());
        let as_json = serde_json::from_str(text).unwrap_or_else(|_| as_text.clone());
        // A node id such as 1234567890 reads as a number, yet is text: the second reading saves it.
        self.with_value(key, as_json).or_else(|first| self.with_value(key, as_text).map_err(|_| first))
    }

    fn with_value(&self, key: &str, value: Value) -> Result<Self, Invalid> {
        let mut tree = serde_json::to_value(self).expect("settings are plain JSON values");
        let pointer = format!("/{}", key.replace('.', "/"));
        let place = tree.pointer_mut(&pointer).filter(|_| key != "version");
        *place.ok_or_else(|| Invalid::new(key, Wanted::Key))? = value;
        serde_json::from_value(tree).map_err(|error| Invalid::new(key, wanted_there(key, &error)))
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

    /// The settings that a [listing](Self::listing) shows; secrets stay `***`. What is not in it, or cannot be
    /// read, as in a part of a listing, has its default.
    pub fn of_listing(rows: &[(String, Value)]) -> Self {
        let mut tree = Value::Object(Map::new());
        for (key, value) in rows {
            let place = key.split('.').fold(&mut tree, |place, name| &mut place[name]);
            place.clone_from(value);
        }
        serde_json::from_value(tree).unwrap_or_default()
    }
}

/// What is wanted at a key. Serde quotes a value of the wrong kind, which may be a password; that
/// part is left out.
fn wanted_there(key: &str, error: &serde_json::Error) -> Wanted {
    if key == "gateway.login" {
        return Wanted::Login;
    }
    let text = error.to_string();
    match text.split_once(", expected ") {
        Some((found, wanted)) if found.starts_with("invalid") || found.starts_with("unknown variant") => {
            Wanted::expected(wanted)
        }
        Some(_) | None if text == "invalid socket address syntax" => Wanted::Address,
        Some(_) | None => Wanted::Other(text),
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
