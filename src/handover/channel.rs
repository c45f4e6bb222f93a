//! The gateway's end: connections that a member was offered, and what it says of them.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use slab::Slab;
use tokio::net::TcpStream;

use super::message::HandoverMessage;
use super::socket::MessageSocket;
use super::{ClientWait, CountBytes, HandedEnd, HandoverProgress};
use crate::model::Meter;
use crate::model::meter::SegmentCounts;
use crate::os::descriptor_messages;
use crate::os::shared_counters::{PAIRS, SharedCounters};

/// More than any connection moves: a member that counts more is wrong.
const MAX_BYTES: u64 = 1 << 50;

/// The longest round-trip time that is believed, in microseconds.
const MAX_ROUND_TRIP: u64 = 60_000_000;

/// The gateway's end of the pair that it has with one member process.
pub struct HandoverChannel {
    socket: MessageSocket,
    counters: SharedCounters,
    /// The counters of the member's node.
    meter: Arc<Meter>,
    // Held for a few instructions when a connection changes, and while counters are read.
    state: Mutex<ChannelState>,
}

#[derive(Default)]
struct ChannelState {
    is_ready: bool,
    is_over: bool,
    slots: Slab<HandedSlot>,
    /// What was counted so far of the connections to the server.
    segments: SegmentCounts,
}

/// A connection that was offered.
struct HandedSlot {
    progress: HandoverProgress,
    counter: Arc<dyn CountBytes>,
    /// What was counted so far.
    up: u64,
    down: u64,
    waker: Option<Waker>,
    /// Whether nobody waits for its end any more.
    is_abandoned: bool,
}

impl HandoverChannel {
    /// A new pair for a member of the node with this meter: this end, and the one for the child to inherit. To be called
    /// in a runtime.
    ///
    /// # Errors
    /// The system gives no sockets or no memory.
    pub fn create(meter: Arc<Meter>) -> io::Result<(Arc<Self>, OwnedFd)> {
        let (own, childs) = descriptor_messages::pair()?;
        let (counters, file) = SharedCounters::create()?;
        let socket = MessageSocket::new(own)?;
        socket.send_now(HandoverMessage::Counters, file.as_fd())?;
        Ok((Arc::new(Self { socket, counters, meter, state: Mutex::default() }), childs))
    }

    /// Follows what the member says, until it is gone; then whatever it still has is broken.
    pub async fn run(&self) {
        // Also where the task is dropped.
        let _over = ChannelEnd(self);
        self.socket.run(|message, _none| self.handle(message)).await;
    }

    /// Offers the member the client of a connection, whose other end is `loopback`. None where that is not possible now.
    /// Nothing may be read from the client from then on, unless it is refused.
    pub fn offer(
        self: &Arc<Self>,
        client: &TcpStream,
        loopback: &TcpStream,
        counter: Arc<dyn CountBytes>,
    ) -> Option<HandedConnection> {
        let port = loopback.local_addr().ok()?.port();
        let mut state = self.state();
        if !state.is_ready || state.is_over || state.slots.len() >= PAIRS {
            return None;
        }
        let progress = HandoverProgress::Offered;
        let slot = HandedSlot { progress, counter, up: 0, down: 0, waker: None, is_abandoned: false };
        let slot = state.slots.insert(slot);
        let pair = self.counters.pair(slot)?;
        pair.up.store(0, Relaxed);
        pair.down.store(0, Relaxed);
        let slot = slot as u32;
        if let Err(error) = self.socket.send_now(HandoverMessage::Offer { slot, port }, client.as_fd()) {
            tracing::debug!(%error, "a connection was not offered");
            state.slots.remove(slot as usize);
            return None;
        }
        Some(HandedConnection { channel: Arc::clone(self), slot })
    }

    /// Connections that are offered or taken.
    #[cfg(test)]
    pub(crate) fn open(&self) -> usize {
        self.state().slots.len()
    }

    /// Whether the member takes offers.
    #[cfg(test)]
    pub(crate) fn is_ready(&self) -> bool {
        self.state().is_ready
    }

    /// Counts what has moved since the last time.
    pub(super) fn collect(&self) {
        let mut state = self.state();
        self.collect_server(&mut state.segments);
        for (slot, handed) in &mut state.slots {
            self.collect_slot(slot, handed);
        }
    }

    fn collect_server(&self, counted: &mut SegmentCounts) {
        let server = self.counters.server();
        let round_trip = server.round_trip_us.load(Relaxed).min(MAX_ROUND_TRIP) as u32;
        if round_trip > 0 {
            self.meter.set_round_trip(round_trip);
        }
        let (sent, again) = (server.segments.load(Acquire), server.retransmitted.load(Acquire));
        let now = SegmentCounts { sent: sent.min(MAX_BYTES), retransmitted: again.min(MAX_BYTES) };
        self.meter.add_segments(now.since(*counted));
        *counted = SegmentCounts {
            sent: now.sent.max(counted.sent),
            retransmitted: now.retransmitted.max(counted.retransmitted),
        };
    }

    fn collect_slot(&self, slot: usize, handed: &mut HandedSlot) {
        let Some(pair) = self.counters.pair(slot) else { return };
        let (up, down) = (pair.up.load(Acquire).min(MAX_BYTES), pair.down.load(Acquire).min(MAX_BYTES));
        // What a member takes back is not taken back here.
        let (more_up, more_down) = (up.saturating_sub(handed.up), down.saturating_sub(handed.down));
        if more_up > 0 || more_down > 0 {
            handed.counter.count(more_up, more_down);
            (handed.up, handed.down) = (handed.up + more_up, handed.down + more_down);
        }
        if handed.progress == HandoverProgress::Taken {
            let is_blocked = pair.blocked.load(Acquire) != 0;
            handed.counter.wait(if is_blocked { ClientWait::Accepts } else { ClientWait::None });
        }
    }

    fn handle(&self, message: HandoverMessage) {
        match message {
            HandoverMessage::Ready => self.state().is_ready = true,
            HandoverMessage::Taken { slot } => self.progress(slot, HandoverProgress::Taken),
            HandoverMessage::Refused { slot } => self.progress(slot, HandoverProgress::Refused),
            HandoverMessage::Ended { slot, end } => self.progress(slot, HandoverProgress::Ended(end)),
            HandoverMessage::Counters
            | HandoverMessage::Offer { .. }
            | HandoverMessage::Drained { .. }
            | HandoverMessage::Cancel { .. } => tracing::debug!(?message, "a member said what is not its to say"),
        }
    }

    fn progress(&self, slot: u32, progress: HandoverProgress) {
        let mut state = self.state();
        let Some(handed) = state.slots.get_mut(slot as usize) else { return };
        let is_next = match (handed.progress, progress) {
            (HandoverProgress::Offered, _) => progress != HandoverProgress::Offered,
            (HandoverProgress::Taken, HandoverProgress::Ended(_)) => true,
            (HandoverProgress::Taken | HandoverProgress::Refused | HandoverProgress::Ended(_), _) => false,
        };
        if !is_next {
            return tracing::debug!(?progress, "a member contradicts itself");
        }
        handed.progress = progress;
        self.collect_slot(slot as usize, handed);
        let waker = handed.waker.take();
        let is_over = progress != HandoverProgress::Taken;
        if handed.is_abandoned && is_over {
            state.slots.remove(slot as usize);
        }
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        let mut wakers = Vec::new();
        for (slot, handed) in &mut state.slots {
            self.collect_slot(slot, handed);
            if !matches!(handed.progress, HandoverProgress::Refused | HandoverProgress::Ended(_)) {
                handed.progress = HandoverProgress::Ended(HandedEnd::Broken);
            }
            wakers.extend(handed.waker.take());
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, ChannelState> {
        // Nothing panics while the lock is held; if it did, the slab would still be consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a channel when dropped.
struct ChannelEnd<'a>(&'a HandoverChannel);

impl Drop for ChannelEnd<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A connection that was offered to a member. Dropping it has the member reset it, unless it is over.
pub struct HandedConnection {
    channel: Arc<HandoverChannel>,
    slot: u32,
}

impl HandedConnection {
    /// How far it has come; the task is woken when it has come further.
    pub fn poll(&self, cx: &Context<'_>) -> HandoverProgress {
        let mut state = self.channel.state();
        let Some(handed) = state.slots.get_mut(self.slot as usize) else {
            return HandoverProgress::Ended(HandedEnd::Broken);
        };
        if !handed.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            handed.waker = Some(cx.waker().clone());
        }
        handed.progress
    }

    /// Tells the member that everything is written to the client that came over the loopback connection.
    pub fn drained(&self) {
        self.channel.socket.send(HandoverMessage::Drained { slot: self.slot });
    }
}

impl Drop for HandedConnection {
    fn drop(&mut self) {
        let slot = self.slot as usize;
        let mut state = self.channel.state();
        let Some(handed) = state.slots.get_mut(slot) else { return };
        self.channel.collect_slot(slot, handed);
        handed.waker = None;
        match handed.progress {
            HandoverProgress::Refused | HandoverProgress::Ended(_) => drop(state.slots.remove(slot)),
            HandoverProgress::Offered | HandoverProgress::Taken => {
                // The slot is free when the member has confirmed the end.
                handed.is_abandoned = true;
                drop(state);
                self.channel.socket.send(HandoverMessage::Cancel { slot: self.slot });
            }
        }
    }
}
