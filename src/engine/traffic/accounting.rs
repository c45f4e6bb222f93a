//! Traffic accounting: bytes per node and day, kept across restarts.
//!
//! Meters start from zero at each start. A reading adds the increase since the previous one to the day on which it is
//! taken.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::NodeId;
use crate::model::meter::MeterReading;

/// Number of days that are kept separately; older ones are summed up.
const DAYS: usize = 90;

/// `traffic.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::engine) struct TrafficFile {
    version: u32,
    days: BTreeMap<Date, BTreeMap<String, ByteCounts>>,
    earlier: BTreeMap<String, ByteCounts>,
}

impl Default for TrafficFile {
    fn default() -> Self {
        Self { version: 1, days: BTreeMap::new(), earlier: BTreeMap::new() }
    }
}

/// Bytes in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct ByteCounts {
    pub(in crate::engine) up: u64,
    pub(in crate::engine) down: u64,
}

impl ByteCounts {
    fn add(&mut self, more: Self) {
        self.up = self.up.saturating_add(more.up);
        self.down = self.down.saturating_add(more.down);
    }
}

/// Traffic per node and day.
#[derive(Default)]
pub(in crate::engine) struct TrafficAccounting {
    file: TrafficFile,
    seen: HashMap<NodeId, ByteCounts>,
    /// Number of the reading at which a node last had traffic in this run.
    moved: HashMap<String, u64>,
    readings: u64,
    /// Whether it has changed since it was last saved.
    is_changed: bool,
}

impl TrafficAccounting {
    pub(in crate::engine) fn of(file: TrafficFile) -> Self {
        Self { file, ..Self::default() }
    }

    /// Adds the increase of a node's meter since the last reading.
    pub(in crate::engine) fn record(&mut self, id: &NodeId, reading: MeterReading, today: Date) {
        let now = ByteCounts { up: reading.up, down: reading.down };
        let before = self.seen.get(id).copied().unwrap_or_default();
        if before == now {
            return;
        }
        self.seen.insert(id.clone(), now);
        let gain = ByteCounts { up: now.up.saturating_sub(before.up), down: now.down.saturating_sub(before.down) };
        if gain != ByteCounts::default() {
            self.readings += 1;
            self.moved.insert(id.to_string(), self.readings);
            self.file.days.entry(today).or_default().entry(id.to_string()).or_default().add(gain);
            self.is_changed = true;
        }
    }

    /// All bytes of a node: up, down.
    pub(in crate::engine) fn total(&self, id: &NodeId) -> (u64, u64) {
        let mut sum = self.file.earlier.get(id.as_str()).copied().unwrap_or_default();
        self.file.days.values().filter_map(|day| day.get(id.as_str())).for_each(|bytes| sum.add(*bytes));
        (sum.up, sum.down)
    }

    /// Bytes of a node on one day: up, down.
    pub(in crate::engine) fn day(&self, id: &NodeId, day: Date) -> (u64, u64) {
        let bytes = self.file.days.get(&day).and_then(|day| day.get(id.as_str())).copied().unwrap_or_default();
        (bytes.up, bytes.down)
    }

    /// The nodes that had traffic in the days that are kept, most recent first.
    pub(in crate::engine) fn recent(&self) -> Vec<NodeId> {
        let mut last: HashMap<&str, (Date, u64)> = HashMap::new();
        for (day, nodes) in &self.file.days {
            for id in nodes.keys() {
                last.insert(id, (*day, self.moved.get(id).copied().unwrap_or_default()));
            }
        }
        let mut recent: Vec<_> = last.into_iter().collect();
        recent.sort_by_key(|(id, last)| (Reverse(*last), *id));
        recent.into_iter().map(|(id, _)| NodeId::from_text(id)).collect()
    }

    /// Moves the traffic of a node to its new id.
    pub(in crate::engine) fn rename(&mut self, old: &NodeId, new: &NodeId) {
        for day in self.file.days.values_mut().chain([&mut self.file.earlier]) {
            if let Some(bytes) = day.remove(old.as_str()) {
                day.entry(new.to_string()).or_default().add(bytes);
                self.is_changed = true;
            }
        }
        if let Some(moved) = self.moved.remove(old.as_str()) {
            self.moved.insert(new.to_string(), moved);
        }
        if let Some(seen) = self.seen.remove(old) {
            self.seen.insert(new.clone(), seen);
        }
    }

    /// The file to save.
    pub(in crate::engine) fn file(&self) -> &TrafficFile {
        &self.file
    }

    /// Whether the file has changed since the last call, and must be saved.
    pub(in crate::engine) fn take_changed(&mut self) -> bool {
        while self.file.days.len() > DAYS
            && let Some((_, day)) = self.file.days.pop_first()
        {
            for (id, bytes) in day {
                self.file.earlier.entry(id).or_default().add(bytes);
            }
        }
        std::mem::take(&mut self.is_changed)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn reading(up: u64, down: u64) -> MeterReading {
        MeterReading { up, down, ..MeterReading::default() }
    }

    #[test]
    fn gains_go_to_their_day_and_survive_a_restart() {
        let id = NodeId::from_text("aa");
        let mut accounting = TrafficAccounting::default();
        accounting.record(&id, reading(10, 100), date(2026, 11, 22));
        accounting.record(&id, reading(15, 150), date(2026, 11, 23));
        assert!(accounting.take_changed());
        let file = accounting.file().clone();
        assert_eq!(file.days[&date(2026, 11, 23)]["aa"], ByteCounts { up: 5, down: 50 });
        assert!(!accounting.take_changed());

        let mut after_restart = TrafficAccounting::of(file);
        after_restart.record(&id, reading(1, 1), date(2026, 11, 23));
        assert_eq!(after_restart.total(&id), (16, 151));
    }

    #[test]
    fn a_new_identity_keeps_what_was_moved() {
        let (old, new) = (NodeId::from_text("aa"), NodeId::from_text("bb"));
        let mut accounting = TrafficAccounting::default();
        accounting.record(&old, reading(10, 100), date(2026, 11, 22));
        accounting.record(&old, reading(15, 150), date(2026, 11, 23));
        accounting.rename(&old, &new);
        accounting.record(&new, reading(16, 150), date(2026, 11, 23));
        assert_eq!((accounting.total(&old), accounting.total(&new)), ((0, 0), (16, 150)));
        assert_eq!(accounting.day(&new, date(2026, 11, 23)), (6, 50));
        assert_eq!(accounting.day(&new, date(2026, 11, 24)), (0, 0));
    }

    #[test]
    fn old_days_become_a_sum() {
        let id = NodeId::from_text("aa");
        let mut accounting = TrafficAccounting::default();
        let mut day = date(2026, 1, 1);
        for count in 1..=(DAYS as u64 + 5) {
            accounting.record(&id, reading(count, 0), day);
            day = day.tomorrow().unwrap();
        }
        assert!(accounting.take_changed());
        let file = accounting.file().clone();
        assert_eq!((file.days.len(), file.earlier["aa"].up), (DAYS, 5));
        assert_eq!(accounting.total(&id).0, DAYS as u64 + 5);
    }

    #[test]
    fn the_last_one_that_moved_something_is_the_most_recent() {
        let (mut accounting, day) = (TrafficAccounting::default(), Date::constant(2025, 3, 1));
        let id = |name: &str| NodeId::from_text(name);
        let look = |accounting: &mut TrafficAccounting, name: &str, up, day| {
            accounting.record(&id(name), MeterReading { up, ..MeterReading::default() }, day);
        };
        look(&mut accounting, "today", 1, day.tomorrow().unwrap());
        look(&mut accounting, "early", 1, day);
        look(&mut accounting, "late", 1, day);
        look(&mut accounting, "idle", 0, day);
        assert_eq!(accounting.recent(), [id("today"), id("late"), id("early")]);
        look(&mut accounting, "early", 2, day);
        assert_eq!(accounting.recent(), [id("today"), id("early"), id("late")]);
        let kept = TrafficAccounting::of(accounting.file().clone());
        assert_eq!(kept.recent()[0], id("today"), "days survive a restart");
    }
}
