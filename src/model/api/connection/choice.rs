//! Why a node was chosen for a connection.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::node::NodeId;
use crate::model::settings::Strategy;

/// Why a node was chosen for a connection. As text a word, or a word and the node that failed before: `sticky`,
/// `replayed from 80e7d5f04d77`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum NodeChoice {
    /// It is the only one in use.
    Only,
    /// A pin names it.
    Pinned,
    /// The door through which the connection came selects it.
    Door,
    /// The strategy ranked it first.
    Strategy(Strategy),
    /// The strategy is sticky, and the node that the site is assigned to has too many connections.
    Crowded,
    /// Another node could not be connected to.
    Retried {
        /// The node that was tried before.
        from: NodeId,
    },
    /// Another node did not answer what the client sent.
    Replayed {
        /// The node that was tried before.
        from: NodeId,
    },
}

const RETRIED: &str = "retried from ";
const REPLAYED: &str = "replayed from ";

impl fmt::Display for NodeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => f.write_str("only"),
            Self::Pinned => f.write_str("pinned"),
            Self::Door => f.write_str("door"),
            Self::Strategy(strategy) => f.write_str(strategy.as_str()),
            Self::Crowded => f.write_str("crowded"),
            Self::Retried { from } => write!(f, "{RETRIED}{from}"),
            Self::Replayed { from } => write!(f, "{REPLAYED}{from}"),
        }
    }
}

impl From<NodeChoice> for String {
    fn from(choice: NodeChoice) -> Self {
        choice.to_string()
    }
}

impl FromStr for NodeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(from) = text.strip_prefix(RETRIED) {
            return Ok(Self::Retried { from: NodeId::from_text(from) });
        }
        if let Some(from) = text.strip_prefix(REPLAYED) {
            return Ok(Self::Replayed { from: NodeId::from_text(from) });
        }
        match text {
            "only" => Ok(Self::Only),
            "pinned" => Ok(Self::Pinned),
            "door" => Ok(Self::Door),
            "crowded" => Ok(Self::Crowded),
            word => Strategy::ALL
                .into_iter()
                .find(|strategy| strategy.as_str() == word)
                .map(Self::Strategy)
                .ok_or_else(|| format!("{word} is no reason for a node")),
        }
    }
}

impl TryFrom<String> for NodeChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_round_trips() {
        let from = || NodeId::from_text("0123456789ab");
        let others = [
            NodeChoice::Only,
            NodeChoice::Pinned,
            NodeChoice::Door,
            NodeChoice::Crowded,
            NodeChoice::Retried { from: from() },
        ];
        let all = Strategy::ALL.into_iter().map(NodeChoice::Strategy).chain(others);
        for choice in all.chain([NodeChoice::Replayed { from: from() }]) {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert!("luck".parse::<NodeChoice>().is_err());
    }
}
