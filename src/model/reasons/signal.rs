//! What real traffic shows of a member.

use serde::{Deserialize, Serialize};

/// A passive sign of health or illness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

impl Signal {
    /// What it says of the member, in English; empty where it says nothing bad.
    pub fn words(self) -> &'static str {
        match self {
            Self::FirstByte | Self::Unanswered => "",
            Self::ClosedEmpty => "it closed connections without an answer",
            Self::ClosedAlone => "it closed a connection where another node answered",
            Self::WrongAnswer => "it answers TLS with something else, as a login page does",
            Self::Silent => "no answer came in the time its answers take",
            Self::ConnectFailed => "its server does not take connections",
            Self::HandshakeFailed => "its handshake failed",
        }
    }
}
