//! What is in a text, before anything is imported; and what is given away of many nodes at once.

use serde::{Deserialize, Serialize};

use crate::model::node::link::LinkError;
use crate::model::node::list::Where;
use crate::model::{NodeId, Secret, Weakness};

/// One item of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// Where in the text it stands.
    #[serde(flatten)]
    pub place: Where,
    /// What it is.
    #[serde(flatten)]
    pub found: Found,
}

/// What an item of a text is. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Found {
    /// A node that is not in the list yet.
    New {
        /// Its identity.
        id: NodeId,
        /// Its name; may be empty.
        name: String,
        /// Its group; may be empty.
        group: String,
        /// Protocol: `ss`, `ssr` or `socks5`.
        kind: String,
        /// Server host.
        host: String,
        /// Server port.
        port: u16,
        /// Why it counts as legacy, if it does.
        legacy: Option<Weakness>,
    },
    /// A node that is in the list already, or further up in the text.
    Known {
        /// Its identity.
        id: NodeId,
        /// Its name in the text; may be empty.
        name: String,
    },
    /// No node.
    Refused {
        /// Why, in English; names no secret.
        reason: String,
        /// The same, for every language to say.
        error: LinkError,
    },
}

/// The form in which many nodes are given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareForm {
    /// Links, one a line.
    Links,
    /// SIP008 JSON, which knows Shadowsocks alone.
    Sip008,
}

/// Many nodes as one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The text, with their passwords.
    pub text: Secret,
    /// How many nodes are in it.
    pub count: usize,
    /// Those that the form has no place for.
    pub left_out: Vec<NodeId>,
}
