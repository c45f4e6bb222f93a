//! What restoring a backup changes, for previews and reports.

use serde::{Deserialize, Serialize};

use crate::model::settings::SettingChange;

/// Which programs restored settings may name: a backup from elsewhere may name any program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramScope {
    /// Only those that the settings here name already.
    #[default]
    Known,
    /// All of them: the user has agreed.
    All,
}

/// What restoring a backup changes. Contains no secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Restoration {
    /// When the backup was made, in RFC 3339.
    pub made: String,
    /// The version of Sluice that made it.
    pub by: String,
    /// Settings that change.
    pub settings: Vec<SettingChange>,
    /// Settings that would name other programs to run, and that are not restored unless the user agrees.
    pub programs: Vec<SettingChange>,
    /// Labels of nodes that are added.
    pub added: Vec<String>,
    /// Labels of nodes that are removed.
    pub removed: Vec<String>,
    /// Labels of nodes whose name, group, weight, tier or exclusion changes.
    pub changed: Vec<String>,
    /// Whether the remaining nodes change their order.
    pub reordered: bool,
    /// Names of other parts that change.
    pub parts: Vec<String>,
    /// Names of parts that this version does not support; they are skipped.
    pub unknown: Vec<String>,
}

impl Restoration {
    /// Whether nothing changes.
    pub fn is_nothing(&self) -> bool {
        let Self { made: _, by: _, settings, programs, added, removed, changed, reordered, parts, unknown: _ } = self;
        let has_settings = !settings.is_empty() || !programs.is_empty();
        !has_settings && [added, removed, changed, parts].iter().all(|list| list.is_empty()) && !reordered
    }
}
