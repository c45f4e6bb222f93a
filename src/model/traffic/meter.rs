//! The live counters of a node: written by the gateway, readable by anyone.
//!
//! Plain atomics, so that counting is cheap and never blocks. A meter belongs to a [`NodeId`](crate::model::NodeId),
//! not to a process: it survives restarts and evictions. It has no clock; callers pass the time in milliseconds since
//! the engine's start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::histogram::DurationHistogram;

/// Time constant of the peak-EWMA of the time to first byte, in ms: between the 10 s of per-request load balancers and
/// the minutes in which routes really change.
const DECAY_MS: f32 = 90_000.0;

/// The counters of a node since the engine's start.
#[derive(Debug, Default)]
pub struct Meter {
    active: AtomicU64,
    total: AtomicU64,
    failures: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    proven: AtomicBool,
    failing: AtomicBool,
    /// Peak-EWMA of the time to first byte: `f32` milliseconds in the upper half, `u32` time of the last update in the
    /// lower.
    first_byte: AtomicU64,
    /// The distribution of the same times; failures are not included.
    first_bytes: DurationHistogram,
    /// Number of first bytes received and checks passed.
    answers: AtomicU32,
    /// The times of the last three checks that passed in ms, 16 bits each, the newest in the lowest; 0 if there was none.
    checks: AtomicU64,
    /// CPU usage of the member's process, in thousandths of one core.
    cpu: AtomicU32,
    /// Mean round-trip time to the server in microseconds; 0 if it is unknown.
    round_trip_us: AtomicU32,
    segments: AtomicU64,
    retransmitted: AtomicU64,
}

/// TCP segments with data that were sent to a node's server, on connections that have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentCounts {
    /// All of them.
    pub sent: u64,
    /// Those that were sent again.
    pub retransmitted: u64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MeterReading {
    /// Open connections.
    #[serde(skip)]
    pub active: u64,
    /// Connections opened.
    pub total: u64,
    /// Connections that failed before their first byte.
    pub failures: u64,
    /// Bytes from clients to the node.
    pub up: u64,
    /// Bytes from the node to clients.
    pub down: u64,
}

impl MeterReading {
    /// What was counted since an earlier reading; open connections are left out.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            active: 0,
            total: self.total.saturating_sub(earlier.total),
            failures: self.failures.saturating_sub(earlier.failures),
            up: self.up.saturating_sub(earlier.up),
            down: self.down.saturating_sub(earlier.down),
        }
    }
}

impl SegmentCounts {
    /// Those that were sent again, in percent of all; `None` if there are none.
    pub fn percent(self) -> Option<f32> {
        (self.sent > 0).then(|| (100.0 * self.retransmitted as f32 / self.sent as f32).min(100.0))
    }

    /// What was counted since an earlier reading.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            sent: self.sent.saturating_sub(earlier.sent),
            retransmitted: self.retransmitted.saturating_sub(earlier.retransmitted),
        }
    }
}

/// An open connection; it counts as active until this guard is dropped.
#[derive(Debug)]
pub struct ActiveConnection(Arc<Meter>);

impl ActiveConnection {
    /// The meter that it counts on.
    pub fn meter(&self) -> &Meter {
        &self.0
    }
}

impl Drop for ActiveConnection {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Relaxed);
    }
}

impl Meter {
    /// Counts a connection as opened, and as active until the guard is dropped.
    pub fn open(self: &Arc<Self>) -> ActiveConnection {
        self.active.fetch_add(1, Relaxed);
        self.total.fetch_add(1, Relaxed);
        ActiveConnection(Arc::clone(self))
    }

    /// Counts bytes from a client.
    pub fn add_up(&self, bytes: u64) {
        self.up.fetch_add(bytes, Relaxed);
    }

    /// Counts bytes to a client.
    pub fn add_down(&self, bytes: u64) {
        self.down.fetch_add(bytes, Relaxed);
    }

    /// Adds what an earlier process has counted for the same node; open connections are left out.
    pub fn add(&self, earlier: &MeterReading) {
        self.total.fetch_add(earlier.total, Relaxed);
        self.failures.fetch_add(earlier.failures, Relaxed);
        self.add_up(earlier.up);
        self.add_down(earlier.down);
    }

    /// Counts a connection that failed before its first byte.
    pub fn fail(&self) {
        self.failures.fetch_add(1, Relaxed);
        self.failing.store(true, Relaxed);
    }

    /// Resets the proof of health: the member has exited, or does not accept connections.
    pub fn mark_unproven(&self) {
        self.proven.store(false, Relaxed);
    }

    /// Records that a byte was received. Returns true for the first one since a failure.
    pub fn mark_proven(&self) -> bool {
        // Reading first avoids a write to a shared cache line in the common case.
        let is_new = !self.proven.load(Relaxed) && !self.proven.swap(true, Relaxed);
        let is_over = self.failing.load(Relaxed) && self.failing.swap(false, Relaxed);
        is_new || is_over
    }

    /// Whether a byte was received since the last failure.
    pub fn is_proven(&self) -> bool {
        self.proven.load(Relaxed)
    }

    /// Reads the counters.
    pub fn read(&self) -> MeterReading {
        MeterReading {
            active: self.active.load(Relaxed),
            total: self.total.load(Relaxed),
            failures: self.failures.load(Relaxed),
            up: self.up.load(Relaxed),
            down: self.down.load(Relaxed),
        }
    }

    /// Open connections.
    pub fn active(&self) -> u64 {
        self.active.load(Relaxed)
    }

    /// Records that a first byte was received, and after which time, if known.
    pub fn answered(&self, took_ms: Option<f32>, now_ms: u32) {
        self.answers.fetch_add(1, Relaxed);
        if let Some(took_ms) = took_ms {
            self.first_bytes.observe(took_ms);
            self.observe_first_byte(took_ms, now_ms);
        }
    }

    /// The usual time of a check in ms: the median of the last three, so that a single slow one does not matter. `None`
    /// before the first one has passed.
    pub fn usual_check_ms(&self) -> Option<u32> {
        let packed = self.checks.load(Relaxed);
        let mut times = [packed, packed >> 16, packed >> 32].map(|time| time as u16);
        times.sort_unstable();
        match times {
            [0, 0, 0] => None,
            [0, 0, time] | [0, time, _] | [_, time, _] => Some(time.into()),
        }
    }

    /// Records that a check has passed, after this time.
    pub fn pass_check(&self, took: Duration) {
        let ms = took.as_millis().clamp(1, u16::MAX.into()) as u64;
        self.checks.store((self.checks.load(Relaxed) << 16) | ms, Relaxed);
        self.answers.fetch_add(1, Relaxed);
        self.mark_proven();
    }

    /// The number of first bytes received and checks passed; it wraps around. A changed number means that the node has
    /// answered since.
    pub fn answers(&self) -> u32 {
        self.answers.load(Relaxed)
    }

    /// The 95th percentile of the time to first byte; `None` before there are enough samples.
    pub fn usual_first_byte(&self) -> Option<Duration> {
        self.first_bytes.p95()
    }

    /// Adds a time to first byte. A slower one takes effect at once, a faster one gradually ("peak EWMA", Finagle):
    /// degradation is noticed sooner than improvement.
    pub fn observe_first_byte(&self, sample_ms: f32, now_ms: u32) {
        let update = |packed| {
            let (ewma, at) = unpack(packed);
            let keep = fade(at, now_ms);
            let next = if sample_ms > ewma { sample_ms } else { ewma * keep + sample_ms * (1.0 - keep) };
            Some(pack(next, now_ms))
        };
        // The closure always returns `Some`, so the update cannot fail.
        let _always = self.first_byte.fetch_update(Relaxed, Relaxed, update);
    }

    /// The current peak-EWMA of the time to first byte in ms. It decays towards 0 without new samples, so that a slow
    /// node is tried again. 0 if there was no sample.
    pub fn first_byte_ms(&self, now_ms: u32) -> f32 {
        let (ewma, at) = unpack(self.first_byte.load(Relaxed));
        ewma * fade(at, now_ms)
    }

    /// The last value of the peak-EWMA without decay, in ms; `None` if there was no sample. For display: it does not
    /// change while there is no traffic.
    pub fn measured_first_byte_ms(&self) -> Option<u32> {
        let packed = self.first_byte.load(Relaxed);
        // At least 1 ms: shorter times are rounded up.
        (packed != 0).then(|| (unpack(packed).0.ceil() as u32).max(1))
    }

    /// Counts segments that were sent to the server.
    pub fn add_segments(&self, more: SegmentCounts) {
        self.segments.fetch_add(more.sent, Relaxed);
        self.retransmitted.fetch_add(more.retransmitted, Relaxed);
    }

    /// The segments that were sent to the server.
    pub fn segments(&self) -> SegmentCounts {
        SegmentCounts { sent: self.segments.load(Relaxed), retransmitted: self.retransmitted.load(Relaxed) }
    }

    /// Sets the mean round-trip time to the server.
    pub fn set_round_trip(&self, microseconds: u32) {
        self.round_trip_us.store(microseconds, Relaxed);
    }

    /// The mean round-trip time to the server in microseconds; `None` before the first measurement.
    pub fn round_trip_us(&self) -> Option<u32> {
        Some(self.round_trip_us.load(Relaxed)).filter(|microseconds| *microseconds > 0)
    }

    /// Sets the CPU usage of the member's process, in thousandths of one core.
    pub fn set_cpu(&self, thousandths: u32) {
        self.cpu.store(thousandths, Relaxed);
    }

    /// The CPU usage of the member's process, in thousandths of one core.
    pub fn cpu(&self) -> u32 {
        self.cpu.load(Relaxed)
    }
}

fn fade(from_ms: u32, to_ms: u32) -> f32 {
    (-(to_ms.saturating_sub(from_ms) as f32) / DECAY_MS).exp()
}

fn pack(value: f32, at_ms: u32) -> u64 {
    (u64::from(value.to_bits()) << 32) | u64::from(at_ms)
}

fn unpack(packed: u64) -> (f32, u32) {
    (f32::from_bits((packed >> 32) as u32), packed as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_counts_as_active_until_dropped() {
        let meter = Arc::new(Meter::default());
        let first = meter.open();
        let _second = meter.open();
        drop(first);
        assert_eq!(meter.read(), MeterReading { active: 1, total: 2, ..MeterReading::default() });
    }

    #[test]
    fn a_single_slow_check_does_not_matter() {
        let meter = Meter::default();
        assert_eq!(meter.usual_check_ms(), None);
        let usual = [120, 3_000, 100, 110, 100_000].map(|ms| {
            meter.pass_check(Duration::from_millis(ms));
            meter.usual_check_ms().unwrap()
        });
        assert_eq!(usual, [120, 120, 120, 110, 110]);
    }

    #[test]
    fn a_proof_is_an_edge() {
        let meter = Meter::default();
        assert!(meter.mark_proven());
        assert!(!meter.mark_proven());
        meter.mark_unproven();
        assert!(meter.mark_proven());
    }

    #[test]
    fn slower_times_count_at_once_and_decay() {
        let meter = Meter::default();
        meter.observe_first_byte(100.0, 0);
        meter.observe_first_byte(2_000.0, 10);
        assert_eq!(meter.first_byte_ms(10), 2_000.0);
        meter.observe_first_byte(100.0, 20);
        assert!(meter.first_byte_ms(20) > 1_900.0);
        meter.observe_first_byte(100.0, 200_000);
        assert!(meter.first_byte_ms(200_000) < 400.0);
        assert!(meter.first_byte_ms(800_000) < 1.0);
    }
}
