//! When the fetched list of rules is due. It is kept in its file, whose age tells that.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::model::Fault;

/// How long after a failure the list is tried again.
const RETRY: Duration = Duration::from_secs(10 * 60);

/// How the last fetch of the list went.
#[derive(Debug, Default)]
pub(super) struct ListUpdates {
    /// How often it is to be fetched; none for not at all.
    pub(super) every: Option<Duration>,
    /// When a fetch was last tried, unless what came of it is in the file.
    tried_at: Option<Instant>,
    /// Why it failed: the same is not told twice.
    last_fault: Option<Fault>,
}

impl ListUpdates {
    /// When the list at `file` is to be fetched again.
    pub(super) fn due(&self, file: &Path, now: Instant) -> Option<Instant> {
        let every = self.every?;
        if let Some(tried_at) = self.tried_at {
            return Some(tried_at + RETRY);
        }
        let written = fs::metadata(file).and_then(|file| file.modified());
        // A file from the future is as one that is not there.
        let age = written.ok().and_then(|written| written.elapsed().ok());
        Some(now + age.map_or(Duration::ZERO, |age| every.saturating_sub(age)))
    }

    /// Notes a fetch of which it is not known yet what comes of it.
    pub(super) fn note_tried(&mut self, now: Instant) {
        self.tried_at = Some(now);
    }

    /// Notes that the file is what was fetched last.
    pub(super) fn note_fetched(&mut self) {
        (self.tried_at, self.last_fault) = (None, None);
    }

    /// Notes a failure; returns whether it is another one than the last.
    pub(super) fn note_failed(&mut self, fault: &Fault, now: Instant) -> bool {
        self.tried_at = Some(now);
        self.last_fault.replace(fault.clone()).as_ref() != Some(fault)
    }
}
