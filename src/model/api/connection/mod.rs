//! The connections of clients, as user interfaces see them.
//!
//! A follower gets all connections first, and then [`ConnectionChanges`]. [`ConnectionList`] applies them;
//! [`ConnectionFilter`] selects connections.

mod choice;
mod filter;
mod list;

use serde::{Deserialize, Serialize};

pub use self::choice::NodeChoice;
pub use self::filter::ConnectionFilter;
pub use self::list::{ConnectionChanges, ConnectionFigures, ConnectionList};
use crate::model::node::NodeId;
use crate::model::settings::Strategy;
use crate::model::traffic::route::{Route, RulePlace};
use crate::model::traffic::target::Target;

/// A connection of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Its id, unique within a run of the engine.
    pub id: u64,
    /// The program that opened it; `None` if unknown, as for a client on another device.
    pub program: Option<String>,
    /// The program's process id.
    pub pid: Option<u32>,
    /// The client's address and port.
    pub client: String,
    /// Its destination: a name as the client gave it, or an address.
    pub host: String,
    /// The destination's port.
    pub port: u16,
    /// The protocol of the client's request.
    pub protocol: ClientProtocol,
    /// The door through which it came; `None` for the main port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// Its route: through the pool, direct or blocked.
    pub way: Route,
    /// The rule that chose the route; `None` if none matched.
    pub rule: Option<RulePlace>,
    /// The node that carries it, if any.
    pub node: Option<NodeId>,
    /// The name of the node.
    pub node_name: Option<String>,
    /// Why this node was chosen.
    pub why: Option<NodeChoice>,
    /// Unix time in ms of the request.
    pub since: i64,
    /// Bytes from the client.
    pub up: u64,
    /// Bytes to the client.
    pub down: u64,
    /// Bytes per second from the client.
    pub up_rate: u64,
    /// Bytes per second to the client.
    pub down_rate: u64,
    /// How it ended; `None` while it is open.
    pub ended: Option<ConnectionEnd>,
}

/// The protocol of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientProtocol {
    /// SOCKS5 (RFC 1928).
    Socks5,
    /// SOCKS4 or SOCKS4a.
    Socks4,
    /// HTTP `CONNECT`.
    Connect,
    /// A plain HTTP request.
    Http,
    /// Datagrams through SOCKS5.
    Udp,
}

impl ClientProtocol {
    /// The name in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Socks5 => "socks5",
            Self::Socks4 => "socks4",
            Self::Connect => "connect",
            Self::Http => "http",
            Self::Udp => "udp",
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionEnd {
    /// Both sides have closed it.
    Closed,
    /// One side has reset it.
    Reset,
    /// The other side closed it without sending anything.
    NoResponse,
    /// A rule blocks it.
    Blocked,
    /// It could not be opened.
    Failed,
    /// There was no node to try.
    NoNode,
    /// None of its door's nodes worked.
    NoDoorNode,
    /// The user closed it.
    Cancelled,
    /// The gateway closed it: it was idle for too long, or its node was removed.
    Dropped,
}

impl ConnectionEnd {
    /// The name in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::NoResponse => "no-response",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::NoNode => "no-node",
            Self::NoDoorNode => "no-door-node",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
        }
    }
}

impl ConnectionView {
    /// Host and port.
    pub fn target(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The program, or the client's address if unknown.
    pub fn program_or_address(&self) -> &str {
        self.program.as_deref().unwrap_or_else(|| {
            let address = self.client.rsplit_once(':').map_or(&*self.client, |(address, _)| address);
            address.trim_start_matches('[').trim_end_matches(']')
        })
    }

    /// The site: the registrable domain, or the address.
    pub fn site(&self) -> String {
        Target::from_host(&self.host, self.port).map_or_else(|| self.host.clone(), |target| target.site())
    }

    /// The node's name, or its id if it has none; empty if no node carries the connection.
    pub fn node_label(&self) -> &str {
        match (&self.node_name, &self.node) {
            (Some(name), _) if !name.is_empty() => name,
            (_, Some(id)) => id.as_str(),
            (_, None) => "",
        }
    }

    /// A connection for tests and screenshots.
    #[doc(hidden)]
    pub fn example(id: u64, program: &str, host: &str) -> Self {
        Self {
            id,
            program: Some(program.into()).filter(|program: &String| !program.is_empty()),
            pid: Some(4_000 + id as u32),
            client: format!("127.0.0.1:{}", 40_000 + id % 20_000),
            host: host.into(),
            port: 443,
            protocol: ClientProtocol::Connect,
            door: None,
            way: Route::Pool,
            rule: None,
            node: Some(NodeId::from_text("80e7d5f04d77")),
            node_name: Some("Tokyo".into()),
            why: Some(NodeChoice::Strategy(Strategy::Sticky)),
            since: 1_700_000_000_000 + id as i64,
            up: 0,
            down: 0,
            up_rate: 0,
            down_rate: 0,
            ended: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::route::RuleSource;

    #[test]
    fn the_fields_are_the_contract() {
        let row = ConnectionView {
            rule: Some(RulePlace { source: RuleSource::User, line: 3 }),
            why: Some(NodeChoice::Replayed { from: NodeId::from_text("0123456789ab") }),
            ended: Some(ConnectionEnd::NoResponse),
            ..ConnectionView::example(7, "curl", "a.example")
        };
        let value = serde_json::to_value(&row).unwrap();
        let expected = json!({
            "id": 7, "program": "curl", "pid": 4007, "client": "127.0.0.1:40007", "host": "a.example", "port": 443,
            "protocol": "connect", "way": "pool", "rule": { "source": "user", "line": 3 }, "node": "80e7d5f04d77",
            "node_name": "Tokyo", "why": "replayed from 0123456789ab", "since": 1_700_000_000_007_i64, "up": 0,
            "down": 0, "up_rate": 0, "down_rate": 0, "ended": "no-response",
        });
        assert_eq!(value, expected);
        assert_eq!(serde_json::from_value::<ConnectionView>(value).unwrap(), row);
    }

    #[test]
    fn names_match_their_json() {
        for end in [ConnectionEnd::Closed, ConnectionEnd::NoResponse, ConnectionEnd::NoNode, ConnectionEnd::Dropped] {
            assert_eq!(serde_json::to_value(end).unwrap(), end.as_str());
        }
        for protocol in [ClientProtocol::Socks5, ClientProtocol::Connect, ClientProtocol::Udp] {
            assert_eq!(serde_json::to_value(protocol).unwrap(), protocol.as_str());
        }
    }
}
