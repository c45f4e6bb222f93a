//! Signals about a member from real traffic.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// A signal about a member's health from real traffic.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Signal {
        /// The first byte of a connection was received through the member.
        FirstByte = silent,
        /// The member closed the connection without sending anything, although the client had sent data.
        ClosedEmpty = "signal-closed-empty",
        /// The member closed the connection without sending anything, and another one responded to the same data.
        ClosedAlone = "signal-closed-alone",
        /// The member responded to a TLS handshake with something else, like a login page does, and another one
        /// responded to the same data with TLS.
        WrongAnswer = "signal-wrong-answer",
        /// No byte was received in the usual time, neither on this connection nor on another one: only a reason to
        /// check.
        Unanswered = silent,
        /// No byte was received in the usual time, and another member responded to the same data.
        Silent = "signal-silent",
        /// A transfer through the member has stopped with data outstanding, while transfers through others go on: only a
        /// reason to check, since its site may be at fault.
        Stopped = "signal-stopped",
        /// The same with transfers of several sites.
        Stalled = "signal-stalled",
        /// The member refused the connection, or did not accept it in time.
        ConnectFailed = "signal-connect-failed",
        /// The member accepted the connection, but its SOCKS5 handshake failed.
        HandshakeFailed = "signal-handshake-failed",
    }
}
