//! The list of connected clients, and which of them is dropped when there are too many.
//!
//! A program that opens connections and never closes them must not block the command line. So a new client is always
//! accepted, and if that makes too many, the least important one is dropped: idle clients first, then those with a
//! stream, last those that wait for a reply; among equals the one that has been silent longest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio_util::sync::CancellationToken;

/// Maximum number of clients: enough for a tray, a window, and monitoring scripts.
pub(super) const MAX_CLIENTS: usize = 64;

/// One client's entry, shared with the task that serves it.
#[derive(Debug)]
pub(super) struct ClientEntry {
    /// Cancelled to drop the client.
    pub(super) end: CancellationToken,
    /// Number of requests in progress.
    pub(super) busy: AtomicUsize,
    /// Number of subscribed streams (snapshots, events).
    pub(super) streams: AtomicUsize,
    last_used: AtomicU64,
    clock: Arc<AtomicU64>,
}

/// How important a client is; the least important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Idle,
    Watching,
    Waiting,
}

impl ClientEntry {
    /// An entry outside the list: its client is never dropped in favour of another one.
    pub(super) fn unlisted(shutdown: &CancellationToken) -> Arc<Self> {
        Arc::new(Self::new(shutdown, Arc::default()))
    }

    fn new(shutdown: &CancellationToken, clock: Arc<AtomicU64>) -> Self {
        let last_used = clock.fetch_add(1, Ordering::Relaxed).into();
        let (busy, streams) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { end: shutdown.child_token(), busy, streams, last_used, clock }
    }

    /// Records that the client has sent something.
    pub(super) fn touch(&self) {
        self.last_used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    fn rank(&self) -> (Need, u64) {
        let need = if self.busy.load(Ordering::Relaxed) > 0 {
            Need::Waiting
        } else if self.streams.load(Ordering::Relaxed) > 0 {
            Need::Watching
        } else {
            Need::Idle
        };
        (need, self.last_used.load(Ordering::Relaxed))
    }
}

/// The list of clients.
#[derive(Debug, Default)]
pub(super) struct Clients {
    entries: Vec<Arc<ClientEntry>>,
    /// Counts messages, so that the order of last use can be compared.
    clock: Arc<AtomicU64>,
}

impl Clients {
    /// Adds a new client, and drops another one if there are now too many.
    pub(super) fn admit(&mut self, shutdown: &CancellationToken) -> Arc<ClientEntry> {
        // The task that served the client has ended when only this list holds the entry.
        self.entries.retain(|entry| Arc::strong_count(entry) > 1 && !entry.end.is_cancelled());
        if self.entries.len() >= MAX_CLIENTS
            && let Some(least) = (0..self.entries.len()).min_by_key(|nth| self.entries[*nth].rank())
        {
            let dropped = self.entries.swap_remove(least);
            tracing::debug!(clients = MAX_CLIENTS, "too many control connections: closing the least important one");
            dropped.end.cancel();
        }
        let entry = Arc::new(ClientEntry::new(shutdown, Arc::clone(&self.clock)));
        self.entries.push(Arc::clone(&entry));
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_client_is_dropped() {
        let (shutdown, mut clients) = (CancellationToken::new(), Clients::default());
        let entries: Vec<_> = (0..MAX_CLIENTS).map(|_| clients.admit(&shutdown)).collect();
        entries[0].busy.store(1, Ordering::Relaxed);
        entries[1].streams.store(1, Ordering::Relaxed);
        entries[2].touch();
        for entry in &entries[4..] {
            entry.touch();
        }
        let gone = || entries.iter().filter(|entry| entry.end.is_cancelled()).count();
        let _new = clients.admit(&shutdown);
        assert!(entries[3].end.is_cancelled() && gone() == 1, "the one that was idle for the longest time");
        let _newer = clients.admit(&shutdown);
        assert!(entries[2].end.is_cancelled() && gone() == 2);
        for entry in clients.entries.iter().filter(|entry| entry.busy.load(Ordering::Relaxed) == 0) {
            entry.streams.store(1, Ordering::Relaxed);
        }
        let _newest = clients.admit(&shutdown);
        assert!(entries[1].end.is_cancelled() && !entries[0].end.is_cancelled(), "one that waits is dropped last");
    }

    #[test]
    fn disconnected_clients_free_their_entry() {
        let (shutdown, mut clients) = (CancellationToken::new(), Clients::default());
        let mut entries: Vec<_> = (0..MAX_CLIENTS).map(|_| clients.admit(&shutdown)).collect();
        entries.truncate(MAX_CLIENTS - 1);
        let _new = clients.admit(&shutdown);
        assert!(entries.iter().all(|entry| !entry.end.is_cancelled()));
    }
}
