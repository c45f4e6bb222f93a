//! What a parent and its member process say to each other: one JSON value on the child's stdin,
//! one JSON line on its stdout. Nothing of it ever appears in argv or the environment.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::{Failure, Login, Node};

/// What a member process is told on stdin before it does anything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberSpec {
    /// The node it is to serve.
    pub node: Node,
    /// What its SOCKS5 port is to ask for: made afresh for each start.
    pub login: Login,
    /// Where the program that started it listens: a node that leads there would lead in a circle.
    #[serde(default)]
    pub gateway: Vec<SocketAddr>,
}

/// The one line a member process prints on stdout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberReport {
    /// Its SOCKS5 port is open.
    Ready {
        /// Where.
        addr: SocketAddr,
    },
    /// It could not start; the process ends.
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
