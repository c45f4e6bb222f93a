//! The open connections: the bytes of each, its member, and a way to end it.
//!
//! A connection is registered once a member accepted it, and removed when it is dropped. A sweep compares each counter
//! with its value at the last sweep, so the idle limit needs no timer or clock per connection.

mod entry;
mod registered;
pub(super) mod tracker;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slab::Slab;
use tokio::sync::Notify;

pub(super) use self::entry::AwaitedPeer;
use self::entry::ConnectionEntry;
pub(super) use self::registered::Registered;
use self::tracker::{ConnectionRecord, ConnectionTracker};
use crate::handover;
use crate::model::{NodeId, Upstream};
use crate::os::memory::HeapTrimmer;
use crate::sites::SharedSites;

/// All open connections through a member, or direct.
pub(super) struct Connections {
    // Held for a few instructions when a connection begins or ends, and by the rare sweep.
    open: Mutex<OpenConnections>,
    /// Whether connections are scanned for stalls.
    is_scanned: AtomicBool,
    outstanding: Notify,
    trimmer: HeapTrimmer,
    /// The records of what clients requested, with and without a member.
    pub(super) tracker: Arc<ConnectionTracker>,
    /// What they have shown about sites.
    pub(super) sites: Arc<SharedSites>,
}

#[derive(Default)]
struct OpenConnections {
    live: Slab<LiveConnection>,
    /// Those that have ended since the last scan.
    ended: Vec<LiveConnection>,
    is_over: bool,
}

/// An open connection, with the record of the request that it was opened for.
struct LiveConnection {
    entry: Arc<ConnectionEntry>,
    record: Arc<ConnectionRecord>,
}

/// Maximum number of ended connections that a scan looks at.
const MAX_ENDED: usize = 1_024;

impl Connections {
    /// A registry without connections, with this tracker for the records.
    pub(super) fn new(tracker: Arc<ConnectionTracker>, sites: Arc<SharedSites>) -> Self {
        Self {
            open: Mutex::default(),
            is_scanned: AtomicBool::new(false),
            outstanding: Notify::new(),
            trimmer: HeapTrimmer::default(),
            tracker,
            sites,
        }
    }

    /// Closes every connection that was idle in `limit` consecutive sweeps.
    pub(super) fn sweep_idle(&self, limit: u32) {
        handover::collect();
        for (_, live) in &self.lock().live {
            if live.entry.idle_for() >= limit {
                live.entry.cancel();
            }
        }
    }

    /// Closes every connection through a member for which `is_kept` is false.
    pub(super) fn cancel_unless(&self, is_kept: impl Fn(&Upstream) -> bool) {
        let open = self.lock();
        let entries = open.live.iter().map(|(_, live)| &live.entry);
        entries.filter(|entry| !is_kept(entry.upstream())).for_each(|entry| entry.cancel());
    }

    /// Closes every connection, and all new ones at once.
    pub(super) fn cancel_all(&self) {
        let mut open = self.lock();
        open.is_over = true;
        open.live.iter().for_each(|(_, live)| live.entry.cancel());
    }

    /// Has connections scanned for stalls from now on: one has data outstanding.
    fn begin_scans(&self) {
        if !self.is_scanned.load(Relaxed) && !self.is_scanned.swap(true, Relaxed) {
            self.outstanding.notify_one();
        }
    }

    /// Returns when a connection has data outstanding.
    pub(super) async fn data_outstanding(&self) {
        self.outstanding.notified().await;
    }

    /// Ends the scans, unless a connection has data outstanding again.
    pub(super) fn end_scans(&self) -> bool {
        self.is_scanned.store(false, Relaxed);
        let open = self.lock();
        let is_outstanding = open.live.iter().any(|(_, live)| live.entry.is_outstanding());
        drop(open);
        !is_outstanding || self.is_scanned.swap(true, Relaxed)
    }

    /// The connections through members, and those that have ended since the last call.
    pub(super) fn scan(&self, is_through_member: impl Fn(&Upstream) -> bool) -> Vec<TransferView> {
        handover::collect();
        let mut open = self.lock();
        let ended = std::mem::take(&mut open.ended);
        let live = open.live.iter().map(|(_, live)| live).chain(&ended);
        live.filter(|live| is_through_member(live.entry.upstream())).filter_map(LiveConnection::scan).collect()
    }

    /// Removes a connection.
    fn remove(&self, key: usize) {
        let mut open = self.lock();
        let live = open.live.remove(key);
        if self.is_scanned.load(Relaxed) && open.ended.len() < MAX_ENDED {
            open.ended.push(live);
        }
        let count = open.live.len();
        drop(open);
        self.trimmer.closed(count);
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        // Nothing panics while the lock is held; if it did, the slab would still be consistent.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection through a member at one moment.
#[derive(Clone, Debug)]
pub(super) struct TransferView {
    /// Identifies the connection.
    pub(super) id: u64,
    /// The member.
    pub(super) node: NodeId,
    /// Identifies the site.
    pub(super) site: u64,
    /// Bytes to the client so far.
    pub(super) down: u64,
    /// Whether bytes have moved since the last scan.
    pub(super) has_moved: bool,
    /// Whether data is outstanding, and the member is waited for.
    pub(super) is_outstanding: bool,
}

impl LiveConnection {
    /// None if it has neither moved nor anything outstanding.
    fn scan(&self) -> Option<TransferView> {
        let (has_moved, is_outstanding) = self.entry.scan();
        let view = || TransferView {
            id: self.record.id(),
            node: self.entry.upstream().id.clone(),
            site: self.record.site_hash(),
            down: self.entry.transferred().1,
            has_moved,
            is_outstanding,
        };
        (has_moved || is_outstanding).then(view)
    }
}
