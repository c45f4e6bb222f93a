//! The memory as a file. Sites of SOCKS users are not in it.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::evidence::SiteEvidence;
use super::record::SiteRecord;
use super::{KEPT_MS, MAX_SITES, SiteKey, SiteMemory};

/// The version of the file that this program writes.
const VERSION: u32 = 1;

/// `sites.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    version: u32,
    sites: Vec<SiteRecord>,
}

impl Default for SiteFile {
    fn default() -> Self {
        Self { version: VERSION, sites: Vec::new() }
    }
}

impl SiteMemory {
    /// The memory of an earlier run.
    pub fn of(file: SiteFile, now: i64) -> Self {
        let mut sites = file.sites;
        // A clock that was wrong would make a site look recent for ever.
        sites.iter_mut().for_each(|record| {
            record.used_at = record.used_at.min(now);
            record.comparison.at = now;
            record.evidence.retain(SiteEvidence::is_plausible);
        });
        sites.retain(|record| now - record.used_at <= KEPT_MS);
        sites.sort_by_key(|record| Reverse(record.used_at));
        sites.truncate(MAX_SITES);
        let sites = sites.into_iter().map(|record| (SiteKey::new(&record.name, None), record)).collect();
        Self { sites, ..Self::default() }
    }

    /// The file to save, most recent site first.
    pub fn file(&self, now: i64) -> SiteFile {
        let kept = self.sites.values().filter(|record| !record.is_private && now - record.used_at <= KEPT_MS);
        let mut sites: Vec<_> = kept.cloned().collect();
        sites.sort_by(|a, b| b.used_at.cmp(&a.used_at).then_with(|| a.name.cmp(&b.name)));
        SiteFile { version: VERSION, sites }
    }

    /// Whether the memory has changed since the last call, and must be saved.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }
}

impl SiteEvidence {
    fn is_plausible(&self) -> bool {
        let is_number = |value: f32| value.is_finite() && value >= 0.0;
        is_number(self.first_byte_ms) && is_number(self.rate)
    }
}
