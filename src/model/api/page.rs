//! The pages of the window.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A page of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Page {
    /// The nodes.
    #[default]
    Nodes,
    /// Load balancing and its members.
    Balance,
    /// Connections of clients.
    Connections,
    /// Routing rules.
    Rules,
    /// Subscriptions.
    Subscriptions,
    /// Events and the log.
    Activity,
    /// All other settings.
    Settings,
}

impl Page {
    /// All pages, in the order of the sidebar.
    pub const ALL: [Self; 7] = [
        Self::Nodes,
        Self::Balance,
        Self::Connections,
        Self::Rules,
        Self::Subscriptions,
        Self::Activity,
        Self::Settings,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Balance => "balance",
            Self::Connections => "connections",
            Self::Rules => "rules",
            Self::Subscriptions => "subscriptions",
            Self::Activity => "activity",
            Self::Settings => "settings",
        }
    }
}

impl FromStr for Page {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|page| page.as_str() == text).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|page| page.as_str()).collect();
            format!("one of {}", words.join(", "))
        })
    }
}
