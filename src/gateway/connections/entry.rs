//! The part of a connection that registry, relay and tracker share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use futures_util::task::AtomicWaker;

use crate::model::{Meter, Upstream};

/// The part of a connection's state that the registry and the relay share.
pub(in crate::gateway) struct ConnectionEntry {
    pub(super) upstream: Arc<Upstream>,
    /// The counters of the client's door.
    pub(super) door: Option<Arc<Meter>>,
    pub(super) up: AtomicU64,
    pub(super) down: AtomicU64,
    moved_at_last_sweep: AtomicU64,
    idle_sweeps: AtomicU32,
    pub(super) first_byte: FirstByte,
    /// When the first byte was received, in ms.
    pub(super) answered_at: AtomicU32,
    pub(super) cancelled: AtomicBool,
    pub(super) waker: AtomicWaker,
}

/// Tells whether a connection was answered, without keeping it open.
pub(in crate::gateway) struct ResponseWatch(pub(super) Arc<ConnectionEntry>);

impl ResponseWatch {
    /// Whether a byte was received from the member.
    pub(in crate::gateway) fn is_answered(&self) -> bool {
        self.0.first_byte.0.load(Relaxed) == FirstByte::RECEIVED
    }
}

/// The progress of a connection's first exchange: the time of the request in ms, or one of the constants. Atomic
/// because two parts of one task read it.
pub(super) struct FirstByte(pub(super) AtomicU32);

impl FirstByte {
    /// The client has not sent anything yet.
    pub(super) const NO_REQUEST: u32 = u32::MAX;
    /// A byte was received.
    pub(super) const RECEIVED: u32 = u32::MAX - 1;
}

impl ConnectionEntry {
    /// A connection through this member without traffic yet, for a client of the door with these counters.
    pub(super) fn new(upstream: Arc<Upstream>, door: Option<Arc<Meter>>) -> Self {
        Self {
            upstream,
            door,
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            // No connection has moved this much: one sweep passes before it can count as idle.
            moved_at_last_sweep: AtomicU64::new(u64::MAX),
            idle_sweeps: AtomicU32::new(0),
            first_byte: FirstByte(AtomicU32::new(FirstByte::NO_REQUEST)),
            answered_at: AtomicU32::new(0),
            cancelled: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    /// The member.
    pub(super) fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// Bytes from the client, and to it.
    pub(super) fn transferred(&self) -> (u64, u64) {
        (self.up.load(Relaxed), self.down.load(Relaxed))
    }

    /// The number of consecutive sweeps, including this one, without traffic.
    pub(super) fn idle_for(&self) -> u32 {
        let (up, down) = self.transferred();
        let moved = up.wrapping_add(down);
        if self.moved_at_last_sweep.swap(moved, Relaxed) == moved {
            self.idle_sweeps.fetch_add(1, Relaxed) + 1
        } else {
            self.idle_sweeps.store(0, Relaxed);
            0
        }
    }

    /// Drops the task's waker after the end: from then on only the counters are read.
    pub(super) fn release_waker(&self) {
        drop(self.waker.take());
    }

    /// Closes the connection.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
        self.waker.wake();
    }
}
