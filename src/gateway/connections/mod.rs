//! The open connections: what each has moved, through which member, and how to end one.
//!
//! A connection registers when it has its member and is struck off when it is dropped. A sweep
//! compares what each has moved with what it had moved at the last sweep: so an idle limit costs a
//! connection no timer and no look at the clock.

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
    // Held for a few instructions at the start and the end of a connection, and by the rare sweep.
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    live: Slab<Arc<ConnectionEntry>>,
    is_over: bool,
}

/// What the registry and the relay share of one connection.
struct ConnectionEntry {
    upstream: Arc<Upstream>,
    moved: AtomicU64,
    moved_at_last_sweep: AtomicU64,
    idle_sweeps: AtomicU32,
    answer: FirstByte,
    cancelled: AtomicBool,
    waker: AtomicWaker,
}

/// Whether a connection was answered, for who does not hold it.
pub(super) struct AnswerWatch(Arc<ConnectionEntry>);

impl AnswerWatch {
    /// Whether a byte has come back.
    pub(super) fn is_answered(&self) -> bool {
        self.0.answer.0.load(Relaxed) == FirstByte::RECEIVED
    }
}

/// How far the first exchange of a connection has come: a time in ms, or one of these.
/// An atomic only so that a connection may be looked at from two places of one task.
struct FirstByte(AtomicU32);

impl FirstByte {
    /// The client has sent nothing yet.
    const NOT_ASKED: u32 = u32::MAX;
    /// A byte came back.
    const RECEIVED: u32 = u32::MAX - 1;
}

impl Connections {
    /// Ends every connection that `limit` sweeps in a row have found idle.
    pub(super) fn sweep_idle(&self, limit: u32) {
        for (_, live) in &self.lock().live {
            if live.idle_for() >= limit {
                live.cancel();
            }
        }
    }

    /// Ends every connection through a member that `is_kept` says no to.
    pub(super) fn cancel_unless(&self, is_kept: impl Fn(&Upstream) -> bool) {
        let open = self.lock();
        open.live.iter().filter(|(_, live)| !is_kept(&live.upstream)).for_each(|(_, live)| live.cancel());
    }

    /// Ends every connection, and from now on every new one at once.
    pub(super) fn cancel_all(&self) {
        let mut open = self.lock();
        open.is_over = true;
        open.live.iter().for_each(|(_, live)| live.cancel());
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        // Nothing panics while it is held; if something did, the slab would still be whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionEntry {
    /// How many sweeps in a row, this one included, have found that nothing has moved.
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
