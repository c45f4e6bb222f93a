//! The budget for copies of requests: a few at once, and then one for each twenty requests.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::gateway::site_times::Site;

/// Number of requests that earn one copy.
const REQUESTS_PER_COPY: u32 = 20;

/// Maximum number of saved copies; also the initial budget.
const MAX_SAVED_COPIES: u32 = 5;

/// The budget for copies of requests.
pub(in crate::gateway) struct HedgeBudget {
    /// In requests: [`REQUESTS_PER_COPY`] of them are a token.
    saved: AtomicU32,
    /// Sites with a copy in progress; at most as many as there are tokens.
    in_progress: Mutex<Vec<Site>>,
}

impl Default for HedgeBudget {
    fn default() -> Self {
        Self { saved: AtomicU32::new(MAX_SAVED_COPIES * REQUESTS_PER_COPY), in_progress: Mutex::default() }
    }
}

impl HedgeBudget {
    /// Counts a request that may be copied.
    pub(in crate::gateway) fn count_request(&self) {
        self.save(1);
    }

    fn save(&self, requests: u32) {
        // Reading first avoids a write in the common case, a full budget.
        let add = |saved: u32| {
            (saved < MAX_SAVED_COPIES * REQUESTS_PER_COPY)
                .then(|| (saved + requests).min(MAX_SAVED_COPIES * REQUESTS_PER_COPY))
        };
        let _full = self.saved.fetch_update(Relaxed, Relaxed, add);
    }

    pub(super) fn take(&self) -> bool {
        self.saved.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(REQUESTS_PER_COPY)).is_ok()
    }

    pub(super) fn return_tokens(&self, tokens: u32) {
        self.save(tokens * REQUESTS_PER_COPY);
    }

    fn in_progress(&self) -> MutexGuard<'_, Vec<Site>> {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a token for a page of a site, unless a copy for the site is in progress.
    pub(super) fn take_for(&self, site: Site) -> bool {
        let mut in_progress = self.in_progress();
        let is_free = !in_progress.contains(&site) && self.take();
        if is_free {
            in_progress.push(site);
        }
        is_free
    }

    pub(super) fn release(&self, site: Site) {
        let mut in_progress = self.in_progress();
        if let Some(index) = in_progress.iter().position(|other| *other == site) {
            in_progress.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_is_copied_after_the_first_few() {
        let budget = HedgeBudget::default();
        let copies = (0..1_000).filter(|_| {
            budget.count_request();
            budget.take()
        });
        assert_eq!(copies.count(), MAX_SAVED_COPIES as usize + 49);
        budget.return_tokens(1);
        assert!(budget.take() && !budget.take());
        (0..10_000).for_each(|_| budget.count_request());
        assert_eq!((0..100).filter(|_| budget.take()).count(), MAX_SAVED_COPIES as usize, "the budget is capped");
    }

    #[test]
    fn a_site_has_one_copy_in_progress() {
        let budget = HedgeBudget::default();
        let site = |name| Site::of(&crate::model::Target::from_host(name, 80).unwrap());
        assert!(budget.take_for(site("a.test")) && !budget.take_for(site("a.test")) && budget.take_for(site("b.test")));
        budget.release(site("a.test"));
        assert!(budget.take_for(site("a.test")));
    }
}
