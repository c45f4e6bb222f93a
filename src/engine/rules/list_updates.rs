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
    failed_at: Option<Instant>,
    /// Why it failed: the same is not told twice.
    last_fault: Option<Fault>,
}

impl ListUpdates {
    /// When the list at `file` is to be fetched again.
    pub(super) fn due(&self, file: &Path, every: Duration, now: Instant) -> Instant {
        if let Some(failed_at) = self.failed_at {
            return failed_at + RETRY;
        }
        let written = fs::metadata(file).and_then(|file| file.modified());
        // A file from the future is as one that is not there.
        let age = written.ok().and_then(|written| written.elapsed().ok());
        now + age.map_or(Duration::ZERO, |age| every.saturating_sub(age))
    }

    /// Notes a failure; returns whether it is another one than the last.
    pub(super) fn note_failed(&mut self, fault: &Fault, now: Instant) -> bool {
        self.failed_at = Some(now);
        self.last_fault.replace(fault.clone()).as_ref() != Some(fault)
    }
}
