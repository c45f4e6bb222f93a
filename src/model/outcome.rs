//! How a connection, a check or a start went.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::NodeId;

/// Where on the way to a page something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The member's program could not be started or was not ready.
    Start,
    /// The node is configured with something that cannot be used, such as an unknown cipher.
    Configuration,
    /// The server's name has no address.
    Dns,
    /// No TCP connection to the server.
    Tcp,
    /// The SIP003 plugin did not start or ended.
    Plugin,
    /// The server closed or said nothing: wrong password, cipher or protocol.
    Handshake,
    /// The server works, the page behind it does not.
    Destination,
    /// It was going well, but not in time.
    TimeLimit,
}

impl Stage {
    /// The words for it in `test` and `events`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Configuration => "configuration",
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Plugin => "plugin",
            Self::Handshake => "handshake or credentials",
            Self::Destination => "destination",
            Self::TimeLimit => "time limit",
        }
    }
}

/// A failed stage, with what is known of it. The detail names no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where it failed.
    pub stage: Stage,
    /// What is known, in the words of the system or the server.
    pub detail: String,
}

impl Failure {
    /// A failure at a stage.
    pub fn new(stage: Stage, detail: impl Into<String>) -> Self {
        Self { stage, detail: detail.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage.words(), self.detail)
    }
}

impl std::error::Error for Failure {}

/// What the gateway saw of a member on real traffic; it tells the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which member.
    pub id: NodeId,
    /// What was seen.
    pub signal: Signal,
}

/// A passive sign of health or illness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A byte came back through the member, the first on its connection.
    FirstByte,
    /// The member closed without a byte although the client had sent something.
    ClosedEmpty,
    /// The member closed without a byte, and another one answered the same words.
    ClosedAlone,
    /// The member answered a TLS handshake with something else, as a login page does, and another one
    /// answered the same words in TLS.
    WrongAnswer,
    /// No byte came back in the time that members take, neither on this connection nor on another:
    /// worth a check, and no more.
    Unanswered,
    /// No byte came back in the time that members take, and another one answered the same words.
    Silent,
    /// The member refused or did not accept in time.
    ConnectFailed,
    /// The member accepted, but its SOCKS5 answer was an error or none.
    HandshakeFailed,
}
