//! The totals of all gateways of one engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

use crate::model::Meter;
use crate::model::meter::MeterReading;

/// The totals of all consecutive gateways of one engine.
#[derive(Debug, Default)]
pub struct Totals {
    pub(super) meter: Arc<Meter>,
    pub(super) rejected: AtomicU64,
    pub(super) replayed: AtomicU64,
}

/// [`Totals`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsReading {
    traffic: MeterReading,
    rejected: u64,
    replayed: u64,
}

impl TotalsReading {
    /// The increase since an earlier reading.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            traffic: self.traffic.since(&earlier.traffic),
            rejected: self.rejected.saturating_sub(earlier.rejected),
            replayed: self.replayed.saturating_sub(earlier.replayed),
        }
    }
}

impl Totals {
    /// Client connections and bytes.
    pub fn reading(&self) -> MeterReading {
        crate::handover::collect();
        self.meter.read()
    }

    /// Adds the counters of an earlier engine.
    pub fn add(&self, earlier: &TotalsReading) {
        self.meter.add(&earlier.traffic);
        self.rejected.fetch_add(earlier.rejected, Relaxed);
        self.replayed.fetch_add(earlier.replayed, Relaxed);
    }

    /// All counters.
    pub fn read(&self) -> TotalsReading {
        TotalsReading { traffic: self.reading(), rejected: self.rejected(), replayed: self.replayed() }
    }

    /// Number of rejected clients.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Relaxed)
    }

    /// Number of first exchanges that were replayed through another member.
    pub fn replayed(&self) -> u64 {
        self.replayed.load(Relaxed)
    }
}
