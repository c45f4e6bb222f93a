//! Traffic per node and day, kept between starts.
//!
//! Meters count from zero at each start; the ledger adds what they have gained since it last
//! looked to the day on which it looks. Rates are the gain over the time between two looks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::NodeId;
use crate::model::meter::Reading;

/// Days that are kept one by one; what is older is kept as a sum.
const DAYS: usize = 90;

/// A rate is not told from looks further apart than this: it would be about another time.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// `traffic.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::engine) struct TrafficFile {
    version: u32,
    days: BTreeMap<Date, BTreeMap<String, Bytes>>,
    earlier: BTreeMap<String, Bytes>,
}

impl Default for TrafficFile {
    fn default() -> Self {
        Self { version: 1, days: BTreeMap::new(), earlier: BTreeMap::new() }
    }
}

/// Bytes both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bytes {
    pub(super) up: u64,
    pub(super) down: u64,
}

impl Bytes {
    fn add(&mut self, more: Self) {
        self.up = self.up.saturating_add(more.up);
        self.down = self.down.saturating_add(more.down);
    }
}

/// Traffic per node and day.
#[derive(Default)]
pub(super) struct Ledger {
    file: TrafficFile,
    seen: HashMap<NodeId, Bytes>,
    /// At which look a node had moved something, in this run.
    moved: HashMap<String, u64>,
    looks: u64,
    is_changed: bool,
}

impl Ledger {
    pub(super) fn of(file: TrafficFile) -> Self {
        Self { file, ..Self::default() }
    }

    /// Adds what a node's meter has gained since the last look.
    pub(super) fn look(&mut self, id: &NodeId, reading: Reading, today: Date) {
        let now = Bytes { up: reading.up, down: reading.down };
        let before = self.seen.insert(id.clone(), now).unwrap_or_default();
        let gain = Bytes { up: now.up.saturating_sub(before.up), down: now.down.saturating_sub(before.down) };
        if gain != Bytes::default() {
            self.looks += 1;
            self.moved.insert(id.to_string(), self.looks);
            self.file.days.entry(today).or_default().entry(id.to_string()).or_default().add(gain);
            self.is_changed = true;
        }
    }

    /// All bytes of a node: up, down.
    pub(super) fn total(&self, id: &NodeId) -> (u64, u64) {
        let mut sum = self.file.earlier.get(id.as_str()).copied().unwrap_or_default();
        self.file.days.values().filter_map(|day| day.get(id.as_str())).for_each(|bytes| sum.add(*bytes));
        (sum.up, sum.down)
    }

    /// Bytes of a node on one day: up, down.
    pub(super) fn day(&self, id: &NodeId, day: Date) -> (u64, u64) {
        let bytes = self.file.days.get(&day).and_then(|day| day.get(id.as_str())).copied().unwrap_or_default();
        (bytes.up, bytes.down)
    }

    /// The nodes that moved something in the days that are kept, the last one first.
    pub(super) fn recent(&self) -> Vec<NodeId> {
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

    /// A node has another identity from now on, and what it moved goes with it.
    pub(super) fn rename(&mut self, old: &NodeId, new: &NodeId) {
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

    /// The file, if it has changed since the last call.
    pub(super) fn take_changed(&mut self) -> Option<TrafficFile> {
        if !std::mem::take(&mut self.is_changed) {
            return None;
        }
        while self.file.days.len() > DAYS
            && let Some((_, day)) = self.file.days.pop_first()
        {
            for (id, bytes) in day {
                self.file.earlier.entry(id).or_default().add(bytes);
            }
        }
        Some(self.file.clone())
    }
}

/// Bytes a second, from two looks at a reading.
#[derive(Default)]
pub(super) struct Rates {
    last: Option<(Instant, Reading)>,
    up: u64,
    down: u64,
}

impl Rates {
    /// Takes in a reading; says the rates up and down. A look soon after another changes nothing.
    pub(super) fn look(&mut self, reading: Reading, now: Instant) -> (u64, u64) {
        let Some((at, before)) = self.last else {
            self.last = Some((now, reading));
            return (0, 0);
        };
        let time = now.saturating_duration_since(at);
        if time < Duration::from_millis(200) {
            return (self.up, self.down);
        }
        let rate = |now: u64, before: u64| (now.saturating_sub(before) as f64 / time.as_secs_f64()) as u64;
        let is_fresh = time <= LONGEST_LOOK;
        self.up = if is_fresh { rate(reading.up, before.up) } else { 0 };
        self.down = if is_fresh { rate(reading.down, before.down) } else { 0 };
        self.last = Some((now, reading));
        (self.up, self.down)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn reading(up: u64, down: u64) -> Reading {
        Reading { up, down, ..Reading::default() }
    }

    #[test]
    fn gains_go_to_their_day_and_survive_a_restart() {
        let id = NodeId::from_text("aa");
        let mut ledger = Ledger::default();
        ledger.look(&id, reading(10, 100), date(2026, 11, 22));
        ledger.look(&id, reading(15, 150), date(2026, 11, 23));
        let file = ledger.take_changed().unwrap();
        assert_eq!(file.days[&date(2026, 11, 23)]["aa"], Bytes { up: 5, down: 50 });
        assert_eq!(ledger.take_changed(), None);

        let mut after_restart = Ledger::of(file);
        after_restart.look(&id, reading(1, 1), date(2026, 11, 23));
        assert_eq!(after_restart.total(&id), (16, 151));
    }

    #[test]
    fn a_new_identity_keeps_what_was_moved() {
        let (old, new) = (NodeId::from_text("aa"), NodeId::from_text("bb"));
        let mut ledger = Ledger::default();
        ledger.look(&old, reading(10, 100), date(2026, 11, 22));
        ledger.look(&old, reading(15, 150), date(2026, 11, 23));
        ledger.rename(&old, &new);
        ledger.look(&new, reading(16, 150), date(2026, 11, 23));
        assert_eq!((ledger.total(&old), ledger.total(&new)), ((0, 0), (16, 150)));
        assert_eq!(ledger.day(&new, date(2026, 11, 23)), (6, 50));
        assert_eq!(ledger.day(&new, date(2026, 11, 24)), (0, 0));
    }

    #[test]
    fn old_days_become_a_sum() {
        let id = NodeId::from_text("aa");
        let mut ledger = Ledger::default();
        let mut day = date(2026, 1, 1);
        for count in 1..=(DAYS as u64 + 5) {
            ledger.look(&id, reading(count, 0), day);
            day = day.tomorrow().unwrap();
        }
        let file = ledger.take_changed().unwrap();
        assert_eq!((file.days.len(), file.earlier["aa"].up), (DAYS, 5));
        assert_eq!(ledger.total(&id).0, DAYS as u64 + 5);
    }

    #[test]
    fn a_rate_is_a_gain_over_time() {
        let start = Instant::now();
        let mut rates = Rates::default();
        assert_eq!(rates.look(reading(0, 0), start), (0, 0));
        assert_eq!(rates.look(reading(1_000, 4_000), start + Duration::from_secs(2)), (500, 2_000));
        assert_eq!(rates.look(reading(9_000, 9_000), start + Duration::from_secs(60)), (0, 0));
    }

    #[test]
    fn the_last_one_that_moved_something_is_the_most_recent() {
        let (mut ledger, day) = (Ledger::default(), Date::constant(2025, 3, 1));
        let id = |name: &str| NodeId::from_text(name);
        let look = |ledger: &mut Ledger, name: &str, up, day| {
            ledger.look(&id(name), Reading { up, ..Reading::default() }, day);
        };
        look(&mut ledger, "today", 1, day.tomorrow().unwrap());
        look(&mut ledger, "early", 1, day);
        look(&mut ledger, "late", 1, day);
        look(&mut ledger, "idle", 0, day);
        assert_eq!(ledger.recent(), [id("today"), id("late"), id("early")]);
        look(&mut ledger, "early", 2, day);
        assert_eq!(ledger.recent(), [id("today"), id("early"), id("late")]);
        let kept = Ledger::of(ledger.take_changed().unwrap());
        assert_eq!(kept.recent()[0], id("today"), "days survive the program's end");
    }
}
