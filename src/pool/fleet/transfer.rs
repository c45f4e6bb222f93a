//! Whether a member carries transfers to their end.
//!
//! A check also transfers some data, if that is configured. If that stalls, the page's server may be at fault: it counts
//! against the member only if the same transfer was complete through another member afterwards. Signals from real
//! traffic count by themselves if several sites stall again and again and no such transfer says otherwise.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a stalled transfer waits for proof by another member.
const PROOF_WITHIN: Duration = Duration::from_secs(30);

/// Number of signals from real traffic, without a complete transfer in between, that amount to a failure.
const SIGNALS: usize = 3;
const SIGNALS_WITHIN: Duration = Duration::from_secs(30);

/// Result of the transfer of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransferResult {
    /// All data has arrived.
    Complete,
    /// Some data has arrived, and then nothing any more.
    Stalled,
    /// The page cannot be used: nothing is known.
    Unknown,
}

/// What is known about transfers through a member.
#[derive(Debug, Default)]
pub(super) struct TransferRecord {
    complete: Option<Instant>,
    stalled: Option<Instant>,
    signals: VecDeque<Instant>,
}

impl TransferRecord {
    /// Records the transfer of a check that began at this time.
    pub(super) fn note(&mut self, result: TransferResult, began: Instant, now: Instant) {
        match result {
            TransferResult::Complete => *self = Self { complete: Some(now), ..Self::default() },
            TransferResult::Stalled => self.stalled = Some(began),
            TransferResult::Unknown => {}
        }
    }

    /// Records a signal that transfers of several sites have stalled.
    pub(super) fn note_signal(&mut self, now: Instant) {
        self.signals.push_back(now);
        self.signals.retain(|&at| now.saturating_duration_since(at) <= SIGNALS_WITHIN);
    }

    /// Forgets stalls: the member has failed, or the network was at fault.
    pub(super) fn forget(&mut self) {
        (self.stalled, self.signals) = (None, VecDeque::new());
    }

    /// Since when a transfer has stalled, and proof by another member is awaited.
    pub(super) fn stalled_since(&self, now: Instant) -> Option<Instant> {
        self.stalled.filter(|at| now.saturating_duration_since(*at) <= PROOF_WITHIN)
    }

    /// Whether a transfer was complete after this time.
    pub(super) fn was_complete_after(&self, moment: Instant) -> bool {
        self.complete.is_some_and(|at| at >= moment)
    }

    /// Since when signals from real traffic amount to a failure.
    pub(super) fn failing_since(&self) -> Option<Instant> {
        self.signals.back().copied().filter(|_| self.signals.len() >= SIGNALS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn signals_amount_to_a_failure_unless_a_transfer_is_complete() {
        let (mut record, start) = (TransferRecord::default(), Instant::now());
        record.note_signal(start);
        record.note_signal(start + SECOND);
        assert_eq!(record.failing_since(), None);
        record.note(TransferResult::Unknown, start, start + SECOND);
        record.note_signal(start + SECOND * 2);
        assert_eq!(record.failing_since(), Some(start + SECOND * 2));
        record.note(TransferResult::Complete, start, start + SECOND * 3);
        assert_eq!(record.failing_since(), None);
        (0..9).for_each(|turn| record.note_signal(start + SECOND * 20 * turn));
        assert_eq!(record.failing_since(), None, "too seldom");
    }

    #[test]
    fn a_stalled_check_waits_for_proof() {
        let (mut record, start) = (TransferRecord::default(), Instant::now());
        record.note(TransferResult::Stalled, start, start + SECOND * 3);
        assert_eq!(record.stalled_since(start + SECOND * 4), Some(start));
        assert_eq!(record.stalled_since(start + SECOND * 40), None);
        let mut other = TransferRecord::default();
        other.note(TransferResult::Complete, start + SECOND * 3, start + SECOND * 4);
        assert!(other.was_complete_after(start) && !other.was_complete_after(start + SECOND * 5));
    }
}
