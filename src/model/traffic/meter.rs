//! The live counters of one node: the gateway writes them, everyone may read them.
//!
//! Plain atomics, so that counting costs a connection nothing it would notice and nobody waits for
//! anybody. A meter belongs to a [`NodeId`](crate::model::NodeId), not to a process: it outlives restarts
//! and evictions. It has no clock; who measures time says so in milliseconds since the engine's start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::spread::Spread;

/// Time after which an old time-to-first-byte has lost about two thirds of its say, in ms.
/// Between the 10 s of per-request balancers and the minutes in which routes really change.
const DECAY_MS: f32 = 90_000.0;

/// Counters of one node since the engine's start.
#[derive(Debug, Default)]
pub struct Meter {
    active: AtomicU64,
    total: AtomicU64,
    failures: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    proven: AtomicBool,
    failing: AtomicBool,
    /// Peak-EWMA of time to first byte: `f32` milliseconds above, `u32` time of update below.
    first_byte: AtomicU64,
    /// The same times as a distribution; failures are not among them.
    first_bytes: Spread,
    /// First bytes that came back, and checks that passed.
    answers: AtomicU32,
    /// CPU share of the member's process, in thousandths of one core.
    cpu: AtomicU32,
}

/// One reading of the plain counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Open connections.
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

/// One open connection; it counts as active until this is dropped.
#[derive(Debug)]
pub struct Counted(Arc<Meter>);

impl Counted {
    /// The meter it counts on.
    pub fn meter(&self) -> &Meter {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Relaxed);
    }
}

impl Meter {
    /// Counts a connection as opened and, until the guard is dropped, as active.
    pub fn open(self: &Arc<Self>) -> Counted {
        self.active.fetch_add(1, Relaxed);
        self.total.fetch_add(1, Relaxed);
        Counted(Arc::clone(self))
    }

    /// Counts bytes from a client.
    pub fn add_up(&self, bytes: u64) {
        self.up.fetch_add(bytes, Relaxed);
    }

    /// Counts bytes to a client.
    pub fn add_down(&self, bytes: u64) {
        self.down.fetch_add(bytes, Relaxed);
    }

    /// Counts a connection that failed before its first byte.
    pub fn fail(&self) {
        self.failures.fetch_add(1, Relaxed);
        self.failing.store(true, Relaxed);
    }

    /// Forgets the proof of health: the member ended, or does not take connections.
    pub fn doubt(&self) {
        self.proven.store(false, Relaxed);
    }

    /// Notes that a byte has come back. True the first time since a failure or a doubt: an edge.
    pub fn prove(&self) -> bool {
        // Looking first keeps the usual case free of writes that other cores would have to see.
        let is_new = !self.proven.load(Relaxed) && !self.proven.swap(true, Relaxed);
        let is_over = self.failing.load(Relaxed) && self.failing.swap(false, Relaxed);
        is_new || is_over
    }

    /// Whether a byte has come back since the last doubt.
    pub fn is_proven(&self) -> bool {
        self.proven.load(Relaxed)
    }

    /// The plain counters.
    pub fn read(&self) -> Reading {
        Reading {
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

    /// Notes that a first byte came back, and how long that took where it is known.
    pub fn answered(&self, took_ms: Option<f32>, now_ms: u32) {
        self.answers.fetch_add(1, Relaxed);
        if let Some(took_ms) = took_ms {
            self.first_bytes.observe(took_ms);
            self.observe_first_byte(took_ms, now_ms);
        }
    }

    /// Notes that a check has passed.
    pub fn pass_check(&self) {
        self.answers.fetch_add(1, Relaxed);
        self.prove();
    }

    /// How often the node has answered: first bytes on connections, and checks that passed. It wraps;
    /// another number than before says that it has answered since.
    pub fn answers(&self) -> u32 {
        self.answers.load(Relaxed)
    }

    /// What nineteen of twenty first bytes take; none before a few have come.
    pub fn usual_first_byte(&self) -> Option<Duration> {
        self.first_bytes.p95()
    }

    /// Takes in a measured time to first byte. A slower one counts at once, a faster one only as
    /// the old fades ("peak EWMA", Finagle): getting worse is believed sooner than getting better.
    pub fn observe_first_byte(&self, sample_ms: f32, now_ms: u32) {
        let update = |packed| {
            let (ewma, at) = unpack(packed);
            let keep = fade(at, now_ms);
            let next = if sample_ms > ewma { sample_ms } else { ewma * keep + sample_ms * (1.0 - keep) };
            Some(pack(next, now_ms))
        };
        // The closure always returns a value, so the update cannot fail.
        let _always = self.first_byte.fetch_update(Relaxed, Relaxed, update);
    }

    /// The time to first byte in ms as it counts now, fading towards 0 while nothing is measured,
    /// so that a node that was slow once is tried again. 0 if it was never measured.
    pub fn first_byte_ms(&self, now_ms: u32) -> f32 {
        let (ewma, at) = unpack(self.first_byte.load(Relaxed));
        ewma * fade(at, now_ms)
    }

    /// The time to first byte in ms as it was measured last, none before that. What people are shown:
    /// it does not change while nothing happens.
    pub fn measured_first_byte_ms(&self) -> Option<u32> {
        let packed = self.first_byte.load(Relaxed);
        // Whole milliseconds are measured, so that a fast answer may have taken none.
        (packed != 0).then(|| (unpack(packed).0.ceil() as u32).max(1))
    }

    /// Sets the CPU share of the member's process, in thousandths of one core.
    pub fn set_cpu(&self, thousandths: u32) {
        self.cpu.store(thousandths, Relaxed);
    }

    /// The CPU share of the member's process, in thousandths of one core.
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
        assert_eq!(meter.read(), Reading { active: 1, total: 2, ..Reading::default() });
    }

    #[test]
    fn a_proof_is_an_edge() {
        let meter = Meter::default();
        assert!(meter.prove());
        assert!(!meter.prove());
        meter.doubt();
        assert!(meter.prove());
    }

    #[test]
    fn slower_counts_at_once_and_fades_with_time() {
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
