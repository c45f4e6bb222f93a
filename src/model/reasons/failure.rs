//! Why a connection, a check or a start failed: at which stage, and what is known of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::obstacle::Obstacle;
use super::signal::Signal;
use crate::model::node::cipher::KeyError;

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
    /// What is known, in English: in the words of the system or the server.
    pub detail: String,
    /// The same, for every language to say, where it is known in so many words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// What went wrong at a stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// Nothing came.
    #[error("no answer within {0} s")]
    NoAnswerWithin(u64),
    /// The server took the connection, and then nothing came.
    #[error("the server said nothing for {0} s")]
    Silent(u64),
    /// Something stood in the way.
    #[error(transparent)]
    Met(Obstacle),
    /// A server between here and there could not get on.
    #[error("it could not be reached")]
    Unreached,
    /// A server between here and there has a rule against it.
    #[error("the server does not allow it")]
    NotAllowed,
    /// What answers is no SOCKS5 server, or one that cannot do what is asked.
    #[error("it does not answer as a SOCKS5 server does")]
    NotSocks5,
    /// The page is there and answers with a status that is not accepted.
    #[error("the page answered {0}")]
    Status(String),
    /// The page began and did not end in time.
    #[error("the page began and did not end in time")]
    Unfinished,
    /// It broke off.
    #[error("the page broke off: {0}")]
    BrokeOff(Obstacle),
    /// A user name and a password are wanted, or were wrong.
    #[error("the user name or the password is wrong")]
    Login,
    /// The member's program takes too long to start.
    #[error("not ready after {0} s")]
    NotReady(u64),
    /// The member's program, or what it is told, met this.
    #[error("its program failed: {0}")]
    Program(Obstacle),
    /// A program is not there.
    #[error("no such program: {0}")]
    NoProgram(String),
    /// A program is there and does not start.
    #[error("{program} does not start: {why}")]
    NotStarted {
        /// Its name.
        program: String,
        /// Why.
        why: Obstacle,
    },
    /// A program ended before it should.
    #[error("{program} ended with {exit}{}", behind_colon(.said))]
    Ended {
        /// Its name.
        program: String,
        /// How.
        exit: Exit,
        /// What it said last, in its own words; may be empty.
        said: String,
    },
    /// Its configuration file could not be written.
    #[error("its configuration file: {0}")]
    ConfigFile(Obstacle),
    /// No local port could be opened.
    #[error("no local port: {0}")]
    NoPort(Obstacle),
    /// All local ports from this one upward are taken or excluded.
    #[error("no free port from {0} upward")]
    NoFreePort(u16),
    /// Another program took the local port first.
    #[error("its port was taken by another program")]
    PortTaken,
    /// The member's program is of another version.
    #[error("its program does not understand the configuration (column {0})")]
    NotUnderstood(usize),
    /// The cipher is not known.
    #[error("unknown method `{}`", .0.escape_debug())]
    Method(String),
    /// The password is none for the cipher.
    #[error(transparent)]
    Key(KeyError),
    /// What real traffic showed, and that a check is not answered.
    #[error("{}, and a check gets no answer", .0.words())]
    Unanswered(Signal),
    /// What real traffic showed again and again, though checks pass.
    #[error("{}, again and again, though its checks pass", .0.words())]
    Again(Signal),
}

impl From<Obstacle> for Trouble {
    fn from(obstacle: Obstacle) -> Self {
        Self::Met(obstacle)
    }
}

fn behind_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl Failure {
    /// A failure at a stage.
    pub fn new(stage: Stage, detail: impl Into<String>) -> Self {
        Self { stage, detail: detail.into(), trouble: None }
    }

    /// A failure that is known in so many words.
    pub fn known(stage: Stage, trouble: impl Into<Trouble>) -> Self {
        let trouble = trouble.into();
        Self { stage, detail: trouble.to_string(), trouble: Some(trouble) }
    }

    /// The same with words of the system.
    pub fn told(stage: Stage, detail: impl Into<String>, trouble: Option<Trouble>) -> Self {
        Self { stage, detail: detail.into(), trouble }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage.words(), self.detail)
    }
}

impl std::error::Error for Failure {}
