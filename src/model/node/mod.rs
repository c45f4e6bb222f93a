//! A node: one configured server, and its identity.
//!
//! [`link`] and [`list`] parse and print it as text; [`cipher`] and [`ssr`] have the names of ciphers and protocols,
//! and [`weakness`] rates its encryption.

pub mod cipher;
pub mod country;
mod country_names;
mod known_plugins;
pub mod link;
pub mod list;
mod plugin;
mod safe_name;
pub mod secret;
pub mod ssr;
pub mod weakness;
pub mod websocket;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use country::Country;
pub use plugin::{Plugin, PluginRequest};
pub use secret::Secret;
pub use ssr::Ssr;
pub use weakness::Weakness;

/// The identity of a node, derived from protocol, host, port and credentials, never from its position in a list or its
/// name: statistics and affinity survive a rename, a reorder and an update.
///
/// Twelve hexadecimal digits (48 bits of SHA-256): short enough to type, long enough for a list of thousands, and too
/// short to confirm a guessed password.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// An id as typed; the list decides whether a node has it.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    /// The id in the form that is displayed and typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One configured server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its display name; may be empty, may repeat.
    #[serde(default)]
    pub name: String,
    /// The group it belongs to; empty for hand-added nodes.
    #[serde(default)]
    pub group: String,
    /// Host name or IP address of the server, an IPv6 address without brackets.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// Its protocol and credentials.
    #[serde(flatten)]
    pub kind: Kind,
    /// Share of traffic relative to other nodes, 1 to 100.
    #[serde(default = "default_weight")]
    pub weight: u32,
    /// Order of use for the strategy `failover`; lower goes first.
    #[serde(default)]
    pub tier: u32,
    /// Whether load balancing excludes it.
    #[serde(default)]
    pub excluded: bool,
    /// Its country, if the user has set it; otherwise its name tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

fn default_weight() -> u32 {
    1
}

/// The protocol of a node, with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// Shadowsocks (SIP004 AEAD, SIP022 AEAD-2022, and the older stream ciphers).
    Ss {
        /// Cipher name, lower case, such as `aes-256-gcm`.
        method: String,
        /// Password, or for the `2022-` methods the base64 key.
        password: Secret,
        /// SIP003 plugin, if the server uses one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plugin: Option<Plugin>,
    },
    /// ShadowsocksR.
    Ssr(Ssr),
    /// Any SOCKS5 server (RFC 1928): `ssh -D`, Tor, another client.
    Socks5 {
        /// User name and password (RFC 1929), if the server requires them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login: Option<Login>,
    },
}

impl Kind {
    /// The name of this protocol in links, tables and `--json`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ss { .. } => "ss",
            Self::Ssr(_) => "ssr",
            Self::Socks5 { .. } => "socks5",
        }
    }
}

/// A user name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// User name, 1 to 255 bytes.
    pub user: String,
    /// Password, 1 to 255 bytes.
    pub password: Secret,
}

impl Login {
    /// Whether these are its user name and password. Both are always compared, so that the time taken does not reveal
    /// which one was wrong.
    pub fn matches(&self, user: &[u8], password: &[u8]) -> bool {
        (self.user.as_bytes() == user) & self.password.matches(password)
    }

    /// The user of a client that sends these: none for the login itself, or one of `others`, who have the same
    /// password. `None` if they are wrong.
    pub fn admits<'a>(&self, user: &[u8], password: &[u8], others: &'a [Box<str>]) -> Option<Option<&'a str>> {
        let other = others.iter().find(|other| other.as_bytes() == user);
        let is_right = self.password.matches(password);
        match other {
            _ if self.user.as_bytes() == user => is_right.then_some(None),
            Some(other) => is_right.then_some(Some(other)),
            None => None,
        }
    }
}

impl Node {
    /// The plugin of the node, if it has one.
    pub fn plugin(&self) -> Option<&Plugin> {
        match &self.kind {
            Kind::Ss { plugin, .. } => plugin.as_ref(),
            Kind::Ssr(_) | Kind::Socks5 { .. } => None,
        }
    }

    /// The plugin that the user has to allow before the node can be used, if there is one.
    pub fn plugin_request(&self, allowed: &[String]) -> Option<PluginRequest> {
        self.plugin().filter(|plugin| !plugin.may_run(allowed)).map(Plugin::request)
    }

    /// A node with default weight and tier, not excluded, in no group.
    pub fn new(name: impl Into<String>, host: impl Into<String>, port: u16, kind: Kind) -> Self {
        Self {
            name: name.into(),
            group: String::new(),
            host: host.into(),
            port,
            kind,
            weight: default_weight(),
            tier: 0,
            excluded: false,
            country: None,
        }
    }

    /// The identity of this node; see [`NodeId`].
    pub fn id(&self) -> NodeId {
        let port = self.port.to_string();
        let host = self.host.to_ascii_lowercase();
        let mut parts = vec![self.kind.as_str(), &host, &port];
        match &self.kind {
            Kind::Ss { method, password, plugin } => {
                parts.extend([method.as_str(), password.expose()]);
                parts.extend(plugin.iter().flat_map(|plugin| [plugin.name.as_str(), plugin.options.as_str()]));
            }
            Kind::Ssr(ssr) => {
                parts.extend([ssr.method.name(), ssr.password.expose()]);
                parts.extend([ssr.protocol.name(), ssr.protocol_param.expose()]);
                parts.extend([ssr.obfs.name(), ssr.obfs_param.as_str()]);
            }
            Kind::Socks5 { login } => {
                parts.extend(login.iter().flat_map(|login| [login.user.as_str(), login.password.expose()]));
            }
        }
        let mut hash = Sha256::new();
        for part in parts {
            // The length prefix distinguishes ("ab", "c") from ("a", "bc").
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        NodeId(digest[..6].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Its country: as the user has set it, or else as its name tells.
    pub fn country(&self) -> Option<Country> {
        self.country.or_else(|| Country::of_name(&self.name))
    }

    /// The name, or `host:port` if it has none.
    pub fn label(&self) -> String {
        if self.name.is_empty() { self.authority() } else { self.name.clone() }
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        authority(&self.host, self.port)
    }
}

/// `host:port`, with brackets around an IPv6 address.
pub fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::ssr::{Method, Obfs, Protocol};

    fn ss(name: &str, password: &str) -> Node {
        let kind = Kind::Ss { method: "aes-256-gcm".into(), password: password.into(), plugin: None };
        Node::new(name, "Example.com", 8388, kind)
    }

    #[test]
    fn identity_is_the_server_and_its_credentials_not_the_name() {
        let mut renamed = ss("other name", "pw");
        renamed.group = "elsewhere".into();
        renamed.weight = 7;
        renamed.host = "example.COM".into();
        assert_eq!(ss("Tokyo", "pw").id(), renamed.id());
        assert_ne!(ss("Tokyo", "pw").id(), ss("Tokyo", "pw2").id());
    }

    fn ssr(protocol_param: &str) -> Node {
        let ssr = Ssr {
            method: Method::Aes256Cfb,
            password: "pw".into(),
            protocol: Protocol::AuthAes128Md5,
            protocol_param: protocol_param.into(),
            obfs: Obfs::TlsTicketAuth,
            obfs_param: "host.example".into(),
        };
        Node::new("Osaka", "example.com", 8388, Kind::Ssr(ssr))
    }

    #[test]
    fn users_of_one_server_are_several_nodes() {
        assert_ne!(ssr("1:one").id(), ssr("2:two").id());
    }

    #[test]
    fn identity_is_stable_across_versions() {
        // Traffic totals and affinity depend on it: changing this value loses them for every user.
        assert_eq!(ss("Tokyo", "pw").id().as_str(), "80e7d5f04d77");
        assert_eq!(ssr("1:pw").id().as_str(), "9584d84c1595");
    }

    #[test]
    fn a_node_survives_its_json() {
        for node in [ss("Tokyo", "pw"), ssr(""), ssr("1:pw")] {
            let json = serde_json::to_string(&node).unwrap();
            assert_eq!(serde_json::from_str::<Node>(&json).unwrap(), node);
        }
    }

    #[test]
    fn a_node_does_not_print_its_password() {
        assert!(!format!("{:?}", ss("Tokyo", "hunter2")).contains("hunter2"));
        assert!(!format!("{:?}", ssr("1:hunter2")).contains("hunter2"));
    }
}
