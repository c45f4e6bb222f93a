//! What real traffic shows of a member.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// A passive sign of health or illness.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Signal {
        /// A byte came back through the member, the first on its connection.
        FirstByte = silent,
        /// The member closed without a byte although the client had sent something.
        ClosedEmpty = "seen-closed-empty",
        /// The member closed without a byte, and another one answered the same words.
        ClosedAlone = "seen-closed-alone",
        /// The member answered a TLS handshake with something else, as a login page does, and another one
        /// answered the same words in TLS.
        WrongAnswer = "seen-wrong-answer",
        /// No byte came back in the time that members take, neither on this connection nor on another:
        /// worth a check, and no more.
        Unanswered = silent,
        /// No byte came back in the time that members take, and another one answered the same words.
        Silent = "seen-silent",
        /// The member refused or did not accept in time.
        ConnectFailed = "seen-connect-failed",
        /// The member accepted, but its SOCKS5 answer was an error or none.
        HandshakeFailed = "seen-handshake-failed",
    }
}
