//! The doors in use: their members are kept from the first connection until some time after the last one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::EventKind;
use crate::model::door::DoorView;
use crate::model::doors::{DoorTable, DoorUse};
use crate::model::meter::MeterReading;

/// How long members are kept after the last connection of their door.
const KEPT_UNUSED: Duration = Duration::from_secs(180);

/// How often the use of doors is read.
const READ_INTERVAL: Duration = Duration::from_secs(30);

/// How long a door may be without a working node until that is reported: as long as its members may need to start.
const UNSERVED_LIMIT: Duration = Duration::from_secs(5);

/// The use of each door, by name.
#[derive(Default)]
pub(super) struct DoorUses(BTreeMap<String, KnownDoor>);

#[derive(Default)]
struct KnownDoor {
    usage: Arc<DoorUse>,
    /// While its members are kept.
    last_use: Option<LastUse>,
    service: DoorService,
}

/// Whether a door has a working node, as reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum DoorService {
    /// It has one, or was not used since.
    #[default]
    Served,
    /// It has had none since then, which is not reported yet.
    Interrupted(Instant),
    /// It has none, which was reported.
    Unserved,
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

    /// When the use of doors is read next, or a door without a working node is reported.
    pub(super) fn due(&self) -> Option<Instant> {
        let reading = |door: &KnownDoor| door.last_use.as_ref().map(|last| last.next_reading);
        let report = |door: &KnownDoor| match door.service {
            DoorService::Interrupted(since) => Some(since + UNSERVED_LIMIT),
            DoorService::Served | DoorService::Unserved => None,
        };
        self.0.values().flat_map(|door| [reading(door), report(door)]).flatten().min()
    }

    /// Notes which doors have a working node. Returns what is to be reported: each loss once, and its end once.
    pub(super) fn note_service(&mut self, views: &[DoorView], now: Instant) -> Vec<EventKind> {
        let mut events = Vec::new();
        for view in views {
            let Some(door) = self.0.get_mut(&view.door.name) else { continue };
            let name = || view.door.name.clone();
            door.service = match door.service {
                DoorService::Unserved if !view.in_use || view.is_unserved() => DoorService::Unserved,
                DoorService::Unserved => {
                    events.push(EventKind::DoorServed { name: name() });
                    DoorService::Served
                }
                DoorService::Served | DoorService::Interrupted(_) if !view.is_unserved() => DoorService::Served,
                DoorService::Served => DoorService::Interrupted(now),
                DoorService::Interrupted(since) if now.saturating_duration_since(since) < UNSERVED_LIMIT => {
                    DoorService::Interrupted(since)
                }
                DoorService::Interrupted(_) => {
                    events.push(EventKind::DoorUnserved { name: name() });
                    DoorService::Unserved
                }
            };
        }
        events
    }

    /// Notes that the local network is down: that no node works is not a door's problem.
    pub(super) fn note_outage(&mut self) {
        for door in self.0.values_mut() {
            if matches!(door.service, DoorService::Interrupted(_)) {
                door.service = DoorService::Served;
            }
        }
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

    /// The door `jp`, in use with this number of working nodes.
    fn view(in_use: bool, working: usize) -> DoorView {
        DoorView { in_use, working: Some(working), ..DoorView::example("jp") }
    }

    #[test]
    fn the_loss_of_all_nodes_and_its_end_are_reported_once() {
        let (mut doors, start) = (DoorUses::default(), Instant::now());
        let _usage = doors.of("jp");
        let lost = vec![EventKind::DoorUnserved { name: "jp".into() }];
        let served = vec![EventKind::DoorServed { name: "jp".into() }];
        let at = |millis| start + Duration::from_millis(millis);
        let mut note = |millis, in_use, working| doors.note_service(&[view(in_use, working)], at(millis));
        // Its members start.
        assert_eq!(note(0, true, 0), []);
        assert_eq!(note(4_900, true, 0), []);
        assert_eq!(note(4_950, true, 2), []);
        // They fail, and others take their place in time.
        assert_eq!(note(5_000, true, 0), []);
        assert_eq!(note(9_000, true, 1), []);
        // They fail for longer.
        assert_eq!(note(20_000, true, 0), []);
        assert_eq!(note(25_000, true, 0), lost);
        assert_eq!(note(60_000, true, 0), [], "an edge, not a level");
        // An unused door has no members; nothing is known until it is used again.
        assert_eq!(note(70_000, false, 0), []);
        assert_eq!(note(80_000, true, 0), []);
        assert_eq!(note(90_000, true, 0), []);
        assert_eq!(note(91_000, true, 1), served);
        assert_eq!(note(92_000, true, 1), []);
        assert_eq!(note(93_000, true, 0), []);
        assert_eq!(note(98_000, true, 0), lost);
    }

    #[test]
    fn a_report_is_due_in_time_and_not_while_the_network_is_down() {
        let (mut doors, start) = (DoorUses::default(), Instant::now());
        let _usage = doors.of("jp");
        assert_eq!(doors.note_service(&[view(true, 0)], start), []);
        assert_eq!(doors.due(), Some(start + UNSERVED_LIMIT));
        doors.note_outage();
        assert_eq!(doors.due(), None);
        assert_eq!(doors.note_service(&[view(true, 0)], start + UNSERVED_LIMIT), []);
        assert_eq!(doors.due(), Some(start + 2 * UNSERVED_LIMIT));
    }

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
