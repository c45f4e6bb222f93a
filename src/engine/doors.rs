//! The doors in use: their members are kept from the first connection until some time after the last one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::doors::{DoorTable, DoorUse};
use crate::model::meter::MeterReading;

/// How long members are kept after the last connection of their door.
const KEPT_UNUSED: Duration = Duration::from_secs(180);

/// How often the use of doors is read.
const READ_INTERVAL: Duration = Duration::from_secs(30);

/// The use of each door, by name.
#[derive(Default)]
pub(super) struct DoorUses(BTreeMap<String, KnownDoor>);

#[derive(Default)]
struct KnownDoor {
    usage: Arc<DoorUse>,
    /// While its members are kept.
    last_use: Option<LastUse>,
}

struct LastUse {
    at: Instant,
    /// Number of connections until then.
    total: u64,
    next_reading: Instant,
}

impl DoorUses {
    /// The use of a door.
    pub(super) fn of(&mut self, name: &str) -> Arc<DoorUse> {
        Arc::clone(&self.0.entry(name.to_owned()).or_default().usage)
    }

    /// Forgets all other doors.
    pub(super) fn keep_only(&mut self, table: &DoorTable) {
        self.0.retain(|name, _| table.find(name).is_some());
    }

    /// Keeps the members of a door from now on. Returns whether that is a change.
    pub(super) fn start(&mut self, name: &str, now: Instant) -> bool {
        let Some(door) = self.0.get_mut(name).filter(|door| door.last_use.is_none()) else { return false };
        let total = door.usage.meter().read().total;
        door.last_use = Some(LastUse { at: now, total, next_reading: now + READ_INTERVAL });
        door.usage.start();
        true
    }

    /// The names of the doors whose members are kept.
    pub(super) fn started(&self) -> Vec<String> {
        self.0.iter().filter(|(_, door)| door.last_use.is_some()).map(|(name, _)| name.clone()).collect()
    }

    /// When the use of doors is read next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().filter_map(|door| door.last_use.as_ref()).map(|last| last.next_reading).min()
    }

    /// Reads the use of doors. Returns whether one was not used for so long that its members leave.
    pub(super) fn stop_unused(&mut self, now: Instant) -> bool {
        let mut has_stopped = false;
        for door in self.0.values_mut() {
            let Some(last) = &mut door.last_use else { continue };
            let reading = door.usage.meter().read();
            if reading.active > 0 || reading.total != last.total {
                (last.at, last.total) = (now, reading.total);
            }
            last.next_reading = now + READ_INTERVAL;
            if now.saturating_duration_since(last.at) >= KEPT_UNUSED {
                door.last_use = None;
                door.usage.stop();
                has_stopped = true;
            }
        }
        has_stopped
    }

    /// The counters of all doors.
    pub(super) fn readings(&self) -> BTreeMap<String, MeterReading> {
        self.0.iter().map(|(name, door)| (name.clone(), door.usage.meter().read())).collect()
    }

    /// Adds the counters of an earlier engine.
    pub(super) fn add(&mut self, readings: &BTreeMap<String, MeterReading>) {
        for (name, reading) in readings {
            if let Some(door) = self.0.get(name) {
                door.usage.meter().add(reading);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_leave_some_minutes_after_the_last_connection() {
        let (mut doors, start) = (DoorUses::default(), Instant::now());
        let usage = doors.of("jp");
        assert_eq!(doors.due(), None);
        assert!(doors.start("jp", start) && !doors.start("jp", start) && !doors.start("us", start));
        let open = usage.meter().open();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!doors.stop_unused(at(600)), "a connection is open");
        drop(open);
        assert!(!doors.stop_unused(at(630)));
        drop(usage.meter().open());
        assert!(!doors.stop_unused(at(660)), "one has come and gone");
        assert_eq!(doors.due(), Some(at(690)));
        assert!(!doors.stop_unused(at(839)));
        assert!(usage.is_started());
        assert!(doors.stop_unused(at(840)));
        assert!(!usage.is_started() && doors.started().is_empty() && doors.due().is_none());
    }
}
