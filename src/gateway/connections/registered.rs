//! A registered connection: it counts transferred bytes and can be cancelled by the gateway.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use super::LiveConnection;
use super::entry::{AwaitedPeer, ConnectionEntry, FirstByte, ResponseWatch};
use super::tracker::{CarrierChoice, Tracked};
use crate::gateway::Totals;
use crate::gateway::state::GatewayState;
use crate::handover::{ClientWait, CountBytes};
use crate::model::Upstream;
use crate::model::meter::ActiveConnection;
use crate::model::outcome::Signal;
use crate::sites::{Observation, SiteKey};

/// Bytes from which the rate of a transfer says something about the node.
const LARGE_TRANSFER: u64 = 1024 * 1024;

/// A connection that is open for longer may have been idle in between.
const MAX_TRANSFER_MS: u32 = 30_000;

/// A registered connection; removed, and no longer counted as active, when dropped.
pub(in crate::gateway) struct Registered {
    live: Arc<ConnectionEntry>,
    state: Arc<GatewayState>,
    key: usize,
    tracked: Tracked,
    site: Option<SiteKey>,
    _counted: ActiveConnection,
}

impl Registered {
    /// Registers a connection through a member, which already counts it as active.
    pub(in crate::gateway) fn new(
        state: Arc<GatewayState>,
        upstream: Arc<Upstream>,
        counted: ActiveConnection,
        tracked: Tracked,
    ) -> Self {
        let live = Arc::new(ConnectionEntry::new(upstream, tracked.door_meter()));
        let mut open = state.connections.lock();
        live.cancelled.store(open.is_over, Relaxed);
        let key = open.live.insert(LiveConnection { entry: Arc::clone(&live), record: tracked.record() });
        let count = open.live.len();
        drop(open);
        state.connections.trimmer.opened(count);
        // The member may have been removed while the connection was opened; a later removal cancels the registered
        // entry.
        if !state.keeps(&live.upstream) || tracked.is_cancelled() {
            live.cancel();
        }
        Self { live, state, key, tracked, site: None, _counted: counted }
    }

    /// Sets the site that it leads to, about which its first byte says something.
    pub(in crate::gateway) fn of_site(mut self, site: Option<SiteKey>) -> Self {
        self.site = site;
        self
    }

    /// Whether the gateway has cancelled this connection; the task is woken when it does.
    pub(in crate::gateway) fn is_cancelled(&self, cx: &Context<'_>) -> bool {
        self.live.waker.register(cx.waker());
        self.live.cancelled.load(Relaxed)
    }

    /// Waits until the gateway cancels this connection.
    pub(in crate::gateway) async fn cancelled(&self) {
        std::future::poll_fn(|cx| if self.is_cancelled(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Whether this connection is cancelled only because its member was removed.
    pub(in crate::gateway) fn has_lost_member(&self) -> bool {
        !self.state.keeps(&self.live.upstream) && !self.tracked.is_cancelled() && !self.state.connections.lock().is_over
    }

    /// Counts bytes from the client.
    pub(in crate::gateway) fn count_up(&self, bytes: u64) {
        if self.live.first_byte.0.load(Relaxed) == FirstByte::NO_REQUEST {
            self.live.first_byte.0.store(self.state.now_ms(), Relaxed);
        }
        self.live.up.fetch_add(bytes, Relaxed);
        self.live.upstream.meter.add_up(bytes);
        self.state.totals.meter.add_up(bytes);
        if let Some(door) = &self.live.door {
            door.add_up(bytes);
        }
    }

    /// Counts bytes to the client. The first byte shows that the member works, and its time is measured.
    pub(in crate::gateway) fn count_down(&self, bytes: u64) {
        if self.live.first_byte.0.load(Relaxed) != FirstByte::RECEIVED {
            self.answered();
        }
        self.live.down.fetch_add(bytes, Relaxed);
        self.live.upstream.meter.add_down(bytes);
        self.state.totals.meter.add_down(bytes);
        if let Some(door) = &self.live.door {
            door.add_down(bytes);
        }
    }

    /// Counts what a member moves on this connection after it was handed over: it has been answered before.
    pub(in crate::gateway) fn byte_counter(&self) -> Arc<dyn CountBytes> {
        Arc::new(HandedBytes { live: Arc::clone(&self.live), totals: Arc::clone(&self.state.totals) })
    }

    /// Bytes from the client, and to it.
    pub(in crate::gateway) fn transferred(&self) -> (u64, u64) {
        self.live.transferred()
    }

    /// Sets how many bytes to the client there will be at least.
    pub(in crate::gateway) fn expect(&self, total: u64) {
        if self.live.expect(total) {
            self.state.connections.begin_scans();
        }
    }

    /// Sets which side is waited for.
    pub(in crate::gateway) fn wait_for(&self, peer: AwaitedPeer) {
        self.live.wait_for(peer);
        if peer == AwaitedPeer::MemberAccepts {
            self.state.connections.begin_scans();
        }
    }

    /// Counts bytes that were already sent through another member: the client has sent them only once.
    pub(in crate::gateway) fn count_replayed(&self, bytes: u64) {
        self.live.first_byte.0.store(self.state.now_ms(), Relaxed);
        self.live.up.fetch_add(bytes, Relaxed);
        self.live.upstream.meter.add_up(bytes);
    }

    /// A watch for whether a byte was received on this connection, usable after its end.
    pub(in crate::gateway) fn response_watch(&self) -> ResponseWatch {
        ResponseWatch(Arc::clone(&self.live))
    }

    /// Makes this the connection that carries the client's request.
    pub(in crate::gateway) fn set_carrier(&self, choice: CarrierChoice) {
        self.tracked.set_carrier(&self.live, choice);
    }

    /// The record of the client's request.
    pub(in crate::gateway) fn tracked(&self) -> &Tracked {
        &self.tracked
    }

    /// The member.
    pub(in crate::gateway) fn upstream(&self) -> &Arc<Upstream> {
        &self.live.upstream
    }

    fn answered(&self) {
        let requested = self.live.first_byte.0.swap(FirstByte::RECEIVED, Relaxed);
        let now = self.state.now_ms();
        let took = (requested != FirstByte::NO_REQUEST).then(|| now.saturating_sub(requested) as f32);
        self.live.upstream.meter.answered(took, now);
        self.live.answered_at.store(now, Relaxed);
        if let Some(took) = took {
            self.state.observe_site(self.site, &self.live.upstream.id, Observation::FirstByte(took));
        }
        self.state.report_success(&self.live.upstream);
    }

    /// Records that the member closed without a response.
    pub(in crate::gateway) fn closed_empty(&self) {
        self.state.report_failure(&self.live.upstream, Signal::ClosedEmpty);
    }
}

/// Where bytes are counted that do not pass the gateway.
struct HandedBytes {
    live: Arc<ConnectionEntry>,
    totals: Arc<Totals>,
}

impl CountBytes for HandedBytes {
    fn wait(&self, for_client: ClientWait) {
        self.live.wait_for(match for_client {
            ClientWait::Accepts => AwaitedPeer::Client,
            ClientWait::None => AwaitedPeer::MemberResponds,
        });
    }

    fn count(&self, up: u64, down: u64) {
        self.live.up.fetch_add(up, Relaxed);
        self.live.down.fetch_add(down, Relaxed);
        for meter in [&self.live.upstream.meter, &self.totals.meter].into_iter().chain(&self.live.door) {
            meter.add_up(up);
            meter.add_down(down);
        }
    }
}

impl Registered {
    /// The rate of a large transfer that the connection was for, in bytes per second.
    fn rate(&self) -> Option<f32> {
        let took = self.state.now_ms().wrapping_sub(self.live.answered_at.load(Relaxed));
        let (_, down) = self.live.transferred();
        let is_transfer = down >= LARGE_TRANSFER && (1..MAX_TRANSFER_MS).contains(&took);
        is_transfer.then(|| down as f32 * 1_000.0 / took as f32)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        if self.site.is_some()
            && let Some(rate) = self.rate()
        {
            self.state.observe_site(self.site, &self.live.upstream.id, Observation::Rate(rate));
        }
        self.state.connections.remove(self.key);
    }
}
