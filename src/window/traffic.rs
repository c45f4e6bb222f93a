//! What went through each member in the last five minutes, second by second, from the snapshots that
//! came. The engine counts bytes and says how many there are; when they went is made of it here.
//!
//! Snapshots come when something has changed, at most some a second and at least one while bytes go. So
//! what a snapshot brings is laid over the time since the one before, and where that is long ago over
//! the last moment: before it nothing went.

use std::time::Instant;

use crate::model::snapshot::MemberView;
use crate::model::{NodeId, Snapshot};

/// Seconds that are remembered.
pub const SECONDS: usize = 300;

/// The longest time in seconds that the bytes of one snapshot are laid over.
const LONGEST: f64 = 1.5;

/// Seconds that the rate of a moment is an average of.
const MOMENT: u64 = 3;

/// What went through each member.
#[derive(Debug, Default)]
pub struct TrafficHistory {
    start: Option<Instant>,
    members: Vec<MemberTraffic>,
}

/// What went through one member.
#[derive(Debug)]
pub struct MemberTraffic {
    /// The member.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Its place among the colours; kept as long as it is remembered.
    pub color: usize,
    seen: CounterSample,
    down: Seconds,
    up: Seconds,
}

/// The counters of a member, and when they said so.
#[derive(Clone, Copy, Debug)]
struct CounterSample {
    up: u64,
    down: u64,
    at: f64,
}

/// Bytes a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// To the member.
    pub up: f32,
    /// From it.
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

    /// The second that `now` is in.
    pub fn second(&self, now: Instant) -> u64 {
        self.start.map_or(0, |start| now.saturating_duration_since(start).as_secs())
    }

    /// Members of the last five minutes, in the order in which they came.
    pub fn members(&self) -> &[MemberTraffic] {
        &self.members
    }

    /// The traffic of a member.
    pub fn member(&self, id: &NodeId) -> Option<&MemberTraffic> {
        self.members.iter().find(|member| member.id == *id)
    }

    /// Whether anything went through in the seconds before this one.
    pub fn is_moving(&self, second: u64) -> bool {
        let mut seconds = (second.saturating_sub(SECONDS as u64)..=second).rev();
        seconds.any(|second| self.members.iter().any(|member| member.rate(second) != Rate::default()))
    }
}

/// The lowest colour number that no member has.
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
        let from = self.seen.at.max(at - LONGEST);
        // Another engine counts from zero again.
        self.up.add(member.up.saturating_sub(self.seen.up), from, at);
        self.down.add(member.down.saturating_sub(self.seen.down), from, at);
        self.seen = CounterSample { up: member.up, down: member.down, at };
        self.name.clone_from(&member.name);
    }

    /// What went through it in a second.
    pub fn rate(&self, second: u64) -> Rate {
        Rate { up: self.up.get(second), down: self.down.get(second) }
    }

    /// What goes through it now: the average of the whole seconds before this one.
    pub fn now(&self, second: u64) -> Rate {
        let rates = (second.saturating_sub(MOMENT)..second).map(|second| self.rate(second));
        let sum = rates.fold(Rate::default(), |sum, rate| Rate { up: sum.up + rate.up, down: sum.down + rate.down });
        Rate { up: sum.up / MOMENT as f32, down: sum.down / MOMENT as f32 }
    }

    /// The most that went through it in a second, each way, and all that did, in bytes.
    pub fn summary(&self, second: u64) -> (Rate, Rate) {
        let seconds = second.saturating_sub(SECONDS as u64 - 1)..=second;
        seconds.map(|second| self.rate(second)).fold((Rate::default(), Rate::default()), |(most, sum), rate| {
            let most = Rate { up: most.up.max(rate.up), down: most.down.max(rate.down) };
            (most, Rate { up: sum.up + rate.up, down: sum.down + rate.down })
        })
    }
}

/// Bytes of the last seconds, in a ring.
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
    /// Lays bytes over the time between two moments, in seconds.
    fn add(&mut self, bytes: u64, from: f64, to: f64) {
        self.advance(to as u64);
        if bytes == 0 {
            return;
        }
        if to <= from {
            // Two snapshots at one moment.
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
    fn bytes_are_laid_over_the_time_in_which_they_went() {
        let mut seconds = Seconds::default();
        seconds.add(1_000, 0.5, 1.5);
        assert!(close(seconds.get(0), 500.0) && close(seconds.get(1), 500.0));
        seconds.add(300, 1.5, 2.25);
        assert!(close(seconds.get(1), 700.0) && close(seconds.get(2), 100.0));
        assert_eq!(seconds.get(3), 0.0);
    }

    #[test]
    fn what_is_older_than_five_minutes_is_forgotten() {
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
    fn nothing_is_lost_and_nothing_made_up() {
        let mut seconds = Seconds::default();
        let mut at = 0.0;
        for step in 1..200_u32 {
            let next = at + f64::from(step % 7) * 0.2;
            seconds.add(1_000, at.max(next - LONGEST), next);
            at = next;
        }
        let sum: f32 = (0..=at as u64).map(|second| seconds.get(second)).sum();
        assert!(close(sum, 199_000.0), "{sum}");
    }
}
