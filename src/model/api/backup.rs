//! What a backup would change, or has changed: for people to look at before and after.

use serde::{Deserialize, Serialize};

use crate::model::settings::SettingChange;

/// What restoring a backup changes. Names no secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Restoration {
    /// When the backup was made, as RFC 3339 has it.
    pub made: String,
    /// The version of the program that made it.
    pub by: String,
    /// Settings with other values.
    pub settings: Vec<SettingChange>,
    /// Labels of nodes that come back.
    pub added: Vec<String>,
    /// Labels of nodes that go.
    pub removed: Vec<String>,
    /// Labels of nodes whose name, group, weight, tier or exclusion changes.
    pub changed: Vec<String>,
    /// Whether the nodes that stay come in another order.
    pub reordered: bool,
    /// Other parts that change, by name.
    pub parts: Vec<String>,
    /// Parts that this version of the program does not know; they are left out.
    pub unknown: Vec<String>,
}

impl Restoration {
    /// Whether nothing changes.
    pub fn is_nothing(&self) -> bool {
        let Self { made: _, by: _, settings, added, removed, changed, reordered, parts, unknown: _ } = self;
        settings.is_empty() && [added, removed, changed, parts].iter().all(|list| list.is_empty()) && !reordered
    }
}
