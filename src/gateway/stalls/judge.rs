//! Decides which members do not carry transfers to their end: pure rules.
//!
//! A transfer stalls if it has data outstanding and does not move. That alone says nothing about the member: the origin
//! may be slow or silent. It counts if another member has carried more than that amount of late, and none of the
//! member's own transfers has since the stall began. One site may still be at fault then, so a single one is only a
//! reason to check; three sites that stall through one member alone are a sign of their own.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::gateway::connections::TransferView;
use crate::model::NodeId;
use crate::model::outcome::Signal;

/// How long a transfer must not have moved: longer than a lost packet or a busy origin takes.
const STALLED_FOR: Duration = Duration::from_secs(3);

/// How long it counts that a member has carried data.
const FRESH: Duration = Duration::from_secs(10);

/// Number of sites that stall through one member alone whose stall says something about the member.
const SITES: usize = 3;

/// Time between two signals about one member.
const PAUSE: Duration = Duration::from_secs(2);

/// The same if they are only a reason to check: a slow site causes them again and again.
const CHECK_PAUSE: Duration = Duration::from_secs(30);

/// What is known from earlier scans.
#[derive(Debug, Default)]
pub(super) struct StallJudge {
    stalled: HashMap<u64, StalledTransfer>,
    carried: HashMap<NodeId, CarriedBytes>,
    signalled: HashMap<NodeId, Instant>,
}

#[derive(Debug)]
struct StalledTransfer {
    node: NodeId,
    site: u64,
    down: u64,
    since: Instant,
    is_known: bool,
}

/// The largest amount that a member has carried on one connection of late.
#[derive(Clone, Copy, Debug)]
struct CarriedBytes {
    bytes: u64,
    at: Instant,
}

impl StallJudge {
    /// Takes in the connections, those that have ended since the last scan included; returns signals about members.
    pub(super) fn scan(&mut self, transfers: &[TransferView], now: Instant) -> Vec<(NodeId, Signal)> {
        for transfer in transfers.iter().filter(|transfer| transfer.has_moved) {
            self.note_carried(transfer, now);
        }
        let stopped = transfers.iter().filter(|transfer| transfer.is_outstanding && !transfer.has_moved);
        let mut before = std::mem::take(&mut self.stalled);
        for transfer in stopped {
            let known = before.remove(&transfer.id).filter(|known| known.node == transfer.node);
            let new = || StalledTransfer {
                node: transfer.node.clone(),
                site: transfer.site,
                down: transfer.down,
                since: now,
                is_known: false,
            };
            self.stalled.insert(transfer.id, known.unwrap_or_else(new));
        }
        let is_fresh = |at: Instant| now.saturating_duration_since(at) <= FRESH;
        self.carried.retain(|_, carried| is_fresh(carried.at));
        self.signalled.retain(|_, at| now.saturating_duration_since(*at) < CHECK_PAUSE);
        let nodes: HashSet<_> = self.stalled.values().map(|stalled| stalled.node.clone()).collect();
        nodes.into_iter().filter_map(|node| self.judge(&node, now).map(|signal| (node, signal))).collect()
    }

    fn note_carried(&mut self, transfer: &TransferView, now: Instant) {
        let new = CarriedBytes { bytes: transfer.down, at: now };
        let carried = self.carried.entry(transfer.node.clone()).or_insert(new);
        if transfer.down >= carried.bytes || now.saturating_duration_since(carried.at) > FRESH {
            *carried = new;
        }
    }

    fn judge(&mut self, node: &NodeId, now: Instant) -> Option<Signal> {
        let is_long = |stalled: &&mut StalledTransfer| {
            stalled.node == *node && now.saturating_duration_since(stalled.since) >= STALLED_FOR
        };
        let mut long: Vec<_> = self.stalled.values_mut().filter(is_long).collect();
        let amount = long.iter().map(|stalled| stalled.down).min()?;
        let since = long.iter().map(|stalled| stalled.since).min()?;
        let carries_on = self.carried.get(node).is_some_and(|own| own.at >= since && own.bytes > amount);
        let others_carry = self.carried.iter().any(|(other, carried)| other != node && carried.bytes > amount);
        let is_too_soon = self.signalled.get(node).is_some_and(|at| now.saturating_duration_since(*at) < PAUSE);
        if carries_on || !others_carry || is_too_soon {
            return None;
        }
        let sites: HashSet<_> = long.iter().map(|stalled| stalled.site).collect();
        let has_news = long.iter().any(|stalled| !stalled.is_known);
        long.iter_mut().for_each(|stalled| stalled.is_known = true);
        let signal = match sites.len() {
            SITES.. => Signal::Stalled,
            _few if has_news && !self.signalled.contains_key(node) => Signal::Stopped,
            _few => return None,
        };
        self.signalled.insert(node.clone(), now);
        Some(signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans once a second: a connection is its node, its site, its bytes, whether they move, and whether more are
    /// outstanding. All signals, with their second.
    fn scans(seconds: u64, connections: &[(&str, u64, u64, bool, bool)]) -> Vec<(u64, String, Signal)> {
        let (mut judge, start) = (StallJudge::default(), Instant::now());
        let mut signals = Vec::new();
        for second in 0..seconds {
            let view = |(id, (node, site, down, has_moved, is_outstanding)): (u64, &(&str, u64, u64, bool, bool))| {
                let node = NodeId::from_text(node);
                TransferView {
                    id,
                    node,
                    site: *site,
                    down: *down,
                    has_moved: *has_moved,
                    is_outstanding: *is_outstanding,
                }
            };
            let views: Vec<_> = (0..).zip(connections).map(view).collect();
            let found = judge.scan(&views, start + Duration::from_secs(second));
            signals.extend(found.into_iter().map(|(node, signal)| (second, node.as_str().to_owned(), signal)));
        }
        signals
    }

    #[test]
    fn one_stalled_transfer_is_reported_once_and_several_again() {
        let other = ("b0", 9, 90_000, true, true);
        assert_eq!(scans(20, &[("a0", 1, 16_384, false, true), other]), [(3, "a0".into(), Signal::Stopped)]);
        let of_site = |site| ("a0", site, 16_384, false, true);
        let stalled = |second| (second, "a0".to_owned(), Signal::Stalled);
        assert_eq!(scans(8, &[of_site(1), of_site(2), of_site(3), other]), [stalled(3), stalled(5), stalled(7)]);
        let of_two_sites = [of_site(1), of_site(1), of_site(2), other];
        assert_eq!(scans(20, &of_two_sites), [(3, "a0".into(), Signal::Stopped)]);
    }

    #[test]
    fn a_member_is_not_blamed_without_proof() {
        let stalled = ("a0", 1, 16_384, false, true);
        let check = |others: &[(&str, u64, u64, bool, bool)]| {
            assert_eq!(scans(20, &[&[stalled], others].concat()), [], "{others:?}");
        };
        check(&[]);
        check(&[("b0", 2, 16_384, false, true)]);
        check(&[("b0", 2, 9_000, true, true)]);
        check(&[("b0", 2, 90_000, true, true), ("a0", 3, 20_000, true, false)]);
        assert_eq!(
            scans(20, &[("a0", 1, 500, false, false), ("b0", 2, 9_000, true, true)]),
            [],
            "nothing is outstanding"
        );
    }

    #[test]
    fn a_transfer_that_goes_on_is_not_stalled() {
        let (mut judge, start) = (StallJudge::default(), Instant::now());
        let other = || TransferView {
            id: 2,
            node: NodeId::from_text("b0"),
            site: 2,
            down: 90_000,
            has_moved: true,
            is_outstanding: true,
        };
        for second in 0..20 {
            let down = 1_000 + second;
            let slow = TransferView {
                id: 1,
                node: NodeId::from_text("a0"),
                site: 1,
                down,
                has_moved: second % 3 == 0,
                ..other()
            };
            assert_eq!(judge.scan(&[slow, other()], start + Duration::from_secs(second)), []);
        }
    }
}
