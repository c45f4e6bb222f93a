//! Traffic of each member over the last five minutes, per second, derived from the snapshots. The engine only counts
//! bytes; this module works out when they were transferred.
//!
//! Snapshots arrive when something has changed: at most a few per second, and at least one per second while there is
//! traffic. The bytes of a snapshot are spread over the time since the previous one, but over no more than
//! [`MAX_SPREAD`]: before that nothing was transferred.

use std::time::Instant;

use crate::model::snapshot::MemberView;
use crate::model::{NodeId, Snapshot};

/// Length of the history in seconds.
pub const SECONDS: usize = 300;

/// Longest time in seconds over which the bytes of one snapshot are spread.
const MAX_SPREAD: f64 = 1.5;

/// Number of seconds that the current rate is averaged over.
const AVERAGE_SECONDS: u64 = 3;

/// The traffic history of all members.
#[derive(Debug, Default)]
pub struct TrafficHistory {
    start: Option<Instant>,
    members: Vec<MemberTraffic>,
}

/// The traffic history of one member.
#[derive(Debug)]
pub struct MemberTraffic {
    /// The member's node.
    pub id: NodeId,
    /// The node's name.
    pub name: String,
    /// Index of its colour; it stays the same while the member is in the history.
    pub color: usize,
    seen: CounterSample,
    down: Seconds,
    up: Seconds,
}

/// The counters of a member at the time of its last snapshot.
#[derive(Clone, Copy, Debug)]
struct CounterSample {
    up: u64,
    down: u64,
    at: f64,
}

/// A transfer rate in bytes per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Upload.
    pub up: f32,
    /// Download.
    pub down: f32,
}

impl TrafficHistory {
    /// Adds the counters of a snapshot that arrived at `now`.
    pub fn add(&mut self, snapshot: &Snapshot, now: Instant) {
        let at = now.saturating_duration_since(*self.start.get_or_insert(now)).as_secs_f64();
        for member in &snapshot.members {
            match self.members.iter_mut().find(|traffic| traffic.id == member.id) {
                Some(traffic) => traffic.add(member, at),
                None => self.members.push(MemberTraffic::new(member, at, free_color(&self.members))),
            }
        }
        self.members.retain(|member| at - member.seen.at < SECONDS as f64);
    }

    /// The number of the second that contains `now`.
    pub fn second(&self, now: Instant) -> u64 {
        self.start.map_or(0, |start| now.saturating_duration_since(start).as_secs())
    }

    /// All members in the history, in the order in which they appeared.
    pub fn members(&self) -> &[MemberTraffic] {
        &self.members
    }

    /// The history of a member.
    pub fn member(&self, id: &NodeId) -> Option<&MemberTraffic> {
        self.members.iter().find(|member| member.id == *id)
    }

    /// Whether there was traffic in the seconds before this one.
    pub fn has_traffic(&self, second: u64) -> bool {
        let mut seconds = (second.saturating_sub(SECONDS as u64)..=second).rev();
        seconds.any(|second| self.members.iter().any(|member| member.rate(second) != Rate::default()))
    }
}

/// The lowest colour index that is not in use.
fn free_color(members: &[MemberTraffic]) -> usize {
    (0..=members.len()).find(|color| members.iter().all(|member| member.color != *color)).unwrap_or(0)
}

impl MemberTraffic {
    fn new(member: &MemberView, at: f64, color: usize) -> Self {
        let seen = CounterSample { up: member.up, down: member.down, at };
        let (id, name) = (member.id.clone(), member.name.clone());
        Self { id, name, color, seen, down: Seconds::default(), up: Seconds::default() }
    }

    fn add(&mut self, member: &MemberView, at: f64) {
        let from = self.seen.at.max(at - MAX_SPREAD);
        // The counters of a restarted engine begin at zero.
        self.up.add(member.up.saturating_sub(self.seen.up), from, at);
        self.down.add(member.down.saturating_sub(self.seen.down), from, at);
        self.seen = CounterSample { up: member.up, down: member.down, at };
        self.name.clone_from(&member.name);
    }

    /// The rate in a given second.
    pub fn rate(&self, second: u64) -> Rate {
        Rate { up: self.up.get(second), down: self.down.get(second) }
    }

    /// The current rate: the average of the whole seconds before this one.
    pub fn now(&self, second: u64) -> Rate {
        let rates = (second.saturating_sub(AVERAGE_SECONDS)..second).map(|second| self.rate(second));
        let sum = rates.fold(Rate::default(), |sum, rate| Rate { up: sum.up + rate.up, down: sum.down + rate.down });
        Rate { up: sum.up / AVERAGE_SECONDS as f32, down: sum.down / AVERAGE_SECONDS as f32 }
    }

    /// The highest rate, and the total in bytes.
    pub fn summary(&self, second: u64) -> (Rate, Rate) {
        let seconds = second.saturating_sub(SECONDS as u64 - 1)..=second;
        seconds.map(|second| self.rate(second)).fold((Rate::default(), Rate::default()), |(most, sum), rate| {
            let most = Rate { up: most.up.max(rate.up), down: most.down.max(rate.down) };
            (most, Rate { up: sum.up + rate.up, down: sum.down + rate.down })
        })
    }
}

/// Bytes per second in a ring buffer.
#[derive(Debug)]
struct Seconds {
    bytes: Box<[f32]>,
    newest: u64,
}

impl Default for Seconds {
    fn default() -> Self {
        Self { bytes: vec![0.0; SECONDS].into(), newest: 0 }
    }
}

impl Seconds {
    /// Spreads bytes evenly over the time between two moments, in seconds.
    fn add(&mut self, bytes: u64, from: f64, to: f64) {
        self.advance(to as u64);
        if bytes == 0 {
            return;
        }
        if to <= from {
            // Two snapshots at the same moment.
            self.bytes[(to as u64 % SECONDS as u64) as usize] += bytes as f32;
            return;
        }
        let length = to - from;
        for second in from as u64..=to as u64 {
            let begins = from.max(second as f64);
            let ends = to.min(second as f64 + 1.0);
            let share = ((ends - begins).max(0.0) / length) as f32;
            self.bytes[(second % SECONDS as u64) as usize] += bytes as f32 * share;
        }
    }

    fn advance(&mut self, second: u64) {
        let first = (self.newest + 1).max((second + 1).saturating_sub(SECONDS as u64));
        for passed in first..=second {
            self.bytes[(passed % SECONDS as u64) as usize] = 0.0;
        }
        self.newest = self.newest.max(second);
    }

    fn get(&self, second: u64) -> f32 {
        let is_known = second <= self.newest && second + (SECONDS as u64) > self.newest;
        if is_known { self.bytes[(second % SECONDS as u64) as usize] } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f32, wanted: f32) -> bool {
        (found - wanted).abs() < 0.01 * wanted.max(1.0)
    }

    #[test]
    fn bytes_are_spread_over_the_time_of_their_transfer() {
        let mut seconds = Seconds::default();
        seconds.add(1_000, 0.5, 1.5);
        assert!(close(seconds.get(0), 500.0) && close(seconds.get(1), 500.0));
        seconds.add(300, 1.5, 2.25);
        assert!(close(seconds.get(1), 700.0) && close(seconds.get(2), 100.0));
        assert_eq!(seconds.get(3), 0.0);
    }

    #[test]
    fn traffic_older_than_five_minutes_is_dropped() {
        let mut seconds = Seconds::default();
        seconds.add(1_000, 10.0, 11.0);
        seconds.add(0, 309.0, 309.5);
        assert!(close(seconds.get(10), 1_000.0));
        seconds.add(7, 310.0, 310.9);
        assert_eq!(seconds.get(10), 0.0);
        assert!(close(seconds.get(310), 7.0));
        seconds.add(0, 5_000.0, 5_000.1);
        assert!((4_701..=5_000).all(|second| seconds.get(second) == 0.0));
    }

    #[test]
    fn the_total_is_preserved() {
        let mut seconds = Seconds::default();
        let mut at = 0.0;
        for step in 1..200_u32 {
            let next = at + f64::from(step % 7) * 0.2;
            seconds.add(1_000, at.max(next - MAX_SPREAD), next);
            at = next;
        }
        let sum: f32 = (0..=at as u64).map(|second| seconds.get(second)).sum();
        assert!(close(sum, 199_000.0), "{sum}");
    }
}
