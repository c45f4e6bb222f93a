//! Previews of imports, and nodes that are shared as text.

use serde::{Deserialize, Serialize};

use super::english::reason_and_error;
use crate::locale::{Locale, Localize, tr};
use crate::model::node::link::LinkError;
use crate::model::node::list::ListPosition;
use crate::model::settings::foreign::ForeignSettings;
use crate::model::{NodeId, Secret, Weakness};

/// An item of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// Its position in the text.
    #[serde(flatten)]
    pub place: ListPosition,
    /// What was found there.
    #[serde(flatten)]
    pub found: PreviewItem,
}

/// The preview of a text: its nodes, and the settings if it is another client's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextPreview {
    /// Its items, in their order.
    pub rows: Vec<PreviewRow>,
    /// What its settings would change.
    pub settings: ForeignSettings,
}

/// What was found in an item of a text. Contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum PreviewItem {
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
    /// A node that is in the list already, or earlier in the text.
    Known {
        /// Its identity.
        id: NodeId,
        /// Its name in the text; may be empty.
        name: String,
    },
    /// Not a valid node.
    Refused {
        /// Why; contains no secrets.
        #[serde(flatten, with = "reason_and_error")]
        error: LinkError,
    },
}

/// A rejected item of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its position in the text.
    #[serde(flatten)]
    pub place: ListPosition,
    /// Why; contains no secrets.
    #[serde(flatten, with = "reason_and_error")]
    pub error: LinkError,
}

impl Localize for Refused {
    fn localize(&self, locale: Locale) -> String {
        let why = self.error.localize(locale);
        match self.place {
            ListPosition::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
            ListPosition::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
        }
    }
}

/// A format for sharing nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareForm {
    /// Links, one per line.
    Links,
    /// SIP008 JSON, which supports Shadowsocks only.
    Sip008,
}

/// Nodes shared as one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The text, with passwords.
    pub text: Secret,
    /// Number of nodes in it.
    pub count: usize,
    /// Nodes that the format does not support.
    pub left_out: Vec<NodeId>,
}
