//! The part of a connection that registry, relay and tracker share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use futures_util::task::AtomicWaker;

use crate::model::{Meter, Upstream};

/// The part of a connection's state that the registry and the relay share.
pub(in crate::gateway) struct ConnectionEntry {
    pub(super) upstream: Arc<Upstream>,
    /// The counters of the client's door.
    pub(super) door: Option<Arc<Meter>>,
    pub(super) up: AtomicU64,
    pub(super) down: AtomicU64,
    /// How many bytes to the client there will be at least.
    expected: AtomicU64,
    awaited: AtomicU8,
    moved_at_last_scan: AtomicU64,
    moved_at_last_sweep: AtomicU64,
    idle_sweeps: AtomicU32,
    pub(super) first_byte: FirstByte,
    /// When the first byte was received, in ms.
    pub(super) answered_at: AtomicU32,
    pub(super) cancelled: AtomicBool,
    pub(super) waker: AtomicWaker,
}

/// The side that a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::gateway) enum AwaitedPeer {
    /// The client, or no one.
    Client,
    /// The member, for data of the site.
    MemberResponds,
    /// The member, to accept data of the client.
    MemberAccepts,
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
            expected: AtomicU64::new(0),
            awaited: AtomicU8::new(AwaitedPeer::Client as u8),
            moved_at_last_scan: AtomicU64::new(0),
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

    /// Sets how many bytes to the client there will be at least; returns whether some of them are outstanding.
    pub(super) fn expect(&self, total: u64) -> bool {
        self.expected.store(total, Relaxed);
        total > self.down.load(Relaxed)
    }

    /// Sets which side is waited for.
    pub(super) fn wait_for(&self, peer: AwaitedPeer) {
        if self.awaited.load(Relaxed) != peer as u8 {
            self.awaited.store(peer as u8, Relaxed);
        }
    }

    /// Whether a byte has moved since the last scan, and whether the member is waited for with data outstanding.
    pub(super) fn scan(&self) -> (bool, bool) {
        let (up, down) = self.transferred();
        let moved = up.wrapping_add(down);
        (self.moved_at_last_scan.swap(moved, Relaxed) != moved, self.is_outstanding())
    }

    /// Whether the member is waited for with data outstanding.
    pub(super) fn is_outstanding(&self) -> bool {
        let (awaited, down) = (self.awaited.load(Relaxed), self.down.load(Relaxed));
        let is_incomplete = down > 0 && self.expected.load(Relaxed) > down;
        awaited == AwaitedPeer::MemberAccepts as u8 || (awaited == AwaitedPeer::MemberResponds as u8 && is_incomplete)
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
