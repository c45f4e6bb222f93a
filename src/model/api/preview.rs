//! What is in a text, before anything is imported; and what is given away of many nodes at once.

use serde::{Deserialize, Serialize};

use super::english::reason_and_error;
use crate::locale::{Locale, Localize, tr};
use crate::model::node::link::LinkError;
use crate::model::node::list::Where;
use crate::model::settings::foreign::ForeignSettings;
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

/// What is in a text: nodes, and the settings of another client where it is the file of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextPreview {
    /// Its items, in their order.
    pub rows: Vec<PreviewRow>,
    /// What its settings would change here.
    pub settings: ForeignSettings,
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
        /// SIP003 plugin; empty for none.
        plugin: String,
        /// The plugin's options, without secrets.
        plugin_options: String,
        /// Whether the plugin may run; true for none.
        plugin_allowed: bool,
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
        /// Why; names no secret.
        #[serde(flatten, with = "reason_and_error")]
        error: LinkError,
    },
}

/// What of a text is no node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Where in the text it stands.
    #[serde(flatten)]
    pub place: Where,
    /// Why; names no secret.
    #[serde(flatten, with = "reason_and_error")]
    pub error: LinkError,
}

impl Localize for Refused {
    fn localize(&self, locale: Locale) -> String {
        let why = self.error.localize(locale);
        match self.place {
            Where::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
            Where::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
        }
    }
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
