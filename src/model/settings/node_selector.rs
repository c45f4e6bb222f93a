//! Selections of nodes: a node, a group or a country, and what happens if none of the selected nodes works.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ExpectedValue, InvalidValue};
use crate::model::node::{Country, NodeId};

/// Maximum length of a name in bytes.
pub(super) const MAX_NAME: usize = 255;

/// A selection of nodes. As text `node:ID`, `group:NAME` or `country:CODE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum NodeSelector {
    /// This node.
    Node(NodeId),
    /// The nodes of this group.
    Group(String),
    /// The nodes in this country.
    Country(Country),
}

/// The text does not select nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not node:ID, group:NAME or country:CODE")]
pub struct NotANodeSelector;

/// What happens to connections if none of the selected nodes works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeFallback {
    /// Any other node is used, as without the selection.
    #[default]
    Any,
    /// Another node in the country of the selected node is used, no other.
    Country,
    /// Another node of the group of the selected node is used, no other.
    Group,
    /// They fail.
    Fail,
}

impl NodeSelector {
    /// The node, if it selects a single one.
    pub fn node(&self) -> Option<&NodeId> {
        match self {
            Self::Node(id) => Some(id),
            Self::Group(_) | Self::Country(_) => None,
        }
    }
}

impl NodeFallback {
    /// All, in the order of menus.
    pub const ALL: [Self; 4] = [Self::Any, Self::Country, Self::Group, Self::Fail];

    /// Checks that it makes sense for these nodes: only a single node has a country and a group of its own.
    ///
    /// # Errors
    /// It does not; `key` is the setting.
    pub(super) fn check(self, nodes: &NodeSelector, key: &str) -> Result<(), InvalidValue> {
        match (nodes, self) {
            (NodeSelector::Node(_), _) | (_, Self::Any | Self::Fail) => Ok(()),
            (NodeSelector::Group(_) | NodeSelector::Country(_), Self::Country | Self::Group) => {
                Err(InvalidValue::new(key, ExpectedValue::OneOf(vec!["any".into(), "fail".into()])))
            }
        }
    }

    /// The word on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Country => "country",
            Self::Group => "group",
            Self::Fail => "fail",
        }
    }
}

impl FromStr for NodeFallback {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let words = || ExpectedValue::OneOf(Self::ALL.map(|word| word.as_str().to_owned()).to_vec());
        Self::ALL.into_iter().find(|word| word.as_str() == text).ok_or_else(|| InvalidValue::new("else", words()))
    }
}

impl fmt::Display for NodeSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(id) => write!(f, "{NODE}{id}"),
            Self::Group(name) => write!(f, "{GROUP}{name}"),
            Self::Country(country) => write!(f, "{COUNTRY}{country}"),
        }
    }
}

impl FromStr for NodeSelector {
    type Err = NotANodeSelector;

    fn from_str(text: &str) -> Result<Self, NotANodeSelector> {
        if let Some(id) = text.strip_prefix(NODE) {
            let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            return is_id.then(|| Self::Node(NodeId::from_text(id))).ok_or(NotANodeSelector);
        }
        if let Some(name) = text.strip_prefix(GROUP) {
            return is_name(name).then(|| Self::Group(name.to_owned())).ok_or(NotANodeSelector);
        }
        let code = text.strip_prefix(COUNTRY).ok_or(NotANodeSelector)?;
        code.parse().map(Self::Country).map_err(|_| NotANodeSelector)
    }
}

impl From<NodeSelector> for String {
    fn from(nodes: NodeSelector) -> Self {
        nodes.to_string()
    }
}

impl TryFrom<String> for NodeSelector {
    type Error = NotANodeSelector;

    fn try_from(text: String) -> Result<Self, NotANodeSelector> {
        text.parse()
    }
}

const NODE: &str = "node:";
const GROUP: &str = "group:";
const COUNTRY: &str = "country:";

/// Whether a text is usable as a name: not too long, without control characters, and trimmed.
pub(super) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && !name.contains(char::is_control) && name.trim() == name
}
