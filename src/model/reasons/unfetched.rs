//! Why a file of the web could not be had: which way, and at which stage. Names no address.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::obstacle::Obstacle;
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;

/// Why neither way gave a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfetched {
    /// What is wrong with the way through the gateway, where that was tried.
    pub gateway: Option<NoFile>,
    /// What is wrong with the direct way.
    pub direct: NoFile,
}

/// Why one way gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoFile {
    /// No connection came about: the name, the port, or the certificate.
    #[error("connecting failed: {0}")]
    Connect(Obstacle),
    /// It took longer than so many seconds.
    #[error("no whole answer came within {0} s")]
    TimeLimit(u64),
    /// A status that is no success.
    #[error("the server says {0}")]
    Status(String),
    /// More than so many MiB.
    #[error("the answer is larger than {0} MiB")]
    TooLarge(usize),
    /// The connection ended before there was an answer.
    #[error("the server gives no answer: {0}")]
    NoAnswer(Obstacle),
    /// The connection ended in the middle of it.
    #[error("the answer broke off: {0}")]
    BrokeOff(Obstacle),
    /// It is packed, and not as it says.
    #[error("the answer cannot be unpacked")]
    Unpack,
    /// One address leads to another and that one back.
    #[error("the address leads in a circle")]
    Circle,
    /// Each address leads to another.
    #[error("the address leads on and on")]
    OnAndOn,
    /// A private line leads to one that everybody can read.
    #[error("the address leads from https to http")]
    Unveiled,
    /// It is no list of nodes.
    #[error(transparent)]
    NoList(#[from] NoList),
    /// It is no list of rules.
    #[error(transparent)]
    NoRules(#[from] NoRules),
    /// The address is none that can be asked for.
    #[error("the address cannot be asked for")]
    Address,
}

/// Why an answer is no list of nodes. Repeats nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoList {
    /// There is nothing in it.
    #[error("the answer is empty")]
    Empty,
    /// It is a picture, a program, or anything else that is no text.
    #[error("the answer is no text")]
    NotText,
    /// As a whole it is no list.
    #[error(transparent)]
    Whole(#[from] ListError),
    /// SIP008 as nobody knows it yet.
    #[error("this is SIP008 of version {0}, and version 1 is known here")]
    Version(serde_json::Number),
    /// Nothing in it is a node.
    #[error("there is no server in it that can be used; the first of {refused} that cannot: {first}")]
    NothingUsable {
        /// How many lines or servers were refused.
        refused: usize,
        /// Why the first was.
        first: LinkError,
    },
}

/// Why an answer is no list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoRules {
    /// There is nothing in it.
    #[error("the answer is empty")]
    Empty,
    /// It is a web page: a login, an error, a notice.
    #[error("the answer is a web page, not a list")]
    WebPage,
    /// It is neither a list nor base64.
    #[error("the answer is neither a list nor base64")]
    NotBase64,
    /// What base64 holds is no list.
    #[error("the answer holds no list: its first line is not [AutoProxy …] or [Adblock …]")]
    NoHead,
    /// Its checksum is another one than it says.
    #[error("the list is damaged or cut off: its checksum is wrong")]
    Damaged,
    /// There is no rule in it.
    #[error("the list has no rules")]
    NoRules,
}

impl fmt::Display for Unfetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.gateway {
            None => self.direct.fmt(f),
            Some(gateway) => write!(f, "through the gateway: {gateway}; directly: {}", self.direct),
        }
    }
}

impl std::error::Error for Unfetched {}
