//! What is said of the ways that connections go: access lists, rules, the script for browsers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Which ways connections go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// An access list in the format of Shadowsocks; none for none.
    pub acl: Option<PathBuf>,
    /// Whether the gateway itself goes by the rules of the script, for programs that read none.
    pub at_gateway: bool,
}

/// The script for browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pac {
    /// Where the list of rules is, in GFWList's format.
    pub url: String,
    /// Hours after which it is fetched again; 0 for never by itself.
    pub update_h: u64,
    /// Whether browsers go past the gateway while it is down, which shows their address.
    pub direct_when_down: bool,
}

impl Default for Pac {
    fn default() -> Self {
        let url = "https://raw.githubusercontent.com/gfwlist/gfwlist/master/gfwlist.txt".into();
        Self { url, update_h: 24, direct_when_down: false }
    }
}

impl Pac {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let url = self.url.parse::<url::Url>();
        let fits = url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        fits.then_some(()).ok_or_else(|| Invalid::new("pac.url", "an http:// or https:// address"))
    }
}
