//! Settings for the check for a new release.

use serde::{Deserialize, Serialize};

/// Settings for the check for a new release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateSettings {
    /// Whether to look for a new release once a day. Nothing is installed.
    pub check: bool,
    /// The address of the newest release's description, in the format of GitHub.
    pub url: String,
}

impl Default for UpdateSettings {
    fn default() -> Self {
        let url = "https://api.github.com/repos/sluice-proxy/sluice/releases/latest".into();
        Self { check: false, url }
    }
}
