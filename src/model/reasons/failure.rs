//! Why a connection, a check or a start failed: at which stage, and what is known of it.

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::http_status::HttpStatus;
use super::obstacle::Obstacle;
use super::signal::Signal;
#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, messages, tr};
use crate::model::node::PluginRequest;
use crate::model::node::cipher::KeyError;

messages! {
    /// Where on the way to a page something failed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Stage {
        /// The member's program could not be started or was not ready.
        Start = "stage-start",
        /// The node is configured with something that cannot be used, such as an unknown cipher.
        Configuration = "stage-configuration",
        /// The server's name has no address.
        Dns = "stage-dns",
        /// No TCP connection to the server.
        Tcp = "stage-tcp",
        /// The SIP003 plugin did not start or ended.
        Plugin = "stage-plugin",
        /// The server closed or said nothing: wrong password, cipher or protocol.
        Handshake = "stage-handshake",
        /// The server works, the page behind it does not.
        Destination = "stage-destination",
        /// It was going well, but not in time.
        TimeLimit = "stage-time-limit",
    }
}

/// A failed stage, and what went wrong there. Names no secret.
///
/// On the wire it has the English sentence beside it, as `detail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FailureWire", into = "FailureWire")]
pub struct Failure {
    /// Where it failed.
    pub stage: Stage,
    /// What went wrong.
    pub trouble: Trouble,
}

messages! {
    /// What went wrong at a stage.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Trouble {
        /// Nothing came.
        NoAnswerWithin(seconds: u64) = "trouble-no-answer",
        /// The server took the connection, and then nothing came.
        Silent(seconds: u64) = "trouble-silent",
        /// Something stood in the way.
        Met(obstacle: Obstacle) = transparent,
        /// A server between here and there could not get on.
        Unreached = "trouble-unreached",
        /// A server between here and there has a rule against it.
        NotAllowed = "trouble-not-allowed",
        /// What answers is no SOCKS5 server, or one that cannot do what is asked.
        NotSocks5 = "trouble-not-socks5",
        /// The page is there and answers with a status that is not accepted.
        Status(status: HttpStatus) = "trouble-status",
        /// The page began and did not end in time.
        Unfinished = "trouble-unfinished",
        /// It broke off.
        BrokeOff(cause: Obstacle) = "trouble-broke-off",
        /// A user name and a password are wanted, or were wrong.
        Login = "trouble-login",
        /// The member's program takes too long to start.
        NotReady(seconds: u64) = "trouble-not-ready",
        /// The member's program, or what it is told, met this.
        Program(cause: Obstacle) = "trouble-program",
        /// A program is not there.
        NoProgram(program: String) = "trouble-no-program",
        /// A program is there and does not start.
        NotStarted {
            /// Its name.
            program: String,
            /// Why.
            why: Obstacle,
        } = "trouble-not-started",
        /// A program ended before it should.
        Ended {
            /// Its name.
            program: String,
            /// How.
            exit: Exit,
            /// What it said last, in its own words; may be empty.
            said: String,
        } = "trouble-ended-saying" | "trouble-ended",
        /// Its configuration file could not be written.
        ConfigFile(cause: Obstacle) = "trouble-config-file",
        /// No local port could be opened.
        NoPort(cause: Obstacle) = "trouble-no-port",
        /// All local ports from this one upward are taken or excluded.
        NoFreePort(base: u16) = "trouble-no-free-port",
        /// Another program took the local port first.
        PortTaken = "trouble-port-taken",
        /// The member's program is of another version.
        NotUnderstood(column: usize) = "trouble-not-understood",
        /// The node leads back to a port of this program.
        OwnPort = "trouble-own-port",
        /// The cipher is not known.
        Method(method: String) = "trouble-method",
        /// The password is none for the cipher.
        Key(error: KeyError) = transparent,
        /// The node's plugin may not run yet.
        PluginNotAllowed(request: PluginRequest) = transparent,
        /// What real traffic showed, and that a check is not answered.
        Unanswered(seen: Signal) = "trouble-unanswered",
        /// What real traffic showed again and again, though checks pass.
        Again(seen: Signal) = "trouble-again",
        /// None of these: in its own words.
        Other(text: String) = verbatim,
    }
}

impl From<&str> for Trouble {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl From<String> for Trouble {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl Failure {
    /// A failure at a stage.
    pub fn new(stage: Stage, trouble: impl Into<Trouble>) -> Self {
        Self { stage, trouble: trouble.into() }
    }
}

impl Localize for Failure {
    fn localize(&self, locale: Locale) -> String {
        let (stage, trouble) = (self.stage.localize(locale), self.trouble.localize(locale));
        if trouble.is_empty() { stage } else { tr!(locale, "failure-at", stage = stage, trouble = trouble) }
    }
}

display!(Failure);

/// A failure on the wire.
#[derive(Serialize, Deserialize)]
struct FailureWire {
    stage: Stage,
    #[serde(default)]
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble: Option<Trouble>,
}

impl From<Failure> for FailureWire {
    fn from(Failure { stage, trouble }: Failure) -> Self {
        let detail = trouble.to_string();
        let is_known = !matches!(trouble, Trouble::Other(_));
        Self { stage, detail, trouble: is_known.then_some(trouble) }
    }
}

impl From<FailureWire> for Failure {
    fn from(FailureWire { stage, detail, trouble }: FailureWire) -> Self {
        Self { stage, trouble: trouble.unwrap_or(Trouble::Other(detail)) }
    }
}

#[cfg(test)]
impl Samples for Failure {
    fn samples() -> Vec<Self> {
        Trouble::samples().into_iter().map(|trouble| Self::new(Stage::Tcp, trouble)).collect()
    }
}
