//! Why a connection, a check or a start failed: the stage, and the cause.

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::http_status::HttpStatus;
use super::signal::Signal;
use super::system_error::SystemError;
#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, messages, tr};
use crate::model::node::PluginRequest;
use crate::model::node::cipher::KeyError;

messages! {
    /// The stage of a request at which something failed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Stage {
        /// The member's program could not be started or was not ready.
        Start = "stage-start",
        /// The node's configuration cannot be used, such as an unknown cipher.
        Configuration = "stage-configuration",
        /// The server's name cannot be resolved.
        Dns = "stage-dns",
        /// The TCP connection to the server failed.
        Tcp = "stage-tcp",
        /// The SIP003 plugin did not start, or has exited.
        Plugin = "stage-plugin",
        /// The server closed the connection or did not respond: wrong password, cipher or protocol.
        Handshake = "stage-handshake",
        /// The server works, but the page behind it does not.
        Destination = "stage-destination",
        /// The request took too long.
        TimeLimit = "stage-time-limit",
    }
}

/// A failed stage, and the cause. Contains no secrets.
///
/// On the wire, `detail` is the cause in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FailureWire", into = "FailureWire")]
pub struct Failure {
    /// The stage.
    pub stage: Stage,
    /// The cause.
    pub cause: FailureCause,
}

messages! {
    /// Why a stage failed.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FailureCause {
        /// There was no response within this many seconds.
        NoAnswerWithin(seconds: u64) = "failure-no-response",
        /// The server accepted the connection, but sent nothing.
        Silent(seconds: u64) = "failure-silent",
        /// An error of the operating system, TLS or HTTP.
        #[serde(rename = "met")]
        System(error: SystemError) = transparent,
        /// A proxy on the path could not connect further.
        Unreached = "failure-unreached",
        /// A proxy on the path forbids the connection.
        NotAllowed = "failure-not-allowed",
        /// The web server in front of a server has no trusted certificate, or does not support TLS.
        Tls = "failure-tls",
        /// The web server in front of a server does not open the WebSocket.
        NoWebSocket = "failure-no-websocket",
        /// The web server in front of a server responds with this status instead of opening the WebSocket.
        WebSocketStatus(status: HttpStatus) = "failure-websocket-status",
        /// The peer is not a SOCKS5 server, or does not support the request.
        NotSocks5 = "failure-not-socks5",
        /// The page responded with an unexpected status.
        Status(status: HttpStatus) = "failure-status",
        /// The response did not end in time.
        Unfinished = "failure-unfinished",
        /// The response was interrupted.
#[serde(rename = "broke-off")]
        Interrupted(cause: SystemError) = "failure-interrupted",
        /// The login is missing or wrong.
        Login = "failure-login",
        /// The member's program takes too long to start.
        NotReady(seconds: u64) = "failure-not-ready",
        /// An error in the member's program or its configuration.
        Program(cause: SystemError) = "failure-program",
        /// A program does not exist.
        NoProgram(program: String) = "failure-no-program",
        /// A program cannot be started.
        NotStarted {
            /// Its name.
            program: String,
            /// Why.
            why: SystemError,
        } = "failure-not-started",
        /// A program has exited unexpectedly.
        Ended {
            /// Its name.
            program: String,
            /// How it exited.
            exit: Exit,
            /// Its last line of output; may be empty.
            said: String,
        } = "failure-ended-with-output" | "failure-ended",
        /// Its configuration file could not be written.
        ConfigFile(cause: SystemError) = "failure-config-file",
        /// No local port could be opened.
        NoPort(cause: SystemError) = "failure-no-port",
        /// All local ports from this one upward are taken or excluded.
        NoFreePort(base: u16) = "failure-no-free-port",
        /// Another program has taken the local port first.
        PortTaken = "failure-port-taken",
        /// The member's program has another version.
        NotUnderstood(column: usize) = "failure-not-understood",
        /// The node points to a port of this program.
        OwnPort = "failure-own-port",
        /// The cipher is unknown.
        Method(method: String) = "failure-method",
        /// The password is not valid for the cipher.
        Key(error: KeyError) = transparent,
        /// The user has not allowed the node's plugin.
        PluginNotAllowed(request: PluginRequest) = transparent,
        /// A signal from real traffic, and a check without a response.
        Unanswered(seen: Signal) = "failure-unanswered",
        /// A transfer stops, although the connection is open and the same transfer through another node goes on.
        TransferStalled = "failure-transfer-stalled",
        /// Repeated signals from real traffic, although checks pass.
        Again(seen: Signal) = "failure-again",
        /// Anything else, as text.
        Other(text: String) = verbatim,
    }
}

impl From<&str> for FailureCause {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl From<String> for FailureCause {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl Failure {
    /// A failure at a stage.
    pub fn new(stage: Stage, cause: impl Into<FailureCause>) -> Self {
        Self { stage, cause: cause.into() }
    }
}

impl Localize for Failure {
    fn localize(&self, locale: Locale) -> String {
        let (stage, cause) = (self.stage.localize(locale), self.cause.localize(locale));
        if cause.is_empty() { stage } else { tr!(locale, "failure-at", stage = stage, cause = cause) }
    }
}

display!(Failure);

/// The wire format of a failure.
#[derive(Serialize, Deserialize)]
struct FailureWire {
    stage: Stage,
    #[serde(default)]
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "trouble")]
    cause: Option<FailureCause>,
}

impl From<Failure> for FailureWire {
    fn from(Failure { stage, cause }: Failure) -> Self {
        let detail = cause.to_string();
        let is_known = !matches!(cause, FailureCause::Other(_));
        Self { stage, detail, cause: is_known.then_some(cause) }
    }
}

impl From<FailureWire> for Failure {
    fn from(FailureWire { stage, detail, cause }: FailureWire) -> Self {
        Self { stage, cause: cause.unwrap_or(FailureCause::Other(detail)) }
    }
}

#[cfg(test)]
impl Samples for Failure {
    fn samples() -> Vec<Self> {
        FailureCause::samples().into_iter().map(|cause| Self::new(Stage::Tcp, cause)).collect()
    }
}
