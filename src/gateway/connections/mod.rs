//! The open connections: the bytes of each, its member, and a way to end it.
//!
//! A connection is registered once a member accepted it, and removed when it is dropped. A sweep compares each counter
//! with its value at the last sweep, so the idle limit needs no timer or clock per connection.

mod entry;
mod registered;
pub(super) mod tracker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slab::Slab;

use self::entry::ConnectionEntry;
pub(super) use self::registered::Registered;
use self::tracker::ConnectionTracker;
use crate::handover;
use crate::model::Upstream;
use crate::sites::SharedSites;

/// All open connections through a member, or direct.
pub(super) struct Connections {
    // Held for a few instructions when a connection begins or ends, and by the rare sweep.
    open: Mutex<OpenConnections>,
    /// The records of what clients requested, with and without a member.
    pub(super) tracker: Arc<ConnectionTracker>,
    /// What they have shown about sites.
    pub(super) sites: Arc<SharedSites>,
}

#[derive(Default)]
struct OpenConnections {
    live: Slab<Arc<ConnectionEntry>>,
    is_over: bool,
}

impl Connections {
    /// A registry without connections, with this tracker for the records.
    pub(super) fn new(tracker: Arc<ConnectionTracker>, sites: Arc<SharedSites>) -> Self {
        Self { open: Mutex::default(), tracker, sites }
    }

    /// Closes every connection that was idle in `limit` consecutive sweeps.
    pub(super) fn sweep_idle(&self, limit: u32) {
        handover::collect();
        for (_, live) in &self.lock().live {
            if live.idle_for() >= limit {
                live.cancel();
            }
        }
    }

    /// Closes every connection through a member for which `is_kept` is false.
    pub(super) fn cancel_unless(&self, is_kept: impl Fn(&Upstream) -> bool) {
        let open = self.lock();
        open.live.iter().filter(|(_, live)| !is_kept(live.upstream())).for_each(|(_, live)| live.cancel());
    }

    /// Closes every connection, and all new ones at once.
    pub(super) fn cancel_all(&self) {
        let mut open = self.lock();
        open.is_over = true;
        open.live.iter().for_each(|(_, live)| live.cancel());
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        // Nothing panics while the lock is held; if it did, the slab would still be consistent.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
