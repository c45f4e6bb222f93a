//! The response times of slow sites, learned from their pages.
//!
//! Only slow sites are stored, in a table of fixed size in which sites may replace each other. A slower response takes
//! effect at once, a faster one by an eighth, so that one fast page does not hide that the other pages of its site are
//! slow.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::model::Target;

/// Number of slots: 8 KiB.
const SLOTS: usize = 1_024;

/// Response time from which a site is stored.
const SLOW_FROM: Duration = Duration::from_millis(400);

/// Longer response times are ignored: the page may never answer.
const MAX_TIME: Duration = Duration::from_secs(120);

/// A site: the host and port of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site(u64);

impl Site {
    /// The site of a target.
    pub(super) fn of(target: &Target) -> Self {
        let port = u64::from(target.port());
        Self(match target {
            Target::Name(name, _) => xxh3_64_with_seed(name.as_bytes(), port),
            Target::Address(addr) => xxh3_64_with_seed(addr.ip().to_string().as_bytes(), port),
        })
    }

    fn slot(self) -> usize {
        (self.0 % SLOTS as u64) as usize
    }

    fn tag(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// The response times of slow sites.
pub(super) struct SiteTimes(Box<[AtomicU64]>);

impl Default for SiteTimes {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl SiteTimes {
    /// The usual time to first byte of a slow site; `None` if it is not known to be slow.
    pub(super) fn usual(&self, site: Site) -> Option<Duration> {
        let (tag, ms) = unpack(self.0[site.slot()].load(Relaxed));
        (tag == site.tag() && ms > 0).then(|| Duration::from_millis(ms.into()))
    }

    /// Records a response time.
    pub(super) fn observe(&self, site: Site, took: Duration) {
        let usual = self.usual(site);
        if usual.is_none() && took < SLOW_FROM {
            return;
        }
        let took = took.min(MAX_TIME);
        let next = usual.map_or(took, |usual| took.max(usual - usual.saturating_sub(took) / 8));
        // If two are recorded at once, one may be lost.
        let packed = if next < SLOW_FROM { 0 } else { pack(site.tag(), next.as_millis() as u32) };
        self.0[site.slot()].store(packed, Relaxed);
    }
}

fn pack(tag: u32, ms: u32) -> u64 {
    (u64::from(tag) << 32) | u64::from(ms)
}

fn unpack(packed: u64) -> (u32, u32) {
    ((packed >> 32) as u32, packed as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str) -> Site {
        Site::of(&Target::from_host(name, 80).unwrap())
    }

    #[test]
    fn only_slow_sites_are_stored_and_fast_responses_decay_them() {
        let (times, slow) = (SiteTimes::default(), site("slow.test"));
        times.observe(site("quick.test"), Duration::from_millis(50));
        assert_eq!((times.usual(site("quick.test")), times.usual(slow)), (None, None));
        times.observe(slow, Duration::from_secs(5));
        assert_eq!(times.usual(slow), Some(Duration::from_secs(5)));
        times.observe(slow, Duration::from_secs(1));
        assert_eq!(times.usual(slow), Some(Duration::from_millis(4_500)));
        (0..100).for_each(|_| times.observe(slow, Duration::from_millis(10)));
        assert_eq!(times.usual(slow), None);
        times.observe(slow, Duration::from_secs(10_000));
        assert_eq!(times.usual(slow), Some(MAX_TIME));
    }

    #[test]
    fn a_site_is_a_host_and_a_port() {
        let other_port = Site::of(&Target::from_host("a.test", 81).unwrap());
        assert_eq!(site("a.test"), site("a.test"));
        assert!(site("a.test") != other_port && site("a.test") != site("b.test"));
        assert_ne!(site("10.0.0.1"), site("10.0.0.2"));
    }

    #[test]
    fn memory_is_bounded() {
        let times = SiteTimes::default();
        for number in 0..10 * SLOTS {
            times.observe(site(&format!("{number}.test")), Duration::from_secs(1));
        }
        let known = (0..10 * SLOTS).filter(|number| times.usual(site(&format!("{number}.test"))).is_some());
        assert!((1..=SLOTS).contains(&known.count()));
    }
}
