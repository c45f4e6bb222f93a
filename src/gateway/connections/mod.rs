//! The open connections: the bytes of each, its member, and a way to end it.
//!
//! A connection is registered when it has its member and removed when it is dropped. A sweep compares each counter with
//! that of the last sweep, so that the idle limit costs a connection no timer and no clock reading.

mod registered;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::task::AtomicWaker;
use slab::Slab;

pub(super) use self::registered::Registered;
use crate::model::Upstream;

/// All open connections that have a member.
#[derive(Default)]
pub(super) struct Connections {
    // Held for a few instructions when a connection begins or ends, and by the rare sweep.
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    live: Slab<Arc<ConnectionEntry>>,
    is_over: bool,
}

/// The part of a connection that registry and relay share.
struct ConnectionEntry {
    upstream: Arc<Upstream>,
    moved: AtomicU64,
    moved_at_last_sweep: AtomicU64,
    idle_sweeps: AtomicU32,
    answer: FirstByte,
    cancelled: AtomicBool,
    waker: AtomicWaker,
}

/// Observes whether a connection was answered.
pub(super) struct AnswerWatch(Arc<ConnectionEntry>);

impl AnswerWatch {
    /// Whether a byte has come back.
    pub(super) fn is_answered(&self) -> bool {
        self.0.answer.0.load(Relaxed) == FirstByte::RECEIVED
    }
}

/// The progress of the first exchange: a time in ms, or one of these constants. Atomic only because two places of one
/// task access it.
struct FirstByte(AtomicU32);

impl FirstByte {
    /// The client has sent nothing yet.
    const NOT_ASKED: u32 = u32::MAX;
    /// A byte has come back.
    const RECEIVED: u32 = u32::MAX - 1;
}

impl Connections {
    /// Ends every connection that was idle in `limit` consecutive sweeps.
    pub(super) fn sweep_idle(&self, limit: u32) {
        for (_, live) in &self.lock().live {
            if live.idle_for() >= limit {
                live.cancel();
            }
        }
    }

    /// Ends every connection through a member for which `is_kept` is false.
    pub(super) fn cancel_unless(&self, is_kept: impl Fn(&Upstream) -> bool) {
        let open = self.lock();
        open.live.iter().filter(|(_, live)| !is_kept(&live.upstream)).for_each(|(_, live)| live.cancel());
    }

    /// Ends every connection, and all new ones at once.
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

impl ConnectionEntry {
    /// Number of consecutive sweeps, including this one, in which no bytes were moved.
    fn idle_for(&self) -> u32 {
        let moved = self.moved.load(Relaxed);
        if self.moved_at_last_sweep.swap(moved, Relaxed) == moved {
            self.idle_sweeps.fetch_add(1, Relaxed) + 1
        } else {
            self.idle_sweeps.store(0, Relaxed);
            0
        }
    }

    fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
        self.waker.wake();
    }
}
