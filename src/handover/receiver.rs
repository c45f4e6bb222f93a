//! The member's end: it takes clients' sockets for the connections that it relays.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::task::AtomicWaker;
use tokio::net::TcpStream;

use super::HandedEnd;
use super::message::HandoverMessage;
use super::socket::MessageSocket;
use crate::os::shared_counters::{CounterPair, SharedCounters};
use crate::os::tcp_info::TcpInfo;

/// The member's end of the pair.
pub struct HandoverReceiver {
    socket: MessageSocket,
    counters: SharedCounters,
    // Held for a few instructions when a connection changes.
    relays: Mutex<OpenRelays>,
}

/// The connections that may be offered, and those that are taken.
#[derive(Default)]
struct OpenRelays {
    by_port: HashMap<u16, Arc<ClientOffer>>,
    by_slot: HashMap<u32, Arc<ClientOffer>>,
}

impl HandoverReceiver {
    /// The end that was inherited; the first message is there already. To be called in a runtime.
    ///
    /// # Errors
    /// The first message is another one, or its memory cannot be mapped.
    pub fn start(socket: OwnedFd) -> io::Result<Arc<Self>> {
        let socket = MessageSocket::new(socket)?;
        let (Some(HandoverMessage::Counters), Some(file)) = socket.receive_now()? else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let counters = SharedCounters::map(file.as_fd())?;
        socket.send(HandoverMessage::Ready);
        Ok(Arc::new(Self { socket, counters, relays: Mutex::default() }))
    }

    /// Takes what is offered, until the gateway is gone.
    pub async fn run(&self) {
        self.socket.run(|message, descriptor| self.handle(message, descriptor)).await;
    }

    /// Counts a connection to the server that has ended.
    pub fn count_server(&self, info: TcpInfo) {
        let server = self.counters.server();
        if info.round_trip_us > 0 {
            let mean = server.round_trip_us.load(Relaxed);
            let sample = u64::from(info.round_trip_us);
            // As TCP does it (RFC 6298): an eighth of each new measurement. Two at once may lose one.
            let next = if mean == 0 { sample } else { (7 * mean + sample).div_ceil(8) };
            server.round_trip_us.store(next, Relaxed);
        }
        server.segments.fetch_add(info.segments.into(), Release);
        server.retransmitted.fetch_add(info.retransmitted.into(), Release);
    }

    /// The counters, to write wrong numbers.
    #[cfg(test)]
    pub(super) fn counters(&self) -> &SharedCounters {
        &self.counters
    }

    /// Refuses a connection, whether it was offered or not.
    #[cfg(test)]
    pub(super) fn refuse(&self, slot: u32) {
        self.socket.send(HandoverMessage::Refused { slot });
    }

    fn handle(&self, message: HandoverMessage, descriptor: Option<OwnedFd>) {
        match message {
            HandoverMessage::Offer { slot, port } => {
                let is_taken = self.take(slot, port, descriptor);
                let answer = if is_taken { HandoverMessage::Taken { slot } } else { HandoverMessage::Refused { slot } };
                self.socket.send(answer);
            }
            HandoverMessage::Drained { slot } => self.tell(slot, |state| state.is_drained = true),
            HandoverMessage::Cancel { slot } => self.tell(slot, |state| state.is_cancelled = true),
            HandoverMessage::Counters
            | HandoverMessage::Ready
            | HandoverMessage::Taken { .. }
            | HandoverMessage::Refused { .. }
            | HandoverMessage::Ended { .. } => tracing::debug!(?message, "the gateway said what is not its to say"),
        }
    }

    fn take(&self, slot: u32, port: u16, descriptor: Option<OwnedFd>) -> bool {
        let mut relays = self.relays();
        // Without a descriptor, this process has no place for it.
        let (Some(offer), Some(descriptor)) = (relays.by_port.get(&port).cloned(), descriptor) else { return false };
        let is_new = !relays.by_slot.contains_key(&slot) && self.counters.pair(slot as usize).is_some();
        if !is_new || !offer.take(slot, descriptor) {
            return false;
        }
        relays.by_slot.insert(slot, Arc::clone(&offer));
        drop(relays);
        offer.waker.wake();
        true
    }

    fn tell(&self, slot: u32, change: impl FnOnce(&mut OfferState)) {
        // It may have ended meanwhile.
        let Some(offer) = self.relays().by_slot.get(&slot).cloned() else { return };
        change(&mut offer.state());
        offer.waker.wake();
    }

    /// Expects an offer for the connection that came from this port, until the guard is dropped.
    pub(super) fn expect(self: &Arc<Self>, port: u16) -> ExpectedOffer {
        let offer = Arc::new(ClientOffer { state: Mutex::default(), waker: AtomicWaker::new() });
        self.relays().by_port.insert(port, Arc::clone(&offer));
        ExpectedOffer { receiver: Arc::clone(self), port, offer, end: HandedEnd::Broken }
    }

    fn relays(&self) -> MutexGuard<'_, OpenRelays> {
        // Nothing panics while the lock is held.
        self.relays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the gateway has said of one connection.
pub struct ClientOffer {
    state: Mutex<OfferState>,
    waker: AtomicWaker,
}

#[derive(Default)]
pub(super) struct OfferState {
    /// Whether it is too late for an offer.
    is_closed: bool,
    /// The connection's counters, once it was offered and taken.
    pub(super) slot: Option<u32>,
    /// The client, until the relay fetches it.
    pub(super) client: Option<TcpStream>,
    pub(super) is_drained: bool,
    is_cancelled: bool,
}

impl ClientOffer {
    fn take(&self, slot: u32, descriptor: OwnedFd) -> bool {
        let mut state = self.state();
        if state.is_closed || state.slot.is_some() {
            return false;
        }
        match TcpStream::from_std(descriptor.into()) {
            Ok(client) => {
                (state.slot, state.client) = (Some(slot), Some(client));
                true
            }
            Err(error) => {
                tracing::debug!(%error, "a client's socket cannot be used");
                false
            }
        }
    }

    /// Refuses an offer from now on.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
    }

    /// Has the current task woken when something is said.
    pub(super) fn register(&self, cx: &std::task::Context<'_>) {
        self.waker.register(cx.waker());
    }

    /// Waits until the gateway wants the connection reset.
    pub async fn cancelled(&self) {
        poll_fn(|cx| {
            self.register(cx);
            if self.state().is_cancelled { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    pub(super) fn state(&self) -> MutexGuard<'_, OfferState> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that may be offered. When dropped it cannot be any more, and one that was taken is over.
pub(super) struct ExpectedOffer {
    receiver: Arc<HandoverReceiver>,
    port: u16,
    pub(super) offer: Arc<ClientOffer>,
    pub(super) end: HandedEnd,
}

impl ExpectedOffer {
    /// The counters of a connection that is taken.
    pub(super) fn counters(&self, slot: u32) -> Option<&CounterPair> {
        self.receiver.counters.pair(slot as usize)
    }
}

/// Adds to a counter that only this process writes.
pub(super) fn add(counter: &std::sync::atomic::AtomicU64, bytes: usize) {
    counter.store(counter.load(Relaxed) + bytes as u64, Release);
}

impl Drop for ExpectedOffer {
    fn drop(&mut self) {
        let mut relays = self.receiver.relays();
        // A later connection may come from the same port.
        if relays.by_port.get(&self.port).is_some_and(|offer| Arc::ptr_eq(offer, &self.offer)) {
            relays.by_port.remove(&self.port);
        }
        let mut state = self.offer.state();
        let client = state.client.take();
        if let Some(slot) = state.slot {
            if let Some(counters) = self.receiver.counters.pair(slot as usize) {
                counters.blocked.store(0, Relaxed);
            }
            relays.by_slot.remove(&slot);
            drop((state, relays, client));
            self.receiver.socket.send(HandoverMessage::Ended { slot, end: self.end });
        }
    }
}
