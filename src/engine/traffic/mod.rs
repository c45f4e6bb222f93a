//! Traffic: the bytes of each node and the gateway, their rates, and the CPU usage of members.
//!
//! Rates are measured once a second while anyone watches, and the totals are saved once a minute while traffic is on.

mod accounting;
mod rates;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;

use self::accounting::TrafficAccounting;
pub(super) use self::accounting::{ByteCounts, TrafficFile, TrafficTotals};
use self::rates::Rates;
use crate::model::meter::MeterReading;
use crate::model::{Meter, NodeId};
use crate::os::cpu::CpuMeter;

/// How often rates and CPU usage are measured while anyone watches.
const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// How often totals are saved while traffic is on.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// Whether a timer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    On,
    Off,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DueTraffic {
    Measure,
    Save,
}

/// Counters, rates and CPU usage.
pub(super) struct TrafficStats {
    accounting: TrafficAccounting,
    rates: Rates,
    cpu: CpuMeter,
    measure_at: Option<Instant>,
    save_at: Option<Instant>,
}

impl TrafficStats {
    /// With the totals of earlier runs.
    pub(super) fn of(file: TrafficFile) -> Self {
        Self {
            accounting: TrafficAccounting::of(file),
            rates: Rates::default(),
            cpu: CpuMeter::default(),
            measure_at: None,
            save_at: None,
        }
    }

    /// Goes on with the totals of an earlier engine, whose meters have these readings.
    pub(super) fn go_on<'a>(&mut self, file: TrafficFile, readings: impl Iterator<Item = (&'a NodeId, MeterReading)>) {
        self.accounting = TrafficAccounting::of(file);
        readings.for_each(|(id, reading)| self.accounting.mark_counted(id, reading));
    }

    /// Starts and stops the timers.
    pub(super) fn plan(&mut self, measure: Repeat, save: Repeat, now: Instant) {
        let next = |planned: &mut Option<Instant>, repeat, every| match repeat {
            Repeat::On => _ = planned.get_or_insert(now + every),
            Repeat::Off => *planned = None,
        };
        next(&mut self.measure_at, measure, MEASURE_EVERY);
        next(&mut self.save_at, save, SAVE_EVERY);
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.measure_at, self.save_at].into_iter().flatten().min()
    }

    /// What is due now; each is returned once.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<DueTraffic> {
        let timers = [(&mut self.measure_at, DueTraffic::Measure), (&mut self.save_at, DueTraffic::Save)];
        let due = timers.into_iter().filter_map(|(at, due)| at.take_if(|at| *at <= now).map(|_| due));
        due.collect()
    }

    /// Adds the increase of these nodes' meters.
    pub(super) fn record<'a>(&mut self, readings: impl Iterator<Item = (&'a NodeId, MeterReading)>) {
        let today = today();
        for (id, reading) in readings {
            self.accounting.record(id, reading, today);
        }
    }

    /// Measures the CPU usage of member processes.
    pub(super) fn measure_cpu(&mut self, processes: &[(u32, Arc<Meter>)]) {
        self.cpu.measure(processes);
    }

    /// Bytes per second up and down, from the total counters.
    pub(super) fn rates(&mut self, reading: MeterReading, now: Instant) -> (u64, u64) {
        self.rates.update(reading, now)
    }

    /// Moves the traffic of a node to its new id.
    pub(super) fn rename(&mut self, old: &NodeId, new: &NodeId) {
        self.accounting.rename(old, new);
    }

    /// Totals per node, for another thread.
    pub(super) fn totals(&self) -> TrafficTotals {
        self.accounting.totals()
    }

    /// The file to save.
    pub(super) fn file(&self) -> TrafficFile {
        self.accounting.file()
    }

    /// Whether the file has changed since the last call, and must be saved.
    pub(super) fn take_changed(&mut self) -> bool {
        self.accounting.take_changed()
    }
}

/// Today's date in local time.
pub(super) fn today() -> Date {
    jiff::Zoned::now().date()
}
