//! The open connections: what each has moved, through which member, and how to end one.
//!
//! A connection registers when it has its member and is struck off when it is dropped. A sweep
//! compares what each has moved with what it had moved at the last sweep: so an idle limit costs a
//! connection no timer and no look at the clock.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use slab::Slab;

use super::state::GatewayState;
use crate::model::Upstream;
use crate::model::meter::Counted;
use crate::model::outcome::Signal;

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

/// One registered connection; struck off, and no longer active, when dropped.
pub(super) struct Registered {
    live: Arc<ConnectionEntry>,
    state: Arc<GatewayState>,
    key: usize,
    _counted: Counted,
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

impl Registered {
    /// Registers a connection that has its member, where it counts already.
    pub(super) fn new(state: Arc<GatewayState>, upstream: Arc<Upstream>, counted: Counted) -> Self {
        let live = Arc::new(ConnectionEntry {
            upstream,
            moved: AtomicU64::new(0),
            // No connection has moved this much: one sweep passes before it can count as idle.
            moved_at_last_sweep: AtomicU64::new(u64::MAX),
            idle_sweeps: AtomicU32::new(0),
            answer: FirstByte(AtomicU32::new(FirstByte::NOT_ASKED)),
            cancelled: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        let mut open = state.connections.lock();
        live.cancelled.store(open.is_over, Relaxed);
        let key = open.live.insert(Arc::clone(&live));
        drop(open);
        // The member may have left while this was being opened; whoever publishes that later sees it above.
        if !state.keeps(&live.upstream) {
            live.cancel();
        }
        Self { live, state, key, _counted: counted }
    }

    /// Whether the gateway wants this connection ended; the task is woken when it does.
    pub(super) fn is_cancelled(&self, cx: &Context<'_>) -> bool {
        self.live.waker.register(cx.waker());
        self.live.cancelled.load(Relaxed)
    }

    /// Waits until the gateway wants this connection ended.
    pub(super) async fn cancelled(&self) {
        std::future::poll_fn(|cx| if self.is_cancelled(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Counts bytes from the client.
    pub(super) fn moved_up(&self, bytes: u64) {
        if self.live.answer.0.load(Relaxed) == FirstByte::NOT_ASKED {
            self.live.answer.0.store(self.state.now_ms(), Relaxed);
        }
        self.live.moved.fetch_add(bytes, Relaxed);
        self.live.upstream.meter.add_up(bytes);
        self.state.totals.meter.add_up(bytes);
    }

    /// Counts bytes to the client. The first of them proves the member and times its answer.
    pub(super) fn moved_down(&self, bytes: u64) {
        if self.live.answer.0.load(Relaxed) != FirstByte::RECEIVED {
            self.answered();
        }
        self.live.moved.fetch_add(bytes, Relaxed);
        self.live.upstream.meter.add_down(bytes);
        self.state.totals.meter.add_down(bytes);
    }

    /// Counts bytes that another member was told before: the client has sent them once.
    pub(super) fn repeated(&self, bytes: u64) {
        self.live.answer.0.store(self.state.now_ms(), Relaxed);
        self.live.moved.fetch_add(bytes, Relaxed);
        self.live.upstream.meter.add_up(bytes);
    }

    /// Whether a byte has come back on this connection, also after it has ended.
    pub(super) fn answer_watch(&self) -> AnswerWatch {
        AnswerWatch(Arc::clone(&self.live))
    }

    /// The member.
    pub(super) fn upstream(&self) -> &Arc<Upstream> {
        &self.live.upstream
    }

    fn answered(&self) {
        let asked = self.live.answer.0.swap(FirstByte::RECEIVED, Relaxed);
        let now = self.state.now_ms();
        let took = (asked != FirstByte::NOT_ASKED).then(|| now.saturating_sub(asked) as f32);
        self.live.upstream.meter.answered(took, now);
        self.state.proven(&self.live.upstream);
    }

    /// Notes that the member closed without answering what the client had sent.
    pub(super) fn closed_empty(&self) {
        self.state.failed(&self.live.upstream, Signal::ClosedEmpty);
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.state.connections.lock().live.remove(self.key);
    }
}
