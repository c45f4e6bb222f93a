//! The protocol between a member process and its parent: JSON lines on the child's stdin, one JSON line on its
//! stdout. Nothing is passed in argv or the environment.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::{Failure, Login, Node};

/// The configuration of a member process, read from stdin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberSpec {
    /// The node to serve.
    pub node: Node,
    /// The login that its SOCKS5 port must require; new for each start.
    pub login: Login,
    /// The addresses on which the parent listens: connecting to them would cause a loop.
    #[serde(default)]
    pub gateway: Vec<SocketAddr>,
    /// The number of the socket that it has inherited for connections that are handed over, if it has.
    #[serde(default)]
    pub handover: Option<i32>,
}

/// An update for a running member process, sent on its stdin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUpdate {
    /// The addresses on which the parent listens now.
    pub gateway: Vec<SocketAddr>,
}

/// The one line that a member process prints on stdout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberReport {
    /// Its SOCKS5 port is open.
    Ready {
        /// Its address.
        addr: SocketAddr,
    },
    /// It could not start, and exits.
    Failed(Failure),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stage;

    #[test]
    fn the_line_is_the_contract() {
        let ready = MemberReport::Ready { addr: "127.0.0.1:4000".parse().unwrap() };
        assert_eq!(serde_json::to_string(&ready).unwrap(), r#"{"ready":{"addr":"127.0.0.1:4000"}}"#);
        let failed = MemberReport::Failed(Failure::new(Stage::Plugin, "no such program"));
        let line = r#"{"failed":{"stage":"plugin","detail":"no such program"}}"#;
        assert_eq!(serde_json::to_string(&failed).unwrap(), line);
    }
}
