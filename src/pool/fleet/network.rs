//! This machine's own network: determines whether it, and not a node, is at fault.
//!
//! If members fail and none proves that the network works, a connectivity check is made, without any member. *Up*: the
//! nodes are at fault, and others are tried. *Down*, or a captive *portal*: the pool freezes. No member is ejected,
//! evicted or checked, all stay in use, and the connectivity check is repeated until it passes or something is received
//! through a member. Then all failures that occurred meanwhile are forgotten.
//!
//! After a change of the default route or a suspend, earlier failures are forgotten too, because they were caused by
//! another network.

use std::time::{Duration, Instant};

use super::super::Report;
use super::health_state::HealthState;
use super::member::Member;
use super::{Fleet, FleetAction};
use crate::model::snapshot::Network;

/// Pause between connectivity checks while the network is down: it grows by one second each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Pause between connectivity checks while the network is up and nodes fail.
const PAUSE_UP: Duration = Duration::from_secs(10);

/// A check without a result after this time is considered lost.
const CHECK_LOST: Duration = Duration::from_secs(15);

/// Pause between a route change and the checks of members: several routes change one after another.
const SETTLE: Duration = Duration::from_millis(500);

/// Result of a connectivity check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Connectivity {
    /// The network works.
    Up,
    /// There is no network.
    Down,
    /// It could not be checked: this process is out of descriptors.
    Unknown,
    /// A captive portal.
    Portal {
        /// Its login page; empty if unknown.
        location: String,
    },
}

/// The state of the network.
#[derive(Debug, Default)]
pub(super) struct OwnNetwork {
    freeze: Option<Freeze>,
    check_began: Option<Instant>,
    /// When the last check that passed began.
    up_at: Option<Instant>,
    /// The last check could not be made; the next one waits until this time.
    postponed_until: Option<Instant>,
}

#[derive(Debug)]
struct Freeze {
    since: Instant,
    verdict: Connectivity,
    checks: u32,
    next_check: Instant,
}

impl OwnNetwork {
    /// Whether the pool waits for the network.
    pub(super) fn is_frozen(&self) -> bool {
        self.freeze.is_some()
    }

    /// Whether a check that began after this time has passed.
    pub(super) fn was_up_after(&self, moment: Instant) -> bool {
        self.freeze.is_none() && self.up_at.is_some_and(|at| at >= moment)
    }

    /// The state in the snapshot; none if only real traffic can tell.
    pub(super) fn shown(&self) -> Option<Network> {
        match &self.freeze.as_ref()?.verdict {
            Connectivity::Up => Some(Network::Up),
            Connectivity::Down | Connectivity::Unknown => Some(Network::Down),
            Connectivity::Portal { .. } => Some(Network::Portal),
        }
    }

    /// Starts a check about failures since `since`, if one is due; returns whether it did.
    fn begin_check(&mut self, since: Instant, now: Instant) -> bool {
        let is_due = self.may_check_at(since).is_some_and(|at| at <= now);
        if is_due {
            self.check_began = Some(now);
        }
        is_due
    }

    /// When the next check about failures since `since` may begin.
    pub(super) fn may_check_at(&self, since: Instant) -> Option<Instant> {
        match (self.check_began, &self.freeze, self.up_at) {
            (Some(began), ..) => Some(began + CHECK_LOST),
            (None, Some(freeze), _) => Some(freeze.next_check),
            (None, None, Some(up)) if up >= since => Some(up + PAUSE_UP),
            (None, None, _) => Some(self.postponed_until.map_or(since, |until| until.max(since))),
        }
    }

    /// Postpones the next check: this one could not be made.
    fn postpone(&mut self, now: Instant) {
        match &mut self.freeze {
            Some(freeze) => freeze.next_check = now + MAX_PAUSE,
            None => self.postponed_until = Some(now + MAX_PAUSE),
        }
    }

    /// When the next check is due while frozen.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.freeze.as_ref().and_then(|freeze| self.may_check_at(freeze.since))
    }
}

impl Fleet {
    /// Makes a connectivity check about failures since `since`, if one is due.
    pub(super) fn check_connectivity(&mut self, since: Instant, now: Instant, actions: &mut Vec<FleetAction>) {
        if self.network.begin_check(since, now) {
            let members = self.members.iter().filter(|member| !member.is_retired());
            let server = |member: &Member| (member.candidate.node.host.clone(), member.candidate.node.port);
            actions.push(FleetAction::CheckConnectivity { servers: members.map(server).collect() });
        }
    }

    /// Handles the result of a connectivity check.
    pub(super) fn connectivity_checked(&mut self, verdict: Connectivity, now: Instant, actions: &mut Vec<FleetAction>) {
        let Some(began) = self.network.check_began.take() else { return };
        if verdict == Connectivity::Unknown {
            self.network.postpone(now);
            return;
        }
        let is_over = !self.members.iter().any(Member::is_doubted);
        let is_disproven = self.members.iter().any(|member| member.proves_after(began));
        if verdict == Connectivity::Up {
            self.network.up_at = Some(began);
            self.unfreeze(now, actions);
        } else if self.network.is_frozen() || !(is_over || is_disproven) {
            self.freeze(verdict, now, actions);
        }
    }

    /// While frozen: repeats the connectivity check, and unfreezes if a member proves that the network is back.
    pub(super) fn recheck_frozen(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        let Some(freeze) = &self.network.freeze else { return };
        // Data that was in flight when the network went down may still arrive for a moment.
        let since = freeze.since + Duration::from_secs(1);
        if self.members.iter().all(Member::is_retired) {
            self.network = OwnNetwork::default();
            actions.push(FleetAction::Publish);
        } else if self.members.iter().any(|member| member.proves_after(since)) {
            self.unfreeze(now, actions);
        } else {
            let since = freeze.since;
            self.check_connectivity(since, now, actions);
        }
    }

    /// Ends a freeze, if there is one: failures are forgotten, and all members are checked.
    pub(super) fn unfreeze(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        if self.network.freeze.take().is_some() {
            self.forget(now);
            actions.push(FleetAction::Publish);
            actions.push(FleetAction::Report(Report::NetworkBack));
        }
    }

    /// Handles a change of the default route or a suspend.
    pub(super) fn network_changed(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        // A running check may have used the old route.
        (self.network.check_began, self.network.up_at) = (None, None);
        if let Some(freeze) = &mut self.network.freeze {
            (freeze.checks, freeze.next_check) = (0, now);
            return;
        }
        self.forget(now + SETTLE);
        actions.push(FleetAction::Publish);
    }

    fn freeze(&mut self, verdict: Connectivity, now: Instant, actions: &mut Vec<FleetAction>) {
        let before = self.network.freeze.take();
        let checks = before.as_ref().map_or(0, |freeze| freeze.checks + 1);
        let pause = (FIRST_PAUSE + Duration::from_secs(1) * checks).min(MAX_PAUSE);
        if before.as_ref().is_none_or(|freeze| freeze.verdict != verdict) {
            actions.push(FleetAction::Publish);
            actions.push(FleetAction::Report(match verdict.clone() {
                Connectivity::Portal { location } => Report::CaptivePortal { location },
                Connectivity::Up | Connectivity::Down | Connectivity::Unknown => Report::NetworkDown,
            }));
        }
        let since = before.map_or(now, |freeze| freeze.since);
        self.network.freeze = Some(Freeze { since, verdict, checks, next_check: now + pause });
    }

    /// Forgets the failures and cooldowns of members and nodes, and requests checks of all members.
    fn forget(&mut self, check_at: Instant) {
        self.cooldowns.clear();
        self.all_fail = false;
        for member in self.members.iter_mut().filter(|member| member.ready().is_some()) {
            member.health.forget();
            member.transfers.forget();
            member.health.check_at(check_at);
        }
    }
}

impl Member {
    /// Whether it is suspect or failing.
    fn is_doubted(&self) -> bool {
        match self.health.state {
            HealthState::Suspect | HealthState::Failing(_) => self.ready().is_some(),
            HealthState::New | HealthState::Healthy | HealthState::Ejected(_) => false,
        }
    }

    /// Whether it has proven after this time that the network works.
    pub(super) fn proves_after(&self, moment: Instant) -> bool {
        self.health.last_pass().is_some_and(|at| at > moment) || self.traffic.received_after(moment)
    }
}
