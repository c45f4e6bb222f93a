//! Traffic accounting: bytes per node and day, kept across restarts.
//!
//! Meters start from zero at each start. A reading adds the increase since the previous one to the day on which it is
//! taken. The totals are shared with other threads, where lists of nodes are built and the file is written; only the
//! day that changes is copied then.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

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
    days: BTreeMap<Date, Arc<BTreeMap<String, ByteCounts>>>,
    earlier: Arc<BTreeMap<String, ByteCounts>>,
}

impl Default for TrafficFile {
    fn default() -> Self {
        Self { version: 1, days: BTreeMap::new(), earlier: Arc::default() }
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

/// The traffic of every node so far. A clone shares it.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct TrafficTotals {
    file: TrafficFile,
    /// Number of the reading at which a node last had traffic in this run.
    moved: Arc<HashMap<String, u64>>,
}

impl TrafficTotals {
    /// All bytes of each node.
    pub(in crate::engine) fn total(&self) -> HashMap<&str, ByteCounts> {
        let mut totals: HashMap<_, ByteCounts> = HashMap::new();
        let days = self.file.days.values().chain([&self.file.earlier]).flat_map(|day| day.iter());
        days.for_each(|(id, bytes)| totals.entry(id.as_str()).or_default().add(*bytes));
        totals
    }

    /// Bytes of a node on one day.
    pub(in crate::engine) fn day(&self, id: &NodeId, day: Date) -> ByteCounts {
        self.file.days.get(&day).and_then(|day| day.get(id.as_str())).copied().unwrap_or_default()
    }

    /// The nodes that had traffic in the days that are kept, most recent first.
    pub(in crate::engine) fn recent(&self) -> Vec<&str> {
        let mut last: HashMap<&str, (Date, u64)> = HashMap::new();
        for (day, nodes) in &self.file.days {
            for id in nodes.keys() {
                last.insert(id, (*day, self.moved.get(id).copied().unwrap_or_default()));
            }
        }
        let mut recent: Vec<_> = last.into_iter().collect();
        recent.sort_by_key(|(id, last)| (Reverse(*last), *id));
        recent.into_iter().map(|(id, _)| id).collect()
    }
}

/// Traffic per node and day.
#[derive(Default)]
pub(in crate::engine) struct TrafficAccounting {
    totals: TrafficTotals,
    seen: HashMap<NodeId, ByteCounts>,
    readings: u64,
    /// Whether it has changed since it was last saved.
    is_changed: bool,
}

impl TrafficAccounting {
    pub(in crate::engine) fn of(file: TrafficFile) -> Self {
        Self { totals: TrafficTotals { file, moved: Arc::default() }, ..Self::default() }
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
            let TrafficTotals { file, moved } = &mut self.totals;
            Arc::make_mut(moved).insert(id.to_string(), self.readings);
            let day = Arc::make_mut(file.days.entry(today).or_default());
            day.entry(id.to_string()).or_default().add(gain);
            self.is_changed = true;
        }
    }

    /// Marks a node's meter as counted up to this reading.
    pub(in crate::engine) fn mark_counted(&mut self, id: &NodeId, reading: MeterReading) {
        self.seen.insert(id.clone(), ByteCounts { up: reading.up, down: reading.down });
    }

    /// Moves the traffic of a node to its new id.
    pub(in crate::engine) fn rename(&mut self, old: &NodeId, new: &NodeId) {
        let TrafficTotals { file, moved } = &mut self.totals;
        for day in file.days.values_mut().chain([&mut file.earlier]).filter(|day| day.contains_key(old.as_str())) {
            let day = Arc::make_mut(day);
            let bytes = day.remove(old.as_str()).unwrap_or_default();
            day.entry(new.to_string()).or_default().add(bytes);
            self.is_changed = true;
        }
        if let Some(at) = moved.get(old.as_str()).copied() {
            let moved = Arc::make_mut(moved);
            moved.remove(old.as_str());
            moved.insert(new.to_string(), at);
        }
        if let Some(seen) = self.seen.remove(old) {
            self.seen.insert(new.clone(), seen);
        }
    }

    /// The totals, for another thread.
    pub(in crate::engine) fn totals(&self) -> TrafficTotals {
        self.totals.clone()
    }

    /// The file to save.
    pub(in crate::engine) fn file(&self) -> TrafficFile {
        self.totals.file.clone()
    }

    /// Whether the file has changed since the last call, and must be saved.
    pub(in crate::engine) fn take_changed(&mut self) -> bool {
        let file = &mut self.totals.file;
        while file.days.len() > DAYS
            && let Some((_, day)) = file.days.pop_first()
        {
            let earlier = Arc::make_mut(&mut file.earlier);
            for (id, bytes) in day.iter() {
                earlier.entry(id.clone()).or_default().add(*bytes);
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

    fn total(accounting: &TrafficAccounting, id: &NodeId) -> (u64, u64) {
        let totals = accounting.totals();
        let ByteCounts { up, down } = totals.total().get(id.as_str()).copied().unwrap_or_default();
        (up, down)
    }

    #[test]
    fn a_returned_file_is_not_changed_later() {
        let id = NodeId::from_text("aa");
        let mut accounting = TrafficAccounting::default();
        accounting.record(&id, reading(10, 100), date(2026, 11, 22));
        let (before, file) = (accounting.totals(), accounting.file());
        accounting.record(&id, reading(15, 150), date(2026, 11, 22));
        assert_eq!(before.total()["aa"], ByteCounts { up: 10, down: 100 });
        assert_eq!(file.days[&date(2026, 11, 22)]["aa"], ByteCounts { up: 10, down: 100 });
        assert_eq!(total(&accounting, &id), (15, 150));
    }

    #[test]
    fn increases_count_on_their_day_and_survive_a_restart() {
        let id = NodeId::from_text("aa");
        let mut accounting = TrafficAccounting::default();
        accounting.record(&id, reading(10, 100), date(2026, 11, 22));
        accounting.record(&id, reading(15, 150), date(2026, 11, 23));
        assert!(accounting.take_changed());
        let file = accounting.file();
        assert_eq!(file.days[&date(2026, 11, 23)]["aa"], ByteCounts { up: 5, down: 50 });
        assert!(!accounting.take_changed());

        let mut after_restart = TrafficAccounting::of(file);
        after_restart.record(&id, reading(1, 1), date(2026, 11, 23));
        assert_eq!(total(&after_restart, &id), (16, 151));
    }

    #[test]
    fn a_new_identity_keeps_its_traffic() {
        let (old, new) = (NodeId::from_text("aa"), NodeId::from_text("bb"));
        let mut accounting = TrafficAccounting::default();
        accounting.record(&old, reading(10, 100), date(2026, 11, 22));
        accounting.record(&old, reading(15, 150), date(2026, 11, 23));
        accounting.rename(&old, &new);
        accounting.record(&new, reading(16, 150), date(2026, 11, 23));
        assert_eq!((total(&accounting, &old), total(&accounting, &new)), ((0, 0), (16, 150)));
        let day = |day| accounting.totals().day(&new, day);
        assert_eq!(day(date(2026, 11, 23)), ByteCounts { up: 6, down: 50 });
        assert_eq!(day(date(2026, 11, 24)), ByteCounts::default());
    }

    #[test]
    fn old_days_are_summed_up() {
        let id = NodeId::from_text("aa");
        let mut accounting = TrafficAccounting::default();
        let mut day = date(2026, 1, 1);
        for count in 1..=(DAYS as u64 + 5) {
            accounting.record(&id, reading(count, 0), day);
            day = day.tomorrow().unwrap();
        }
        assert!(accounting.take_changed());
        let file = accounting.file();
        assert_eq!((file.days.len(), file.earlier["aa"].up), (DAYS, 5));
        assert_eq!(total(&accounting, &id).0, DAYS as u64 + 5);
    }

    #[test]
    fn the_most_recently_used_node_comes_first() {
        let (mut accounting, day) = (TrafficAccounting::default(), Date::constant(2025, 3, 1));
        let id = |name: &str| NodeId::from_text(name);
        let look = |accounting: &mut TrafficAccounting, name: &str, up, day| {
            accounting.record(&id(name), MeterReading { up, ..MeterReading::default() }, day);
        };
        look(&mut accounting, "today", 1, day.tomorrow().unwrap());
        look(&mut accounting, "early", 1, day);
        look(&mut accounting, "late", 1, day);
        look(&mut accounting, "idle", 0, day);
        assert_eq!(accounting.totals().recent(), ["today", "late", "early"]);
        look(&mut accounting, "early", 2, day);
        assert_eq!(accounting.totals().recent(), ["today", "early", "late"]);
        let kept = TrafficAccounting::of(accounting.file());
        assert_eq!(kept.totals().recent()[0], "today", "days survive a restart");
    }
}
