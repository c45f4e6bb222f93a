//! Looks up the programs of connections, on a blocking thread, while somebody looks.
//!
//! A search through the descriptors of all processes takes milliseconds, or a hundred of them beside a program with ten
//! thousand descriptors. A connection may be over soon, so the first searches follow each other closely; over time they
//! take at most 1 % of a core.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::gateway::ConnectionRecord;
use crate::os::client_program::ProgramFinder;
use crate::os::thread_time;

/// How often the program of a connection is looked up. Programs of other users are never found.
const SEARCHES: u8 = 3;

/// Searches may take one part in so many of the time.
const SHARE: u32 = 100;

/// How much of it may be used in advance.
const ADVANCE: Duration = Duration::from_millis(300);

/// Shortest and longest pause between two searches.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(10));

/// Looks up programs, one search at a time.
pub(super) struct ProgramSearch {
    /// `None` while a search runs.
    finder: Option<ProgramFinder>,
    running: JoinSet<(ProgramFinder, Duration)>,
    budget: SearchBudget,
    not_before: Instant,
    tried: HashMap<u64, u8>,
    newest: u64,
}

impl Default for ProgramSearch {
    fn default() -> Self {
        let finder = Some(ProgramFinder::default());
        Self {
            finder,
            running: JoinSet::new(),
            budget: SearchBudget::default(),
            not_before: Instant::now(),
            tried: HashMap::new(),
            newest: 0,
        }
    }
}

impl ProgramSearch {
    /// Whether a search may begin.
    pub(super) fn is_ready(&self) -> bool {
        self.finder.is_some() && self.not_before <= Instant::now()
    }

    /// The latest id that was looked at.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Forgets connections that are gone.
    pub(super) fn forget_unless(&mut self, is_listed: impl Fn(u64) -> bool) {
        self.tried.retain(|id, _| is_listed(*id));
    }

    /// Looks up the programs of connections whose program is unknown.
    pub(super) fn begin(&mut self, records: Vec<Arc<ConnectionRecord>>) {
        let mut wanted = Vec::new();
        for record in records {
            self.newest = self.newest.max(record.id());
            let Some(socket) = record.unidentified() else { continue };
            let times = self.tried.entry(record.id()).or_default();
            if *times < SEARCHES {
                *times += 1;
                wanted.push((socket, record));
            }
        }
        if wanted.is_empty() {
            return;
        }
        let Some(mut finder) = self.finder.take() else { return };
        self.running.spawn_blocking(move || {
            let (sockets, records): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
            let (programs, took) = thread_time::of(|| finder.find(&sockets));
            for (record, program) in records.iter().zip(programs) {
                program.into_iter().for_each(|program| record.identify(Arc::new(program)));
            }
            (finder, took)
        });
    }

    /// Waits until another search may begin; forever if it may begin now.
    pub(super) async fn wait(&mut self) {
        if self.finder.is_none() {
            let ended = self.running.join_next().await;
            let (finder, took) = ended.and_then(Result::ok).unwrap_or_default();
            self.finder = Some(finder);
            let now = Instant::now();
            self.not_before = now + self.budget.pause_after(took, now);
        } else if self.not_before > Instant::now() {
            sleep_until(self.not_before).await;
        } else {
            std::future::pending().await
        }
    }
}

/// The time that searches have taken beyond their share.
struct SearchBudget {
    debt: Duration,
    at: Instant,
}

impl Default for SearchBudget {
    fn default() -> Self {
        Self { debt: Duration::ZERO, at: Instant::now() }
    }
}

impl SearchBudget {
    /// The pause after a search that took so long and has just ended.
    fn pause_after(&mut self, took: Duration, now: Instant) -> Duration {
        let earned = now.saturating_duration_since(self.at) / SHARE;
        // More than the longest pause pays for is not counted.
        self.debt = (self.debt.saturating_sub(earned) + took).min(ADVANCE + PAUSES.1 / SHARE);
        self.at = now;
        (self.debt.saturating_sub(ADVANCE) * SHARE).clamp(PAUSES.0, PAUSES.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: Duration = Duration::from_millis(30);

    #[test]
    fn the_first_searches_follow_each_other_closely() {
        let (mut budget, mut now) = (SearchBudget::default(), Instant::now());
        for _ in 0..10 {
            now += SEARCH;
            assert_eq!(budget.pause_after(SEARCH, now), PAUSES.0);
        }
    }

    #[test]
    fn searches_take_their_share_over_time_and_no_more() {
        let (mut budget, began) = (SearchBudget::default(), Instant::now());
        let (mut now, mut searched) = (began, Duration::ZERO);
        while now - began < Duration::from_secs(1_000) {
            now += SEARCH;
            searched += SEARCH;
            now += budget.pause_after(SEARCH, now);
        }
        let most = (now - began) / SHARE + ADVANCE + SEARCH;
        assert!(searched <= most && searched * 10 > most * 9, "{searched:?} of {most:?}");
    }

    #[test]
    fn one_very_long_search_is_followed_by_the_longest_pause_and_then_forgotten() {
        let (mut budget, now) = (SearchBudget::default(), Instant::now());
        assert_eq!(budget.pause_after(Duration::from_secs(100), now), PAUSES.1);
        let later = now + PAUSES.1 + ADVANCE * SHARE;
        assert_eq!(budget.pause_after(SEARCH, later), PAUSES.0);
    }
}
