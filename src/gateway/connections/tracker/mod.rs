//! A record of every connection of a client: the open ones, and the last ones that have ended.
//!
//! One tracker serves all gateways of an engine, so ids stay unique when a port is moved. A connection costs a record
//! of about 200 bytes and this lock twice, when it starts and when it ends; its bytes are counted by the registry.
//! Lists, names and rates are computed by the reader ([`ConnectionTracker::list`]). Hosts are kept only here: they are
//! in no log, file, snapshot or diagnosis.

mod record;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slab::Slab;
use tokio::sync::watch;

pub(in crate::gateway) use self::record::{CarrierChoice, ClientAddress, Tracked, TrackedRequest};
pub use self::record::{ConnectionRecord, RecordStamp};

/// Maximum number of ended connections in the list.
const MAX_ENDED: usize = 500;

/// Maximum number of open connections in the list, newest first; there may be more.
const MAX_LISTED: usize = 5_000;

/// The connections of an engine's gateways.
#[derive(Debug)]
pub struct ConnectionTracker {
    last_id: AtomicU64,
    // Held for a few instructions when a connection starts or ends, and while the list is copied.
    records: Mutex<Records>,
    opened: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Records {
    open: Slab<Arc<ConnectionRecord>>,
    /// The oldest first.
    ended: VecDeque<Arc<ConnectionRecord>>,
}

impl Default for ConnectionTracker {
    fn default() -> Self {
        Self { last_id: AtomicU64::new(0), records: Mutex::default(), opened: watch::Sender::new(()) }
    }
}

impl ConnectionTracker {
    /// Changes with each new connection.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.opened.subscribe()
    }

    /// The records of open connections with a later id, in no particular order.
    pub fn opened_after(&self, id: u64) -> Vec<Arc<ConnectionRecord>> {
        let records = self.records();
        let open = records.open.iter().map(|(_, record)| record);
        open.filter(|record| record.id() > id).take(MAX_LISTED).cloned().collect()
    }

    /// The records of the newest open connections and of the last ones that have ended, in no particular order.
    pub fn list(&self) -> Vec<Arc<ConnectionRecord>> {
        crate::handover::collect();
        let records = self.records();
        let mut listed: Vec<_> = records.open.iter().map(|(_, record)| Arc::clone(record)).collect();
        let ended: Vec<_> = records.ended.iter().cloned().collect();
        drop(records);
        if listed.len() > MAX_LISTED {
            listed.select_nth_unstable_by_key(MAX_LISTED, |record| std::cmp::Reverse(record.id()));
            listed.truncate(MAX_LISTED);
        }
        listed.extend(ended);
        listed
    }

    /// Closes the open connections with these ids; returns how many there were.
    pub fn close(&self, ids: &[u64]) -> usize {
        let ids: HashSet<_> = ids.iter().collect();
        let records = self.records();
        let meant = records.open.iter().map(|(_, record)| record).filter(|record| ids.contains(&record.id()));
        let meant: Vec<_> = meant.cloned().collect();
        // Closing a connection may drop its record at once, which takes the lock.
        drop(records);
        meant.iter().for_each(|record| record.cancel());
        meant.len()
    }

    /// Starts the record of a connection.
    pub(in crate::gateway) fn track(self: &Arc<Self>, request: TrackedRequest<'_>) -> Tracked {
        let id = self.last_id.fetch_add(1, Relaxed) + 1;
        let mut records = self.records();
        let place = records.open.vacant_entry();
        let record = Arc::new(ConnectionRecord::new(id, place.key(), request, Arc::downgrade(self)));
        place.insert(Arc::clone(&record));
        drop(records);
        if self.opened.receiver_count() > 0 {
            self.opened.send_replace(());
        }
        Tracked::new(record)
    }

    /// Moves a record to the ended ones.
    fn end(&self, place: usize) {
        let mut records = self.records();
        let record = records.open.remove(place);
        records.ended.push_back(record);
        let oldest = if records.ended.len() > MAX_ENDED { records.ended.pop_front() } else { None };
        drop(records);
        drop(oldest);
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        // Nothing panics while the lock is held; if it did, the records would still be consistent.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
