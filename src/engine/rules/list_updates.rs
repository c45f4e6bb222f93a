//! When the rule list is downloaded again: the age of its file decides.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::model::Fault;

/// Delay after a failure.
const RETRY: Duration = Duration::from_secs(10 * 60);

/// The state of the list's updates.
#[derive(Debug, Default)]
pub(super) struct ListUpdates {
    /// The update interval; `None` to not update.
    pub(super) every: Option<Duration>,
    /// Time of the last attempt, unless its result is in the file.
    tried_at: Option<Instant>,
    /// The last failure: the same one is not reported twice.
    last_fault: Option<Fault>,
}

impl ListUpdates {
    /// When the list at `file` is due.
    pub(super) fn due(&self, file: &Path, now: Instant) -> Option<Instant> {
        let every = self.every?;
        if let Some(tried_at) = self.tried_at {
            return Some(tried_at + RETRY);
        }
        let written = fs::metadata(file).and_then(|file| file.modified());
        // A file from the future counts as missing.
        let age = written.ok().and_then(|written| written.elapsed().ok());
        Some(now + age.map_or(Duration::ZERO, |age| every.saturating_sub(age)))
    }

    /// Records an attempt whose result is not known yet.
    pub(super) fn note_tried(&mut self, now: Instant) {
        self.tried_at = Some(now);
    }

    /// Records that the file has the last result.
    pub(super) fn note_fetched(&mut self) {
        (self.tried_at, self.last_fault) = (None, None);
    }

    /// Records a failure; returns whether it differs from the last one.
    pub(super) fn note_failed(&mut self, fault: &Fault, now: Instant) -> bool {
        self.tried_at = Some(now);
        self.last_fault.replace(fault.clone()).as_ref() != Some(fault)
    }
}
